"""Mean, standard deviation, skewness and excess kurtosis of a sample, with their covariance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from quant._typing import Matrix, Vector
from quant.risk._cornish_fisher_law import bent

# Exact to the order of the covariance: products of two fourth powers of a cubic.
_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(16)
_SHARES = _WEIGHTS / _WEIGHTS.sum()

_STEPS, _NEAR, _DIFFERENCE = 40, 1e-9, 1e-6
_MOVES = _DIFFERENCE * np.eye(2)


@dataclass(frozen=True, slots=True, eq=False)
class SampleMoments:
    """The first four standardised moments of a sample, divisor n."""

    sample: Vector

    @property
    def estimate(self) -> Vector:
        """Mean, standard deviation, skewness and excess kurtosis (4,)."""
        mean, sd = float(self.sample.mean()), float(self.sample.std())
        u = (self.sample - mean) / sd
        return np.array([mean, sd, np.mean(u**3), np.mean(u**4) - 3.0])

    def covariance(self) -> Matrix:
        """Return the covariance (4, 4) of the moments of as many draws from a law that has them.

        It takes moments up to the eighth, of which a sample of this size knows next to nothing:
        its own would make the error of the kurtosis small where the kurtosis is estimated small.
        Those of the bent normal law with the four moments of the sample follow from these.
        """
        _, sd, *shape = self.estimate
        u = _standardised(_bends(np.array(shape)))
        skewness, kurtosis = _SHARES @ u**3, _SHARES @ u**4
        square = u * u - 1.0
        influence = np.column_stack(
            (
                sd * u,
                0.5 * sd * square,
                u**3 - skewness - 3.0 * u - 1.5 * skewness * square,
                u**4 - kurtosis - 4.0 * skewness * u - 2.0 * kurtosis * square,
            )
        )
        return np.asarray((influence.T * _SHARES) @ influence) / self.sample.size


def _standardised(bends: Vector) -> Vector:
    """Return the bent shock at the nodes, with mean 0 and variance 1."""
    x = bent(_NODES, *bends)
    x = x - _SHARES @ x
    return np.asarray(x / np.sqrt(_SHARES @ (x * x)))


def _shape(bends: Vector) -> Vector:
    """Return the skewness and excess kurtosis of the bent law itself."""
    u = _standardised(bends)
    return np.array([_SHARES @ u**3, _SHARES @ u**4 - 3.0])


def _bends(shape: Vector) -> Vector:
    """Return how much to bend the normal law for it to have this skewness and excess kurtosis.

    Newton's steps, halved while they lead away (Maillard 2012, section 4).
    """
    bends = shape.copy()
    off = _shape(bends) - shape
    for _ in range(_STEPS):
        if np.abs(off).max() < _NEAR:
            break
        columns = [(_shape(bends + move) - shape - off) / _DIFFERENCE for move in _MOVES]
        step = np.linalg.solve(np.column_stack(columns), off)
        for _ in range(_STEPS):
            tried = _shape(bends - step) - shape
            if tried @ tried < off @ off:
                bends, off = bends - step, tried
                break
            step = 0.5 * step
    return bends
