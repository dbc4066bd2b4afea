"""A law known at stated levels: what it answers, what it refuses, and a backtest of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

import quant as q
from tests.strategies import garch_returns

RETURNS = garch_returns(400, seed=3)
LAW = q.Quantiles([(0.975, 0.04, 0.05), (0.99, 0.05, None)])


def test_measures_read_the_numbers_it_was_given():
    forecast = q.LossForecast(loss=LAW)
    assert q.VaR(0.975)(forecast).value == 0.04
    assert q.ES(0.975)(forecast).value == 0.05
    assert q.VaR(0.99)(forecast).value == 0.05
    np.testing.assert_array_equal(LAW.ppf(np.array([[0.99, 0.975]])), [[0.05, 0.04]])
    assert LAW.has_tail_mean(0.975)
    assert not LAW.has_tail_mean(1.0 - 0.01)  # 0.99 up to rounding


def test_any_other_question_is_refused_and_names_the_levels():
    forecast = q.LossForecast(loss=LAW)
    with pytest.raises(q.InputError, match=r"level: expected 0.975 or 0.99, where .* got 0.95"):
        q.VaR(0.95)(forecast)
    with pytest.raises(q.InputError, match=r"got 0.99 of a law that has its VaR only"):
        q.ES(0.99)(forecast)
    with pytest.raises(q.InputError, match=r"known at 0.975 or 0.99 only"):
        LAW.cdf(0.04)
    with pytest.raises(q.InputError, match=r"size: expected no draws, got 10"):
        LAW.rvs(10)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([], "rows: expected at least one, got none"),
        ([(0.99, 0.05)], "rows: expected .level, VaR, ES or None."),
        ([(99, 0.05, None)], "write 0.99 for 99 %"),
        ([(0.99, 0.05, 0.04)], "ES: expected at least the VaR, 0.05, got 0.04 at 0.99"),
        ([(0.99, np.nan, None)], "VaR: expected a finite number"),
        ([(0.99, 0.05, None), (0.975, 0.04, None)], "expected ascending levels, got 0.975"),
        ([(0.975, 0.05, None), (0.99, 0.04, None)], "quantiles must not cross"),
    ],
)
def test_rows_that_are_no_law_are_refused(rows, message):
    with pytest.raises(q.InputError, match=message):
        q.Quantiles(rows)


@dataclass(frozen=True, slots=True)
class Level:
    """Twice and three times the largest loss of the window, at one level."""

    window: int = 100
    with_es: bool = True

    def fit(self, returns: pd.Series, realized: pd.Series | None = None):
        worst = -float(returns.iloc[-self.window :].min())
        return Forecaster(q.Quantiles([(0.99, worst, 1.5 * worst if self.with_es else None)]))


@dataclass(frozen=True, slots=True)
class Forecaster:
    law: q.Quantiles

    def forecast(self, horizon: int = 1, side: str = "long"):
        return q.LossForecast(loss=self.law, horizon=horizon, side=side)


def test_a_backtest_has_what_the_forecasts_know():
    bt = q.backtest(Level(), RETURNS)
    assert bt.pit is None
    np.testing.assert_allclose(bt.es, 1.5 * bt.var)
    assert q.kupiec(bt).pvalue >= 0.0
    assert bt.var[0] == -RETURNS.iloc[:100].min()
    bare = q.backtest(Level(with_es=False), RETURNS)
    assert bare.es is None
    np.testing.assert_array_equal(bare.var, bt.var)
    assert q.backtest(q.HistoricalSimulation(100), RETURNS).pit is not None


def test_a_level_that_is_not_forecast_is_refused_by_name():
    with pytest.raises(q.InputError, match=r"level: expected 0.99, where the law is known"):
        q.backtest(Level(), RETURNS, level=0.975)
    model = q.MarginModel(Level(with_es=False), q.ES(0.99))
    with pytest.raises(q.InputError, match="has its VaR only; ask for VaR"):
        model.rate(RETURNS)
