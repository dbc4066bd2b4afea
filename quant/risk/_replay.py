"""Where an estimator would have stood at past dates, estimated and moved on as it is in life."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

import pandas as pd

from quant.errors import InsufficientDataError
from quant.risk._block_job import ManyFitter
from quant.risk._observed import Observed
from quant.risk.base import RiskEstimator, RiskFit

# Estimations handed to an estimator together: cut by position.
_TOGETHER = 32


def replay(
    estimator: RiskEstimator,
    observed: Observed,
    first: int,
    last: int,
    *,
    refit_every: int,
    minimum: int,
) -> Iterator[tuple[int, RiskFit]]:
    """Yield each origin from `first` to `last` with the fit that saw what came before it.

    Estimations are made at the multiples of `refit_every`, counted from the start of the history
    (the first at `minimum`), so that what stood at an origin does not hang on which others are
    asked for; in between the fit is updated.
    """
    starts = sorted({max(o // refit_every * refit_every, minimum) for o in range(first, last + 1)})
    for (start, stop), fit in zip(
        pairwise([*starts, last + 1]), _estimated(estimator, observed, starts), strict=True
    ):
        seen = start
        for origin in range(max(start, first), stop):
            if origin > seen:
                fit = observed.between(seen, origin).move(fit)
                seen = origin
            yield origin, fit


def _estimated(
    estimator: RiskEstimator, observed: Observed, starts: Sequence[int]
) -> Iterator[RiskFit]:
    for i in range(0, len(starts), _TOGETHER):
        pasts = [observed.between(0, start) for start in starts[i : i + _TOGETHER]]
        fits: Iterable[RiskFit] = (past.fit(estimator) for past in pasts)
        if isinstance(estimator, ManyFitter) and observed.realized is None:
            fits = estimator.fit_many([past.returns for past in pasts])
        yield from fits


def first_origin(n: int, window: int | None, calibration: int, who: str) -> int:
    """Return the origin `calibration` periods before the end of `n`, with a window before it."""
    minimum = minimum_past(window)
    if n < minimum + calibration:
        raise InsufficientDataError(
            f"window: expected at most the {n} returns there are, got {minimum} and {calibration} "
            f"more to calibrate on in {who}; shorten either or lengthen the history"
        )
    return n - calibration


def minimum_past(window: int | None) -> int:
    """Return how many returns an estimator is handed at least."""
    return 2 if window is None else window


def one_history(pasts: Sequence[pd.Series]) -> pd.Series | None:
    """Return the longest past when all others are its beginnings, else None."""
    longest = max(pasts, key=len)
    for past in pasts:
        if past is not longest and not longest.iloc[: len(past)].equals(past):
            return None
    return longest
