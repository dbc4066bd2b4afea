"""Which days an asset trades, read off its own dates, and which of them are absent."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from quant.prices.base import Finding

# Longest holiday of a market that closes at weekends, and the longest closure of one market of
# a panel (Golden Week, Chinese New Year) that is still taken for a holiday, in trading days.
_HOLIDAYS = 3
_CLOSURE = 10
_DAY = np.timedelta64(1, "D")
_INTRADAY = np.timedelta64(20, "h")
# Share of the busiest weekday's count from which a weekday belongs to the calendar, and share
# of the grid that must be filled for a market to count as trading round the clock.
_ACTIVE = 0.5
_FILLED = 0.8

Stamps = npt.NDArray[np.datetime64]


def calendar_findings(asset: str, own: Stamps, rows: Stamps) -> list[Finding]:
    """Return gaps and off-grid stamps of one asset.

    Parameters
    ----------
    asset : str
        Its name.
    own : array of datetime64
        Stamps on which it has a price, ascending and unique.
    rows : array of datetime64
        Stamps of all rows of the panel, ascending and unique.
    """
    if own.size < 3:
        return []
    step = np.median(np.diff(own).astype(np.int64))
    if step < _INTRADAY.astype("timedelta64[ns]").astype(np.int64):
        return _intraday(asset, own, rows)
    if step > 4 * _DAY.astype("timedelta64[ns]").astype(np.int64):
        return _slow(asset, own, int(step))
    return _daily(asset, own, rows)


def _daily(asset: str, own: Stamps, rows: Stamps) -> list[Finding]:
    days = np.unique(own.astype("datetime64[D]"))
    weekday = (days.astype(np.int64) + 3) % 7  # 1970-01-01 was a Thursday; 0 is Monday
    counts = np.bincount(weekday, minlength=7)
    mask = counts >= _ACTIVE * counts.max()
    tolerance = 0 if mask.all() else _HOLIDAYS
    before, after = days[:-1], days[1:]
    lost = np.busday_count(before + 1, after, weekmask=mask)
    panel = np.unique(rows.astype("datetime64[D]"))
    panel = panel[np.is_busday(panel, weekmask=mask)]
    present = np.searchsorted(panel, after) - np.searchsorted(panel, before, side="right")
    found = (lost - present > tolerance) | (lost >= _CLOSURE)
    findings = []
    for i in np.flatnonzero(found):
        start = np.busday_offset(before[i] + 1, 0, roll="forward", weekmask=mask)
        end = np.busday_offset(after[i] - 1, 0, roll="backward", weekmask=mask)
        findings.append(_gap(asset, start, end, int(lost[i])))
    return findings


def _intraday(asset: str, own: Stamps, rows: Stamps) -> list[Finding]:
    nanoseconds = own.astype("datetime64[ns]").astype(np.int64)
    steps, counts = np.unique(np.diff(nanoseconds), return_counts=True)
    step = int(steps[np.argmax(counts)])
    if own.size < _FILLED * (nanoseconds[-1] - nanoseconds[0]) / step:
        return []  # opening hours: an absent bar cannot be told from a closed market
    phases, counts = np.unique(nanoseconds % step, return_counts=True)
    phase = int(phases[np.argmax(counts)])
    off = nanoseconds % step != phase
    findings = [Finding(asset, "off grid", pd.Timestamp(s), pd.Timestamp(s)) for s in own[off]]
    grid = nanoseconds[~off]
    panel = np.unique(rows.astype("datetime64[ns]").astype(np.int64))
    panel = panel[panel % step == phase]
    lost = np.diff(grid) // step - 1
    present = np.searchsorted(panel, grid[1:]) - np.searchsorted(panel, grid[:-1], side="right")
    for i in np.flatnonzero((lost > present) | (lost >= _CLOSURE)):
        start, end = (
            np.datetime64(int(grid[i]) + step, "ns"),
            np.datetime64(int(grid[i + 1]) - step, "ns"),
        )
        findings.append(_gap(asset, start, end, int(lost[i])))
    return findings


def _slow(asset: str, own: Stamps, step: int) -> list[Finding]:
    """Weekly or monthly prices: a period is absent where the distance is half as long again."""
    distance = np.diff(own).astype(np.int64)
    findings = []
    for i in np.flatnonzero(distance > 1.5 * step):
        lost = round(int(distance[i]) / step) - 1
        findings.append(_gap(asset, own[i] + _DAY, own[i + 1] - _DAY, max(lost, 1)))
    return findings


def _gap(asset: str, start: np.datetime64, end: np.datetime64, count: int) -> Finding:
    first, last = pd.Timestamp(start).as_unit("ns"), pd.Timestamp(end).as_unit("ns")
    return Finding(asset, "gap", first, last, None, count)
