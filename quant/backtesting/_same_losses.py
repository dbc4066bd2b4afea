"""Forecasts can be compared only on the same losses."""

from __future__ import annotations

import numpy as np

from quant.backtesting.base import Backtest
from quant.errors import InputError


def same_losses(name: str, first: Backtest, other: Backtest) -> None:
    """Refuse forecasts for other dates, other losses or another level."""
    if (
        not other.dates.equals(first.dates)
        or not np.array_equal(other.loss, first.loss)
        or other.level != first.level
    ):
        raise InputError(
            f"{name}: expected forecasts for the same {first.n_obs} losses at level "
            f"{first.level:g}, got {other.n_obs} losses at level {other.level:g}; "
            "keep the dates that all have"
        )
