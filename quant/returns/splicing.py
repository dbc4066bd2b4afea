"""One return history out of several price histories: rolls, splits, redenominations."""

from __future__ import annotations

from collections.abc import Sequence
from math import log

import pandas as pd

from quant import _checks
from quant._checks import stamp
from quant.errors import InputError, PriceDataError
from quant.returns._logs import series_returns


def splice_returns(
    pieces: Sequence[pd.Series], *, factors: Sequence[float | None] | None = None
) -> pd.Series:
    r"""Return the log returns of one position held through several price histories.

    .. math:: r_{seam} = \ln (factor \cdot P^{new}_{first} / P^{old}_{last})

    Parameters
    ----------
    pieces : sequence of Series
        Prices of each contract or unit, in order of time, cut to the dates on which it was held.
    factors : sequence of (float or None), optional
        One entry per seam; omitted means None everywhere.

        None, a *roll*: the next piece starts on the very date on which the piece before ends, and
        no return runs from one contract's price to another's.

        A number, a *split or redenomination*: the next piece starts later, and so many new units
        stand for one old unit: 4 for a split of four for one, 0.001 when a thousand old coins
        became one new.

    Returns
    -------
    Series
        Log returns, decimal, by date, named as the last piece.

    Raises
    ------
    InputError
        If there is no piece, or not one factor per seam.
    PriceDataError
        If a piece is not fit for `log_returns`, or a seam does not fit its factor.

    Notes
    -----
    Nothing is guessed: `check_prices` reports where a price level starts anew, and the caller
    says what happened there.

    Examples
    --------
    >>> import pandas as pd
    >>> old = pd.Series([100.0, 104.0], index=pd.to_datetime(["2024-01-01", "2024-01-02"]))
    >>> new = pd.Series([26.0, 27.0], index=pd.to_datetime(["2024-01-03", "2024-01-04"]))
    >>> splice_returns([old, new], factors=[4.0]).round(4).tolist()
    [0.0392, 0.0, 0.0377]
    """
    if not pieces:
        raise InputError("pieces: expected at least one price series, got none; pass a list")
    seams = len(pieces) - 1
    given = [None] * seams if factors is None else list(factors)
    if len(given) != seams:
        raise InputError(
            f"factors: expected one per seam ({seams}), got {len(given)}; write None for a roll"
        )
    parts = [series_returns(_held(piece, number)) for number, piece in enumerate(pieces)]
    joined = parts[:1]
    for number, factor in enumerate(given):
        seam = _seam(pieces[number], pieces[number + 1], factor, number)
        joined += [*seam, parts[number + 1]]
    spliced: pd.Series = pd.concat(joined).rename(pieces[-1].name)
    return spliced


def _held(piece: pd.Series, number: int) -> pd.Series:
    if not isinstance(piece, pd.Series):
        raise InputError(
            f"pieces: expected price series, got {type(piece).__name__} in place {number + 1}; "
            "pass a Series by date"
        )
    if len(piece) and piece.isna().any():
        when = stamp(piece.index[piece.isna()][0])
        raise PriceDataError(
            f"pieces: expected a price on every row, got NaN at {when} in piece {number + 1}; "
            "use dropna()"
        )
    return piece


def _seam(old: pd.Series, new: pd.Series, factor: float | None, number: int) -> list[pd.Series]:
    end, start = old.index[-1], new.index[0]
    where = f"between piece {number + 1} and {number + 2}"
    if factor is None:
        if start != end:
            raise PriceDataError(
                f"pieces: expected a roll {where} to share one date, got {stamp(end)} and "
                f"{stamp(start)}; cut both at the roll date, or give the factor of a split"
            )
        return []
    ratio = _checks.positive("factors", factor)
    if start <= end:
        raise PriceDataError(
            f"pieces: expected prices in new units {where} to start after {stamp(end)}, got "
            f"{stamp(start)}; cut the overlap, or write None for a roll"
        )
    move = log(ratio * float(new.iloc[0]) / float(old.iloc[-1]))
    return [pd.Series([move], index=new.index[:1])]
