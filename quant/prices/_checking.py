"""All checks of one panel, gathered into a report."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pandas as pd

from quant import _checks
from quant.prices._bars import bar_findings
from quant.prices._blanks import blank_findings
from quant.prices._calendar import calendar_findings
from quant.prices._moves import move_findings, value_findings
from quant.prices._panels import Panel
from quant.prices._runs import runs
from quant.prices.base import Finding, PriceReport

LARGE_MOVE = 0.5
STALE_RUN = 5


def check_panel(
    panel: Panel, *, large_move: float = LARGE_MOVE, stale_run: int = STALE_RUN
) -> PriceReport:
    """Return the report on a panel already read."""
    _checks.positive("large_move", large_move)
    _checks.count("stale_run", stale_run, minimum=2)
    rows = panel.prices
    once = rows.groupby(level=0).last() if rows.index.has_duplicates else rows
    stamps = pd.DatetimeIndex(once.index)
    explained = pd.DatetimeIndex([])
    for _, dates, _ in panel.refused:
        explained = explained.union(dates.unique())
    findings = [*panel.findings, *_duplicates(rows), *blank_findings(once, explained)]
    gaps: list[Finding] = []
    for asset in once.columns:
        prices = once[asset].dropna()
        gaps += calendar_findings(str(asset), prices.index.to_numpy(), stamps.to_numpy())
        findings += value_findings(str(asset), prices)
        findings += move_findings(str(asset), prices, large_move=large_move, stale_run=stale_run)
    findings += _shared(gaps, once)
    for asset, bars in panel.bars.items():
        findings += bar_findings(asset, bars)
    return PriceReport(
        tuple(findings), tuple(map(str, rows.columns)), stamps[0], stamps[-1], len(rows)
    )


def _duplicates(rows: pd.DataFrame) -> list[Finding]:
    """Return repeated dates, runs of them as one finding; long tables name the asset."""
    if not rows.index.has_duplicates:
        return []
    counts = rows.notna().groupby(level=0).sum()
    stamps = pd.DatetimeIndex(counts.index)
    repeated = (counts > 1).to_numpy()
    sizes = rows.groupby(level=0).size().to_numpy()
    everywhere = (sizes > 1) & (repeated.all(axis=1) | ~repeated.any(axis=1))
    name = str(rows.columns[0]) if rows.shape[1] == 1 else "*"
    marks = [(name, everywhere)]
    marks += [(str(c), repeated[:, i] & ~everywhere) for i, c in enumerate(rows.columns)]
    return [
        Finding(asset, "duplicate", stamps[i], stamps[j], None, j - i + 1)
        for asset, flags in marks
        for i, j in runs(flags)
    ]


def _shared(gaps: list[Finding], once: pd.DataFrame) -> list[Finding]:
    """Return one finding for a gap that every asset listed at the time has."""
    groups: dict[tuple[str, pd.Timestamp, pd.Timestamp], list[Finding]] = defaultdict(list)
    for gap in gaps:
        groups[gap.kind, gap.start, gap.end].append(gap)
    there = once.notna().to_numpy()
    stamps = pd.DatetimeIndex(once.index)
    first = stamps[np.argmax(there, axis=0)]
    last = stamps[len(stamps) - 1 - np.argmax(there[::-1], axis=0)]
    kept: list[Finding] = []
    for (_, start, end), group in groups.items():
        listed = int(((first <= start) & (last >= end)).sum())
        if len(group) > 1 and len(group) >= listed:
            one = group[0]
            kept.append(Finding("*", one.kind, start, end, None, one.count))
        else:
            kept += group
    return kept
