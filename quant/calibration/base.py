"""What calibration answers: the best specification, every candidate, and the untouched hold-out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Generic, Protocol, TypeVar

import pandas as pd

from quant import _checks
from quant.backtesting import Backtest, TestResult
from quant.risk.base import Measure, RiskEstimator

__all__ = ["Calibration"]


class Calibratable(Protocol):
    """A specification whose base rate is a measure of an estimator's forecast."""

    @property
    def estimator(self) -> RiskEstimator: ...
    @property
    def measure(self) -> Measure: ...
    @property
    def horizon(self) -> int: ...


Model = TypeVar("Model", bound=Calibratable)


@dataclass(frozen=True, slots=True, eq=False)
class HoldOut:
    """How the chosen specification did on data that took no part in the choice.

    Attributes
    ----------
    backtest : Backtest
    score : float
        Mean score, comparable with that of the selection only in kind: the markets differ.
    tests : tuple of TestResult
        The required tests, in their order.
    accepted : bool
        Whether no test rejects.
    """

    backtest: Backtest
    score: float
    tests: tuple[TestResult, ...]
    accepted: bool

    def __repr__(self) -> str:
        first, last = (_checks.stamp(self.backtest.dates[i]) for i in (0, -1))
        tests = ", ".join(f"{test.name} p {test.decision_pvalue:.3g}" for test in self.tests)
        return (
            f"HoldOut({first} to {last}: mean score {self.score:.6g}, "
            f"breaches {self.backtest.n_breaches} of {self.backtest.n_obs}"
            f"{f', {tests}' if tests else ''})"
        )


@dataclass(frozen=True, slots=True, eq=False)
class Calibration(Generic[Model]):
    """The outcome of a search over candidate specifications.

    Attributes
    ----------
    best : specification or None
        Accepted candidate with the lowest mean score; None when every candidate was rejected.
    table : pandas.DataFrame
        A row per candidate in the order of the grid: the values tried, mean `score`, `breaches`
        and `losses`, a p-value per required test, `accepted`, and the `reason` of a rejection.
    score : str
        Name of the score.
    holdout : HoldOut or None
        Result of the best candidate on the hold-out; None when there is no best.
    provenance : mapping
        Data fingerprint, package versions, seed, dates and the number of candidates, as plain data
        that `save` can write beside the specification.

    Notes
    -----
    The best of many candidates on one history looks better than it is; the hold-out does not.
    """

    best: Model | None
    table: pd.DataFrame
    score: str
    holdout: HoldOut | None
    provenance: Mapping[str, object]

    def __post_init__(self) -> None:
        object.__setattr__(self, "provenance", MappingProxyType(dict(self.provenance)))

    def __reduce__(
        self,
    ) -> tuple[
        type[Calibration[Model]],
        tuple[Model | None, pd.DataFrame, str, HoldOut | None, dict[str, object]],
    ]:
        """Pickle by value: a read-only view cannot be pickled."""
        parts = (self.best, self.table, self.score, self.holdout, dict(self.provenance))
        return type(self), parts

    @property
    def accepted(self) -> bool:
        """Whether a candidate passed every required test, in selection and on the hold-out."""
        return self.holdout is not None and self.holdout.accepted

    def __repr__(self) -> str:
        passed = int(self.table["accepted"].sum())
        return (
            f"Calibration of {len(self.table)} candidates by {self.score}, {passed} accepted\n"
            f"  best      {self.best!r}\n"
            f"  hold-out  {self.holdout!r}"
        )
