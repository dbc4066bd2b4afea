"""Where equity meets a requirement as one price moves: solved segment by segment, never searched.

Equity is a straight line in the price and a bracketed requirement bends at known prices, so the
difference, the gap, is straight between bends.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from quant.portfolio.base import Line

_ROUNDING = 1e-12  # sums smaller than this share of their terms are rounding, not economics


def total(lines: Iterable[Line]) -> Line:
    """Return the sum of lines; what only rounding keeps from cancelling, cancels.

    A short contract against its own coin has slope exactly 0 and no trigger; rounding must not
    invent one at 1e17. The sums are exactly rounded, so the order of the lines is immaterial.
    """
    terms = tuple(lines)
    return Line(_sum([t.intercept for t in terms]), _sum([t.slope for t in terms]))


def _sum(terms: list[float]) -> float:
    result = math.fsum(terms)
    scale = math.fsum(abs(term) for term in terms)
    return result if abs(result) > _ROUNDING * scale else 0.0


@dataclass(frozen=True, slots=True)
class Gap:
    """Equity less requirement as a continuous, piecewise straight function of a positive price.

    Attributes
    ----------
    lines : tuple of Line
        One per segment, from low prices to high.
    bends : tuple of float
        The positive, ascending prices between the segments, one fewer than lines.
    """

    lines: tuple[Line, ...]
    bends: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        assert len(self.lines) == len(self.bends) + 1

    def below(self, price: float) -> float | None:
        """Return the first price at or below `price` under which the gap is negative, if any."""
        here = sum(bend < price for bend in self.bends)
        for segment in range(here, -1, -1):
            low = self.bends[segment - 1] if segment else 0.0
            line = self.lines[segment]
            if line.slope > 0.0 and line.intercept + line.slope * low < 0.0:
                high = price if segment == here else self.bends[segment]
                return min(max(-line.intercept / line.slope, low), high)
        return None

    def above(self, price: float) -> float | None:
        """Return the first price at or above `price` over which the gap is negative, if any."""
        here = sum(bend <= price for bend in self.bends)
        for segment in range(here, len(self.lines)):
            high = self.bends[segment] if segment < len(self.bends) else math.inf
            line = self.lines[segment]
            if line.slope < 0.0 and line.intercept + line.slope * high < 0.0:
                low = price if segment == here else self.bends[segment - 1]
                root = max(min(-line.intercept / line.slope, high), low)
                return root if math.isfinite(root) else None
        return None
