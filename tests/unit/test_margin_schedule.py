"""The table of margin rates: a row that lacks a number does not cost the others theirs."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd

import quant as q
from tests.strategies import daily


@dataclasses.dataclass(frozen=True)
class Unidentified:
    """Historical simulation whose error is refused."""

    window: int | None = 250

    def fit(self, returns, realized=None):
        return _UnidentifiedFit(q.HistoricalSimulation(self.window).fit(returns))


@dataclasses.dataclass(frozen=True)
class _UnidentifiedFit:
    inner: object

    def forecast(self, horizon=1, side="long"):
        return dataclasses.replace(self.inner.forecast(horizon, side), std_error_of=_refuse)


def _refuse(measure):
    raise q.ConvergenceError(f"param_cov: expected a concave log-likelihood for {measure!r}")


def test_an_estimate_without_a_standard_error_leaves_it_open_and_the_table_whole():
    returns = daily(0.01 * np.random.default_rng(5).uniform(-1.0, 1.0, 300))
    model = q.MarginModel(estimator=Unidentified(), measure=q.VaR(0.99), horizon=1)
    table = model.schedule(pd.DataFrame({"A": returns})).to_frame()
    assert (table["status"] == "model").all()
    assert table["initial"].notna().all()
    assert table["std_error"].isna().all()


def test_a_tail_on_its_bound_has_the_standard_error_of_its_interval():
    # losses with an end: the shape of their tail is held at -1/2, where the information means
    # nothing and the draws behind the interval say how far the estimate may err
    even = daily(0.01 * np.random.default_rng(5).uniform(-1.0, 1.0, 300))
    model = q.MarginModel(
        estimator=q.ExtremeValue(window=250, volatility=None), measure=q.VaR(0.99), horizon=1
    )
    schedule = model.schedule(pd.DataFrame({"A": even}))
    table = schedule.to_frame()
    assert (table["status"] == "model").all()
    for row in schedule:
        low, high = row.initial.estimate.interval(0.95)
        error = table.loc[(row.asset, row.side), "std_error"]
        assert 0.7 < error / ((high - low) / 3.92) < 1.1
