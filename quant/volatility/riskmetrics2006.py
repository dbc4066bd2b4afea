"""The long-memory average of RiskMetrics 2006."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from quant import _checks
from quant._typing import Matrix, Vector
from quant.distributions import Normal
from quant.distributions.base import InnovationLaw
from quant.errors import SpecError
from quant.volatility._filter import State
from quant.volatility._filtered import filtered
from quant.volatility._fit import Fit
from quant.volatility._observations import usable
from quant.volatility.base import FitDiagnostics

__all__ = ["RiskMetrics2006"]

_GUARD = 1e-9


@dataclass(frozen=True, slots=True)
class RiskMetrics2006:
    r"""Mixture of moving averages whose weights decay with the logarithm of their memory.

    .. math::
        h_{t+1} = \sum_k w_k h_{k,t+1}, \quad h_{k,t+1} = \mu_k h_{k,t} + (1 - \mu_k) r_t^2, \\
        \mu_k = e^{-1 / \tau_k}, \quad \tau_k = \tau_1 \rho^{k-1} \le \tau_{max}, \quad
        w_k \propto 1 - \ln \tau_k / \ln \tau_0

    Parameters
    ----------
    tau_0 : float
        Time, in periods, at which the memory of the mixture would end.
    tau_1 : float
        Memory of the shortest average, in periods.
    tau_max : float
        Memory that the longest average does not exceed, in periods, below `tau_0`.
    rho : float
        Ratio of successive memories, above 1.
    initial : float, optional
        Variance at which every average starts, decimal. Left out, it is the mean square of all the
        returns the model is fitted to.

    Raises
    ------
    InputError
        If a field is not above its bound.
    SpecError
        If `tau_max` lies below `tau_1`, or not below `tau_0`.

    Notes
    -----
    The published parameters give 15 averages. Widely used code takes 14, which ends at 362 periods
    instead of the 512 it names; ``tau_max=363`` is that. The slowest average forgets its start as
    exp(-t / tau_max): with the defaults a year of daily data leaves half of it, so years of history
    belong before the first number that matters.

    Nothing is estimated: `params` is empty. The expected variance of later periods feeds every
    average with the mixture itself. It moves from today's mixture towards the slow averages and,
    unlike that of a single average, is not flat. Innovations are taken as normal; the methodology
    asks for a Student law with nu near 5: ``ParametricRisk(..., distribution=StudentT(nu=5))``.

    References
    ----------
    Zumbach (2007), The RiskMetrics 2006 methodology, section 3.

    Examples
    --------
    >>> model = RiskMetrics2006()
    >>> len(model.weights), len(RiskMetrics2006(tau_max=363).weights), f"{model.weights[0]:.6f}"
    (15, 14, '0.112353')
    """

    tau_0: float = 1560.0
    tau_1: float = 4.0
    tau_max: float = 512.0
    rho: float = math.sqrt(2.0)
    initial: float | None = None

    def __post_init__(self) -> None:
        for name in ("tau_0", "tau_1", "tau_max"):
            object.__setattr__(self, name, _checks.positive(name, getattr(self, name)))
        rho = _checks.between("rho", self.rho, 1.0, math.inf, low_open=True)
        object.__setattr__(self, "rho", rho)
        if self.initial is not None:
            object.__setattr__(self, "initial", _checks.positive("initial", self.initial))
        if not self.tau_1 <= self.tau_max < self.tau_0:
            raise SpecError(
                f"tau_max: expected a memory from tau_1 = {self.tau_1:g} to below tau_0 = "
                f"{self.tau_0:g}, got {self.tau_max:g}; a weight would not be positive"
            )

    @property
    def memories(self) -> Vector:
        """Memory of each average, in periods, shortest first, (k,)."""
        steps = math.log(self.tau_max / self.tau_1) / math.log(self.rho)
        return self.tau_1 * self.rho ** np.arange(1 + math.floor(steps + _GUARD), dtype=np.float64)

    @property
    def weights(self) -> Vector:
        """Weight of each average in the variance, (k,), sum 1."""
        raw = 1.0 - np.log(self.memories) / math.log(self.tau_0)
        return np.asarray(raw / raw.sum(), dtype=np.float64)

    def fit(self, returns: pd.Series, realized: pd.Series | None = None) -> Fit:
        """Filter log returns (T,), decimal, per period; at least two that differ."""
        del realized  # has no place in this model
        data = usable(returns, 2, "RiskMetrics2006")
        values = data.to_numpy()
        start = float(np.mean(values**2)) if self.initial is None else self.initial
        diagnostics = FitDiagnostics(zero_share=float(np.mean(values == 0.0)))
        return filtered(self, {}, data, start, diagnostics)

    def _filter(self, params: Mapping[str, float]) -> _MixtureFilter:
        del params
        return _MixtureFilter(np.exp(-1.0 / self.memories), self.weights)

    def _law(self, params: Mapping[str, float]) -> InnovationLaw:
        del params
        return Normal()


@dataclass(frozen=True, slots=True, eq=False)
class _MixtureFilter:
    """Weighted sum of exponential averages; the memory is the averages, fastest first."""

    decay: Vector
    weights: Vector

    def open(self, presample: float) -> State:
        return self._state(np.full(self.decay.size, presample))

    def run(self, state: State, shocks: Vector) -> tuple[Vector, State]:
        from scipy.signal import lfilter

        squares = shocks * shocks
        variance = np.zeros(shocks.size + 1)
        last = np.empty(self.decay.size)
        for k, (decay, start) in enumerate(zip(self.decay, state.memory, strict=True)):
            average, _ = lfilter([1.0 - decay], [1.0, -decay], squares, zi=[decay * start])
            variance[0] += self.weights[k] * start
            variance[1:] += self.weights[k] * average
            last[k] = average[-1]
        return variance[:-1], State(float(variance[-1]), last)

    def expected(self, state: State, horizon: int, law: InnovationLaw) -> Vector:
        del law
        averages = state.memory
        path = np.empty(horizon)
        path[0] = state.variance
        for k in range(1, horizon):
            averages = self.decay * averages + (1.0 - self.decay) * path[k - 1]
            path[k] = self.weights @ averages
        return path

    def propagate(self, state: State, z: Matrix) -> Matrix:
        shocks = np.empty(z.shape)
        averages = np.repeat(state.memory[:, None], z.shape[0], axis=1)
        decay, news = self.decay[:, None], 1.0 - self.decay[:, None]
        for k in range(z.shape[1]):
            shocks[:, k] = np.sqrt(self.weights @ averages) * z[:, k]
            averages = decay * averages + news * shocks[:, k] ** 2
        return shocks

    def _state(self, averages: Vector) -> State:
        return State(float(self.weights @ averages), averages)
