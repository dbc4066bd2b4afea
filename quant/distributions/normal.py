"""The normal law."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri

from quant._typing import FloatArray
from quant.distributions._unit_law import UnitLaw, mirrored, smaller_tail

__all__ = ["Normal"]

_LOG_ROOT_TWO_PI = 0.5 * math.log(2.0 * math.pi)


@dataclass(frozen=True, slots=True)
class Normal(UnitLaw):
    r"""Standard normal law.

    .. math:: ES(c) = \phi(z_c) / (1 - c), \quad z_c = \Phi^{-1}(c)

    References
    ----------
    McNeil, Frey and Embrechts (2015), Quantitative Risk Management, section 2.3.4.

    Examples
    --------
    >>> law = Normal()
    >>> f"{law.ppf(0.99):.4f} {law.tail_mean(0.975):.4f}"
    '2.3263 2.3378'
    """

    def _cdf(self, x: FloatArray) -> FloatArray:
        return np.asarray(ndtr(x), dtype=np.float64)

    def _ppf(self, level: FloatArray) -> FloatArray:
        return mirrored(level, -ndtri(smaller_tail(level)))

    def _logpdf(self, x: FloatArray) -> FloatArray:
        return -0.5 * x * x - _LOG_ROOT_TWO_PI

    def _upper_mean(self, level: float) -> float:
        return math.exp(self.logpdf(self.ppf(level)))

    def rvs(self, size: int | tuple[int, ...], seed: int = 0) -> FloatArray:
        """Return independent draws; the same seed gives the same draws."""
        return np.random.default_rng(seed).standard_normal(size)

    @property
    def exponential_moment(self) -> float:
        """Infinite: every exponential moment exists."""
        return math.inf
