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


def innovation_variance(values: Vector, rows: Rows, n: int) -> float:
    r"""Return the sampling variance of the mean of a number per path, drawn from n innovations.

    .. math::
        \sum_i \left[\operatorname{mean}_b (N_{bi} - h / n)(t_b - \bar t)\right]^2
            - \frac{h}{B} \left(1 - \frac{1}{n}\right) s^2 + \frac{s^2}{B}

    with :math:`N_{bi}` how often path b drew innovation i, B paths and s^2 the variance of t: the
    infinitesimal jackknife of the innovations, less what the simulation adds to it, plus what the
    simulation adds to the mean.

    References
    ----------
    Efron (2014), Estimation and accuracy after model selection, section 3.
    Wager, Hastie and Efron (2014), Confidence intervals for random forests, section 3.
    """
    horizon, n_paths = rows.shape
    off = values - values.mean()
    share = np.bincount(rows.ravel(), np.tile(off, horizon), minlength=n) / n_paths
    spread = float(off @ off) / n_paths**2
    noise = horizon * (1.0 - 1.0 / n) * spread
    return float(max(float(share @ share) - noise, 0.0) + spread)
