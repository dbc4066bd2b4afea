"""Compiled search for the parameters of a quantile recursion: many starts, then simplexes.

Imported on first use: it brings numba along.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from quant._typing import Matrix, Vector
from quant.risk._quantile_kernels import begin, score_beside

_ROUNDS = 4  # a simplex that has collapsed is opened again until that gains nothing
_OPENING = 0.1
_GAIN = 1e-6
_FLAT = 1e-8
_ROUGH = 1e-4  # a smoothed surface is only the way to the true one


@njit(nogil=True, cache=True, error_model="numpy")
def _cost(
    kind: int, point: Vector, x: Vector, y: Vector, tail: float, first: float, sharpness: float
) -> float:
    return score_beside(kind, point, x, y, tail, begin(kind, point, first), sharpness)


@njit(nogil=True, cache=True, error_model="numpy")
def _simplex(
    kind: int,
    start: Vector,
    free: int,
    x: Vector,
    y: Vector,
    tail: float,
    first: float,
    sharpness: float,
) -> tuple[Vector, float, int]:
    """Return the point, score and evaluations of one Nelder-Mead descent in the first `free`."""
    vertices = np.empty((free + 1, start.size))
    values = np.empty(free + 1)
    for i in range(free + 1):
        vertices[i] = start
        if i > 0:
            vertices[i, i - 1] += _OPENING * max(abs(start[i - 1]), 0.05)
        values[i] = _cost(kind, vertices[i], x, y, tail, first, sharpness)
        if i > 0 and not np.isfinite(values[i]):
            vertices[i, i - 1] = start[i - 1] - _OPENING * max(abs(start[i - 1]), 0.05)
            values[i] = _cost(kind, vertices[i], x, y, tail, first, sharpness)
    evaluations = free + 1
    flat = _ROUGH if sharpness > 0.0 else _FLAT
    while evaluations < 200 * free:
        order = np.argsort(values)
        vertices, values = vertices[order], values[order]
        if values[free] - values[0] <= flat * (abs(values[0]) + flat):
            break
        centre = start.copy()
        for j in range(free):
            centre[j] = vertices[:free, j].mean()
        moved = 2.0 * centre - vertices[free]
        value = _cost(kind, moved, x, y, tail, first, sharpness)
        evaluations += 1
        if value < values[0]:
            further = 3.0 * centre - 2.0 * vertices[free]
            lower = _cost(kind, further, x, y, tail, first, sharpness)
            evaluations += 1
            if lower < value:
                moved, value = further, lower
        elif value >= values[free - 1]:
            if value < values[free]:
                moved = 1.5 * centre - 0.5 * vertices[free]
            else:
                moved = 0.5 * (centre + vertices[free])
            inner = _cost(kind, moved, x, y, tail, first, sharpness)
            evaluations += 1
            if inner >= min(value, values[free]):
                for i in range(1, free + 1):
                    vertices[i] = 0.5 * (vertices[0] + vertices[i])
                    values[i] = _cost(kind, vertices[i], x, y, tail, first, sharpness)
                evaluations += free
                continue
            value = inner
        vertices[free], values[free] = moved, value
    best = int(np.argmin(values))
    return vertices[best], values[best], evaluations


@njit(nogil=True, cache=True, error_model="numpy")
def search(
    kind: int,
    starts: Matrix,
    free: int,
    keep: int,
    x: Vector,
    y: Vector,
    tail: float,
    first: float,
    sharpness: Vector,
) -> tuple[Matrix, Vector, int]:
    """Return the local minima (keep, k) that the best starts lead to, their scores, evaluations.

    Each start descends over the surfaces of `sharpness` in turn, the last being the true one. The
    losses x drive the path and y are scored; an estimation hands in one sample as both.
    """
    scores = np.empty(len(starts))
    for i in range(len(starts)):
        scores[i] = _cost(kind, starts[i], x, y, tail, first, sharpness[0])
    order = np.argsort(scores)
    points, values, total = np.empty((keep, starts.shape[1])), np.full(keep, np.inf), len(starts)
    for i in range(keep):
        point = starts[order[i]]
        if not np.isfinite(scores[order[i]]):
            points[i] = point
            continue
        value = np.inf
        for j in range(sharpness.size):
            value = _cost(kind, point, x, y, tail, first, sharpness[j])
            for _ in range(_ROUNDS):
                moved, lower, used = _simplex(kind, point, free, x, y, tail, first, sharpness[j])
                total += used
                gain = value - lower
                if gain > 0.0:
                    point, value = moved, lower
                if gain <= _GAIN * (abs(value) + _GAIN) or sharpness[j] > 0.0:
                    break
        points[i], values[i] = point, value
    return points, values, total
