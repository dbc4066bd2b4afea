"""A rate rounded up to the steps in which it is posted."""

from __future__ import annotations

import math
from dataclasses import dataclass

from quant import _checks
from quant.margin.base import MarginContext

__all__ = ["RoundUp"]


@dataclass(frozen=True, slots=True)
class RoundUp:
    """Round the running value up to the next multiple of `step`.

    Parameters
    ----------
    step : float
        Fraction of exposure, e.g. 0.0025 for a quarter of a percent.

    Notes
    -----
    A value within 1e-9 steps of a multiple is that multiple.

    Examples
    --------
    >>> import quant as q
    >>> q.RoundUp(0.0025)
    RoundUp(step=0.0025)
    """

    step: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "step", _checks.positive("step", self.step))

    def __call__(self, running: float, context: MarginContext) -> float:
        """Return the distance to the next multiple."""
        step = self.step * context.exposure
        return math.ceil(round(running / step, 9)) * step - running
