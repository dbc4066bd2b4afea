"""A posted margin through time, whoever posted it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from quant import _checks
from quant._typing import Vector
from quant.errors import InputError, InsufficientDataError
from quant.margin import MarginHistory

MarginPath: TypeAlias = MarginHistory | pd.Series | npt.ArrayLike


def margin_path(name: str, given: MarginPath, *, minimum: int = 2) -> pd.Series:
    """Return a path (K,) of positive rates or amounts, by the first period each applies to."""
    if isinstance(given, MarginHistory):
        path = given.value
    elif isinstance(given, pd.Series):
        path = given
    else:
        path = pd.Series(_checks.vector(name, given, minimum=minimum))
    _checks.returns(path, name, minimum=minimum)  # dates and finite numbers are asked alike
    values = path.to_numpy(dtype=np.float64)
    if values.min() <= 0.0:
        at = int(np.argmin(values))
        raise InputError(
            f"{name}: expected margins above 0, got {values[at]:g} at "
            f"{_checks.stamp(path.index[at])}; ratios of margins need a positive trough"
        )
    return pd.Series(values, index=path.index, name=path.name)


def same_periods(path: pd.Series, raw: pd.Series) -> None:
    """Refuse two paths over different periods."""
    if not path.index.equals(raw.index):
        raise InputError(
            f"unmitigated: expected the {len(path)} periods of margin, got {len(raw)} others; "
            "take both over the same dates"
        )


@dataclass(frozen=True, slots=True)
class NPeriodIncrease:
    """The largest increases of a margin over `periods`, in both readings of the words.

    Attributes
    ----------
    periods : int
    exact : float
        Relative increase between two margins exactly `periods` apart; negative when all fell.
    within : float
        Relative increase between two margins at most `periods` apart.
    exact_amount, within_amount : float
        The largest differences, in the unit of the margin; not always of the same dates.
    """

    periods: int
    exact: float
    within: float
    exact_amount: float
    within_amount: float


def largest_increase(values: Vector, periods: int) -> NPeriodIncrease:
    """Return the largest increases over `periods` steps, exactly and within."""
    periods = _checks.count("periods", periods)
    if periods >= values.size:
        raise InsufficientDataError(
            f"periods: expected fewer than the {values.size} margins there are, got {periods}; "
            "shorten the periods or lengthen the history"
        )
    ratios = [float((values[k:] / values[:-k]).max()) - 1.0 for k in range(1, periods + 1)]
    amounts = [float((values[k:] - values[:-k]).max()) for k in range(1, periods + 1)]
    return NPeriodIncrease(periods, ratios[-1], max(ratios), amounts[-1], max(amounts))
