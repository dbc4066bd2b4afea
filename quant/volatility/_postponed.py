"""The paths of a fit: made together with it, or when they are first asked for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import pandas as pd

from quant.volatility._dynamics import Dynamics, paths
from quant.volatility._record import Sample
from quant.volatility.base import VolatilityModel


class Paths(Protocol):
    """Volatility and standardised innovations of each period of a sample."""

    @property
    def sigma(self) -> pd.Series: ...

    @property
    def z(self) -> pd.Series: ...


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """Paths that are there."""

    sigma: pd.Series
    z: pd.Series


@dataclass(frozen=True, eq=False)  # no slots: once made, the paths stay in the instance's __dict__
class Postponed:
    """Paths of an estimation sample, made when first asked for and kept.

    For an estimation that knows where its paths end, and so that no variance is to be refused:
    by then it would be too late to say so.
    """

    dynamics: Dynamics
    spec: VolatilityModel
    sample: Sample

    @property
    def sigma(self) -> pd.Series:
        return self._made.sigma

    @property
    def z(self) -> pd.Series:
        return self._made.z

    @cached_property
    def _made(self) -> Made:
        sigma, z, _ = paths(self.dynamics, self.spec, self.sample, self.dynamics.open())
        return Made(sigma, z)
