"""Choose parameters: a grid of specifications, a score, gates, and a hold-out nobody has seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import pandas as pd

from quant import _checks
from quant._typing import Side, Vector
from quant.backtesting import Backtest, TestResult, backtest, quantile_score
from quant.calibration._grid import candidates_of, described
from quant.calibration._provenance import fingerprint, versions
from quant.calibration.base import Calibratable, Calibration, HoldOut, Model
from quant.errors import InputError, QuantError
from quant.risk._observed import Observed
from quant.risk._walk_forward import as_stamp, track

__all__ = ["calibrate"]

Score: TypeAlias = Callable[[Backtest], Vector]
Test: TypeAlias = Callable[[Backtest], TestResult]


def calibrate(
    model: Model,
    returns: pd.Series,
    *,
    grid: Mapping[str, Sequence[object]],
    start: object,
    holdout: object,
    score: Score = quantile_score,
    require: Sequence[Test] = (),
    side: Side = "long",
    refit_every: int = 1,
    realized: pd.Series | None = None,
    n_jobs: int = 1,
    significance: float = 0.05,
    on_failure: Literal["raise", "record"] = "raise",
    progress: bool = True,
) -> Calibration[Model]:
    r"""Return the candidate with the lowest mean score among those that pass the required tests.

    .. math:: \hat\theta = \arg\min_{\theta \in grid} \frac{1}{K} \sum_k S(L_k, F_{\theta, k})
              \quad \text{subject to} \quad p_j(\theta) \ge significance

    Parameters
    ----------
    model : MarginModel or HaircutModel
        The specification that candidates vary.
    returns : Series (T,)
        Log returns of one asset, decimal, per period.
    grid : mapping of str to sequence
        Values to try by dotted path, e.g. ``{"estimator.volatility.half_life": [11, 23, 33]}``;
        every combination is a candidate. Level and horizon stay as they are: scores of different
        targets cannot be compared.
    start, holdout : date-like
        Ends of the first loss periods of the selection and of the hold-out.
    score : callable
        From a `Backtest` to a score per loss, lower is better: `quantile_score`, `fz0_score`.
    require : sequence of callable
        Tests, from a `Backtest` to a `TestResult`, that a candidate must pass, e.g. `kupiec`.
    side : {"long", "short"}
    refit_every : int
        Periods between estimations.
    realized : Series (T,), optional
        Realised variances of the dates of `returns`, for volatility models driven by them.
    n_jobs : int
        Workers of each backtest; the answer does not depend on it.
    significance : float
        A test rejects when its p-value, exact where it has one, is below it.
    on_failure : {"raise", "record"}
        Whether a candidate that cannot be estimated stops the search or is recorded as rejected.
    progress : bool
        Whether to show progress on a terminal.

    Returns
    -------
    Calibration

    Raises
    ------
    SpecError
        If a path leads nowhere or a value is refused.
    InputError
        If the grid is empty, changes the target, or the dates leave nothing to select on.

    Notes
    -----
    Candidates are judged on the **bare** measure: `estimator`, the measure's level and the horizon.
    Floors and buffers make breaches rarer by design and would hide a model that is too low, so
    adjustments do not enter; calibrate them by their cost and procyclicality.

    Selection sees only returns before the first loss period of the hold-out. The hold-out is
    evaluated once, for the best candidate alone.

    References
    ----------
    Nolde and Ziegel (2017), Elicitability and backtesting: perspectives for banking regulation,
    Annals of Applied Statistics 11, section 2.

    Examples
    --------
    >>> import numpy as np, pandas as pd, quant as q
    >>> days = pd.date_range("2015-01-01", periods=1500)
    >>> returns = pd.Series(np.random.default_rng(1).normal(0.0, 0.01, 1500), days)
    >>> model = q.MarginModel(q.HistoricalSimulation(window=250), q.VaR(0.99))
    >>> cal = q.calibrate(
    ...     model, returns, grid={"estimator.window": [250, 500]}, require=(q.kupiec,),
    ...     start="2016-06-01", holdout="2018-06-01",
    ... )
    >>> cal.best.estimator, len(cal.table), cal.accepted
    (HistoricalSimulation(window=500), 2, True)
    """
    if not isinstance(returns, pd.Series):
        raise InputError(
            f"returns: expected the Series of one asset, got {type(returns).__name__}; "
            "calibrate asset by asset"
        )
    _checks.returns(returns)
    _checks.one_of("on_failure", on_failure, ("raise", "record"))
    candidates = candidates_of(model, grid)
    trial = _Trial(
        score=score,
        require=tuple(require),
        significance=_checks.level(significance, "significance"),
        side=_checks.side(side),
        refit_every=_checks.count("refit_every", refit_every),
        n_jobs=_checks.workers(n_jobs),
    )
    known = Observed(returns, realized)
    past = known.between(0, _holdout_begins(returns.index, start, holdout, model.horizon))
    rows = []
    for changes, candidate in track(candidates, progress):
        try:
            verdict = trial.run(candidate, past, start)
        except QuantError as failure:
            if on_failure == "raise":
                failure.add_note(f"candidate: {described(changes)}")
                raise
            verdict = _Verdict(reason=str(failure))
        rows.append(changes | verdict.row(trial.require))
    table = pd.DataFrame(rows).rename_axis("candidate")
    best, seen = None, None
    accepted = table["accepted"].to_numpy(dtype=bool)
    if accepted.any():
        scores = np.where(accepted, table["score"].to_numpy(dtype=np.float64), np.inf)
        best = candidates[int(scores.argmin())][1]
        verdict = trial.run(best, known, holdout)
        assert verdict.backtest is not None
        seen = HoldOut(verdict.backtest, verdict.score, verdict.tests, not verdict.reason)
    provenance = {
        "data": fingerprint(returns),
        **({} if realized is None else {"realized": fingerprint(realized)}),
        "versions": versions(),
        "selection": {"start": str(start), "holdout": str(holdout), "side": side},
        "refit_every": trial.refit_every,
        "candidates": len(table),
        "score": _name(score),
        "require": [_name(test) for test in require],
        "significance": trial.significance,
    }
    seed = getattr(model.estimator, "seed", None)
    if seed is not None:
        provenance["seed"] = seed
    return Calibration(best, table, _name(score), seen, provenance)


@dataclass(frozen=True, slots=True)
class _Verdict:
    """What a backtest says of a candidate; no reason means accepted."""

    reason: str = ""
    score: float = float("nan")
    backtest: Backtest | None = None
    tests: tuple[TestResult, ...] = ()

    def row(self, require: Sequence[Test]) -> dict[str, object]:
        pvalues = [test.decision_pvalue for test in self.tests] or [float("nan")] * len(require)
        return {
            "score": self.score,
            "breaches": pd.NA if self.backtest is None else self.backtest.n_breaches,
            "losses": pd.NA if self.backtest is None else self.backtest.n_obs,
            **{_name(test): p for test, p in zip(require, pvalues, strict=True)},
            "accepted": not self.reason,
            "reason": self.reason,
        }


@dataclass(frozen=True, slots=True)
class _Trial:
    """How every candidate is judged."""

    score: Score
    require: tuple[Test, ...]
    significance: float
    side: Side
    refit_every: int
    n_jobs: int

    def run(self, model: Calibratable, known: Observed, start: object) -> _Verdict:
        bt = backtest(
            model,
            known.returns,
            realized=known.realized,
            side=self.side,
            start=start,
            refit_every=self.refit_every,
            n_jobs=self.n_jobs,
            progress=False,
        )
        tests = tuple(_asked(test, bt) for test in self.require)
        reasons = [
            f"{_name(test)} rejects: p-value {result.decision_pvalue:.3g}"
            for test, result in zip(self.require, tests, strict=True)
            if result.rejected(self.significance)
        ]
        mean = float(_scores(self.score, bt).mean())
        if not np.isfinite(mean):
            reasons.append(f"{_name(self.score)} is {mean}")
        return _Verdict("; ".join(reasons), mean, bt, tests)


def _holdout_begins(index: pd.Index, start: object, holdout: object, horizon: int) -> int:
    """Return the position of the first return that the hold-out's losses are made of."""
    first, begin = (
        int(index.searchsorted(as_stamp(name, date, index), "left"))
        for name, date in (("start", start), ("holdout", holdout))
    )
    if not first < begin < len(index):
        raise InputError(
            f"holdout: expected a date after start ({start}) and not after "
            f"{_checks.stamp(index[-1])}, got {holdout}; leave data on both sides of it"
        )
    return begin - horizon + 1


def _asked(test: Test, bt: Backtest) -> TestResult:
    """Return the answer of a test, refusing a callable that is none."""
    answer = test(bt)
    if not isinstance(answer, TestResult):
        raise InputError(
            f"require: expected a TestResult, got {type(answer).__name__} from {_name(test)}; "
            "pass a test such as kupiec"
        )
    return answer


def _scores(score: Score, bt: Backtest) -> Vector:
    """Return a score per loss, refusing a callable that gives something else."""
    answer = score(bt)
    if isinstance(answer, TestResult) or np.shape(answer) != (bt.n_obs,):
        raise InputError(
            f"score: expected a number per loss, got {type(answer).__name__} from "
            f"{_name(score)}; pass a score such as quantile_score"
        )
    return np.asarray(answer, dtype=np.float64)


def _name(function: Score | Test) -> str:
    return getattr(function, "__name__", repr(function))
