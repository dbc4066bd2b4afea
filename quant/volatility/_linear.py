"""The recursion shared by EWMA, GARCH and GJR-GARCH."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from quant._typing import Matrix, Vector
from quant.distributions.base import InnovationLaw
from quant.volatility._filter import NOTHING, State


@dataclass(frozen=True, slots=True)
class LinearFilter:
    r"""Variance linear in the last squared shock and the last variance.

    .. math:: h_{t+1} = \omega + (\alpha + \gamma 1\{e_t < 0\}) e_t^2 + \beta h_t

    Attributes
    ----------
    recursed : bool
        Whether the first variance applies the recursion to the presample variance, or is it.
    """

    omega: float
    alpha: float
    gamma: float
    beta: float
    recursed: bool = True

    def open(self, presample: float) -> State:
        if not self.recursed:
            return State(presample, NOTHING)
        # the shock before the sample has no sign: half of the leverage term, whatever the law
        weight = self.alpha + 0.5 * self.gamma + self.beta
        return State(self.omega + weight * presample, NOTHING)

    def run(self, state: State, shocks: Vector) -> tuple[Vector, State]:
        from scipy.signal import lfilter

        following, _ = lfilter(
            [1.0], [1.0, -self.beta], self._news(shocks), zi=[self.beta * state.variance]
        )
        variance = np.concatenate(([state.variance], following[:-1]))
        return variance, State(float(following[-1]), NOTHING)

    def shares(self, state: State, shocks: Vector) -> Vector:
        age = np.arange(shocks.size - 1, -1, -1)
        left = (self._news(shocks) - self.omega) * self.beta**age
        return np.asarray(left / state.variance, dtype=np.float64)

    def expected(self, state: State, horizon: int, law: InnovationLaw) -> Vector:
        persistence = self.alpha + self.gamma * law.lower_variance + self.beta
        path = np.empty(horizon)
        path[0] = state.variance
        for k in range(1, horizon):
            path[k] = self.omega + persistence * path[k - 1]
        return path

    def propagate(self, state: State, z: Matrix) -> Matrix:
        from quant.volatility._paths import linear_paths

        # steps by paths: the layout the kernel runs along; a Fortran-ordered z is not copied
        steps = np.ascontiguousarray(z.T).view()
        steps.setflags(write=False)  # one kind of array, one compilation
        shocks = linear_paths(state.variance, self.omega, self.alpha, self.gamma, self.beta, steps)
        return np.asarray(shocks.T)

    def _news(self, shocks: Vector) -> Vector:
        weight = np.where(shocks < 0.0, self.alpha + self.gamma, self.alpha)
        return np.asarray(self.omega + weight * shocks * shocks, dtype=np.float64)
