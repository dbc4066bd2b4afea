"""Dates: found, read strictly, and brought to one clock."""

from __future__ import annotations

import re
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from quant.errors import PriceDataError
from quant.prices.base import Finding, clip

_NAMES = ("date", "datetime", "timestamp", "time")
_UNNAMED = re.compile(r"(|index|unnamed: 0)", re.IGNORECASE)
_ISO = re.compile(
    r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?)?"
)


def split_dates(table: pd.DataFrame) -> tuple[pd.Index, pd.DataFrame]:
    """Return the stamps of a raw table, not yet read, and the other columns."""
    if isinstance(table.index, pd.DatetimeIndex):
        return table.index, table
    lowered = [str(column).strip().lower() for column in table.columns]
    for name in _NAMES:
        if name in lowered:
            return _column(table, lowered.index(name))
    if _UNNAMED.fullmatch(lowered[0]) and len(lowered) > 1:
        return _column(table, 0)
    if not isinstance(table.index, pd.RangeIndex):
        return table.index, table
    raise PriceDataError(
        f"date: expected a column named date or a DatetimeIndex, got columns "
        f"{clip(', '.join(map(str, table.columns)))}; name the date column 'date'"
    )


def _column(table: pd.DataFrame, position: int) -> tuple[pd.Index, pd.DataFrame]:
    rest = table.drop(columns=table.columns[position])
    return pd.Index(table.iloc[:, position]), rest


def parse_dates(raw: pd.Index) -> tuple[pd.DatetimeIndex, tuple[Finding, ...]]:
    """Return naive stamps in nanoseconds, and the finding that they came from several zones.

    Stamps at midnight of their own zone are daily: they keep the calendar date they show. Others
    are moved to UTC. Offsets that differ from row to row, or are given on some rows only, are
    mixed time zones; the stamps are then returned in UTC, those without offset taken as UTC.
    """
    if isinstance(raw, pd.DatetimeIndex):
        _refuse_blank(raw, np.asarray(raw.isna()))
        return _one_clock(raw), ()
    texts = [_text(value, row) for row, value in enumerate(raw)]
    offsets = np.array([_offset(text, row) for row, text in enumerate(texts)], dtype=object)
    stamps = pd.to_datetime(pd.Index(texts), format="ISO8601", utc=True, errors="coerce")
    _refuse_blank(raw, np.asarray(stamps.isna()))
    zones = set(offsets.tolist())
    if len(zones) == 1:
        zone = zones.pop()
        # Python's datetime, not pandas, knows any fixed offset by name.
        local = stamps if zone in ("", "Z") else stamps.tz_convert(f"UTC{zone}")
        return _one_clock(local), ()
    naive = stamps.tz_convert(None).as_unit("ns")
    first = int(np.flatnonzero(offsets != offsets[0])[0])
    value = f"{texts[0]} and {texts[first]}"
    count = int((offsets != offsets[0]).sum())
    return naive, (Finding("*", "mixed time zones", naive[first], naive[first], value, count),)


def _one_clock(stamps: pd.DatetimeIndex) -> pd.DatetimeIndex:
    local = stamps.tz_localize(None)
    daily = bool((local == local.normalize()).all())
    naive = local if daily or stamps.tz is None else stamps.tz_convert(None)
    return naive.as_unit("ns")


def _text(value: object, row: int) -> str:
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, date) and not pd.isna(value):
        return value.isoformat()
    raise _unreadable(value, row)


def _offset(text: str, row: int) -> str:
    found = _ISO.fullmatch(text)
    if found is None:
        raise _unreadable(text, row)
    offset = found.group(1) or ""
    return "Z" if offset in ("+00:00", "+0000", "-00:00") else _colon(offset)


def _colon(offset: str) -> str:
    return f"{offset[:3]}:{offset[3:]}" if len(offset) == 5 else offset


def _refuse_blank(raw: pd.Index, blank: npt.NDArray[np.bool_]) -> None:
    if blank.any():
        row = int(np.flatnonzero(blank)[0])
        raise _unreadable(raw[row], row)


def _unreadable(value: object, row: int) -> PriceDataError:
    return PriceDataError(
        f"date: expected ISO dates such as 2014-09-17 or 2014-09-17T08:00:00Z, "
        f"got {clip(str(value))!r} in row {row + 1}; rewrite the date column"
    )
