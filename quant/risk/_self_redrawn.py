"""Fits that know themselves how their sample would be drawn anew."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol, runtime_checkable

from quant._typing import Side
from quant.risk.base import LossForecast, RiskFit


@runtime_checkable
class SelfRedrawn(RiskFit, Protocol):
    """A fit whose returns, resampled, would no longer follow its recursion."""

    def redrawn_forecasts(
        self, horizon: int, side: Side, n_boot: int, seed: int
    ) -> Iterator[LossForecast]:
        """Yield what would be forecast at the estimates of redrawn samples, from here on."""
        ...
