"""What the estimation of a law adds to the uncertainty of a number read off it."""

from __future__ import annotations

from typing import Protocol

from quant.risk._parameter_error import Number


class EstimationError(Protocol):
    """The error of the estimates behind a law, as it reaches a number."""

    def variance(self, number: Number) -> float:
        """Return the variance of a number read off the law."""
        ...

    def interval(self, number: Number, confidence: float) -> tuple[float, float]:
        """Return the interval of a number read off a law that is no sample."""
        ...
