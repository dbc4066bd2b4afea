"""Calibration: the best score among those that pass, chosen without the hold-out."""

from __future__ import annotations

import pickle
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

import quant as q

START, HOLDOUT = "2016-07-01", "2017-07-01"
WINDOWS = [60, 120, 250]


def history(seed: int = 3, size: int = 1000) -> pd.Series:
    """Returns whose volatility halves midway, so that window lengths differ in their score."""
    scale = np.where(np.arange(size) < size // 2, 0.03, 0.01)
    noise = np.random.default_rng(seed).standard_t(5, size)
    return pd.Series(scale * noise, pd.date_range("2015-01-01", periods=size), name="BTC")


RETURNS = history()
MODEL = q.MarginModel(q.HistoricalSimulation(window=250), q.ES(0.95), adjustments=(q.Floor(0.3),))


def search(returns: pd.Series = RETURNS, model: q.MarginModel = MODEL, **options) -> q.Calibration:
    arguments = {"grid": {"estimator.window": WINDOWS}, "start": START, "holdout": HOLDOUT}
    return q.calibrate(model, returns, **(arguments | options), progress=False)


@dataclass(frozen=True)
class Rejects:
    """A gate that turns one window down, whatever its forecasts."""

    windows: tuple[int, ...]
    __name__ = "rejects"

    def __call__(self, bt: q.Backtest) -> q.TestResult:
        return q.TestResult("rejects", "", 0.0, 0.0 if bt.spec.window in self.windows else 1.0)


def test_the_best_candidate_has_the_lowest_mean_score_of_a_loop_by_hand() -> None:
    found = search()
    scores = {}
    for window in WINDOWS:
        terms = []
        for day in RETURNS[START:"2017-06-30"].index:
            past = -np.expm1(RETURNS[:day].to_numpy()[-window - 1 : -1])
            rank = int(np.ceil(round(window * 0.05, 9)))
            var, loss = np.sort(past)[-rank], -np.expm1(RETURNS[day])
            terms.append(((loss > var) - 0.05) * (loss - var))
        scores[window] = np.mean(terms)
    np.testing.assert_allclose(found.table["score"], list(scores.values()), rtol=1e-12)
    assert found.best == q.evolve(MODEL, {"estimator.window": min(scores, key=scores.get)})
    assert found.score == "quantile_score"


def test_data_from_the_hold_out_on_changes_nothing_but_the_hold_out() -> None:
    other = RETURNS.copy()
    other[HOLDOUT:] = history(99)[HOLDOUT:]
    first, second = search(), search(other)
    pd.testing.assert_frame_equal(first.table, second.table, check_exact=True)
    assert first.best == second.best
    assert first.holdout.score != second.holdout.score
    assert first.provenance["data"]["sha256"] != second.provenance["data"]["sha256"]


def test_no_return_is_in_the_selection_and_in_the_hold_out() -> None:
    model = q.evolve(MODEL, {"horizon": 3})
    other = RETURNS.copy()
    other["2017-06-29":] = history(99)["2017-06-29":]  # the three days that end on the hold-out
    first, second = search(model=model), search(other, model=model)
    pd.testing.assert_frame_equal(first.table, second.table, check_exact=True)
    assert first.holdout.backtest.dates[0] == pd.Timestamp(HOLDOUT)
    assert first.holdout.backtest.loss[0] != second.holdout.backtest.loss[0]


def test_a_candidate_that_fails_a_gate_is_in_the_table_but_never_the_best() -> None:
    free = search()
    gate = Rejects((free.best.estimator.window,))
    gated = search(require=(gate, q.kupiec), significance=1e-9)
    row = gated.table.loc[~gated.table["accepted"]]
    assert list(row["estimator.window"]) == [free.best.estimator.window]
    assert row["reason"].item() == "rejects rejects: p-value 0"
    assert gated.best != free.best
    assert list(gated.table["score"]) == list(free.table["score"])
    assert list(gated.table.columns[-4:]) == ["rejects", "kupiec", "accepted", "reason"]


def test_when_every_candidate_is_rejected_there_is_no_best() -> None:
    found = search(require=(Rejects(tuple(WINDOWS)),))
    assert (found.best, found.holdout, found.accepted) == (None, None, False)
    assert len(found.table) == len(WINDOWS)


def test_the_hold_out_can_reject_what_selection_accepted() -> None:
    stressed = RETURNS.copy()
    stressed[HOLDOUT:] = -np.linspace(0.2, 0.9, len(stressed[HOLDOUT:]))  # every day the worst yet
    calm, crash = (search(r, require=(q.kupiec,), significance=1e-6) for r in (RETURNS, stressed))
    assert calm.accepted
    assert crash.best == calm.best
    assert not crash.accepted
    assert crash.holdout.tests[0].pvalue < 1e-6


def test_adjustments_do_not_enter() -> None:
    table = search(grid={"adjustments": [(), (q.Floor(0.9),), (q.Buffer(0.25),)]}).table
    assert table["score"].nunique() == 1


def test_another_score_or_side_is_another_search() -> None:
    base, scored, short = search(), search(score=q.fz0_score), search(side="short")
    assert not np.allclose(base.table["score"], scored.table["score"])
    assert not np.allclose(base.table["score"], short.table["score"])
    assert scored.score == "fz0_score"


def test_the_number_of_workers_changes_no_bit() -> None:
    one, two = search(refit_every=50), search(refit_every=50, n_jobs=2)
    pd.testing.assert_frame_equal(one.table, two.table, check_exact=True)
    assert one.holdout.score == two.holdout.score


def test_a_candidate_that_cannot_be_estimated_stops_the_search_or_is_recorded() -> None:
    grid = {"estimator.window": [120, 5000]}
    with pytest.raises(q.InsufficientDataError) as stopped:
        search(grid=grid)
    assert stopped.value.__notes__ == ["candidate: estimator.window = 5000"]
    table = search(grid=grid, on_failure="record").table
    assert list(table["accepted"]) == [True, False]
    assert "5000" in table["reason"][1]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"grid": {}}, "grid: expected at least one candidate"),
        ({"grid": {"estimator.window": []}}, "grid: expected at least one candidate"),
        ({"grid": {"estimator.window": 250}}, "grid: expected a list of values for estimator.w"),
        ({"grid": {"estimator.windw": [1]}}, r"\$\.estimator\.windw: expected one of window"),
        ({"grid": {"estimator.window": [1]}}, r"\$\.estimator\.window: expected a whole number"),
        ({"grid": {"horizon": [1, 2]}}, "grid: expected candidates of one level and horizon"),
        ({"grid": {"measure.level": [0.9]}}, "grid: expected candidates of one level and horizon"),
        ({"holdout": START}, "holdout: expected a date after start"),
        ({"holdout": "2030-01-01"}, "holdout: expected a date after start"),
        ({"start": "soon"}, "start: expected a date, got 'soon'"),
        ({"side": "both"}, "side: expected one of 'long', 'short'"),
        ({"significance": 5}, "significance: expected a number in"),
        ({"on_failure": "ignore"}, "on_failure: expected one of 'raise', 'record'"),
    ],
)
def test_a_search_that_makes_no_sense_is_refused(options, message) -> None:
    with pytest.raises(q.InputError, match=message):
        search(**options)


def test_several_assets_are_calibrated_one_by_one() -> None:
    with pytest.raises(q.InputError, match="expected the Series of one asset, got DataFrame"):
        search(RETURNS.to_frame())


def test_the_best_is_saved_with_where_it_comes_from(tmp_path) -> None:
    found = search(require=(q.kupiec,), significance=1e-9)
    q.save(found.best, tmp_path / "margin.toml", provenance=found.provenance)
    assert q.load(tmp_path / "margin.toml") == found.best
    text = (tmp_path / "margin.toml").read_text()
    assert found.provenance["data"]["sha256"] in text
    assert found.provenance["candidates"] == len(WINDOWS)
    assert "[provenance.versions]" in text
    assert "rejected" not in repr(found)
    assert "3 candidates by quantile_score" in repr(found)


def test_a_score_or_a_test_that_is_none_is_refused_by_name() -> None:
    days = pd.date_range("2015-01-01", periods=600)
    returns = pd.Series(np.random.default_rng(1).normal(0.0, 0.01, 600), days)
    model = q.MarginModel(q.HistoricalSimulation(window=100), q.VaR(0.95))
    arguments = {
        "grid": {"estimator.window": [100]},
        "start": "2015-06-01",
        "holdout": "2016-03-01",
    }
    with pytest.raises(q.InputError, match="score: expected a number per loss, got TestResult"):
        q.calibrate(model, returns, score=q.kupiec, **arguments)
    with pytest.raises(q.InputError, match="require: expected a TestResult, got ndarray from quan"):
        q.calibrate(model, returns, require=(q.quantile_score,), **arguments)
    with pytest.raises(q.InputError, match="n_jobs: expected a whole number other than 0"):
        q.calibrate(model, returns, n_jobs=0, **arguments)


def test_a_calibration_can_be_pickled() -> None:
    found = search()
    copy = pickle.loads(pickle.dumps(found))
    assert (copy.best, copy.provenance, repr(copy)) == (found.best, found.provenance, repr(found))
    pd.testing.assert_frame_equal(copy.table, found.table)
