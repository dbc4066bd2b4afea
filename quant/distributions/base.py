"""The role every law plays: a distribution function, its inverse and the mean beyond a quantile."""

from __future__ import annotations

from typing import Protocol, overload

from quant._typing import FloatArray, Vector

__all__: list[str] = []


class Distribution(Protocol):
    """A law of a loss or of an innovation, seen from its upper tail.

    Every law also carries `finite_mean`, False when the mean beyond a quantile is infinite.
    """

    @overload
    def cdf(self, x: float) -> float: ...
    @overload
    def cdf(self, x: FloatArray) -> FloatArray: ...

    @overload
    def ppf(self, level: float) -> float: ...
    @overload
    def ppf(self, level: FloatArray) -> FloatArray: ...

    def tail_mean(self, level: float) -> float:
        """Return the mean beyond the `level` quantile: (1 - level)^-1 times its tail integral."""
        ...

    def rvs(self, size: int | tuple[int, ...], seed: int = 0) -> FloatArray:
        """Return independent draws; the same seed gives the same draws."""
        ...


class StandardLaw(Distribution, Protocol):
    """A law of standardised shocks, which a volatility turns into the law of a return."""

    @property
    def exponential_moment(self) -> float:
        """The supremum of s with E[exp(s Z)] finite: 0 for a polynomial tail, inf for a normal."""
        ...


class InnovationLaw(StandardLaw, Protocol):
    """A law with mean 0 and variance 1 that can drive a volatility model; equal laws hash alike."""

    def __hash__(self) -> int: ...

    def logpdf(self, x: FloatArray) -> FloatArray:
        """Return the log density at each point."""
        ...

    def loglikelihood(self, x: Vector) -> float:
        """Return the sum of the log densities."""
        ...

    @property
    def lower_variance(self) -> float:
        """E[Z^2 1{Z < 0}]: 1/2 for a symmetric law."""
        ...
