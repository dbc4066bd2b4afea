"""How far the error of estimated parameters moves a number read off a law."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from quant._typing import Vector
from quant.distributions.base import Distribution
from quant.errors import InputError

# In standard errors: wide enough that the slope of a simulated quantile is not that of one path.
_STEP = 0.25


@dataclass(frozen=True, slots=True, eq=False)
class ParameterError:
    """How a loss law depends on estimated parameters, for delta-method standard errors.

    Attributes
    ----------
    law_at : callable
        Maps a parameter vector (k,) to the law of the loss.
    estimate : ndarray (k,)
        The estimated parameters.
    covariance : callable
        Returns the (k, k) covariance of the estimates; called only when a standard error is asked.
    """

    law_at: Callable[[Vector], Distribution]
    estimate: Vector
    covariance: Callable[[], Vector]

    def variance(self, number: Callable[[Distribution], float]) -> float:
        """Return the delta-method variance of a number read off the law."""
        covariance = self.covariance()
        gradient = np.zeros(self.estimate.size)
        for i, spread in enumerate(np.sqrt(np.diag(covariance))):
            if spread > 0.0:
                gradient[i] = self._slope(number, i, _STEP * float(spread))
        return float(gradient @ covariance @ gradient)

    def _slope(self, number: Callable[[Distribution], float], i: int, step: float) -> float:
        """Return the slope in one parameter; from one side where the other has no law."""
        seen: list[tuple[float, float]] = []
        for move in (-step, 0.0, step):
            at = self.estimate.copy()
            at[i] += move
            try:
                seen.append((move, number(self.law_at(at))))
            except InputError:  # outside the parameter space
                continue
        (first, low), (last, high) = seen[0], seen[-1]
        return (high - low) / (last - first) if last > first else 0.0
