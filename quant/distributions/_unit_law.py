"""What the closed-form laws share: mean 0, variance 1, and their sums."""

from __future__ import annotations

from abc import abstractmethod
from typing import overload

import numpy as np

from quant import _checks
from quant._typing import FloatArray, Scalar, Vector
from quant.distributions._elementwise import ElementwiseLaw, shaped


class UnitLaw(ElementwiseLaw):
    """A continuous law with mean 0 and variance 1; a concrete law states its formulas once."""

    __slots__ = ()

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
    def logpdf(self, x: float) -> float: ...
    @overload
    def logpdf(self, x: FloatArray) -> FloatArray: ...
    def logpdf(self, x: Scalar) -> Scalar:
        """Return the log density at each point."""
        return shaped(x, self._logpdf(np.asarray(x, dtype=np.float64)))

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
