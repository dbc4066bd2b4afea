"""Blanks: before the listing, of a closed market, missing, or after the end."""

from __future__ import annotations

import numpy as np
import pandas as pd

from quant.prices._rules import Kind
from quant.prices._runs import runs
from quant.prices.base import Finding


def blank_findings(prices: pd.DataFrame, explained: pd.DatetimeIndex) -> list[Finding]:
    """Return what the NaN of a panel with ascending, unique dates stand for.

    A blank before an asset's first price is *not listed*, after its last one *ended*. In between
    it is a *closed market* on a row where another asset has a price, else *missing*, unless that
    date is among those `explained` already.
    """
    stamps = pd.DatetimeIndex(prices.index)
    there = prices.notna().to_numpy()
    trading = there.any(axis=1)
    rows = np.arange(len(stamps))
    findings: list[Finding] = []
    missing = np.zeros(len(stamps), dtype=np.bool_)
    for column, name in enumerate(prices.columns.map(str)):
        own = np.flatnonzero(there[:, column])
        if not own.size:
            findings.append(Finding(name, "no prices", stamps[0], stamps[-1], None, len(stamps)))
            continue
        first, last = own[0], own[-1]
        inside = (rows > first) & (rows < last) & ~there[:, column]
        missing |= inside & ~trading
        closed = np.flatnonzero(inside & trading)
        if first:
            findings.append(_span(name, "not listed", stamps, 0, int(first) - 1, int(first)))
        if closed.size:
            findings.append(
                _span(name, "closed market", stamps, int(closed[0]), int(closed[-1]), closed.size)
            )
        if last < len(stamps) - 1:
            count = len(stamps) - 1 - int(last)
            findings.append(_span(name, "ended", stamps, int(last) + 1, len(stamps) - 1, count))
    whom = str(prices.columns[0]) if prices.shape[1] == 1 else "*"
    for start, end in runs(missing & ~stamps.isin(explained)):
        findings.append(_span(whom, "missing", stamps, start, end, end - start + 1))
    return findings


def _span(
    name: str, kind: Kind, stamps: pd.DatetimeIndex, start: int, end: int, count: int
) -> Finding:
    return Finding(name, kind, stamps[start], stamps[end], None, count)
