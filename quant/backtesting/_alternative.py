"""Which side of the null a test looks at."""

from __future__ import annotations

from typing import Literal, TypeAlias

import numpy as np

from quant import _checks
from quant._typing import FloatArray, Scalar
from quant.backtesting._likelihood import chi_square_tail

Alternative: TypeAlias = Literal["two-sided", "under", "over"]

_BOUND = {"two-sided": "", "under": "at most ", "over": "at least "}
_ROUNDING = 1e-9  # of a count: 1000 (1 - 0.99) is 10 and a little


def checked(alternative: Alternative) -> Alternative:
    """Return `alternative` when it is one of the three."""
    return _checks.one_of("alternative", alternative, tuple(_BOUND))


def bounded(probability: float, alternative: Alternative) -> str:
    """Return the breach probability of the null in words."""
    return f"probability {_BOUND[alternative]}{probability:.4g}"


def direction(observed: Scalar, expected: Scalar) -> FloatArray:
    """Return 1 where at least as much was seen as expected, up to rounding, else -1."""
    return np.where(np.asarray(observed) >= np.asarray(expected) - _ROUNDING, 1.0, -1.0)


def oriented(statistics: Scalar, directions: Scalar, alternative: Alternative) -> FloatArray:
    """Return statistics of at least 0 so ordered that large ones speak for `alternative`.

    One-sided, a statistic counts against the null on its own side and for it on the other.
    """
    sizes = np.asarray(statistics, dtype=np.float64)
    if alternative == "two-sided":
        return sizes
    signed: FloatArray = sizes * directions * (1.0 if alternative == "under" else -1.0)
    return signed


def chi_square_pvalue(
    statistic: float, dof: float, towards: float, alternative: Alternative
) -> float:
    """Return the chi-square tail, halved on the side of `alternative`: that of the signed root.

    `towards` is the direction of the sample, 1 for underestimation and -1 for prudence.
    """
    tail = 1.0 if dof == 0 else chi_square_tail(statistic, dof)
    if alternative == "two-sided":
        return tail
    same_side = (towards > 0.0) == (alternative == "under")
    return tail / 2.0 if same_side else 1.0 - tail / 2.0
