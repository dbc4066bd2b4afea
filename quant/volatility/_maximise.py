"""A small multi-start maximiser in a box, for likelihoods without derivatives."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from quant._typing import Vector

Bounds: TypeAlias = tuple[float, float]

_SAME_MODE = 1e-3  # log-likelihood; closer local maxima count as one
_GAIN = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Maximum:
    """The best point found and how it was found."""

    point: Vector
    value: float
    converged: bool
    iterations: int
    message: str
    modes: int


def maximise(
    function: Callable[[Vector], float], start: Vector, bounds: Sequence[Bounds]
) -> Maximum:
    """Return the best of three local searches, restarted until a restart gains nothing.

    The box is mapped to the unit cube, so that every parameter has the same size.
    """
    from scipy.optimize import minimize

    low, high = np.array(bounds, dtype=np.float64).T
    origin = np.clip((start - low) / (high - low), 1e-4, 1.0 - 1e-4)
    reference = function(low + origin * (high - low))
    floor = reference if np.isfinite(reference) else 0.0

    def objective(cube: Vector) -> float:
        value = function(low + np.clip(cube, 0.0, 1.0) * (high - low))
        return floor - value if np.isfinite(value) else 1e10

    def search(cube: Vector) -> tuple[Vector, float, int, str, bool]:
        best, lowest, iterations = cube, objective(cube), 0
        for _ in range(5):
            found = minimize(
                objective,
                best,
                method="L-BFGS-B",
                jac="3-point",
                bounds=[(0.0, 1.0)] * cube.size,
                options={"ftol": 1e-14, "gtol": 1e-7, "maxiter": 200},
            )
            iterations += int(found.nit)
            gain = lowest - float(found.fun)
            if gain > 0.0:
                best, lowest = np.asarray(found.x), float(found.fun)
            if gain < _GAIN:
                return best, lowest, iterations, str(found.message), True
        return best, lowest, iterations, str(found.message), False

    starts = [origin, 0.5 * (origin + 0.5), 0.8 * origin]
    searched = [search(cube) for cube in starts]
    cube, lowest, _, message, rested = min(searched, key=lambda result: result[1])
    values = np.sort([value for _, value, _, _, _ in searched])
    return Maximum(
        point=low + np.clip(cube, 0.0, 1.0) * (high - low),
        value=floor - lowest,
        converged=rested and lowest < 1e9,
        iterations=sum(iterations for _, _, iterations, _, _ in searched),
        message=message,
        modes=1 + int(np.sum(np.diff(values) > _SAME_MODE)),
    )
