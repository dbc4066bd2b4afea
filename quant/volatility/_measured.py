"""Variances that follow a measurement, which follows them: realised GARCH."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pandas as pd

from quant._typing import Matrix, Vector
from quant.distributions import Normal
from quant.volatility._dynamics import Dynamics
from quant.volatility._filter import State
from quant.volatility._log_linear import LogLinear, log_variances
from quant.volatility._observations import measured
from quant.volatility._record import Sample
from quant.volatility.base import VolatilityModel

_STREAM = 1  # of the measurement errors, apart from the shocks that share their seed


class MeasuredModel(VolatilityModel, Protocol):
    """A specification that turns parameters into the two equations."""

    @property
    def seed(self) -> int: ...

    def _equations(self, params: Mapping[str, float]) -> LogLinear: ...

    def _usable(self, realized: pd.Series) -> None: ...


@dataclass(frozen=True, slots=True, eq=False)
class MeasuredOrigin:
    """A model and the variance of its first period."""

    spec: MeasuredModel
    presample: float

    def dynamics(self, params: Mapping[str, float]) -> MeasuredDynamics:
        equations = self.spec._equations(params)
        mean = params.get("mu", 0.0)
        return MeasuredDynamics(Normal(), mean, equations, self.presample, self.spec.seed)

    def observed(self, returns: pd.Series, realized: pd.Series | None) -> Sample:
        news = measured(returns, realized, type(self.spec).__name__)
        self.spec._usable(news)
        return Sample(returns, news)


@dataclass(frozen=True, slots=True, eq=False)
class MeasuredDynamics(Dynamics):
    """The two equations; the memory of their state is the logarithm of its variance."""

    equations: LogLinear
    presample: float
    seed: int

    def open(self) -> State:
        return State(self.presample, np.array([math.log(self.presample)]))

    def run(self, sample: Sample, state: State) -> tuple[Vector, State]:
        e = self.equations
        path = log_variances(
            e.omega, e.beta, e.gamma, float(state.memory[0]), np.log(sample.measurements())
        )
        with np.errstate(over="ignore"):  # whoever checks the variances refuses them
            variance = np.exp(path)
        return variance[:-1], State(float(variance[-1]), path[-1:].copy())

    def expected(self, state: State, horizon: int) -> Vector:
        return self.equations.expected(float(state.memory[0]), horizon)

    def propagate(self, state: State, z: Matrix) -> Matrix:
        stream = np.random.SeedSequence(self.seed, spawn_key=(_STREAM,))
        u = np.random.default_rng(stream).standard_normal(z.shape)
        return self.mean + self.equations.propagate(float(state.memory[0]), z, u)

    def shares(self, state: State, sample: Sample) -> Vector:
        del state
        age = np.arange(len(sample.returns) - 1, -1, -1, dtype=np.float64)
        return np.asarray(self.equations.gamma * self.equations.beta**age)

    def measurement_density(self, sample: Sample, sigma: Vector, z: Vector) -> Vector:
        log_x = np.log(sample.measurements())
        return self.equations.measurement_density(2.0 * np.log(sigma), log_x, z)
