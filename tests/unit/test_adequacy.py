"""Did the margin, or the haircut, suffice until the position was closed."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

import quant as q
from quant.errors import InputError, InsufficientDataError
from quant.margin import MarginHistory


def dated(values: list[float]) -> pd.Series:
    return pd.Series(values, index=pd.date_range("2021-01-01", periods=len(values)), dtype=float)


R = dated([0.01, -0.10, 0.05, -0.02, 0.03, -0.20])


def test_a_rate_is_held_against_the_loss_of_the_periods_from_its_own_on() -> None:
    result = q.backtest_margin(dated([0.05] * 6), R, horizon=2)
    moves = [R.iloc[i : i + 2].sum() for i in range(5)]
    np.testing.assert_allclose(result.loss, -np.expm1(moves), rtol=1e-14)
    assert result.loss.index.equals(R.index[:5])
    np.testing.assert_allclose(result.shortfall, np.maximum(-np.expm1(moves) - 0.05, 0.0))
    short = q.backtest_margin(dated([0.05] * 6), R, horizon=2, side="short")
    np.testing.assert_allclose(short.loss, np.expm1(moves), rtol=1e-14)


def test_the_worst_point_of_the_path_counts_when_asked() -> None:
    end = q.backtest_margin(dated([0.08] * 6), R, horizon=3)
    worst = q.backtest_margin(dated([0.08] * 6), R, horizon=3, point="worst")
    cumulated = [R.iloc[i : i + 3].cumsum() for i in range(4)]
    np.testing.assert_allclose(worst.loss, [max(-np.expm1(c)) for c in cumulated])
    assert (worst.loss >= end.loss).all()
    assert worst.n_shortfalls > end.n_shortfalls


def test_a_rise_is_held_only_once_received_and_a_fall_at_once() -> None:
    posted = dated([0.10, 0.30, 0.30, 0.20, 0.05, 0.05])
    held = q.backtest_margin(posted, R, lag=1).posted
    assert held.tolist() == [0.10, 0.30, 0.20, 0.05, 0.05]
    assert held.index[0] == R.index[1]
    assert q.backtest_margin(posted, R).posted.tolist() == posted.tolist()


def test_runs_of_shortfalls_have_a_size_and_a_duration() -> None:
    result = q.backtest_margin(dated([0.05] * 6), R, horizon=2)
    runs = result.episodes()
    assert runs["duration"].tolist() == [1, 1]
    assert runs["start"].tolist() == [R.index[0], R.index[4]]
    assert runs["largest"].iloc[1] == pytest.approx(-np.expm1(-0.17) - 0.05)
    assert result.coverage == 0.6
    assert "shortfalls  2" in repr(result)
    assert q.backtest_margin(dated([0.9] * 6), R).episodes().empty


def test_the_test_is_one_sided_and_binomial() -> None:
    r = dated(list(np.where(np.arange(250) % 50 == 0, -0.1, 0.001)))
    result = q.backtest_margin(dated([0.05] * 250), r, level=0.99)
    assert result.n_shortfalls == 5
    assert result.test().pvalue == pytest.approx(binom.sf(4, 250, 0.01))
    assert result.test(0.95).pvalue == pytest.approx(binom.sf(4, 250, 0.05))
    prudent = q.backtest_margin(dated([0.5] * 250), r, level=0.99)
    assert prudent.test().pvalue == 1.0
    with pytest.raises(InputError, match="level"):
        q.backtest_margin(dated([0.5] * 250), r).test()


def test_overlapping_losses_are_tested_through_their_subsamples() -> None:
    rng = np.random.default_rng(2)
    r = dated(list(0.02 * rng.standard_t(4, 400)))
    result = q.backtest_margin(dated([0.09] * 400), r, horizon=3, level=0.95)
    short = (result.shortfall > 0.0).to_numpy()
    tails = [binom.sf(short[i::3].sum() - 1, short[i::3].size, 0.05) for i in range(3)]
    assert result.test().pvalue == pytest.approx(min(1.0, 2.0 * np.mean(tails)))


def test_a_model_is_walked_and_its_own_numbers_are_the_aim() -> None:
    rng = np.random.default_rng(7)
    r = dated(list(0.02 * rng.normal(size=400)))
    model = q.MarginModel(
        estimator=q.HistoricalSimulation(window=100),
        measure=q.VaR(0.95),
        horizon=2,
        adjustments=(q.Floor(0.01),),
    )
    result = q.backtest_margin(model, r, side="short", progress=False)
    assert (result.level, result.horizon, result.side) == (0.95, 2, "short")
    history = model.history(r, side="short", progress=False)
    np.testing.assert_array_equal(result.posted, history.value.iloc[:-1])
    again = q.backtest_margin(history, r, horizon=2, level=0.95)
    pd.testing.assert_frame_equal(again.to_frame(), result.to_frame())
    shifted = q.backtest_margin(history.value.shift(1).dropna(), r, side="short", horizon=2)
    assert not np.array_equal(shifted.shortfall, result.shortfall.iloc[1:])


def test_a_haircut_covers_the_fall_of_the_collateral() -> None:
    result = q.backtest_haircut(dated([0.09] * 6), R, horizon=1, level=0.99)
    np.testing.assert_allclose(result.loss, -np.expm1(R), rtol=1e-14)
    assert result.n_shortfalls == 2
    assert result.what == "haircut"
    model = q.HaircutModel(
        estimator=q.HistoricalSimulation(window=50), measure=q.VaR(0.9), horizon=2
    )
    r = dated(list(0.02 * np.random.default_rng(1).normal(size=120)))
    assert q.backtest_haircut(model, r, progress=False).level == 0.9
    with pytest.raises(InputError, match="haircut: expected fractions of at most 1, got 9"):
        q.backtest_haircut(dated([9.0] * 6), R)


def test_bad_input_is_refused() -> None:
    with pytest.raises(InputError, match="margin: expected fractions of at least 0"):
        q.backtest_margin(dated([-0.1] * 6), R)
    with pytest.raises(InputError, match="got none at 2021-01-07"):
        q.backtest_margin(dated([0.1] * 7), R)
    with pytest.raises(InsufficientDataError, match="expected at least 9 after the first margin"):
        q.backtest_margin(dated([0.1] * 6), R, horizon=9)
    with pytest.raises(InputError, match="margin: expected a model, a MarginHistory or a Series"):
        q.backtest_margin(0.1, R)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="point: expected"):
        q.backtest_margin(dated([0.1] * 6), R, point="start")  # type: ignore[arg-type]
    history = MarginHistory(pd.DataFrame({"base": dated([0.1] * 6)}), "short")
    assert q.backtest_margin(history, R).side == "short"


def test_a_model_of_the_other_kind_is_refused() -> None:
    returns = pd.Series(0.0, index=pd.date_range("2024-01-01", periods=20))
    margin = q.MarginModel(q.HistoricalSimulation(10), q.ES(0.9))
    haircut = q.HaircutModel(q.HistoricalSimulation(10), q.VaR(0.9), horizon=1)
    with pytest.raises(InputError, match=r"margin: expected margins .* use backtest_haircut"):
        q.backtest_margin(haircut, returns)  # type: ignore[arg-type]
    with pytest.raises(InputError, match=r"haircut: expected haircuts .* use backtest_margin"):
        q.backtest_haircut(margin, returns)
