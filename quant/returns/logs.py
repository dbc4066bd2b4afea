"""Log returns between an asset's own consecutive prices."""

from __future__ import annotations

import numpy as np
import pandas as pd

from quant._checks import Panel
from quant.returns._logs import own_moves, positive_prices, series_returns


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
    if isinstance(prices, pd.Series):
        return series_returns(prices)
    array = positive_prices(prices)
    moves = np.column_stack([own_moves(column) for column in array.T])[1:]
    return pd.DataFrame(moves, index=prices.index[1:], columns=prices.columns)
