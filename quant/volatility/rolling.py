"""Root mean square of the last returns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from quant import _checks
from quant._typing import Matrix, Vector
from quant.distributions import Normal
from quant.distributions.base import InnovationLaw
from quant.volatility._filter import State
from quant.volatility._filtered import filtered
from quant.volatility._fit import Fit
from quant.volatility._observations import usable
from quant.volatility.base import FitDiagnostics

__all__ = ["RollingVolatility"]


@dataclass(frozen=True, slots=True)
class RollingVolatility:
    r"""Equally weighted variance of the last `window` returns with zero mean.

    .. math:: h_{t+1} = \frac{1}{w} \sum_{i=0}^{w-1} r_{t-i}^2

    Parameters
    ----------
    window : int
        Observations in the mean, at least 2.

    Raises
    ------
    InputError
        If `window` is not a whole number of at least 2.

    Notes
    -----
    Before a full window has passed, the mean square of the first `window` returns stands in for
    each return that is missing. A whole window of zero returns is refused, because it would make
    the next return infinitely surprising. Nothing is estimated; innovations are taken as normal.

    Examples
    --------
    >>> returns = pd.Series([0.01, -0.02, 0.015, -0.03, 0.005])
    >>> fit = RollingVolatility(window=3).fit(returns)
    >>> f"{fit.forecast().sigma[0]:.4%}"
    '1.9579%'
    """

    window: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "window", _checks.count("window", self.window, minimum=2))

    def fit(self, returns: pd.Series, realized: pd.Series | None = None) -> Fit:
        """Filter log returns (T,), decimal, per period; at least a window of them."""
        del realized  # has no place in this model
        data = usable(returns, self.window, f"RollingVolatility(window={self.window})")
        values = data.to_numpy()
        start = float(np.mean(values[: self.window] ** 2))
        diagnostics = FitDiagnostics(zero_share=float(np.mean(values == 0.0)))
        return filtered(self, {}, data, start, diagnostics)

    def _filter(self, params: Mapping[str, float]) -> _WindowFilter:
        del params
        return _WindowFilter(self.window)

    def _law(self, params: Mapping[str, float]) -> InnovationLaw:
        del params
        return Normal()


@dataclass(frozen=True, slots=True)
class _WindowFilter:
    """Mean of the last squared shocks; the memory is these squares, oldest first."""

    window: int

    def open(self, presample: float) -> State:
        return State(presample, np.full(self.window, presample))

    def run(self, state: State, shocks: Vector) -> tuple[Vector, State]:
        squares = np.concatenate((state.memory, shocks * shocks))
        # a mean per window, not a running sum: a quiet month after a crash keeps its digits
        means = np.lib.stride_tricks.sliding_window_view(squares, self.window).mean(axis=1)
        return means[:-1], State(float(means[-1]), squares[-self.window :])

    def shares(self, state: State, shocks: Vector) -> Vector:
        share = np.zeros(shocks.size)
        last = shocks[-self.window :]
        share[-last.size :] = last * last / (self.window * state.variance)
        return share

    def expected(self, state: State, horizon: int, law: InnovationLaw) -> Vector:
        del law
        squares = np.concatenate((state.memory, np.empty(horizon)))
        for k in range(horizon):
            squares[self.window + k] = squares[k : self.window + k].mean()
        return squares[self.window :]

    def propagate(self, state: State, z: Matrix) -> Matrix:
        shocks = np.empty(z.shape)
        for k in range(z.shape[1]):
            known = float(state.memory[k:].sum())
            drawn = (shocks[:, max(0, k - self.window) : k] ** 2).sum(axis=1)
            shocks[:, k] = np.sqrt((known + drawn) / self.window) * z[:, k]
        return shocks
