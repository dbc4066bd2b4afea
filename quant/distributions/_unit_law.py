"""What the closed-form laws share: numbers or arrays in, the same shape out, and their sums."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import overload

import numpy as np

from quant import _checks
from quant._typing import FloatArray, Scalar, Vector
from quant.errors import InputError


class UnitLaw(ABC):
    """A continuous law with mean 0 and variance 1; a concrete law states its formulas once."""

    __slots__ = ()

    @abstractmethod
    def _cdf(self, x: FloatArray) -> FloatArray: ...

    @abstractmethod
    def _ppf(self, level: FloatArray) -> FloatArray: ...

    @abstractmethod
    def _logpdf(self, x: FloatArray) -> FloatArray: ...

    @abstractmethod
    def _upper_mean(self, level: float) -> float:
        """Return the integral of z over the part of the law above its `level` quantile."""

    @abstractmethod
    def rvs(self, size: int | tuple[int, ...], seed: int = 0) -> FloatArray:
        """Return independent draws; the same seed gives the same draws."""

    @property
    @abstractmethod
    def exponential_moment(self) -> float:
        """Supremum of s with E[exp(s Z)] finite."""

    @overload
    def cdf(self, x: float) -> float: ...
    @overload
    def cdf(self, x: FloatArray) -> FloatArray: ...
    def cdf(self, x: Scalar) -> Scalar:
        """Return P(Z <= x), a number for a number and an array for an array."""
        return _shaped(x, self._cdf(np.asarray(x, dtype=np.float64)))

    @overload
    def ppf(self, level: float) -> float: ...
    @overload
    def ppf(self, level: FloatArray) -> FloatArray: ...
    def ppf(self, level: Scalar) -> Scalar:
        """Return the quantile; 0 and 1 map to the ends of the line."""
        probability = np.asarray(level, dtype=np.float64)
        inside = (probability >= 0.0) & (probability <= 1.0)
        if not inside.all():
            raise InputError(
                f"level: expected numbers in [0, 1], got {probability[~inside].flat[0]}; "
                "write 0.99 for 99 %"
            )
        return _shaped(level, self._ppf(probability))

    @overload
    def logpdf(self, x: float) -> float: ...
    @overload
    def logpdf(self, x: FloatArray) -> FloatArray: ...
    def logpdf(self, x: Scalar) -> Scalar:
        """Return the log density at each point."""
        return _shaped(x, self._logpdf(np.asarray(x, dtype=np.float64)))

    def loglikelihood(self, x: Vector) -> float:
        """Return the sum of the log densities of a sample (T,)."""
        return float(np.sum(self._logpdf(np.asarray(x, dtype=np.float64))))

    def tail_mean(self, level: float) -> float:
        """Return E[Z | Z > ppf(level)]: the expected shortfall when Z is a loss."""
        confidence = _checks.level(level)
        return self._upper_mean(confidence) / (1.0 - confidence)

    @property
    def lower_variance(self) -> float:
        """E[Z^2 1{Z < 0}], what a leverage term adds on average; 1/2 by symmetry."""
        return 0.5

    @property
    def finite_mean(self) -> bool:
        """True: a law with variance 1 has a mean beyond every quantile."""
        return True


def mirrored(level: FloatArray, upper: FloatArray) -> FloatArray:
    """Return the quantile of a symmetric law from that of its smaller tail, `upper` >= 0."""
    return np.copysign(upper, level - 0.5)


def smaller_tail(level: FloatArray) -> FloatArray:
    """Return min(level, 1 - level): exact, so that far quantiles keep all their digits."""
    return np.minimum(level, 1.0 - level)


def _shaped(like: Scalar, value: FloatArray) -> Scalar:
    return float(value) if np.ndim(like) == 0 else value
