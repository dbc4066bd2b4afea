"""Forecasts can be compared only on the same losses."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from quant.backtesting._requirements import a_backtest
from quant.backtesting.base import Backtest
from quant.errors import InputError


def same_losses(name: str, first: Backtest, other: Backtest) -> None:
    """Refuse forecasts for other dates, other losses or another level."""
    for given in (first, other):
        a_backtest(given, "a comparison")
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


def named_backtests(forecasts: Mapping[str, Backtest]) -> dict[str, Backtest]:
    """Return forecasts by name, or refuse what has no names."""
    if not isinstance(forecasts, Mapping):
        raise InputError(
            "forecasts: expected a mapping of names to Backtest, got "
            f"{type(forecasts).__name__}; pass {{'ours': bt}}"
        )
    return dict(forecasts)
