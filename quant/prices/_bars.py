"""What open, high, low, close and volume of one asset say about each other."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from quant._typing import Vector
from quant.prices._rules import Kind
from quant.prices._runs import runs
from quant.prices.base import Finding

_ROUNDING = 1e-9


def bar_findings(asset: str, bars: pd.DataFrame) -> list[Finding]:
    """Return rows whose range is crossed or does not hold open and close, and odd volumes."""
    stamps = pd.DatetimeIndex(bars.index)
    low, high = bars["low"].to_numpy(), bars["high"].to_numpy()
    inner = bars[["open", "close"]].to_numpy()
    slack = _ROUNDING * np.abs(high)
    crossed = high < low - slack
    outside = (inner.max(axis=1) > high + slack) | (inner.min(axis=1) < low - slack)
    findings = []
    for field in ("open", "high", "low"):
        values = bars[field].to_numpy()
        flags = values <= 0.0
        findings += _runs(f"{asset} {field}", "non-positive", stamps, flags, values)
        hole = np.isnan(values) & bars["close"].notna().to_numpy()
        findings += _runs(f"{asset} {field}", "missing", stamps, hole, None)
    for row in np.flatnonzero(crossed | outside).tolist():
        kind: Kind = "high below low" if crossed[row] else "ohlc inconsistent"
        o, h, l, c = bars.iloc[row][["open", "high", "low", "close"]]  # noqa: E741
        text = f"o={o:g} h={h:g} l={l:g} c={c:g}"
        findings.append(Finding(asset, kind, stamps[row], stamps[row], text))
    if "volume" in bars:
        volume = bars["volume"].to_numpy()
        findings += _runs(f"{asset} volume", "negative volume", stamps, volume < 0.0, volume)
        findings += _runs(f"{asset} volume", "zero volume", stamps, volume == 0.0, volume)
    return findings


def _runs(
    asset: str,
    kind: Kind,
    stamps: pd.DatetimeIndex,
    flags: npt.NDArray[np.bool_],
    values: Vector | None,
) -> list[Finding]:
    return [
        Finding(
            asset,
            kind,
            stamps[i],
            stamps[j],
            None if values is None else float(values[i]),
            j - i + 1,
        )
        for i, j in runs(flags)
    ]
