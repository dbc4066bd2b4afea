"""A rate that stands on a search that did not settle says so, wherever it is shown."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

import quant as q
from tests.strategies import garch_returns

RETURNS = garch_returns(420, seed=8)
HS = q.HistoricalSimulation(window=300)


@dataclasses.dataclass(frozen=True)
class Unsettled:
    """Historical simulation that claims to have searched, in vain before the 400th return."""

    window: int | None = 300
    until: int = 400

    def fit(self, returns, realized=None):
        return _UnsettledFit(HS.fit(returns), len(returns) >= self.until)


@dataclasses.dataclass(frozen=True)
class _UnsettledFit:
    inner: object
    settled: bool

    def forecast(self, horizon=1, side="long"):
        return dataclasses.replace(self.inner.forecast(horizon, side), converged=self.settled)

    def update(self, returns, realized=None):
        return _UnsettledFit(self.inner.update(returns), self.settled)


NEVER = Unsettled(until=10_000)
MEASURE = q.ES(0.975)
BARE = q.MarginModel(estimator=HS, measure=MEASURE)


def test_a_rate_says_that_its_base_did_not_settle():
    settled = BARE.rate(RETURNS)
    assert settled.converged
    assert "converged" not in repr(settled) + settled.notes
    rate = q.MarginModel(estimator=NEVER, measure=MEASURE).rate(RETURNS)
    assert not rate.converged
    assert rate.value == settled.value
    assert repr(rate).endswith(", not converged)")
    assert rate.notes == "base: search not converged"


@pytest.mark.parametrize("on", ["observations", "variance", "rate"])
def test_a_rate_says_that_an_adjustment_did_not_settle(on):
    stressed = q.StressedWeight(on=on, window=300, estimator=NEVER)
    rate = dataclasses.replace(BARE, adjustments=(stressed, q.Floor(0.01))).rate(RETURNS)
    assert [c.converged for c in rate.components] == [True, False, True]
    assert not rate.converged
    assert rate.notes.startswith("StressedWeight: stressed 20")
    assert ", search not converged" in rate.notes
    floor = q.LongRunFloor(estimator=NEVER, years=1.0)
    assert not dataclasses.replace(BARE, adjustments=(floor,)).rate(RETURNS).converged


def test_a_schedule_has_a_column_where_a_search_did_not_settle_and_none_where_all_did():
    panel = pd.DataFrame({"A": RETURNS, "B": RETURNS.where(np.arange(420) >= 30)})
    panel["C"] = RETURNS.iloc[-100:]
    model = q.MarginModel(estimator=Unsettled(), measure=MEASURE)
    schedule = model.schedule(panel, progress=False)
    frame = schedule.to_frame()
    assert list(frame.columns[-2:]) == ["converged", "reason"]
    assert frame.loc["A", "converged"].all()
    assert not frame.loc["B", "converged"].any()
    assert frame.loc["C", "converged"].isna().all()
    assert frame.loc[("B", "long"), "reason"] == "base: search not converged"
    assert "converged" in repr(schedule)
    plain = BARE.schedule(panel[["A"]], progress=False).to_frame()
    assert "converged" not in plain
    assert list(plain.columns) == [c for c in frame.columns if c != "converged"]


def test_a_maintenance_that_did_not_settle_shows_in_the_schedule():
    model = dataclasses.replace(
        BARE, maintenance=q.MarginModel(estimator=NEVER, measure=q.ES(0.95))
    )
    frame = model.schedule(pd.DataFrame({"A": RETURNS}), progress=False).to_frame()
    assert not frame["converged"].any()


def test_a_haircut_schedule_says_so_in_its_reason():
    model = q.HaircutModel(estimator=NEVER, measure=MEASURE)
    frame = model.schedule(pd.DataFrame({"A": RETURNS}), progress=False).to_frame()
    assert frame["reason"].tolist() == ["base: search not converged"]


@pytest.mark.parametrize("model", [q.MarginModel, q.HaircutModel])
def test_a_history_says_which_rates_did_not_settle(model):
    start = RETURNS.index[390]
    history = model(estimator=Unsettled(), measure=MEASURE).history(RETURNS, start=start)
    assert history.converged.index.equals(history.components.index)
    assert history.converged.tolist() == [False] * 10 + [True] * 20
    assert repr(history).endswith(", 10 not converged)")
    assert history.converged.dtype == np.bool_
    settled = model(estimator=HS, measure=MEASURE).history(RETURNS, start=start)
    assert settled.converged is None
    assert "converged" not in repr(settled)
    stressed = q.StressedWeight(on="rate", window=300, estimator=Unsettled())
    blended = model(estimator=HS, measure=MEASURE, adjustments=(stressed,))
    assert (~blended.history(RETURNS, start=start).converged).all()


def test_scenarios_that_did_not_settle_reach_the_loss_of_an_account_and_what_it_lacks():
    moves = np.random.default_rng(1).normal(size=(200, 1)) * 0.03
    account = q.Account([q.LinearContract("BTC", 1.0, entry=100.0)], {"USD": 20.0})
    haircuts = q.CollateralSchedule({"USD": 0.0})
    for converged in (True, False):
        scenarios = q.Scenarios(moves, ["BTC"], 1, converged=converged)
        assert scenarios.restrict(["BTC"]).converged is converged
        assert ("not converged" in repr(scenarios)) is not converged
        assert account.loss(scenarios, {"BTC": 100.0}).converged is converged
        covered = q.coverage(account, scenarios, {"BTC": 100.0}, haircuts, level=0.95)
        assert ("not converged" in repr(covered.es)) is not converged
        assert covered.uncovered.converged is converged


def test_a_copula_whose_search_did_not_settle_marks_its_scenarios():
    panel = pd.DataFrame({"A": RETURNS, "B": garch_returns(420, seed=9)})
    fit = q.CopulaScenarios(q.EWMA(half_life=33), q.StudentTCopula(), window=300, n_paths=300)
    fit = fit.fit(panel)
    assert fit.forecast().converged
    diagnostics = dataclasses.replace(fit.copula.diagnostics, converged=False)
    stopped = dataclasses.replace(
        fit, copula=dataclasses.replace(fit.copula, diagnostics=diagnostics)
    )
    assert not stopped.forecast().converged


def test_a_backtest_of_arrays_takes_what_did_not_settle():
    given = {"loss": [0.01, 0.02, 0.05], "var": [0.03, 0.03, 0.04], "level": 0.99}
    bt = q.Backtest.from_arrays(**given, converged=[True, False, True])
    assert bt.to_frame()["converged"].tolist() == [True, False, True]
    assert q.Backtest.from_arrays(**given).converged is None
    dates = pd.date_range("2020-01-01", periods=3)
    flags = pd.Series([True, False, True], index=dates)
    assert q.Backtest.from_arrays(**given, dates=dates, converged=flags).converged.sum() == 2
    with pytest.raises(q.InputError, match="converged: expected"):
        q.Backtest.from_arrays(**given, dates=dates, converged=flags.shift(freq="D"))
    with pytest.raises(q.InputError, match="converged: expected True or False per date"):
        q.Backtest.from_arrays(**given, converged=[1.0, 0.0, 1.0])
