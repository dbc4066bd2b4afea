"""What a fit is made of: the dynamics of a variance, and what they make of a sample."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, Self

import numpy as np
import pandas as pd

from quant import _checks
from quant._typing import Matrix, Vector
from quant.distributions.base import InnovationLaw
from quant.errors import InputError
from quant.volatility._filter import State
from quant.volatility._record import Sample
from quant.volatility.base import VolatilityModel


@dataclass(frozen=True, slots=True, eq=False)
class Dynamics(ABC):
    """How the variance moves, at given parameters.

    Attributes
    ----------
    law : InnovationLaw
        Of the standardised innovations.
    mean : float
        Conditional mean of the return of one period.
    """

    law: InnovationLaw
    mean: float

    @abstractmethod
    def open(self) -> State:
        """Return the state before the first period of the estimation sample."""

    @abstractmethod
    def run(self, sample: Sample, state: State) -> tuple[Vector, State]:
        """Return the variance of each period, known one before, (T,), and the state after them."""

    @abstractmethod
    def expected(self, state: State, horizon: int) -> Vector:
        """Return the expected variance of each of the next periods, (h,)."""

    @abstractmethod
    def propagate(self, state: State, z: Matrix) -> Matrix:
        """Return the (n, h) returns that (n, h) standardised shocks produce."""

    @abstractmethod
    def shares(self, state: State, sample: Sample) -> Vector:
        """Return the share in the variance of `state` of each of the last dates before it."""

    def with_errors(self, stream: int, first: int) -> Self:
        """Return the dynamics whose measurement errors, where paths have any, are of a stream."""
        del stream, first
        return self

    def measurement_density(self, sample: Sample, sigma: Vector, z: Vector) -> Vector:
        """Return the log density of each measurement of the variance, where that is modelled."""
        del sample, sigma
        return np.zeros(z.size)

    def mean_reach(self, sample: Sample) -> float:
        """Return how far the mean may move before the likelihood has a kink."""
        del sample
        return float("inf")


class Origin(Protocol):
    """A specification, and what its estimation sample fixed before any parameter."""

    @property
    def spec(self) -> VolatilityModel: ...

    def dynamics(self, params: Mapping[str, float]) -> Dynamics:
        """Return the dynamics at given parameters."""
        ...

    def observed(self, returns: pd.Series, realized: pd.Series | None) -> Sample:
        """Return what the model uses of new data; refuse what it cannot."""
        ...


def paths(
    dynamics: Dynamics, spec: VolatilityModel, sample: Sample, state: State
) -> tuple[pd.Series, pd.Series, State]:
    """Return sigma, z and the state after a sample, from the state before it."""
    variance, after = dynamics.run(sample, state)
    index = sample.returns.index
    whole = np.append(variance, after.variance)
    if not (whole.min() > 0.0 and whole.max() < np.inf):  # neither holds for NaN
        bad = np.flatnonzero(~((whole > 0.0) & np.isfinite(whole)))
        at = min(int(bad[0]), len(index) - 1)
        raise InputError(
            f"variance: expected positive finite variances from {spec!r}, got {whole[bad[0]]:g} "
            f"at {_checks.stamp(index[at])}; check the parameters and the data before it"
        )
    sigma = np.sqrt(variance)
    z = (sample.returns.to_numpy(dtype=np.float64) - dynamics.mean) / sigma
    for array in (sigma, z):
        array.setflags(write=False)
    return (
        pd.Series(sigma, index=index, name="sigma", copy=False),
        pd.Series(z, index=index, name="z", copy=False),
        after,
    )


def contributions(origin: Origin, params: Mapping[str, float], sample: Sample) -> Vector:
    """Return the log-likelihood of each date of the estimation sample, (T,)."""
    dynamics = origin.dynamics(params)
    sigma, z, _ = paths(dynamics, origin.spec, sample, dynamics.open())
    density = dynamics.law.logpdf(z.to_numpy()) - np.log(sigma.to_numpy())
    measured = dynamics.measurement_density(sample, sigma.to_numpy(), z.to_numpy())
    return np.asarray(density + measured, dtype=np.float64)
