"""A rate never below a fixed one."""

from __future__ import annotations

from dataclasses import dataclass

from quant import _checks
from quant.margin.base import MarginContext

__all__ = ["Floor"]


@dataclass(frozen=True, slots=True)
class Floor:
    """Lift the running value to `rate` when it is below.

    Parameters
    ----------
    rate : float
        Fraction of exposure, at least 0.

    Examples
    --------
    >>> import quant as q
    >>> q.Floor(0.02)
    Floor(rate=0.02)
    """

    rate: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "rate", _checks.nonnegative("rate", self.rate))

    def __call__(self, running: float, context: MarginContext) -> float:
        """Return what is missing to the floor."""
        return max(0.0, self.rate * context.exposure - running)
