"""How much a margin asks for when markets fall, and what it costs to ask for less."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import quant as q
from quant.errors import InputError, InsufficientDataError
from quant.margin import MarginHistory

# P01 of the margin oracles, after Murphy, Vasios and Vause (2014)
IM = [100.0, 102.0, 98.0, 110.0, 150.0, 180.0, 160.0]
# P03, own construction after Murphy and Vause (2021)
RAW = [80.0, 80.0, 100.0, 160.0, 120.0]
TOOLS = {
    "always_on": ([100.0, 100.0, 125.0, 200.0, 150.0], 2.0, 0.25),
    "floor": ([110.0, 110.0, 110.0, 160.0, 120.0], 1.45454545455, 0.12962962963),
    "exhaustible": ([100.0, 100.0, 100.0, 160.0, 150.0], 1.6, 0.12962962963),
}


def dated(values: list[float], start: str = "2020-03-01") -> pd.Series:
    return pd.Series(values, index=pd.date_range(start, periods=len(values)))


def test_the_path_of_p01() -> None:
    assert q.peak_to_trough(IM) == pytest.approx(1.83673469388, abs=1e-9)
    one, five = q.n_period_increase(IM, 1), q.n_period_increase(IM, 5)
    assert one.exact == one.within == pytest.approx(0.363636363636, abs=1e-9)
    assert five.exact == pytest.approx(0.8, abs=1e-9)
    assert five.within == pytest.approx(0.836734693878, abs=1e-9)
    assert five.within_amount == 82.0
    table = q.procyclicality(IM, alarm_levels={1: 0.3, 5: 0.75}).table["rate"]
    assert table["peak_after_trough"] == pytest.approx(1.83673469388, abs=1e-9)
    assert table["increase_5_within"] == five.within
    assert table["mean"] == pytest.approx(np.mean(IM))


def test_a_peak_before_the_trough_is_no_rise_after_it() -> None:
    falling = IM[::-1]
    assert q.peak_to_trough(falling) == q.peak_to_trough(IM)
    after = q.procyclicality(falling, alarm_levels={1: 0.3}).table.loc["peak_after_trough", "rate"]
    assert after == pytest.approx(180.0 / 160.0)


@pytest.mark.parametrize("tool", TOOLS)
def test_the_tools_of_p03(tool: str) -> None:
    path, ratio, cost = TOOLS[tool]
    assert q.peak_to_trough(path) == pytest.approx(ratio, abs=1e-9)
    assert q.margin_cost(path, RAW) == pytest.approx(cost, abs=1e-9)
    assert q.margin_cost(RAW, RAW) == 0.0
    result = q.procyclicality(path, unmitigated=RAW, alarm_levels={1: 0.5})
    assert result.table.loc["cost", "rate"] == pytest.approx(cost, abs=1e-9)


def test_ewma_answers_a_step_in_volatility_as_p02_expects() -> None:
    # expected squares are linear in the squares, so returns of a constant size show the expectation
    lam, expected = 0.97, {1: 0.0111355287257, 10: 0.0176085404984, 60: 0.0277732724896}
    signs = np.where(np.arange(3060) % 2, 1.0, -1.0)
    r = dated(list(signs * np.where(np.arange(3060) < 3000, 0.01, 0.03)), "2010-01-01")
    half_life = np.log(0.5) / np.log(lam)
    for n, sigma in expected.items():
        fit = q.EWMA(half_life=half_life).fit(r.iloc[: 3000 + n])
        assert fit.forecast(1).sigma[0] == pytest.approx(sigma, abs=1e-9)


def test_money_is_the_rate_at_the_price_known_before_the_period() -> None:
    rates = dated([0.10, 0.12, 0.15])
    prices = dated([100.0, 50.0, 80.0, 60.0], "2020-02-29")
    result = q.procyclicality(rates, prices, alarm_levels={1: 0.3})
    money = np.array([0.10 * 100.0, 0.12 * 50.0, 0.15 * 80.0])
    assert result.table.loc["mean", "money"] == pytest.approx(money.mean())
    assert result.table.loc["peak_to_trough", "money"] == pytest.approx(2.0)
    assert result.table.loc["increase_1_exact", "money"] == pytest.approx(1.0)
    assert result.alarms["path"].tolist() == ["money"]
    assert result.alarms["date"].tolist() == [pd.Timestamp("2020-03-03")]
    with pytest.raises(InputError, match="prices: expected a price before 2020-03-01"):
        q.procyclicality(rates, prices.iloc[1:], alarm_levels={1: 0.3})
    with pytest.raises(InputError, match="prices: expected an index like that of margin"):
        q.procyclicality([0.1, 0.2], prices, alarm_levels={1: 0.3})


def test_reads_a_margin_history_and_prints() -> None:
    history = MarginHistory(pd.DataFrame({"base": dated(IM), "Buffer": 0.25 * dated(IM)}), "long")
    assert q.peak_to_trough(history) == pytest.approx(q.peak_to_trough(IM))
    result = q.procyclicality(history, alarm_levels={1: 0.2})
    assert "peak_to_trough" in repr(result)
    assert "<table" in result._repr_html_()
    assert result.to_frame().equals(result.table)


def test_bad_input_is_refused() -> None:
    with pytest.raises(InputError, match="margin: expected margins above 0, got 0 at 1"):
        q.peak_to_trough([1.0, 0.0])
    with pytest.raises(InsufficientDataError, match="periods: expected fewer than the 7"):
        q.n_period_increase(IM, 7)
    with pytest.raises(InputError, match="unmitigated: expected the 7 periods of margin"):
        q.margin_cost(IM, RAW)
    with pytest.raises(InputError, match="alarm_levels: expected at least one"):
        q.procyclicality(IM, alarm_levels={})
    with pytest.raises(InputError, match=r"alarm_levels\[2\]"):
        q.procyclicality(IM, alarm_levels={2: -0.1})
