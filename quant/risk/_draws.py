"""Which past innovations simulated paths draw, and what that says about the dates they are of."""

from __future__ import annotations

from functools import lru_cache
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from quant._typing import Vector

Rows: TypeAlias = npt.NDArray[np.int64]  # steps by paths: the positions drawn


@lru_cache(maxsize=2)
def drawn_rows(seed: int, n: int, n_paths: int, horizon: int) -> Rows:
    """Return which of n innovations each step (rows) of each path (columns) draws.

    The draws serve every date and every asset, so a walk through history makes them once.
    """
    rows = np.random.default_rng(seed).integers(0, n, size=(n_paths, horizon))
    steps = np.ascontiguousarray(rows.T)
    steps.setflags(write=False)
    return steps


def each_once(n: int) -> Rows:
    """Return the rows of the exact law of one step: every innovation, drawn once."""
    return np.arange(n)[None, :]


def date_weights(weights: Vector, rows: Rows, squares: pd.Series) -> pd.Series:
    """Return the weights of paths as weights of the dates whose innovations they drew.

    Within a path each date weighs by its squared innovation.
    """
    used = weights > 0.0
    drawn = rows[:, used]
    size = squares.to_numpy()[drawn]
    share = weights[used] * size / size.sum(axis=0)
    by_date = np.bincount(drawn.ravel(), share.ravel(), minlength=len(squares))
    return pd.Series(by_date, index=squares.index, name="weight")
