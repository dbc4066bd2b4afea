"""Many refits of one estimator: in one call where its volatility model can fit windows together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol, runtime_checkable

import pandas as pd

from quant._typing import Vector
from quant.risk.base import estimation_window
from quant.volatility._window_filters import Innovations
from quant.volatility.base import VolatilityFit, VolatilityModel


@runtime_checkable
class WindowFitter(Protocol):
    """A volatility model that fits windows of one length together, each as if alone."""

    def fit_windows(self, windows: Sequence[pd.Series]) -> Sequence[VolatilityFit]:
        """Return a fit per window, the same to the last bit as `fit` would."""
        ...


@runtime_checkable
class WindowFilters(Protocol):
    """A volatility model that runs over many windows of one history in one pass."""

    def innovations(
        self, returns: Vector, blocks: Sequence[Sequence[int]], window: int
    ) -> Innovations | None:
        """Return the innovations of the `window` returns before each origin of the blocks.

        The same to the last bit as fits at the first origin of each block, moved on to the others.
        None where that is not to be had, or would be refused.
        """
        ...


def volatility_fits(
    model: VolatilityModel, pasts: Sequence[pd.Series], window: int | None, who: str
) -> Iterator[VolatilityFit]:
    """Yield the model fitted to the last `window` returns of each past."""
    kept = [estimation_window(past, window, who) for past in pasts]
    if isinstance(model, WindowFitter) and len({len(part) for part in kept}) == 1:
        yield from model.fit_windows(kept)
    else:
        for part in kept:
            yield model.fit(part)
