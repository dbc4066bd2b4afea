"""Variances that are a recursion in the returns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pandas as pd

from quant._typing import Matrix, Vector
from quant.distributions.base import InnovationLaw
from quant.volatility._dynamics import Dynamics
from quant.volatility._filter import (
    Kinked,
    Presample,
    SharedOut,
    State,
    VarianceFilter,
    variance_before,
)
from quant.volatility._fit import Fit, fitted
from quant.volatility._record import Sample
from quant.volatility.base import FitDiagnostics, VolatilityModel


class FilteredModel(VolatilityModel, Protocol):
    """A specification that turns parameters into a recursion and a law."""

    def _filter(self, params: Mapping[str, float]) -> VarianceFilter: ...

    def _law(self, params: Mapping[str, float]) -> InnovationLaw: ...


@dataclass(frozen=True, slots=True, eq=False)
class FilteredOrigin:
    """A model and the variance assumed before its first return.

    Attributes
    ----------
    presample : float or MeanSquare
        A number that stays with the sample, or a mean square that moves with the parameter mu.
    """

    spec: FilteredModel
    presample: Presample

    def dynamics(self, params: Mapping[str, float]) -> FilteredDynamics:
        mean = params.get("mu", 0.0)
        before = variance_before(self.presample, mean)
        return FilteredDynamics(self.spec._law(params), mean, self.spec._filter(params), before)

    def observed(self, returns: pd.Series, realized: pd.Series | None) -> Sample:
        del realized  # a variance recursion is driven by the returns
        return Sample(returns)


@dataclass(frozen=True, slots=True, eq=False)
class FilteredDynamics(Dynamics):
    """A recursion fed with returns less their mean."""

    recursion: VarianceFilter
    presample: float

    def open(self) -> State:
        return self.recursion.open(self.presample)

    def run(self, sample: Sample, state: State) -> tuple[Vector, State]:
        return self.recursion.run(state, self._shocks(sample))

    def expected(self, state: State, horizon: int) -> Vector:
        return self.recursion.expected(state, horizon, self.law)

    def propagate(self, state: State, z: Matrix) -> Matrix:
        return self.mean + self.recursion.propagate(state, z)

    def shares(self, state: State, sample: Sample) -> Vector:
        shocks = self._shocks(sample)
        if isinstance(self.recursion, SharedOut):
            return self.recursion.shares(state, shocks)
        opening = self.open()
        missing = np.empty(shocks.size)
        for t in range(shocks.size):
            without = shocks.copy()
            without[t] = 0.0
            missing[t] = state.variance - self.recursion.run(opening, without)[1].variance
        return np.asarray(missing / state.variance, dtype=np.float64)

    def mean_reach(self, sample: Sample) -> float:
        if not isinstance(self.recursion, Kinked):
            return float("inf")
        return float(np.abs(self._shocks(sample)).min())

    def _shocks(self, sample: Sample) -> Vector:
        return sample.returns.to_numpy(dtype=np.float64) - self.mean


def filtered(
    spec: FilteredModel,
    params: Mapping[str, float],
    returns: pd.Series,
    presample: Presample,
    diagnostics: FitDiagnostics,
) -> Fit:
    """Return the fit of `spec` to `returns` at `params`."""
    return fitted(FilteredOrigin(spec, presample), params, Sample(returns), diagnostics)
