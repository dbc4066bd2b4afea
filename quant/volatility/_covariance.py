"""Covariance of maximum-likelihood estimates by extrapolated central differences.

The step of each parameter is set from the likelihood itself: it moves the log-likelihood by a
fixed small amount, so that neither the units nor the size of a parameter matter.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from quant._typing import CovarianceKind, Matrix, Vector
from quant.errors import ConvergenceError, InputError

Contributions: TypeAlias = Callable[[Vector], Vector]
Indices: TypeAlias = npt.NDArray[np.intp]

# Second difference aimed at: a step of 0.2 % of a conditional standard error, far above rounding
# and so small that hardly a return crosses the kink of a skewed law within it.
_DROP = 4e-6
# Where the density has a kink itself, one standard error: the likelihood is rough at smaller scale.
_WIDE_DROP = 1.0
# The least second difference that rounding leaves three digits of.
_LEAST_DROP = 1e-9


def estimate_covariance(
    contributions: Contributions,
    estimate: Vector,
    kind: CovarianceKind,
    *,
    bound: tuple[bool, ...],
    rough: tuple[bool, ...],
    reach: tuple[float, ...] | None = None,
    hessian: Matrix | None = None,
) -> Matrix:
    """Return the (k, k) covariance; zero rows for bound parameters when they spoil the Hessian.

    `rough` marks parameters that move returns across a kink of the density. `reach` is how far
    each may move before the likelihood has a kink of another kind, which no step should cross. A
    `hessian` that is known takes the place of differences.
    """
    reaches = np.full(estimate.size, np.inf) if reach is None else np.array(reach)
    drops = np.where(rough, _WIDE_DROP, _DROP)
    everything = np.arange(estimate.size)
    inside = everything[~np.array(bound)]
    for free in (everything, inside) if any(bound) else (everything,):
        known = None if hessian is None else hessian[np.ix_(free, free)]
        covariance = _covariance(
            contributions, estimate, kind, free, drops[free], reaches[free], known
        )
        if covariance is not None:
            full = np.zeros((estimate.size, estimate.size))
            full[np.ix_(free, free)] = covariance
            return full
    raise ConvergenceError(
        f"param_cov: expected a log-likelihood concave at the estimates, got a flat or rising one "
        f"[{kind}]; the data do not identify these parameters, use a longer sample"
    )


def _covariance(
    contributions: Contributions,
    estimate: Vector,
    kind: CovarianceKind,
    free: Indices,
    drops: Vector,
    reaches: Vector,
    known: Matrix | None,
) -> Matrix | None:
    def at(move: Vector) -> Vector:
        point = estimate.copy()
        point[free] += move
        try:
            return contributions(point)
        except InputError:  # outside the region where the model is defined
            return np.full(1, np.nan)

    if free.size == 0:
        return np.zeros((0, 0))
    if kind == "hessian" and known is not None:
        return _inverse(-known)
    steps = _steps(at, drops, reaches)
    if steps is None:
        return None
    if kind == "opg":
        return _inverse(_outer(at, steps))
    inverse = _inverse(-(_hessian(at, steps) if known is None else known))
    if inverse is None or kind == "hessian":
        return inverse
    scores = _scores(at, steps)
    middle = np.cov(scores.T).reshape(inverse.shape) * scores.shape[0]
    sandwich: Matrix = inverse @ middle @ inverse
    return sandwich if np.isfinite(sandwich).all() else None


def _steps(at: Contributions, drops: Vector, reaches: Vector) -> Vector | None:
    size = drops.size
    centre = float(at(np.zeros(size)).sum())
    steps = np.full(size, 1e-4)
    for i in range(size):
        for _ in range(60):
            move = np.zeros(size)
            move[i] = steps[i]
            drop = 2.0 * centre - float(at(move).sum()) - float(at(-move).sum())
            if 0.25 * drops[i] < drop < 4.0 * drops[i]:
                break
            if np.isfinite(drop):
                factor = np.sqrt(drops[i] / drop) if drop > 0.0 else 10.0
                steps[i] *= float(np.clip(factor, 0.05, 10.0))
            else:
                steps[i] *= 0.05
        else:
            return None
        # differences reach out to twice the step
        near = 0.49 * reaches[i]
        if near < steps[i] and drop * (near / steps[i]) ** 2 > _LEAST_DROP:
            steps[i] = near
    return steps


def _scores(at: Contributions, steps: Vector) -> Matrix:
    """Return the (T, k) derivatives of the contributions, error O(step^4)."""

    def difference(i: int, factor: float) -> Vector:
        move = np.zeros(steps.size)
        move[i] = factor * steps[i]
        slope = (at(move) - at(-move)) / (2.0 * factor * steps[i])
        return np.asarray(slope, dtype=np.float64)

    columns = [(4.0 * difference(i, 1.0) - difference(i, 2.0)) / 3.0 for i in range(steps.size)]
    return np.column_stack(columns)


def _outer(at: Contributions, steps: Vector) -> Matrix:
    scores = _scores(at, steps)
    return np.asarray(scores.T @ scores, dtype=np.float64)


def _hessian(at: Contributions, steps: Vector) -> Matrix:
    """Return the second derivatives of the log-likelihood, error O(step^4)."""
    return (4.0 * _plain_hessian(at, steps) - _plain_hessian(at, 2.0 * steps)) / 3.0


def _plain_hessian(at: Contributions, steps: Vector) -> Matrix:
    size = steps.size
    unit = np.diag(steps)

    def total(move: Vector) -> float:
        return float(at(move).sum())

    hessian = np.empty((size, size))
    centre = total(np.zeros(size))
    for i in range(size):
        hessian[i, i] = total(unit[i]) + total(-unit[i]) - 2.0 * centre
        for j in range(i):
            same = total(unit[i] + unit[j]) + total(-unit[i] - unit[j])
            opposite = total(unit[i] - unit[j]) + total(unit[j] - unit[i])
            hessian[i, j] = hessian[j, i] = 0.25 * (same - opposite)
    return np.asarray(hessian / np.outer(steps, steps), dtype=np.float64)


def _inverse(matrix: Matrix) -> Matrix | None:
    """Return the inverse of a positive definite matrix, or None, by way of a unit diagonal."""
    diagonal = np.diag(matrix)
    if not (np.isfinite(matrix).all() and (diagonal > 0.0).all()):
        return None
    scale = 1.0 / np.sqrt(diagonal)
    scaled = matrix * np.outer(scale, scale)
    if np.linalg.eigvalsh(scaled).min() < 1e-9:
        return None
    return np.asarray(np.linalg.inv(scaled) * np.outer(scale, scale), dtype=np.float64)
