"""Returns over several periods, as sums of those of one."""

from __future__ import annotations

import numpy as np
import pandas as pd

from quant import _checks
from quant._checks import Panel
from quant._typing import Vector
from quant.errors import InputError, InsufficientDataError
from quant.returns._dates import floats, ordered


def horizon_returns(returns: Panel, horizon: int, *, overlapping: bool = True) -> Panel:
    r"""Return log returns over `horizon` periods, stamped at their last date.

    .. math:: R_t = \sum_{i=0}^{horizon-1} r_{t-i}

    Parameters
    ----------
    returns : Series (T,) or DataFrame (T, N)
        Log returns per period, decimal; a frame may have NaN where an asset had no price.
    horizon : int
        Periods to sum, counted in each asset's own returns.
    overlapping : bool
        Whether every period ends a sum, or only every `horizon`-th, counted back from the last,
        so that the newest data are always used and the oldest remainder is left out.

    Returns
    -------
    Series or DataFrame
        Sums by end date, decimal. Of a frame: the dates on which at least one asset has a sum.

    Raises
    ------
    InputError
        If dates repeat or are not ascending, entries are infinite, or a series has NaN.
    InsufficientDataError
        If no asset has `horizon` returns.

    Notes
    -----
    Overlapping sums are dependent: the effective sample is near T / horizon.

    Examples
    --------
    >>> import pandas as pd
    >>> r = pd.Series([0.01, 0.02, -0.03, 0.05], index=pd.date_range("2024-01-01", periods=4))
    >>> horizon_returns(r, 2).round(2).tolist()
    [0.03, -0.01, 0.02]
    >>> horizon_returns(r, 2, overlapping=False).round(2).tolist()
    [0.03, 0.02]
    """
    ordered("returns", returns, InputError)
    horizon = _checks.count("horizon", horizon)
    array = floats("returns", returns, InputError)
    if isinstance(returns, pd.Series):
        _checks.returns(returns, minimum=1)
    sums = np.column_stack([_sums(column, horizon, overlapping) for column in array.T])
    kept = np.flatnonzero((~np.isnan(sums)).any(axis=1))
    if not kept.size:
        most = int((~np.isnan(array)).sum(axis=0).max(initial=0))
        raise InsufficientDataError(
            f"returns: expected at least {horizon} returns for horizon {horizon}, got {most}; "
            "lengthen the history or shorten the horizon"
        )
    if isinstance(returns, pd.Series):
        return pd.Series(sums[kept, 0], index=returns.index[kept], name=returns.name)
    return pd.DataFrame(sums[kept], index=returns.index[kept], columns=returns.columns)


def _sums(values: Vector, horizon: int, overlapping: bool) -> Vector:
    """Return the sum that ends at each position; NaN where none does."""
    sums = np.full(values.size, np.nan)
    own = np.flatnonzero(~np.isnan(values))
    if own.size >= horizon:
        ends = own[horizon - 1 :]
        totals = np.lib.stride_tricks.sliding_window_view(values[own], horizon).sum(axis=1)
        newest = slice(None) if overlapping else slice((ends.size - 1) % horizon, None, horizon)
        sums[ends[newest]] = totals[newest]
    return sums
