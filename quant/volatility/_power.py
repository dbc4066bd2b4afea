"""The recursion of APARCH: a power of the volatility moves with that power of the shock."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from quant._typing import FloatArray, Matrix, Vector
from quant.distributions.base import InnovationLaw
from quant.volatility._filter import NOTHING, Kinked, State

_PATHS = 10_000


@dataclass(frozen=True, slots=True)
class PowerFilter(Kinked):
    r"""Volatility to the power delta, linear in that power of the skewed last shock.

    .. math::
        \sigma_{t+1}^\delta = \omega + \alpha (|e_t| - \gamma e_t)^\delta + \beta \sigma_t^\delta
    """

    omega: float
    alpha: float
    gamma: float
    beta: float
    delta: float

    def open(self, presample: float) -> State:
        # the shock before the sample has no sign
        power = self.omega + (self.alpha + self.beta) * presample ** (0.5 * self.delta)
        return State(self._variance(power), NOTHING)

    def presample_of(self, variance: float) -> float:
        """Return the presample variance from which the recursion opens at `variance`."""
        power = variance ** (0.5 * self.delta) - self.omega
        return self._variance(power / (self.alpha + self.beta))

    def run(self, state: State, shocks: Vector) -> tuple[Vector, State]:
        from scipy.signal import lfilter

        start = state.variance ** (0.5 * self.delta)
        following, _ = lfilter([1.0], [1.0, -self.beta], self._news(shocks), zi=[self.beta * start])
        with np.errstate(invalid="ignore", divide="ignore"):
            after = following ** (2.0 / self.delta)
        return np.concatenate(([state.variance], after[:-1])), State(float(after[-1]), NOTHING)

    def expected(self, state: State, horizon: int, law: InnovationLaw) -> Vector:
        if horizon == 1:
            return np.array([state.variance])
        if self.delta == 2.0:
            return self._linear(state.variance, horizon, law)
        # sigma^delta has a recursion for its mean, sigma^2 has none
        _, variance = self._simulate(state, law.rvs((_PATHS, horizon), seed=0))
        return np.asarray(variance.mean(axis=0), dtype=np.float64)

    def propagate(self, state: State, z: Matrix) -> Matrix:
        shocks, _ = self._simulate(state, z)
        return shocks

    def _linear(self, variance: float, horizon: int, law: InnovationLaw) -> Vector:
        down = law.lower_variance
        news = (1.0 + self.gamma) ** 2 * down + (1.0 - self.gamma) ** 2 * (1.0 - down)
        path = np.empty(horizon)
        path[0] = variance
        for k in range(1, horizon):
            path[k] = self.omega + (self.alpha * news + self.beta) * path[k - 1]
        return path

    def _simulate(self, state: State, z: Matrix) -> tuple[Matrix, Matrix]:
        """Return the (n, h) shocks and variances that (n, h) standardised shocks produce."""
        shocks, variance = np.empty(z.shape), np.empty(z.shape)
        power = np.full(z.shape[0], state.variance ** (0.5 * self.delta))
        for k in range(z.shape[1]):
            variance[:, k] = power ** (2.0 / self.delta)
            shocks[:, k] = np.sqrt(variance[:, k]) * z[:, k]
            power = self._news(shocks[:, k]) + self.beta * power
        return shocks, variance

    def _news(self, shocks: Vector) -> FloatArray:
        skewed = np.abs(shocks) - self.gamma * shocks
        with np.errstate(invalid="ignore"):  # |gamma| > 1: whoever checks the variances refuses it
            return np.asarray(self.omega + self.alpha * skewed**self.delta, dtype=np.float64)

    def _variance(self, power: float) -> float:
        return float(power ** (2.0 / self.delta)) if power > 0.0 else float("nan")
