"""History for a young asset from a proxy: what is filled, what is said, what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import linregress

import quant as q


def panel(rows: int = 400, listed: int = 250, seed: int = 5) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    btc = 0.03 * rng.standard_normal(rows)
    new = 0.002 + 1.4 * btc + 0.02 * rng.standard_t(5, rows)
    new[:listed] = np.nan
    return pd.DataFrame(
        {"BTC": btc, "ETH": 0.9 * btc + 0.01 * rng.standard_normal(rows), "NEW": new},
        index=pd.date_range("2023-01-01", periods=rows),
    )


def test_what_was_observed_is_untouched_and_nothing_is_blank():
    given = panel()
    filled, _ = q.proxy_returns(given, {"NEW": "BTC"})
    assert not filled.isna().to_numpy().any()
    pd.testing.assert_frame_equal(filled[given.notna()], given)
    assert given["NEW"].isna().sum() == 250  # the caller's panel stays the caller's


def test_the_report_says_what_scipy_says_of_the_common_dates():
    given = panel()
    report = q.proxy_returns(given, {"NEW": "BTC"})[1].loc["NEW"]
    young = given["NEW"].dropna()
    line = linregress(given["BTC"].loc[young.index], young)
    residuals = young - line.intercept - line.slope * given["BTC"].loc[young.index]
    assert report["beta"] == pytest.approx(line.slope, rel=1e-12)
    assert report["std_error"] == pytest.approx(line.stderr, rel=1e-12)
    assert report["r_squared"] == pytest.approx(line.rvalue**2, rel=1e-12)
    assert report["residual_sd"] == pytest.approx(np.sqrt((residuals**2).sum() / 148), rel=1e-12)
    assert (report["proxy"], report["filled"], report["overlap"]) == ("BTC", 250, 150)
    assert (report["first"], report["last"]) == (given.index[0], given.index[249])


def test_a_filled_return_is_beta_times_the_proxy_and_a_residual_that_was_seen():
    given = panel()
    filled, report = q.proxy_returns(given, {"NEW": "BTC"}, seed=3)
    young = given["NEW"].dropna()
    line = linregress(given["BTC"].loc[young.index], young)
    seen = young - line.intercept - line.slope * given["BTC"].loc[young.index]
    noise = (filled["NEW"] - report.loc["NEW", "beta"] * given["BTC"]).iloc[:250]
    distance = np.abs(noise.to_numpy()[:, None] - seen.to_numpy()[None, :]).min(axis=1)
    assert distance.max() < 1e-14
    assert noise.nunique() > 100  # drawn anew for every date


def test_draws_answer_to_the_seed_and_not_to_the_neighbours():
    given = panel()
    one, again, other = (
        q.proxy_returns(given, {"NEW": "BTC"}, seed=seed)[0]["NEW"].to_numpy() for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(one, again)
    assert not np.array_equal(one, other)
    twice = given.assign(LATER=given["ETH"].where(np.arange(400) > 300))
    both = q.proxy_returns(twice, {"LATER": "ETH", "NEW": "BTC"}, seed=1)[0]
    np.testing.assert_array_equal(both["NEW"].to_numpy(), one)


def test_an_asset_that_was_always_there_is_reported_with_nothing_filled():
    given = panel(listed=0)
    filled, report = q.proxy_returns(given, {"NEW": "BTC"})
    pd.testing.assert_frame_equal(filled, given)
    assert report.loc["NEW", "filled"] == 0


def test_scenario_models_take_the_filled_panel_and_name_this_function_without_it():
    model = q.FilteredScenarios(volatility=q.EWMA(half_life=20), window=300)
    with pytest.raises(q.InputError, match=r"got nan in NEW .*use align_returns or proxy_returns"):
        model.fit(panel())
    filled, _ = q.proxy_returns(panel(), {"NEW": "BTC"})
    assert model.fit(filled).forecast().assets == ("BTC", "ETH", "NEW")


def broken(column: str, row: int, value: float = np.nan) -> pd.DataFrame:
    given = panel()
    given.iloc[row, given.columns.get_loc(column)] = value
    return given


def disjoint() -> pd.DataFrame:
    given = panel()
    given.iloc[250:, 0] = np.nan
    return given


def still() -> pd.DataFrame:
    return panel().assign(BTC=0.01)


@pytest.mark.parametrize(
    ("returns", "proxies", "error", "message"),
    [
        (
            disjoint(),
            {"NEW": "BTC"},
            q.InsufficientDataError,
            "at least 10 common dates of NEW and BTC, got 0; choose a proxy whose history overlaps",
        ),
        (panel(listed=400), {"NEW": "BTC"}, q.InsufficientDataError, "got 0"),
        (panel(listed=391), {"NEW": "BTC"}, q.InsufficientDataError, "got 9"),
        (panel(), {}, q.InputError, "NEW, which has no proxy, got NaN at 2023-01-01; name a proxy"),
        (broken("ETH", 7), {"NEW": "BTC"}, q.InputError, "for ETH, .*got NaN at 2023-01-08"),
        (broken("BTC", 7), {"NEW": "BTC"}, q.InputError, "for BTC, the proxy of NEW, got NaN at"),
        (
            broken("NEW", 299),
            {"NEW": "BTC"},
            q.InputError,
            "after its first, got NaN at 2023-10-27",
        ),
        (broken("BTC", 3, np.inf), {"NEW": "BTC"}, q.InputError, "got inf for BTC at 2023-01-04"),
        (
            still(),
            {"NEW": "BTC"},
            q.InputError,
            "a proxy that moves for NEW, got the constant 0.01",
        ),
        (panel(), {"NEW": "NEW"}, q.InputError, "another asset for NEW, got itself"),
        (panel(), {"NEW": "SOL"}, q.InputError, r"assets of the panel \(BTC, ETH, NEW\), got SOL"),
        (panel(), {"OLD": "BTC"}, q.InputError, "got OLD; add its returns"),
        (panel().iloc[::-1], {"NEW": "BTC"}, q.InputError, "expected ascending dates"),
        (panel()["NEW"], {"NEW": "BTC"}, q.InputError, "expected a DataFrame of several assets"),
    ],
)
def test_what_cannot_be_filled_is_refused(returns, proxies, error, message):
    with pytest.raises(error, match=message):
        q.proxy_returns(returns, proxies)
