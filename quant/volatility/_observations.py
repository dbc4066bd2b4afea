"""Returns a volatility model can be fitted to, or moved on by."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pandas as pd

from quant import _checks
from quant._typing import Vector
from quant.errors import InputError, InsufficientDataError
from quant.volatility._bounds import Indices
from quant.volatility._laws import LawName

_MOST_FREQUENT = 0.9
_FEW = 20  # returns too few to say that one of them comes too often
_SMALLEST, _LARGEST = 1e-152, 1e150  # spread and size from which on squares lose their digits


def usable(returns: pd.Series, minimum: int, who: str, law: LawName = "normal") -> pd.Series:
    """Return a copy of the returns of one asset: enough of them, finite, and moving.

    On some returns a Student law of any scale and nu above 2 has no best likelihood: a value with
    share p makes it grow without bound as the scale shrinks onto it once p > (1 - p) nu, that is
    p > 2/3 for nu near 2.
    """
    _one_asset(returns)
    values = _checks.numbers(returns, minimum=1).copy()
    if values.size < minimum:
        raise InsufficientDataError(
            f"returns: expected at least {minimum} observations for {who}, got {values.size}; "
            "supply more history"
        )
    low, high = float(values.min()), float(values.max())
    if _still(low, high):
        raise InputError(
            f"returns: expected returns that vary, got a constant {values[0]:g} from "
            f"{_checks.stamp(returns.index[0])} to {_checks.stamp(returns.index[-1])}; "
            "a price that does not move has no volatility to estimate"
        )
    if _beyond(low, high):
        raise InputError(
            f"returns: expected a spread of {_SMALLEST:g} at least and no size above {_LARGEST:g}, "
            f"got returns from {low:g} to {high:g}; pass decimal log returns"
        )
    student = law in ("t", "skewt")
    share = _repeated(values, 2.0 / 3.0 if student else _MOST_FREQUENT)
    if values.size >= _FEW and share > _MOST_FREQUENT:
        raise InputError(
            f"returns: expected returns that vary, got the same value in {share:.0%} of "
            f"{values.size} periods; use a longer bar or a proxy for this asset"
        )
    if low > 0.0:
        _checks.not_prices("returns", values)
    if student and share:
        raise InputError(
            f"returns: expected returns that vary for the law {law!r}, got the same value in "
            f"{share:.0%} of {values.size} periods, where its likelihood is unbounded; use a "
            "longer bar, a proxy, or the law 'normal'"
        )
    return _kept(values, returns.index)


def doubtful(values: Vector) -> bool:
    """Return whether finite returns are not usable: still, out of all range, or prices."""
    low, high = float(values.min()), float(values.max())
    repeated = values.size >= _FEW and _repeated(values, _MOST_FREQUENT) > 0.0
    return _still(low, high) or _beyond(low, high) or repeated or _checks.like_prices(values)


def positive_throughout(values: Vector, ends: Indices, n: int) -> Indices:
    """Return the ends of the windows values[end - n : end] that may be windows of prices."""
    not_above = np.concatenate(([0], np.cumsum(values <= 0.0)))
    return np.asarray(ends[not_above[ends] == not_above[ends - n]])


def _still(low: float, high: float) -> bool:
    return high - low <= 1e-8 * max(-low, high)


def _beyond(low: float, high: float) -> bool:
    """Return whether numbers are too large or too close together for their squares to be used."""
    return high - low < _SMALLEST or max(-low, high) > _LARGEST


@contextmanager
def naming_dates(window: pd.Series) -> Iterator[None]:
    """Say in a refusal which window of a history it is about."""
    try:
        yield
    except InputError as refusal:
        raise type(refusal)(
            f"{refusal} [window {_checks.stamp(window.index[0])} to "
            f"{_checks.stamp(window.index[-1])}]"
        ) from None


def _repeated(values: Vector, most: float) -> float:
    """Return the share of a value that is in more than `most` of the places, 0 where none is.

    `most` is one half at least. Of pairs half the sample apart such a value fills nearly as many;
    where fewer are equal, which is as good as always, there is none. In more than half of the
    places it is the median, wherever the others lie.
    """
    size, half = values.size, values.size // 2
    pairs = np.count_nonzero(values[:half] == values[half : 2 * half])
    if pairs < most * size - (size - half):  # each of the other places spoils one pair at most
        return 0.0
    median = np.partition(values, half)[half]
    share = float(np.count_nonzero(values == median) / size)
    return share if share > most else 0.0


def following(returns: pd.Series, as_of: object) -> pd.Series:
    """Return a copy of new returns, all of which lie after `as_of`."""
    _one_asset(returns)
    _checks.later(returns, as_of)
    return _kept(returns.to_numpy(dtype=np.float64, copy=True), returns.index)


def measured(returns: pd.Series, realized: pd.Series | None, who: str) -> pd.Series:
    """Return a copy of the realised variances of the dates of `returns`; refuse their absence."""
    if realized is None:
        raise InputError(
            f"realized: expected the realised variances that {who} is driven by, got None; pass "
            "realized=, e.g. of realized_variance or RangeVolatility().realized(bars)"
        )
    values = _checks.realized(returns, realized).to_numpy(dtype=np.float64, copy=True)
    return _kept(values, returns.index)


def varied(realized: pd.Series) -> pd.Series:
    """Return realised variances, few enough of which are the same number to learn from them."""
    share = _repeated(realized.to_numpy(), _MOST_FREQUENT)
    if len(realized) >= _FEW and share:
        raise InputError(
            f"realized: expected variances that vary, got the same value in {share:.0%} of "
            f"{len(realized)} periods; use a finer measure, or a model of returns alone"
        )
    return realized


def _kept(values: Vector, index: pd.Index) -> pd.Series:
    """Return a series of numbers that nobody changes: paths may be made of them later."""
    values.setflags(write=False)
    return pd.Series(values, index=index, copy=False)


def _one_asset(returns: object) -> None:
    if isinstance(returns, pd.DataFrame):
        raise InputError(
            f"returns: expected the Series of one asset, got {returns.shape[1]} columns; "
            "pass one column"
        )
