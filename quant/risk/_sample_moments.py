"""Mean, standard deviation, skewness and excess kurtosis of a sample, with their covariance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from quant._typing import Matrix, Vector


@dataclass(frozen=True, slots=True, eq=False)
class SampleMoments:
    """The first four standardised moments of a sample, divisor n."""

    sample: Vector

    @property
    def estimate(self) -> Vector:
        """Mean, standard deviation, skewness and excess kurtosis (4,)."""
        mean, sd, u = self._standardised()
        return np.array([mean, sd, np.mean(u**3), np.mean(u**4) - 3.0])

    def covariance(self) -> Matrix:
        """Return the covariance (4, 4) of the moments, from the influence of each observation."""
        _, sd, u = self._standardised()
        skewness, kurtosis = np.mean(u**3), np.mean(u**4)
        square = u * u - 1.0
        influence = np.column_stack(
            (
                sd * u,
                0.5 * sd * square,
                u**3 - skewness - 3.0 * u - 1.5 * skewness * square,
                u**4 - kurtosis - 4.0 * skewness * u - 2.0 * kurtosis * square,
            )
        )
        return np.asarray(influence.T @ influence) / u.size**2

    def _standardised(self) -> tuple[float, float, Vector]:
        mean, sd = float(self.sample.mean()), float(self.sample.std())
        return mean, sd, (self.sample - mean) / sd
