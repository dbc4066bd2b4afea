"""The recursion of FIGARCH: a long weighted sum of squared shocks."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from quant._typing import Matrix, Vector
from quant.distributions.base import InnovationLaw
from quant.volatility._filter import State


@dataclass(frozen=True, slots=True)
class FractionalFilter:
    r"""Variance as a sum over the last squared shocks with slowly decaying weights.

    .. math:: h_{t+1} = \omega / (1 - \beta) + \sum_{k=1}^{n} \lambda_k e_{t+1-k}^2

    The memory is the last n squared shocks, oldest first.
    """

    omega: float
    phi: float
    d: float
    beta: float
    lags: int
    weights: Vector = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        weights = fractional_weights(self.phi, self.d, self.beta, self.lags)
        object.__setattr__(self, "weights", weights)

    def open(self, presample: float) -> State:
        memory = np.full(self.lags, presample)
        return State(float(self._sums(memory)[0]), memory)

    def run(self, state: State, shocks: Vector) -> tuple[Vector, State]:
        squares = np.concatenate((state.memory, shocks * shocks))
        variance = self._sums(squares)
        return variance[:-1], State(float(variance[-1]), squares[-self.lags :])

    def expected(self, state: State, horizon: int, law: InnovationLaw) -> Vector:
        del law  # only its variance matters, and that is one
        squares = np.concatenate((state.memory, np.empty(horizon)))
        for k in range(horizon):
            squares[self.lags + k] = self._sums(squares[k : k + self.lags])[0]
        return squares[self.lags :]

    def propagate(self, state: State, z: Matrix) -> Matrix:
        shocks, squares = np.empty(z.shape), np.empty(z.shape)
        # what the past adds to the variance of each period; nothing is known of the periods between
        past = self._sums(np.concatenate((state.memory, np.zeros(z.shape[1]))))
        for k in range(z.shape[1]):
            recent = squares[:, max(0, k - self.lags) : k]
            drawn = recent @ self.weights[: recent.shape[1]][::-1]
            shocks[:, k] = np.sqrt(past[k] + drawn) * z[:, k]
            squares[:, k] = shocks[:, k] ** 2
        return shocks

    def _sums(self, squares: Vector) -> Vector:
        """Return the variance after each full window of squares."""
        sums = np.convolve(squares, self.weights, mode="valid")
        return np.asarray(self.omega / (1.0 - self.beta) + sums, dtype=np.float64)


def fractional_weights(phi: float, d: float, beta: float, lags: int) -> Vector:
    r"""Return the weights of the squared shocks, most recent first, (lags,).

    .. math::
        \lambda_1 = \phi - \beta + d, \quad
        \lambda_k = \beta \lambda_{k-1} + \delta_k - \phi \delta_{k-1}, \quad
        \delta_1 = d, \quad \delta_k = \delta_{k-1} (k - 1 - d) / k
    """
    from scipy.signal import lfilter

    k = np.arange(2.0, lags + 1.0)
    delta = d * np.cumprod(np.concatenate(([1.0], (k - 1.0 - d) / k)))
    news = np.concatenate(([phi - beta + d], delta[1:] - phi * delta[:-1]))
    weights = np.asarray(lfilter([1.0], [1.0, -beta], news), dtype=np.float64)
    weights.setflags(write=False)
    return weights
