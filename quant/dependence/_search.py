"""The maximum of a function of (a, b) over a, b >= 0, a + b < 1, from several starts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from quant._typing import Vector

# News weight and persistence of daily correlations span this; the best two lead the search.
_STARTS = (
    *((0.003, 0.990), (0.01, 0.98), (0.01, 0.90), (0.02, 0.95), (0.03, 0.60)),
    *((0.05, 0.93), (0.05, 0.85), (0.10, 0.80), (0.20, 0.70), (0.10, 0.30)),
)
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
    """Return the best of two local searches that begin at the best of fixed starting points.

    The triangle becomes a square: how far a + b is from one, in decades, and the share of a in it.
    """
    from scipy.optimize import minimize

    reference = max(function(a, b) for a, b in _STARTS[:1])

    def objective(point: Vector) -> float:
        value = function(*_weights(point))
        return reference - value if np.isfinite(value) else 1e10

    ranked = sorted(_STARTS, key=lambda start: objective(_point(*start)))
    found = [
        minimize(
            objective,
            _point(*start),
            method="L-BFGS-B",
            jac="3-point",
            bounds=[(0.0, 1.0)] * 2,
            options={"ftol": 1e-14, "gtol": 1e-6, "maxiter": 200},
        )
        for start in ranked[:2]
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


def _point(a: float, b: float) -> Vector:
    return np.array([-np.log10(1.0 - a - b) / _DECADES, a / (a + b)])


def _weights(point: Vector) -> tuple[float, float]:
    persistence = 1.0 - 10.0 ** (-_DECADES * float(np.clip(point[0], 0.0, 1.0)))
    share = float(np.clip(point[1], 0.0, 1.0))
    return share * persistence, (1.0 - share) * persistence
