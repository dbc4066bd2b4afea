"""Variances predicted from the last realised variances alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, Self

import numpy as np
import pandas as pd

from quant._typing import Matrix, Vector
from quant.distributions import Normal
from quant.errors import InputError
from quant.volatility._dynamics import Dynamics
from quant.volatility._filter import State
from quant.volatility._observations import measured
from quant.volatility._record import Sample
from quant.volatility.base import VolatilityModel


@dataclass(frozen=True, slots=True)
class Seen:
    """What the estimation sample showed of realised variances; it stays when parameters move.

    Attributes
    ----------
    start : float
        Realised variance assumed for each period before the sample.
    low, high, mean : float
        Of the realised variances.
    """

    start: float
    low: float
    high: float
    mean: float

    @classmethod
    def of(cls, realized: Vector, *, start: float) -> Self:
        """Return what these realised variances (T,) show; not one above zero is refused."""
        low, high, mean = (float(f()) for f in (realized.min, realized.max, realized.mean))
        if high <= 0.0:
            raise InputError(
                f"realized: expected variances above 0, got {realized.size} of 0; "
                "a price that does not move has no volatility to estimate"
            )
        return cls(start, low, high, mean)


class Predictor(Protocol):
    """A prediction of the return variance from the last realised variances."""

    @property
    def lags(self) -> int:
        """Realised variances a prediction is made from."""
        ...

    def path(self, realized: Vector) -> Vector:
        """Return the variance of the period after each stretch of `lags`, (n - lags + 1,)."""
        ...

    def ahead(self, realized: Vector, horizon: int) -> Vector:
        """Return the expected variance (h,) of the periods after the last `lags`."""
        ...

    def elasticity(self, realized: Vector) -> Vector:
        """Return the percent by which the next variance moves per percent of each, (lags,)."""
        ...


class PredictedModel(VolatilityModel, Protocol):
    """A specification that turns parameters into a predictor."""

    def _predictor(self, params: Mapping[str, float], seen: Seen) -> Predictor: ...

    def _usable(self, realized: pd.Series) -> None: ...


@dataclass(frozen=True, slots=True, eq=False)
class PredictedOrigin:
    """A model and what its estimation sample showed."""

    spec: PredictedModel
    seen: Seen

    def dynamics(self, params: Mapping[str, float]) -> PredictedDynamics:
        predictor = self.spec._predictor(params, self.seen)
        return PredictedDynamics(Normal(), 0.0, predictor, self.seen.start)

    def observed(self, returns: pd.Series, realized: pd.Series | None) -> Sample:
        news = measured(returns, realized, type(self.spec).__name__)
        self.spec._usable(news)
        return Sample(returns, news)


@dataclass(frozen=True, slots=True, eq=False)
class PredictedDynamics(Dynamics):
    """A predictor; the memory of its state is the last realised variances."""

    predictor: Predictor
    start: float

    def open(self) -> State:
        return State(np.nan, np.full(self.predictor.lags, self.start))

    def run(self, sample: Sample, state: State) -> tuple[Vector, State]:
        history = np.concatenate((state.memory, sample.measurements()))
        variance = self.predictor.path(history)
        memory = history[history.size - self.predictor.lags :].copy()
        return variance[:-1], State(float(variance[-1]), memory)

    def expected(self, state: State, horizon: int) -> Vector:
        return self.predictor.ahead(state.memory, horizon)

    def propagate(self, state: State, z: Matrix) -> Matrix:
        return np.asarray(np.sqrt(self.expected(state, z.shape[1])) * z)

    def shares(self, state: State, sample: Sample) -> Vector:
        return self.predictor.elasticity(state.memory)[-len(sample.returns) :]
