"""The arithmetic of log returns, and the prices it refuses."""

from __future__ import annotations

import numpy as np
import pandas as pd

from quant._checks import Panel, stamp
from quant._typing import Matrix, Vector
from quant.errors import InsufficientDataError, PriceDataError
from quant.returns._dates import floats, ordered


def series_returns(prices: pd.Series) -> pd.Series:
    """Return the log returns of one asset from its first price to its last."""
    values = positive_prices(prices)[:, 0]
    there = np.flatnonzero(~np.isnan(values))
    if there.size < 2:
        raise InsufficientDataError(
            f"prices: expected at least two prices, got {there.size}; supply more history"
        )
    first, last = int(there[0]), int(there[-1])
    own = values[first : last + 1]
    if np.isnan(own).any():
        when = stamp(prices.index[first + int(np.flatnonzero(np.isnan(own))[0])])
        raise PriceDataError(
            f"prices: expected a price on every row, got NaN at {when}; "
            "use dropna() if the market was closed, else supply the price"
        )
    index = prices.index[first + 1 : last + 1]
    return pd.Series(np.diff(np.log(own)), index=index, name=prices.name)


def own_moves(values: Vector) -> Vector:
    """Return log moves between consecutive numbers, at the place of the later one."""
    moves = np.full(values.size, np.nan)
    own = np.flatnonzero(~np.isnan(values))
    moves[own[1:]] = np.diff(np.log(values[own]))
    return moves


def positive_prices(prices: Panel) -> Matrix:
    """Return prices as (T, N) floats, having looked at dates and values."""
    ordered("prices", prices, PriceDataError)
    if len(prices) < 2:
        raise InsufficientDataError(
            f"prices: expected at least two rows, got {len(prices)}; supply more history"
        )
    array = floats("prices", prices, PriceDataError)
    bad = np.argwhere(array <= 0.0)
    if bad.size:
        row, column = (int(i) for i in bad[0])
        label = prices.columns[column] if isinstance(prices, pd.DataFrame) else prices.name
        whom = "" if label is None else f" for {label}"
        raise PriceDataError(
            f"prices: expected positive prices, got {array[row, column]:.10g}{whom} at "
            f"{stamp(prices.index[row])}; correct it, or clean_prices(non_positive='drop'): "
            "one return then spans the day"
        )
    return array
