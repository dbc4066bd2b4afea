"""Panels of returns that joint scenarios can be made of, and the dates behind them."""

from __future__ import annotations

import pandas as pd

from quant import _checks
from quant.errors import InputError


def whole(returns: pd.DataFrame) -> pd.DataFrame:
    """Return a panel without blanks, a column per asset, dates unique and ascending."""
    if not isinstance(returns, pd.DataFrame):
        raise InputError(
            f"returns: expected a DataFrame with a column per asset, got {type(returns).__name__}; "
            "use log_returns(prices), or to_frame() for one asset"
        )
    if not len(returns.columns):
        raise InputError("returns: expected at least one asset, got none; add a column")
    return _checks.panel(_checks.returns(returns, minimum=1))


def following(returns: pd.DataFrame, past: pd.DataFrame) -> pd.DataFrame:
    """Return new rows in the columns of `past`, all of which lie after it."""
    new = whole(returns)
    if set(new.columns) != set(past.columns):
        raise InputError(
            f"returns: expected the columns {', '.join(past.columns)}, got "
            f"{', '.join(map(str, new.columns))}; pass the same assets"
        )
    if new.index[0] <= past.index[-1]:
        raise InputError(
            f"returns: expected dates after {_checks.stamp(past.index[-1])}, got "
            f"{_checks.stamp(new.index[0])}; pass only the new returns"
        )
    return new[list(past.columns)]


def as_of(index: pd.Index) -> pd.Timestamp | None:
    """Return the last date, where rows are dated."""
    last = index[-1]
    return last if isinstance(last, pd.Timestamp) else None


def period(index: pd.Index) -> pd.Timedelta | None:
    """Return the usual distance of two dates; closed days make some gaps longer."""
    if not isinstance(index, pd.DatetimeIndex) or len(index) < 2:
        return None
    return pd.Timedelta(index.to_series().diff().median())
