"""The dates of a backtest: one per loss, in order, and the same for every series handed in."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from quant import _checks
from quant.errors import InputError


def as_dates(dates: pd.Index | Sequence[pd.Timestamp]) -> pd.Index:
    index = dates if isinstance(dates, pd.Index) else pd.Index(list(dates))
    if index.hasnans:
        raise InputError("dates: expected a date per loss, got a missing one; drop that loss")
    if not index.is_unique:
        twice = _checks.stamp(index[index.duplicated()][0])
        raise InputError(f"dates: expected unique dates, got {twice} twice; keep one")
    if not index.is_monotonic_increasing:
        raise InputError("dates: expected ascending dates, got unsorted ones; sort the losses")
    return index


def same_index(name: str, index: pd.Index, dates: pd.Index) -> None:
    if len(index) != len(dates):
        raise InputError(
            f"{name}: expected {len(dates)} entries, one per date, got {len(index)}; "
            "pass one forecast for every loss"
        )
    if not index.equals(dates):
        at = next(i for i, (a, b) in enumerate(zip(index, dates, strict=True)) if a != b)
        raise InputError(
            f"{name}: expected the dates of the losses, got {_checks.stamp(index[at])} where "
            f"{_checks.stamp(dates[at])} belongs; align the series first"
        )
