"""Predictions of a heterogeneous autoregression at given parameters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from quant._typing import Vector
from quant.volatility._predicted import Seen


@dataclass(frozen=True, slots=True, eq=False)
class Cascade:
    """The regression written as an autoregression, of realised variances or of their logarithms.

    Attributes
    ----------
    weights : ndarray (lags,)
        Coefficients from the oldest value to the newest.
    residual_variance : float or None
        Of the regression in logarithms; None for one in levels.
    seen : Seen
        The range that predictions are held to.
    above : float
        What stands for a prediction above that range.
    """

    weights: Vector
    constant: float
    scale: float
    residual_variance: float | None
    seen: Seen
    above: float

    @property
    def lags(self) -> int:
        return self.weights.size

    def path(self, realized: Vector) -> Vector:
        stretches = np.lib.stride_tricks.sliding_window_view(self._values(realized), self.lags)
        mean = self.constant + stretches @ self.weights
        return self.scale * self._sane(self._level(mean, np.ones(mean.size)))

    def ahead(self, realized: Vector, horizon: int) -> Vector:
        y = np.concatenate((self._values(realized), np.empty(horizon)))
        # what a residual still moves k periods later; squared and summed, it scales their variance
        response = np.zeros(self.lags + horizon)
        response[self.lags] = 1.0
        for k in range(horizon):
            y[self.lags + k] = self.constant + y[k : self.lags + k] @ self.weights
            if k:
                response[self.lags + k] = response[k : self.lags + k] @ self.weights
        spread = np.cumsum(response[self.lags :] ** 2)
        return self.scale * self._sane(self._level(y[self.lags :], spread))

    def elasticity(self, realized: Vector) -> Vector:
        y = self._values(realized)
        mean = self.constant + float(y @ self.weights)
        predicted = self._level(np.array([mean]), np.ones(1))
        if self._sane(predicted)[0] != predicted[0]:
            return np.zeros(self.lags)
        return y * self.weights / mean if self.residual_variance is None else self.weights.copy()

    def _values(self, realized: Vector) -> Vector:
        return realized if self.residual_variance is None else np.log(realized)

    def _level(self, mean: Vector, spread: Vector) -> Vector:
        if self.residual_variance is None:
            return mean
        return np.asarray(np.exp(mean + 0.5 * self.residual_variance * spread))

    def _sane(self, predicted: Vector) -> Vector:
        sane = np.where(predicted < self.seen.low, self.seen.mean, predicted)
        return np.where(predicted > self.seen.high, self.above, sane)
