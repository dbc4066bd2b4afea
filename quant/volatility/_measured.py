"""Variances that follow a measurement, which follows them: realised GARCH."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Protocol, Self

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

_APART = 1  # from the shocks that share the seed
_BLOCK = 256  # paths whose errors come from one generator


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
    """The two equations; the memory of their state is the logarithm of its variance.

    Attributes
    ----------
    stream : int
        Which of the streams of the seed the measurement errors of paths come from.
    first : int
        Number, in that stream, of the first path.
    """

    equations: LogLinear
    presample: float
    seed: int
    stream: int = 0
    first: int = 0

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
        u = self._errors(*z.shape)
        return self.mean + self.equations.propagate(float(state.memory[0]), z, u)

    def with_errors(self, stream: int, first: int) -> Self:
        return replace(self, stream=stream, first=first)

    def _errors(self, n: int, horizon: int) -> Matrix:
        """Return the errors (n, h - 1) of n paths, all but their last: no variance follows it.

        Each is that of its path and step, however many others are asked for.
        """
        begin, skipped = divmod(self.first, _BLOCK)
        drawn = [
            np.random.default_rng(
                np.random.SeedSequence(self.seed, spawn_key=(_APART, self.stream, block))
            ).standard_normal((horizon - 1, _BLOCK))  # steps first: they do not see the horizon
            for block in range(begin, -(-(self.first + n) // _BLOCK))
        ]
        return np.concatenate(drawn, axis=1).T[skipped : skipped + n]

    def shares(self, state: State, sample: Sample) -> Vector:
        del state
        age = np.arange(len(sample.returns) - 1, -1, -1, dtype=np.float64)
        return np.asarray(self.equations.gamma * self.equations.beta**age)

    def measurement_density(self, sample: Sample, sigma: Vector, z: Vector) -> Vector:
        log_x = np.log(sample.measurements())
        return self.equations.measurement_density(2.0 * np.log(sigma), log_x, z)
