"""Realised variance: what the returns inside a day say about that day."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd

from quant import _checks
from quant._checks import stamp
from quant.errors import InputError, InsufficientDataError

_LEAST_SHARE = 0.5


def realized_variance(
    returns: pd.Series, *, overnight: Literal["include", "exclude"] = "include"
) -> pd.Series:
    r"""Return the realised variance of each day: the sum of the squared returns inside it.

    .. math:: RV_d = \sum_{i \in d} r_i^2

    Parameters
    ----------
    returns : Series (N,)
        Log returns, decimal, of periods shorter than a day: `log_returns` of intraday prices.
    overnight : {"include", "exclude"}
        Whether the first return of a day, which began at the last price of the day before, counts.
        ``"include"`` measures the whole day and is what a daily return has to bear; ``"exclude"``
        measures the session alone, and leaves the gap to a model's scale factor.

    Returns
    -------
    Series
        Daily variances by date, decimal squared. The first day is left out: what came before its
        first price is not known.

    Raises
    ------
    InputError
        If returns are not finite, ascending and stamped, or a day has fewer than half as many of
        them as the usual day.
    InsufficientDataError
        If there are fewer than two days, or not several returns a day.

    Notes
    -----
    A return belongs to the date that its stamp shows. Bars stamped at their end put the last one of
    a round-the-clock day on the next date: shift their index back by one bar first. A last day that
    is not over yet has to be cut off by the caller. Returns of zero count as they are, so a stale
    price lowers the sum.

    References
    ----------
    Andersen, Bollerslev, Diebold and Labys (2003), Modeling and forecasting realized volatility,
    Econometrica 71, section 2.

    Examples
    --------
    >>> import pandas as pd
    >>> hours = pd.date_range("2024-01-01", periods=6, freq="8h")
    >>> r = pd.Series([0.01, 0.02, 0.01, 0.03, -0.01, 0.02], index=hours)
    >>> realized_variance(r).round(6).to_dict()
    {Timestamp('2024-01-02 00:00:00'): 0.0014}
    >>> realized_variance(r, overnight="exclude").round(6).to_list()
    [0.0005]
    """
    _checks.one_of("overnight", overnight, ("include", "exclude"))
    if not isinstance(returns, pd.Series):
        raise InputError(
            f"returns: expected the Series of one asset, got {type(returns).__name__}; "
            "pass one column"
        )
    _checks.returns(returns)
    if not isinstance(returns.index, pd.DatetimeIndex):
        raise InputError(
            f"returns: expected an index of dates and times, got {type(returns.index).__name__}; "
            "stamp every return"
        )
    days = returns.index.normalize()
    starts = np.flatnonzero(np.append(True, days[1:] != days[:-1]))
    counts = np.diff(np.append(starts, len(returns)))
    _check_days(days[starts], counts)
    squares = returns.to_numpy(dtype=np.float64) ** 2
    if overnight == "exclude":
        squares[starts] = 0.0
    sums = np.add.reduceat(squares, starts)[1:]
    return pd.Series(sums, index=days[starts][1:].rename(returns.index.name), name=returns.name)


def _check_days(days: pd.DatetimeIndex, counts: np.ndarray[tuple[int], np.dtype[np.intp]]) -> None:
    if len(days) < 2:
        raise InsufficientDataError(
            f"returns: expected at least two days, got {len(days)}; the first is never complete"
        )
    usual = float(np.median(counts[1:]))
    if usual < 2.0:
        raise InsufficientDataError(
            f"returns: expected several returns a day, got {usual:g}; use shorter periods, or "
            "RangeVolatility on daily bars"
        )
    thin = np.flatnonzero(counts[1:] < _LEAST_SHARE * usual)
    if thin.size:
        day = int(thin[0]) + 1
        raise InputError(
            f"returns: expected about {usual:g} returns a day, got {counts[day]} at "
            f"{stamp(days[day])}; supply them or drop the day"
        )
