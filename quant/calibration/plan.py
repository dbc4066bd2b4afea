"""A calibration as a file: what `calibrate` is called with, so that a search can be repeated."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, TypeVar

import pandas as pd

from quant import _checks, backtesting
from quant._typing import Side, Vector
from quant.backtesting import Backtest, TestResult
from quant.calibration._search import calibrate
from quant.calibration.base import Calibration
from quant.collateral import HaircutModel
from quant.errors import InputError, SpecError
from quant.margin import MarginModel

Model: TypeAlias = MarginModel | HaircutModel
Value: TypeAlias = bool | int | float | str | object  # a plain value, or a specification
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class CalibrationPlan:
    """A model, a grid, and how candidates are judged.

    Parameters
    ----------
    model : MarginModel or HaircutModel
        What candidates vary.
    prices : str
        Price file, relative to the file of the plan.
    asset : str
        Column of the prices.
    grid : mapping of str to sequence
        Values to try by dotted path.
    start, holdout : date
        Ends of the first loss periods of the selection and of the hold-out.
    score : str
        Public name of a score.
    require : sequence of str
        Public names of the tests a candidate must pass.
    side, refit_every, significance, on_failure
        As `calibrate` takes them.
    """

    model: Model
    prices: str
    asset: str
    grid: Mapping[str, Sequence[Value]] | tuple[tuple[str, tuple[Value, ...]], ...]
    start: dt.date
    holdout: dt.date
    score: str = "quantile_score"
    require: Sequence[str] = ("kupiec",)
    side: Side = "long"
    refit_every: int = 1
    significance: float = 0.05
    on_failure: Literal["raise", "record"] = "record"

    def __post_init__(self) -> None:
        rows = tuple((path, tuple(values)) for path, values in dict(self.grid).items())
        object.__setattr__(self, "grid", rows)
        object.__setattr__(self, "require", tuple(self.require))
        object.__setattr__(self, "refit_every", _checks.count("refit_every", self.refit_every))
        _public("score", self.score)
        for name in self.require:
            _public("require", name)

    def run(
        self, returns: pd.DataFrame, *, n_jobs: int = 1, progress: bool = True
    ) -> Calibration[Model]:
        """Carry the plan out on a panel of log returns (T, N) that has a column for the asset."""
        if self.asset not in returns:
            listed = ", ".join(str(column) for column in returns.columns)
            raise InputError(f"asset: expected one of {listed}, got {self.asset!r}; name a column")
        score: Callable[[Backtest], Vector] = _public("score", self.score)
        tests: list[Callable[[Backtest], TestResult]] = [
            _public("require", n) for n in self.require
        ]
        return calibrate(
            self.model,
            returns[self.asset].dropna(),
            grid=dict(self.grid),
            start=self.start,
            holdout=self.holdout,
            score=score,
            require=tests,
            side=self.side,
            refit_every=self.refit_every,
            n_jobs=n_jobs,
            significance=self.significance,
            on_failure=self.on_failure,
            progress=progress,
        )


def _public(field: Literal["score", "require"], name: str) -> Callable[[Backtest], Answer]:
    """Return the score or the test that `quant.backtesting` publishes under a name."""
    wanted = {"score": "Vector", "require": "TestResult"}[field]
    known = {
        public: function
        for public, function in vars(backtesting).items()
        if public in backtesting.__all__
        and getattr(function, "__annotations__", {}).get("return") == wanted
    }
    if name not in known:
        raise SpecError(
            f"{field}: expected one of {', '.join(sorted(known))}, got {name!r}; choose one of them"
        )
    answer: Callable[[Backtest], Answer] = known[name]
    return answer
