"""The generalised error distribution with variance 1."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import gammaincc, gammainccinv, gammaincinv, gammaln

from quant import _checks
from quant._typing import FloatArray
from quant.distributions._unit_law import UnitLaw, mirrored, smaller_tail

__all__ = ["GED"]


@dataclass(frozen=True, slots=True)
class GED(UnitLaw):
    r"""Generalised error distribution, Nelson's form with variance 1.

    .. math::
        f(z) = \frac{\nu \exp(-\tfrac12 |z/\lambda|^\nu)}
                    {\lambda 2^{1 + 1/\nu} \Gamma(1/\nu)}, \quad
        \lambda^2 = 2^{-2/\nu} \Gamma(1/\nu) / \Gamma(3/\nu)

    Parameters
    ----------
    nu : float
        Shape, above 0: 2 is the normal law, 1 the Laplace law, less means heavier tails.

    Raises
    ------
    InputError
        If `nu` is not above 0.

    References
    ----------
    Nelson (1991), Conditional heteroskedasticity in asset returns: a new approach, equation 2.4.

    Examples
    --------
    >>> f"{GED(nu=1.5).ppf(0.99):.4f} {GED(nu=1.5).tail_mean(0.99):.4f}"
    '2.4980 2.9557'
    """

    nu: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "nu", _checks.positive("nu", self.nu))

    @property
    def _log_scale(self) -> float:
        """Logarithm of Nelson's lambda."""
        gammas = gammaln(1.0 / self.nu) - gammaln(3.0 / self.nu)
        return 0.5 * float(gammas) - math.log(2.0) / self.nu

    def _power(self, x: FloatArray) -> FloatArray:
        """Return half the nu-th power of |x| / lambda: a gamma variate of shape 1 / nu."""
        with np.errstate(over="ignore"):  # so far out that there is no density
            return np.asarray(0.5 * (np.abs(x) / math.exp(self._log_scale)) ** self.nu)

    def _cdf(self, x: FloatArray) -> FloatArray:
        tail = 0.5 * gammaincc(1.0 / self.nu, self._power(x))
        return np.asarray(np.where(x > 0.0, 1.0 - tail, tail), dtype=np.float64)

    def _ppf(self, level: FloatArray) -> FloatArray:
        tail = 2.0 * smaller_tail(level)
        # each inverse is accurate on its own side
        far = gammainccinv(1.0 / self.nu, np.minimum(tail, 0.5))
        near = gammaincinv(1.0 / self.nu, np.clip(np.abs(2.0 * level - 1.0), 0.0, 0.5))
        power = np.where(tail < 0.5, far, near)
        return mirrored(level, math.exp(self._log_scale) * (2.0 * power) ** (1.0 / self.nu))

    def _logpdf(self, x: FloatArray) -> FloatArray:
        constant = (
            math.log(self.nu)
            - self._log_scale
            - (1.0 + 1.0 / self.nu) * math.log(2.0)
            - float(gammaln(1.0 / self.nu))
        )
        return constant - self._power(x)

    def _upper_mean(self, level: float) -> float:
        shape = 1.0 / self.nu
        power = self._power(np.asarray(self.ppf(level)))
        log_factor = self._log_scale + shape * math.log(2.0) + gammaln(2 * shape) - gammaln(shape)
        return 0.5 * math.exp(float(log_factor)) * float(gammaincc(2.0 * shape, power))

    def rvs(self, size: int | tuple[int, ...], seed: int = 0) -> FloatArray:
        """Return independent draws; the same seed gives the same draws."""
        generator = np.random.default_rng(seed)
        power = generator.gamma(1.0 / self.nu, size=size)
        distance = math.exp(self._log_scale) * (2.0 * power) ** (1.0 / self.nu)
        return np.where(generator.random(size) < 0.5, -distance, distance)

    @property
    def exponential_moment(self) -> float:
        """Infinite for nu > 1, sqrt(2) for the Laplace law (nu = 1), 0 below."""
        if self.nu == 1.0:
            return math.sqrt(2.0)
        return math.inf if self.nu > 1.0 else 0.0
