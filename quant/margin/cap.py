"""A rate never above a fixed one."""

from __future__ import annotations

from dataclasses import dataclass

from quant import _checks
from quant.margin.base import MarginContext

__all__ = ["Cap"]


@dataclass(frozen=True, slots=True)
class Cap:
    """Bring the running value down to `rate` when it is above.

    A cap is a policy, not an estimate: where it binds, the level of the measure is not met.

    Parameters
    ----------
    rate : float
        Fraction of exposure, above 0.

    Examples
    --------
    >>> import quant as q
    >>> q.Cap(0.5)
    Cap(rate=0.5)
    """

    rate: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "rate", _checks.positive("rate", self.rate))

    def __call__(self, running: float, context: MarginContext) -> float:
        """Return minus the excess over the cap."""
        return min(0.0, self.rate * context.exposure - running)

    def note(self, increment: float) -> str:
        """Return a remark where the cap binds."""
        return "binds: the level of the measure is not met" if increment < 0.0 else ""
