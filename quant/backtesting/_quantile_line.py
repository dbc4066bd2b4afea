"""Linear quantile regression on a constant and at most one more column, exactly."""

from __future__ import annotations

import numpy as np

from quant._typing import Matrix, Vector

_PIVOTS = 1_000


def quantile_line(y: Vector, x: Matrix, probability: float, weights: Vector) -> Vector | None:
    """Return the best coefficients, None where ties leave doubt whether they are.

    The weighted loss is convex and its pieces are flat: a best line goes through two points. From
    a line through a point the best turn about it goes to another point, by a weighted quantile of
    slopes; when no turn about either point of a line gains anything, no line does, unless a third
    point lies on it.

    References
    ----------
    Koenker and Bassett (1978), Regression quantiles, Econometrica 46, theorem 3.1; Bloomfield and
    Steiger (1983), Least absolute deviations, chapter 1.
    """
    at = _crossing(y, weights, probability * float(weights.sum()))
    if x.shape[1] == 1:
        constant: Vector = y[at : at + 1] / x[at, 0]
        return constant
    if x.shape[1] > 2 or np.any(x[:, 0] != 1.0):
        return None
    column = x[:, 1]
    before, slope = -1, 0.0
    for _ in range(_PIVOTS):
        to, slope = _turned(y, column, probability, weights, at)
        if to < 0:
            return None
        if to == before:
            break
        before, at = at, to
    else:
        return None
    intercept = y[at] - slope * column[at]
    on_the_line = np.abs(y - intercept - slope * column) <= 1e-12 * float(np.abs(y).max())
    if np.count_nonzero(on_the_line) != 2:
        return None
    return np.array([intercept, slope])


def _turned(
    y: Vector, x: Vector, probability: float, weights: Vector, about: int
) -> tuple[int, float]:
    """Return the point to which the best line through point `about` goes, and its slope."""
    across = x - x[about]
    moved = np.flatnonzero(across)  # the others stay as far from the line however it turns
    if not moved.size:
        return -1, 0.0
    across = across[moved]
    slopes = (y[moved] - y[about]) / across
    force = weights[moved] * np.abs(across)
    below = np.where(across > 0.0, probability, 1.0 - probability)
    best = _crossing(slopes, force, float(force @ below))
    return int(moved[best]), float(slopes[best])


def _crossing(values: Vector, weights: Vector, level: float) -> int:
    """Return where the weights of the values up to it first reach `level`."""
    order = np.argsort(values)
    reached = np.cumsum(weights[order])
    return int(order[min(int(np.searchsorted(reached, level)), values.size - 1)])
