"""Variance of a bar from its open, high, low and close; arrays in, arrays out."""

from __future__ import annotations

import math
from typing import Literal, TypeAlias

import numpy as np
import pandas as pd

from quant._checks import stamp
from quant._typing import Vector
from quant.errors import InsufficientDataError, PriceDataError

RangeEstimator: TypeAlias = Literal[
    "parkinson", "garman_klass", "rogers_satchell", "garman_klass_gap", "yang_zhang"
]
ESTIMATORS = ("parkinson", "garman_klass", "rogers_satchell", "garman_klass_gap", "yang_zhang")
PRICES = ("open", "high", "low", "close")


def range_variances(bars: pd.DataFrame, estimator: RangeEstimator, window: int) -> pd.Series:
    """Return the variance of each bar; of `window` bars, stamped at their last, for Yang-Zhang."""
    o, h, l, c = _log_prices(bars)  # noqa: E741
    if estimator == "parkinson":
        variance = parkinson(h, l)
    elif estimator == "garman_klass":
        variance = garman_klass(o, h, l, c)
    elif estimator == "rogers_satchell":
        variance = rogers_satchell(o, h, l, c)
    elif estimator == "garman_klass_gap":
        variance = (o[1:] - c[:-1]) ** 2 + garman_klass(o, h, l, c)[1:]
    else:
        variance = yang_zhang(o, h, l, c, window)
    if not variance.size:
        raise InsufficientDataError(
            f"bars: expected at least {window + 1} for {estimator}, got {len(bars)}; "
            "supply more history"
        )
    dates = bars.index[len(bars) - variance.size :]
    bad = np.flatnonzero(variance < 0.0)
    if bad.size:
        raise PriceDataError(
            f"bars: expected a range that holds open and close, got a variance of "
            f"{variance[bad[0]]:.3g} at {stamp(dates[bad[0]])}; correct the bar"
        )
    return pd.Series(variance, index=dates, name="realized")


def parkinson(high: Vector, low: Vector) -> Vector:
    """Return ln(H/L)^2 / (4 ln 2) of log prices (T,)."""
    return np.asarray((high - low) ** 2 / (4.0 * math.log(2.0)))


def garman_klass(open_: Vector, high: Vector, low: Vector, close: Vector) -> Vector:
    """Return ln(H/L)^2 / 2 - (2 ln 2 - 1) ln(C/O)^2 of log prices (T,)."""
    return np.asarray(0.5 * (high - low) ** 2 - (2.0 * math.log(2.0) - 1.0) * (close - open_) ** 2)


def rogers_satchell(open_: Vector, high: Vector, low: Vector, close: Vector) -> Vector:
    """Return ln(H/C) ln(H/O) + ln(L/C) ln(L/O) of log prices (T,)."""
    return np.asarray((high - close) * (high - open_) + (low - close) * (low - open_))


def yang_zhang(open_: Vector, high: Vector, low: Vector, close: Vector, window: int) -> Vector:
    """Return s_o^2 + k s_c^2 + (1 - k) mean RS of each `window` bars after the first."""
    if open_.size <= window:
        return np.empty(0)
    gap, move = open_[1:] - close[:-1], (close - open_)[1:]
    inside = rogers_satchell(open_, high, low, close)[1:]
    gap, move, inside = (
        np.lib.stride_tricks.sliding_window_view(part, window) for part in (gap, move, inside)
    )
    k = 0.34 / (1.34 + (window + 1) / (window - 1))
    return np.asarray(
        gap.var(axis=1, ddof=1) + k * move.var(axis=1, ddof=1) + (1.0 - k) * inside.mean(axis=1)
    )


def _log_prices(bars: pd.DataFrame) -> tuple[Vector, Vector, Vector, Vector]:
    if not isinstance(bars, pd.DataFrame) or not set(PRICES) <= set(bars.columns):
        got = ", ".join(map(str, bars.columns)) if isinstance(bars, pd.DataFrame) else type(bars)
        raise PriceDataError(
            f"bars: expected a frame with columns open, high, low, close, got {got}; use read_ohlcv"
        )
    if not bars.index.is_unique or not bars.index.is_monotonic_increasing:
        raise PriceDataError("bars: expected ascending unique dates; use read_ohlcv")
    prices = bars[list(PRICES)].to_numpy(dtype=np.float64)
    bad = np.argwhere(~((prices > 0.0) & np.isfinite(prices)))
    if bad.size:
        row, column = (int(i) for i in bad[0])
        raise PriceDataError(
            f"bars: expected positive finite prices, got {PRICES[column]} {prices[row, column]:g} "
            f"at {stamp(bars.index[row])}; correct or drop the bar"
        )
    crossed = np.flatnonzero(prices[:, 1] < prices[:, 2])
    if crossed.size:
        raise PriceDataError(
            f"bars: expected a high not below the low, got {prices[crossed[0], 1]:g} below "
            f"{prices[crossed[0], 2]:g} at {stamp(bars.index[crossed[0]])}; correct the bar"
        )
    o, h, l, c = np.log(prices).T  # noqa: E741
    return o, h, l, c
