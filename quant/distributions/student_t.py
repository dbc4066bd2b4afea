"""Student's t with variance 1."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtr, stdtrit

from quant import _checks
from quant._typing import FloatArray
from quant.distributions import _raw_t
from quant.distributions._unit_law import UnitLaw, mirrored, smaller_tail

__all__ = ["StudentT"]


@dataclass(frozen=True, slots=True)
class StudentT(UnitLaw):
    r"""Student's t scaled to variance 1.

    .. math::
        f(z) = \frac{\Gamma((\nu+1)/2)}{\Gamma(\nu/2)\sqrt{\pi(\nu-2)}}
               \left(1 + \frac{z^2}{\nu-2}\right)^{-(\nu+1)/2}

    Parameters
    ----------
    nu : float
        Degrees of freedom, above 2.

    Raises
    ------
    InputError
        If `nu` is not above 2: such a law has no variance to be scaled to 1.

    Notes
    -----
    The raw t has variance nu / (nu - 2); every answer here is already divided by its root, so
    quantiles multiply a volatility directly.

    References
    ----------
    Bollerslev (1987), A conditionally heteroskedastic time series model for speculative prices
    and rates of return. McNeil, Frey and Embrechts (2015), section 2.3.4.

    Examples
    --------
    >>> law = StudentT(nu=5)
    >>> f"{law.ppf(0.99):.4f} {law.tail_mean(0.99):.4f}"
    '2.6065 3.4488'
    """

    nu: float

    def __post_init__(self) -> None:
        nu = _checks.between("nu", self.nu, 2.0, math.inf, low_open=True)
        object.__setattr__(self, "nu", nu)

    @property
    def _scale(self) -> float:
        return math.sqrt((self.nu - 2.0) / self.nu)

    def _cdf(self, x: FloatArray) -> FloatArray:
        return np.asarray(stdtr(self.nu, x / self._scale), dtype=np.float64)

    def _ppf(self, level: FloatArray) -> FloatArray:
        return mirrored(level, np.asarray(-self._scale * stdtrit(self.nu, smaller_tail(level))))

    def _logpdf(self, x: FloatArray) -> FloatArray:
        return _raw_t.logpdf(x / self._scale, self.nu) - math.log(self._scale)

    def _upper_mean(self, level: float) -> float:
        return self._scale * _raw_t.upper_mean(self.ppf(level) / self._scale, self.nu)

    def rvs(self, size: int | tuple[int, ...], seed: int = 0) -> FloatArray:
        """Return independent draws; the same seed gives the same draws."""
        return self._scale * np.random.default_rng(seed).standard_t(self.nu, size)

    @property
    def exponential_moment(self) -> float:
        """Zero: the tail is polynomial."""
        return 0.0
