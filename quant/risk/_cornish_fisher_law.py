"""The Cornish-Fisher law: a normal shock bent by skewness and kurtosis."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri

from quant import _checks
from quant._typing import FloatArray, Scalar
from quant.distributions._elementwise import ElementwiseLaw
from quant.errors import InputError

# Where the expansion turns back the law ends. More than this may not lie past either end.
_PAST_THE_END = 1e-6
_FARTHEST = 40.0  # the normal law is 1 to the last digit long before
_STEPS = 200  # of a search that bisects at worst


def bent(z: Scalar, skewness: float, excess_kurtosis: float) -> FloatArray:
    """Return the expansion at normal shocks, wherever it rises or falls."""
    s, k = skewness / 6.0, excess_kurtosis / 24.0
    cube = z * z * z
    return np.asarray(z + s * (z * z - 1.0) + k * (cube - 3.0 * z) - s * s * (2 * cube - 5 * z))


@dataclass(frozen=True, slots=True)
class CornishFisherLaw(ElementwiseLaw):
    r"""Law of :math:`w(Z)`, Z standard normal, w the Cornish-Fisher expansion.

    .. math::
        w(z) = z + \frac{S}{6} (z^2 - 1) + \frac{K}{24} (z^3 - 3 z) - \frac{S^2}{36} (2 z^3 - 5 z)

    Its mean is 0. S and K shape it but are not its own skewness and excess kurtosis, nor is its
    variance 1. Where w stops rising, the law ends: Z beyond is held there.
    """

    skewness: float
    excess_kurtosis: float

    def __post_init__(self) -> None:
        for name in ("skewness", "excess_kurtosis"):
            object.__setattr__(self, name, _checks.real(name, getattr(self, name)))
        low, high = self._ends()
        if not (low < 0.0 < high and ndtr(low) <= _PAST_THE_END and ndtr(-high) <= _PAST_THE_END):
            raise InputError(
                "skewness and kurtosis: expected a pair at which the Cornish-Fisher quantile rises "
                f"with its level, got skewness {self.skewness:.4g} and excess kurtosis "
                f"{self.excess_kurtosis:.4g}; use FilteredHistoricalSimulation, or ParametricRisk "
                "with a SkewStudentT law"
            )

    @property
    def exponential_moment(self) -> float:
        """Infinite where the upper tail ends or is normal; 0 under a power of a normal shock."""
        normal = self.skewness == 0.0 == self.excess_kurtosis
        return math.inf if normal or math.isfinite(self._ends()[1]) else 0.0

    @property
    def finite_mean(self) -> bool:
        """True: every moment of a polynomial of a normal shock exists."""
        return True

    def _cdf(self, x: FloatArray) -> FloatArray:
        low, high = np.clip(self._ends(), -_FARTHEST, _FARTHEST)
        probability = np.where(x >= self._bend(high), 1.0, ndtr(self._shock(x)))
        return np.where(x < self._bend(low), 0.0, probability)

    def _ppf(self, level: FloatArray) -> FloatArray:
        shock = np.clip(ndtri(level), *self._ends())
        with np.errstate(invalid="ignore"):
            return np.where(np.isfinite(shock), self._bend(shock), shock)

    def tail_mean(self, level: float) -> float:
        r"""Return the mean beyond the quantile, the integral of the expansion in closed form.

        .. math::
            \frac{\phi(z)}{1 - level} \left[1 + \frac{S}{6} z + \frac{K}{24} (z^2 - 1)
                + \frac{S^2}{36} (1 - 2 z^2)\right], \quad z = \Phi^{-1}(level)

        Its counterpart at an end of the law is taken off, and the atom there added.
        """
        rest = 1.0 - _checks.level(level)
        low, high = self._ends()
        start = float(np.clip(-ndtri(rest), low, high))
        if start == high:
            return float(self._bend(high))
        total = self._integral(start)
        if start == low:
            total += (float(ndtr(start)) - level) * float(self._bend(start))
        if math.isfinite(high):
            total += float(ndtr(-high)) * float(self._bend(high)) - self._integral(high)
        return total / rest

    def rvs(self, size: int | tuple[int, ...], seed: int = 0) -> FloatArray:
        """Return independent draws; the same seed gives the same draws."""
        shock = np.random.default_rng(seed).standard_normal(size)
        return self._bend(np.clip(shock, *self._ends()))

    def _bend(self, z: Scalar) -> FloatArray:
        return bent(z, self.skewness, self.excess_kurtosis)

    def _slope(self) -> tuple[float, float, float]:
        """Return w' as the coefficients of a quadratic in z, the highest first."""
        s, k = self.skewness, self.excess_kurtosis
        return k / 8.0 - s * s / 6.0, s / 3.0, 1.0 - k / 8.0 + 5.0 * s * s / 36.0

    def _ends(self) -> tuple[float, float]:
        """Return the shocks between which w rises; (0, 0) when it falls in the middle."""
        if self._slope()[2] <= 0.0:
            return 0.0, 0.0
        roots = np.roots(self._slope())
        turns = roots.real[np.isreal(roots)]
        return (
            float(max(turns[turns < 0.0], default=-math.inf)),
            float(min(turns[turns > 0.0], default=math.inf)),
        )

    def _integral(self, z: float) -> float:
        """Return the integral of w times the normal density from z on."""
        s, k = self.skewness / 6.0, self.excess_kurtosis / 24.0
        factor = 1.0 + s * z + k * (z * z - 1.0) + s * s * (1.0 - 2.0 * z * z)
        return math.exp(-0.5 * z * z) / math.sqrt(2.0 * math.pi) * factor

    def _shock(self, x: FloatArray) -> FloatArray:
        """Return the shock whose bent value is x: Newton's steps, bisection where they leave."""
        a, b, c = self._slope()
        ends = np.clip(self._ends(), -_FARTHEST, _FARTHEST)
        low, high = np.full(x.shape, ends[0]), np.full(x.shape, ends[1])
        z = np.clip(np.zeros(x.shape), low, high)
        for _ in range(_STEPS):
            off = self._bend(z) - x
            low, high = np.where(off < 0.0, z, low), np.where(off < 0.0, high, z)
            with np.errstate(divide="ignore", invalid="ignore"):
                step = z - off / ((a * z + b) * z + c)
            moved = np.where((step > low) & (step < high), step, 0.5 * (low + high))
            moved = np.where(off == 0.0, z, moved)
            if np.all(np.abs(moved - z) <= 1e-15 * np.maximum(1.0, np.abs(z))):
                return moved
            z = moved
        return z
