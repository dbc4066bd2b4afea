"""What the estimation of a law adds to the uncertainty of a number read off it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeAlias

from quant.distributions.base import Distribution

Number: TypeAlias = Callable[[Distribution], float]


class EstimationError(Protocol):
    """The error of the estimates behind a law, as it reaches a number."""

    def variance(self, number: Number) -> float:
        """Return the variance of a number read off the law."""
        ...
