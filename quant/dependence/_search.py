"""The maximum of a function of (a, b) over a, b >= 0, a + b < 1, from several starts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from quant._typing import Vector

# Where correlations hardly move, weak local maxima lie anywhere between no memory and a long one.
_PERSISTENCE = (0.11, 0.3, 0.6, 0.8, 0.9, 0.95, 0.98, 0.995)
_NEWS = (1e-5, 1e-4, 1e-3, 0.003, 0.01, 0.03, 0.1)
_SEARCHES = 4
_DECADES = 5.0  # 1 - a - b is kept above 1e-5
_HELD = 1e-6
_SAME_MODE = 1e-3  # log-likelihood; closer local maxima count as one


@dataclass(frozen=True, slots=True)
class Maximum:
    """The best point found and how it was found."""

    a: float
    b: float
    converged: bool
    iterations: int
    message: str
    on_bound: tuple[str, ...]
    modes: int


def climb(function: Callable[[float, float], float]) -> Maximum:
    """Return the best of the local searches that begin at the peaks of a fixed coarse grid.

    The triangle becomes a square: how far a + b is from one, in decades, and the share of a in it.
    """
    from scipy.optimize import minimize

    reference = function(0.0, 0.0)

    def objective(point: Vector) -> float:
        value = function(*_weights(point))
        return reference - value if np.isfinite(value) else 1e10

    found = [
        minimize(
            objective,
            start,
            method="L-BFGS-B",
            jac="3-point",
            bounds=[(0.0, 1.0)] * 2,
            options={"ftol": 1e-14, "gtol": 1e-6, "maxiter": 200},
        )
        for start in _peaks(objective)
    ]
    best = min(found, key=lambda result: float(result.fun))
    a, b = _weights(best.x)
    held: tuple[str, ...] = ()
    if a < _HELD:
        a, b, held = 0.0, 0.0, ("a", "b")  # without news b means nothing
    elif b < _HELD:
        b, held = 0.0, ("b",)
    elif best.x[0] > 1.0 - 1e-6:
        held = ("persistence",)
    values = sorted(float(result.fun) for result in found)
    return Maximum(
        a=a,
        b=b,
        converged=values[0] < 1e9 and bool(best.status != 1),
        iterations=sum(int(result.nit) for result in found),
        message=str(best.message),
        on_bound=held,
        modes=1 + int(np.sum(np.diff(values) > _SAME_MODE)),
    )


def _peaks(objective: Callable[[Vector], float]) -> list[Vector]:
    """Return the grid points that no neighbour improves on, the best first, not more than four."""
    points = [
        [np.array([-np.log10(1.0 - p) / _DECADES, a / p]) for a in _NEWS] for p in _PERSISTENCE
    ]
    heights = np.array([[objective(point) for point in row] for row in points])
    padded = np.pad(heights, 1, constant_values=np.inf)
    around = np.lib.stride_tricks.sliding_window_view(padded, (3, 3)).min(axis=(2, 3))
    peaks = np.argwhere(heights <= around)
    ranked = sorted(peaks.tolist(), key=lambda at: float(heights[at[0], at[1]]))
    return [points[row][column] for row, column in ranked[:_SEARCHES]]


def _weights(point: Vector) -> tuple[float, float]:
    persistence = 1.0 - 10.0 ** (-_DECADES * float(np.clip(point[0], 0.0, 1.0)))
    share = float(np.clip(point[1], 0.0, 1.0))
    return share * persistence, (1.0 - share) * persistence
