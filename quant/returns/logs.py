"""Log returns between an asset's own consecutive prices."""

from __future__ import annotations

import numpy as np
import pandas as pd

from quant._checks import Panel, stamp
from quant._typing import Matrix, Vector
from quant.errors import InsufficientDataError, PriceDataError
from quant.returns._dates import floats, ordered


def log_returns(prices: Panel) -> Panel:
    r"""Return log returns, decimal, per period of the price history.

    .. math:: r_t = \ln P_t - \ln P_{t-1}

    Parameters
    ----------
    prices : Series (T + 1,) or DataFrame (T + 1, N)
        Positive prices by date, blank where an asset had none.

    Returns
    -------
    Series or DataFrame
        Of a frame (T, N): the dates from the second on, NaN where an asset has no price, or its
        first. The previous price is the asset's own, however long ago: a closed market's whole
        move stands at its reopening. Of a series: only its dates from the second price to the
        last, without NaN.

    Raises
    ------
    PriceDataError
        If a price is zero, negative, infinite or text, dates repeat or are not ascending, or a
        series has a blank inside (alone, that is a missing price).
    InsufficientDataError
        If there are fewer than two rows, or a series has fewer than two prices.

    Notes
    -----
    A return of zero is a fact and stays. Returns of different markets on one row may span
    different times; `align_returns` puts them on common dates.

    Examples
    --------
    >>> import pandas as pd
    >>> prices = pd.Series([100.0, 110.0, 99.0], index=pd.date_range("2024-01-01", periods=3))
    >>> log_returns(prices).round(4).tolist()
    [0.0953, -0.1054]
    """
    ordered("prices", prices, PriceDataError)
    if len(prices) < 2:
        raise InsufficientDataError(
            f"prices: expected at least two rows, got {len(prices)}; supply more history"
        )
    array = floats("prices", prices, PriceDataError)
    _refuse_non_positive(prices, array)
    if isinstance(prices, pd.Series):
        return _of_series(prices, array[:, 0])
    moves = np.column_stack([_own_moves(column) for column in array.T])[1:]
    return pd.DataFrame(moves, index=prices.index[1:], columns=prices.columns)


def _of_series(prices: pd.Series, values: Vector) -> pd.Series:
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


def _own_moves(values: Vector) -> Vector:
    moves = np.full(values.size, np.nan)
    own = np.flatnonzero(~np.isnan(values))
    moves[own[1:]] = np.diff(np.log(values[own]))
    return moves


def _refuse_non_positive(prices: pd.Series | pd.DataFrame, array: Matrix) -> None:
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
