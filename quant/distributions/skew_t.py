"""Hansen's skewed t with mean 0 and variance 1."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln, stdtr, stdtrit

from quant import _checks
from quant._typing import FloatArray
from quant.distributions import _raw_t
from quant.distributions._unit_law import UnitLaw

__all__ = ["SkewStudentT"]


@dataclass(frozen=True, slots=True)
class SkewStudentT(UnitLaw):
    r"""Hansen's skewed Student t.

    .. math::
        f(z) = b c \left[1 + \frac{1}{\nu-2}
               \left(\frac{b z + a}{1 \pm \lambda}\right)^2\right]^{-(\nu+1)/2}

    with the minus sign below the mode :math:`-a/b`,
    :math:`a = 4 \lambda c (\nu-2)/(\nu-1)` and :math:`b^2 = 1 + 3\lambda^2 - a^2`.

    Parameters
    ----------
    nu : float
        Degrees of freedom, above 2.
    skew : float
        Hansen's lambda, in (-1, 1); negative means a longer left tail.

    Raises
    ------
    InputError
        If a parameter lies outside its range.

    Notes
    -----
    The two halves are t laws of different width, (1 - lambda) of the density on the left and
    (1 + lambda) on the right, so quantiles and tail means come in two branches. The law of -Z is
    the one with the opposite skew. In Fernandez and Steel's parametrisation
    xi^2 = (1 + lambda) / (1 - lambda).

    References
    ----------
    Hansen (1994), Autoregressive conditional density estimation, International Economic Review
    35, section 3.

    Examples
    --------
    >>> returns_law = SkewStudentT(nu=5, skew=-0.1)
    >>> f"{-returns_law.ppf(0.01):.4f} {returns_law.ppf(0.99):.4f}"
    '2.7834 2.4159'
    """

    nu: float
    skew: float

    def __post_init__(self) -> None:
        nu = _checks.between("nu", self.nu, 2.0, math.inf, low_open=True)
        skew = _checks.between("skew", self.skew, -1.0, 1.0, low_open=True, high_open=True)
        object.__setattr__(self, "nu", nu)
        object.__setattr__(self, "skew", skew)

    @property
    def _scale(self) -> float:
        return math.sqrt((self.nu - 2.0) / self.nu)

    @property
    def _shift_and_width(self) -> tuple[float, float]:
        """Hansen's a and b."""
        nu, skew = self.nu, self.skew
        log_c = gammaln((nu + 1.0) / 2.0) - gammaln(nu / 2.0) - 0.5 * math.log(math.pi * (nu - 2.0))
        a = 4.0 * skew * math.exp(log_c) * (nu - 2.0) / (nu - 1.0)
        return a, math.sqrt(1.0 + 3.0 * skew**2 - a**2)

    def _raw(self, x: FloatArray) -> FloatArray:
        """Return the argument of the unscaled t on whichever half each point lies."""
        a, b = self._shift_and_width
        y = b * x + a
        return np.asarray(y / ((1.0 + np.sign(y) * self.skew) * self._scale), dtype=np.float64)

    def _cdf(self, x: FloatArray) -> FloatArray:
        t = self._raw(x)
        left = (1.0 - self.skew) * stdtr(self.nu, np.minimum(t, 0.0))
        right = 1.0 - (1.0 + self.skew) * stdtr(self.nu, -np.maximum(t, 0.0))
        return np.asarray(np.where(t < 0.0, left, right), dtype=np.float64)

    def _ppf(self, level: FloatArray) -> FloatArray:
        a, b = self._shift_and_width
        below, above = 1.0 - self.skew, 1.0 + self.skew
        # abs, because stdtrit(nu, 0) is +inf
        left = -below * np.abs(stdtrit(self.nu, np.minimum(level / below, 0.5)))
        right = above * np.abs(stdtrit(self.nu, np.minimum((1.0 - level) / above, 0.5)))
        y = np.where(level < below / 2.0, left, right) * self._scale
        return np.asarray((y - a) / b, dtype=np.float64)

    def _logpdf(self, x: FloatArray) -> FloatArray:
        _, b = self._shift_and_width
        return _raw_t.logpdf(self._raw(x), self.nu) + math.log(b / self._scale)

    def _upper_mean(self, level: float) -> float:
        a, b = self._shift_and_width
        t = float(self._raw(np.asarray(self.ppf(level))))
        spread = self._scale * _raw_t.upper_mean(t, self.nu)
        if t < 0.0:  # mean 0: what lies above is minus what lies below
            return ((1.0 - self.skew) ** 2 * spread + a * level) / b
        return ((1.0 + self.skew) ** 2 * spread - a * (1.0 - level)) / b

    def rvs(self, size: int | tuple[int, ...], seed: int = 0) -> FloatArray:
        """Return independent draws; the same seed gives the same draws."""
        generator = np.random.default_rng(seed)
        a, b = self._shift_and_width
        t = self._scale * np.abs(generator.standard_t(self.nu, size))
        right = generator.random(size) < (1.0 + self.skew) / 2.0
        y = np.where(right, 1.0 + self.skew, self.skew - 1.0) * t
        return np.asarray((y - a) / b, dtype=np.float64)

    @property
    def exponential_moment(self) -> float:
        """Zero: both tails are polynomial."""
        return 0.0

    @property
    def lower_variance(self) -> float:
        """E[Z^2 1{Z < 0}]: above 1/2 when the left tail is the longer one."""
        if self.skew > 0.0:
            return 1.0 - SkewStudentT(self.nu, -self.skew).lower_variance
        a, b = self._shift_and_width
        width = (1.0 - self.skew) * self._scale
        mass, mean, square = _raw_t.lower_moments(a / width, self.nu)
        moment = width**2 * square - 2.0 * a * width * mean + a**2 * mass
        return (1.0 - self.skew) * moment / b**2
