"""Validators: each returns its argument, or raises with what to do about it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypeVar

import numpy as np
import pandas as pd

from quant._typing import FloatArray, Matrix, Side, Vector
from quant.errors import InputError, InsufficientDataError

Panel = TypeVar("Panel", pd.Series, pd.DataFrame)
Choice = TypeVar("Choice", bound=str)


def real(name: str, value: object) -> float:
    """Return a finite number as a Python float; strings, booleans and NaN are refused."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, float, np.number)):
        raise InputError(f"{name}: expected a number, got {value!r}; pass an int or a float")
    number = float(value)
    if not math.isfinite(number):
        raise InputError(f"{name}: expected a finite number, got {number}; pass a finite value")
    return number


def level(value: object, name: str = "level") -> float:
    """Return a confidence level strictly between 0 and 1."""
    number = real(name, value)
    if not 0.0 < number < 1.0:
        usual = "e.g. 0.99" if name.endswith("level") else "e.g. 0.05"
        hint = f"write {number / 100:g} for {number:g} %" if 1.0 < number < 100.0 else usual
        raise InputError(f"{name}: expected a number in (0, 1), got {value!r}; {hint}")
    return number


def between(
    name: str,
    value: object,
    low: float,
    high: float,
    *,
    low_open: bool = False,
    high_open: bool = False,
) -> float:
    """Return a number inside an interval whose ends are open or closed as asked."""
    number = real(name, value)
    below = number <= low if low_open else number < low
    above = number >= high if high_open else number > high
    if below or above:
        interval = f"{'(' if low_open else '['}{low:g}, {high:g}{')' if high_open else ']'}"
        raise InputError(
            f"{name}: expected a number in {interval}, got {value!r}; choose one inside"
        )
    return number


def positive(name: str, value: object) -> float:
    """Return a number above zero."""
    number = real(name, value)
    if number <= 0.0:
        raise InputError(f"{name}: expected a number above 0, got {value!r}; pass a positive value")
    return number


def nonnegative(name: str, value: object) -> float:
    """Return a number that is zero or above."""
    number = real(name, value)
    if number < 0.0:
        raise InputError(f"{name}: expected a number of at least 0, got {value!r}; drop the sign")
    return number


def count(name: str, value: object, minimum: int = 1) -> int:
    """Return a whole number of at least `minimum` as a Python int."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, np.integer)):
        raise InputError(
            f"{name}: expected a whole number of at least {minimum}, got {value!r}; pass an int"
        )
    number = int(value)
    if number < minimum:
        raise InputError(
            f"{name}: expected a whole number of at least {minimum}, got {number}; raise it"
        )
    return number


def workers(value: object, name: str = "n_jobs") -> int:
    """Return a number of workers as joblib counts them: -1 is one per processor."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, np.integer)) or not value:
        raise InputError(
            f"{name}: expected a whole number other than 0, got {value!r}; "
            "1 works in this process, -1 on every processor"
        )
    return int(value)


def one_of(name: str, value: Choice, choices: Sequence[str]) -> Choice:
    """Return `value` when it is one of `choices`."""
    if value not in choices:
        listed = ", ".join(repr(choice) for choice in choices)
        raise InputError(f"{name}: expected one of {listed}, got {value!r}; choose one of them")
    return value


def side(value: Side, name: str = "side") -> Side:
    """Return the side of a position."""
    return one_of(name, value, ("long", "short"))


def vector(name: str, value: object, *, minimum: int = 1) -> Vector:
    """Return a read-only copy of a one-dimensional array of finite numbers."""
    return _array(name, value, 1, "pass one number per entry", minimum)


def matrix(name: str, value: object, *, minimum: int = 1) -> Matrix:
    """Return a read-only copy of a two-dimensional array of finite numbers."""
    return _array(name, value, 2, "pass rows x columns", minimum)


def shocks(name: str, value: FloatArray) -> Matrix:
    """Return a read-only view of paths by steps of finite numbers; not a copy, there are many."""
    if not isinstance(value, np.ndarray) or value.dtype != np.float64 or value.ndim != 2:
        return matrix(name, value)
    return _finite(name, value.view(), 1)


def _array(name: str, value: object, ndim: int, remedy: str, minimum: int) -> FloatArray:
    try:
        array = np.array(value, dtype=np.float64)
    except (TypeError, ValueError):
        raise InputError(
            f"{name}: expected numbers, got {type(value).__name__}; pass an array of floats"
        ) from None
    if array.ndim != ndim:
        words = {1: "one dimension", 2: "two dimensions"}
        raise InputError(f"{name}: expected {words[ndim]}, got shape {array.shape}; {remedy}")
    return _finite(name, array, minimum)


def _finite(name: str, array: FloatArray, minimum: int) -> FloatArray:
    if array.shape[0] < minimum:
        raise InsufficientDataError(
            f"{name}: expected at least {minimum} entries, got {array.shape[0]}; supply more"
        )
    if not np.isfinite(array).all():
        first = np.argwhere(~np.isfinite(array))[0]
        where = ", ".join(str(int(i)) for i in first)
        raise InputError(
            f"{name}: expected finite numbers, got {array[tuple(first)]} at position {where}; "
            "remove or repair it"
        )
    array.setflags(write=False)
    return array


def returns(value: Panel, name: str = "returns", *, minimum: int = 2) -> Panel:
    """Return a series (or panel) of returns of one asset (or one calendar): sorted, unique, finite.

    One asset's functions refuse NaN; a panel with blanks goes through `align_returns` first.
    """
    numbers(value, name, minimum=minimum)
    return value


def numbers(value: Panel, name: str = "returns", *, minimum: int = 2) -> FloatArray:
    """Return the numbers of a series (or panel) that `returns` would return."""
    if not isinstance(value, (pd.Series, pd.DataFrame)):
        raise InputError(
            f"{name}: expected a pandas Series or DataFrame, got {type(value).__name__}; "
            "use log_returns(prices)"
        )
    index = value.index
    if not index.is_unique:
        raise InputError(
            f"{name}: expected unique dates, got a duplicate at "
            f"{stamp(index[index.duplicated()][0])}; use clean_prices"
        )
    if not index.is_monotonic_increasing:
        raise InputError(f"{name}: expected ascending dates, got unsorted ones; use sort_index()")
    if len(value) < minimum:
        raise InsufficientDataError(
            f"{name}: expected at least {minimum} observations, got {len(value)}; "
            "supply more history"
        )
    try:
        array = value.to_numpy(dtype=np.float64)
    except (TypeError, ValueError):
        raise InputError(f"{name}: expected numbers, got {value.dtypes!r}; convert them") from None
    if not np.isfinite(array).all():
        row = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
        column = f" in {value.columns[row[1]]}" if isinstance(value, pd.DataFrame) else ""
        raise InputError(
            f"{name}: expected finite numbers, got {array[row]}{column} at {stamp(index[row[0]])}; "
            "use align_returns or proxy_returns"
            if np.isnan(array[row])
            else f"{name}: expected finite numbers, got {array[row]}{column} at "
            f"{stamp(index[row[0]])}; repair the prices"
        )
    return array


def not_prices(name: str, values: Vector, where: str = "") -> None:
    """Refuse numbers that are prices by the look of them."""
    if like_prices(values):
        raise InputError(
            f"{name}: expected log returns, got positive numbers around {np.median(values):g}"
            f"{where}; these look like prices: use log_returns(prices)"
        )


def like_prices(values: Vector) -> bool:
    """Return whether no number is zero or below and half of them lie above 0.5.

    A history of returns never does, nor one in percent: sooner or later a price falls.
    """
    return bool(values.min() > 0.0 and np.median(values) > 0.5)


def realized(of: pd.Series, value: pd.Series, name: str = "realized") -> pd.Series:
    """Return realised variances when they are those of the dates of the returns `of`."""
    if not isinstance(value, pd.Series):
        raise InputError(
            f"{name}: expected a pandas Series, got {type(value).__name__}; pass one column by date"
        )
    returns(value, name, minimum=1)
    if not value.index.equals(of.index):
        odd = of.index.symmetric_difference(value.index)
        at = f" at {stamp(odd[0])}" if len(odd) else ""
        raise InputError(
            f"{name}: expected the {len(of)} dates of the returns, got {len(value)} with a "
            f"difference{at}; keep the dates that both have"
        )
    negative = np.flatnonzero(value.to_numpy() < 0.0)
    if negative.size:
        raise InputError(
            f"{name}: expected variances of at least 0, got {value.iloc[negative[0]]:g} at "
            f"{stamp(value.index[negative[0]])}; pass variances, not returns"
        )
    return value


def later(value: pd.Series, as_of: object) -> pd.Series:
    """Return new returns when they all lie after `as_of`: an update must not see a date twice."""
    returns(value, minimum=1)
    if value.index[0] <= as_of:
        raise InputError(
            f"returns: expected dates after {stamp(as_of)}, got {stamp(value.index[0])}; "
            "pass only the new returns"
        )
    return value


def panel(value: pd.DataFrame, name: str = "returns") -> pd.DataFrame:
    """Return a panel of returns of many assets, each on its own dates: blanks are allowed."""
    if not isinstance(value, pd.DataFrame):
        raise InputError(
            f"{name}: expected a DataFrame with a column per asset, got {type(value).__name__}; "
            "use series.to_frame()"
        )
    if not value.columns.is_unique:
        twice = value.columns[value.columns.duplicated()][0]
        raise InputError(f"{name}: expected one column per asset, got {twice!r} twice; rename one")
    if not value.index.is_unique or not value.index.is_monotonic_increasing:
        raise InputError(f"{name}: expected ascending unique dates; use clean_prices on the prices")
    return value


def tail_supported(n_obs: int, tail_level: float, what: str) -> None:
    """Refuse a tail that lies wholly beyond a sample of `n_obs`."""
    if n_obs * (1.0 - tail_level) < 1.0 - 1e-9:
        needed = math.ceil((1.0 - 1e-9) / (1.0 - tail_level))
        raise InsufficientDataError(
            f"{what}: expected at least {needed} observations for {tail_level:g}, got {n_obs}; "
            "lengthen the history or lower the level"
        )


def stamp(when: object) -> str:
    """Return a date the way messages print it: no time of day when it is midnight."""
    if isinstance(when, pd.Timestamp):
        return when.strftime("%Y-%m-%d" if when == when.normalize() else "%Y-%m-%d %H:%M")
    return str(when)
