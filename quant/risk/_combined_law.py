"""What several forecasts say together, and how far they may err."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from quant._typing import Matrix, Vector
from quant.distributions.quantiles import Quantiles
from quant.risk._combination_weights import Weights
from quant.risk._reading import Reader, Reading, weighted
from quant.risk.base import LossForecast


@dataclass(frozen=True, slots=True, eq=False)
class Together:
    """The combined law, displaced by errors of its VaR and ES."""

    read: Reader
    weights: Weights
    forecasts: tuple[LossForecast, ...]

    def __call__(self, error: Vector) -> Quantiles:
        var, es = self._sums([self.read(forecast) for forecast in self.forecasts])
        shifted = None if es is None else es + float(error[1])
        return Quantiles([(self.read.level, var + float(error[0]), shifted)])

    def _sums(self, readings: Sequence[Reading]) -> Reading:
        var = float(self.weights.var @ np.array([reading.var for reading in readings]))
        gaps = [reading.es - reading.var for reading in readings if reading.es is not None]
        if len(gaps) < len(readings):
            return Reading(var, None)
        return Reading(var, var + float(self.weights.gap @ np.array(gaps)))

    def covariance(self) -> Matrix:
        """Return the squared errors of VaR and ES: the members' own, weighted, added up."""
        var, es = self._sums([self.read.std_error(forecast) for forecast in self.forecasts])
        return np.diag([var**2, 0.0 if es is None else es**2])

    def drivers(self) -> pd.Series:
        """Return the members' drivers, weighted."""
        return weighted(self.weights.var, [self.read.drivers(f) for f in self.forecasts])
