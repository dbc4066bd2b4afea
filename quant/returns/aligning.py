"""Returns of several markets on common dates, for joint work."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from quant import _checks
from quant._checks import stamp
from quant._typing import Matrix
from quant.errors import InputError, InsufficientDataError
from quant.returns._dates import floats, ordered


def align_returns(returns: pd.DataFrame, *, how: Literal["intersection", "carry"]) -> pd.DataFrame:
    """Return a panel without NaN in which no part of any move is lost.

    Parameters
    ----------
    returns : DataFrame (T, N)
        Log returns between each asset's own prices, NaN where it has none: `log_returns`.
    how : {"intersection", "carry"}
        ``"intersection"``: only dates on which every asset has a price; each return is the sum of
        the asset's own returns since the previous such date. Rows may span several days, the same
        days for all. ``"carry"``: every date stays; a closed market returns 0 and its whole move
        stands at its reopening. Rows keep their length, but co-movement is shifted to later days,
        which lowers measured correlation: right for accounting, rarely for risk.

    Returns
    -------
    DataFrame
        (K, N) log returns, decimal, from the latest listing to the first end, no NaN.

    Raises
    ------
    InputError
        If the panel is not one of finite or blank returns by ascending date.
    InsufficientDataError
        If an asset has no return at all, or there is no date on which all have one.

    Notes
    -----
    Where an asset is listed later than the panel begins, its first return starts at a date that
    returns alone do not tell. The first date on which all assets have a return is therefore taken
    as the common starting price, and rows begin with the next. A panel without blanks comes back
    as it is.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> days = pd.date_range("2024-01-05", periods=4)
    >>> r = pd.DataFrame(
    ...     {"BTC": [0.01, 0.02, -0.01, 0.03], "SP500": [0.001, np.nan, np.nan, 0.02]}, index=days
    ... )
    >>> align_returns(r, how="intersection").round(3).to_numpy().tolist()
    [[0.01, 0.001], [0.04, 0.02]]
    """
    _checks.one_of("how", how, ("intersection", "carry"))
    if not isinstance(returns, pd.DataFrame):
        raise InputError(
            f"returns: expected a DataFrame of several assets, got {type(returns).__name__}; "
            "a single asset needs no alignment"
        )
    ordered("returns", returns, InputError)
    array = floats("returns", returns, InputError)
    there = ~np.isnan(array)
    _refuse_disjoint(returns, there)
    common = np.flatnonzero(there.all(axis=1))
    first, last = int(common[0]), int(common[-1])
    # On the first row every return starts at the row before the panel; later on, not surely.
    start = first if first == 0 else first + 1
    moves = np.where(there, array, 0.0)
    if how == "intersection":
        ends = common[common >= start]
        kept = _accumulated(moves, start, ends)
        dates = returns.index[ends]
    else:
        kept = moves[start : last + 1]
        dates = returns.index[start : last + 1]
    if not len(dates):
        raise InsufficientDataError(
            "returns: expected two common dates or more, got one at "
            f"{stamp(returns.index[first])}; drop the shortest history or use proxy_returns"
        )
    return pd.DataFrame(kept, index=dates, columns=returns.columns)


def _accumulated(moves: Matrix, start: int, ends: npt.NDArray[np.intp]) -> Matrix:
    if not ends.size:
        return moves[:0]
    begins = np.concatenate([[start], ends[:-1] + 1])
    totals: Matrix = np.add.reduceat(moves[: ends[-1] + 1], begins, axis=0)
    return totals


def _refuse_disjoint(returns: pd.DataFrame, there: npt.NDArray[np.bool_]) -> None:
    if not there.shape[1]:
        raise InputError("returns: expected at least one asset, got none; add a column")
    empty = np.flatnonzero(~there.any(axis=0))
    if empty.size:
        raise InsufficientDataError(
            f"returns: expected returns of every asset, got none for {returns.columns[empty[0]]}; "
            "drop it or use proxy_returns"
        )
    if there.all(axis=1).any():
        return
    index = returns.index
    begins = np.argmax(there, axis=0)
    stops = len(index) - 1 - np.argmax(there[::-1], axis=0)
    late, early = int(np.argmax(begins)), int(np.argmin(stops))
    raise InsufficientDataError(
        f"returns: expected a date on which all assets have a return, got none: "
        f"{returns.columns[early]} ends {stamp(index[stops[early]])}, "
        f"{returns.columns[late]} begins {stamp(index[begins[late]])}; "
        "drop one or use proxy_returns"
    )
