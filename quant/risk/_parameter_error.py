"""How far the error of estimated parameters moves a number read off a law."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from quant._typing import Matrix, Vector
from quant.distributions.base import Distribution
from quant.errors import InputError
from quant.risk._intervals import scale_interval, widened

# In standard errors: wide enough that the slope of a simulated quantile is not that of one path.
_STEP = 0.25

Number: TypeAlias = Callable[[Distribution], float]


@dataclass(frozen=True, slots=True, eq=False)
class Likely:
    """What the data say of parameters whose errors are far from normal.

    Attributes
    ----------
    points : callable
        Returns draws (m, k) of the parameters; columns of those not drawn stay at the estimate.
    rest : callable
        Returns the (k, k) covariance of those not drawn, 0 for the others.
    """

    points: Callable[[], Matrix]
    rest: Callable[[], Matrix]


@dataclass(frozen=True, slots=True, eq=False)
class ParameterError:
    """How a loss law depends on estimated parameters, for standard errors and intervals.

    Attributes
    ----------
    law_at : callable
        Maps a parameter vector (k,) to the law of the loss.
    estimate : ndarray (k,)
        The estimated parameters.
    covariance : callable
        Returns the (k, k) covariance of the estimates; called only when a standard error is asked.
    likely : Likely or None
        Where an interval needs more than the covariance.
    """

    law_at: Callable[[Vector], Distribution]
    estimate: Vector
    covariance: Callable[[], Matrix]
    likely: Likely | None = None

    def variance(self, number: Number) -> float:
        """Return the delta-method variance of a number read off the law."""
        return self._variance(number, self.covariance())

    def interval(self, number: Number, confidence: float) -> tuple[float, float]:
        """Return the interval of a number read off a continuous law.

        The quantiles of what the draws make of the number, widened by the delta-method error of
        the parameters they leave alone; without draws that error is all there is.
        """
        value = number(self.law_at(self.estimate))
        if self.likely is None:
            return scale_interval(value, float(np.sqrt(self.variance(number))), confidence)
        seen = [number(self.law_at(point)) for point in self.likely.points()]
        low, high = np.quantile(seen, (0.5 - 0.5 * confidence, 0.5 + 0.5 * confidence))
        rest = float(np.sqrt(self._variance(number, self.likely.rest())))
        return widened((float(low), float(high)), value, rest, confidence)

    def _variance(self, number: Number, covariance: Matrix) -> float:
        gradient = np.zeros(self.estimate.size)
        for i, spread in enumerate(np.sqrt(np.diag(covariance))):
            if spread > 0.0:
                gradient[i] = self._slope(number, i, _STEP * float(spread))
        return float(gradient @ covariance @ gradient)

    def _slope(self, number: Number, i: int, step: float) -> float:
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
