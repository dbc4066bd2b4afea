"""What every index of prices or returns has to be."""

from __future__ import annotations

import numpy as np
import pandas as pd

from quant._checks import Panel, stamp
from quant._typing import Matrix
from quant.errors import InputError


def ordered(name: str, value: Panel, error: type[InputError]) -> Panel:
    """Return a Series or DataFrame whose dates are unique and ascending."""
    if not isinstance(value, (pd.Series, pd.DataFrame)):
        raise error(
            f"{name}: expected a pandas Series or DataFrame, got {type(value).__name__}; "
            "give every row its date"
        )
    index = value.index
    if not index.is_unique:
        when = stamp(index[index.duplicated()][0])
        raise error(f"{name}: expected unique dates, got a duplicate at {when}; use clean_prices")
    if not index.is_monotonic_increasing:
        raise error(f"{name}: expected ascending dates, got unsorted ones; use sort_index()")
    return value


def floats(name: str, value: pd.Series | pd.DataFrame, error: type[InputError]) -> Matrix:
    """Return the entries as (T, N) floats; NaN may be among them, infinity may not."""
    frame = value.to_frame() if isinstance(value, pd.Series) else value
    try:
        array: Matrix = frame.to_numpy(dtype=np.float64, na_value=np.nan)
    except (TypeError, ValueError):
        raise error(
            f"{name}: expected numbers, got text; use read_prices or clean_prices"
        ) from None
    infinite = np.argwhere(np.isinf(array))
    if infinite.size:
        row, column = (int(i) for i in infinite[0])
        raise error(
            f"{name}: expected finite numbers, got {array[row, column]} for "
            f"{frame.columns[column]} at {stamp(frame.index[row])}; correct the entry"
        )
    return array
