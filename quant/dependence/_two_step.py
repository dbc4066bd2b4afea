"""Covariance of (a, b) when the target of the recursion is itself estimated."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from quant._typing import CovarianceKind, FloatArray, Matrix, Vector
from quant.dependence._dcc_likelihood import CorrelationLikelihood
from quant.errors import ConvergenceError

_STEP = 1e-4

Function: TypeAlias = Callable[[float, float], FloatArray]


def covariance(
    likelihood: CorrelationLikelihood,
    a: float,
    b: float,
    free: tuple[int, ...],
    kind: CovarianceKind,
) -> Matrix:
    """Return (2, 2), zero rows for what is not in `free`.

    The sandwich is that of the joint moment conditions of target and maximum: with s_t the score,
    G the derivative of the log-likelihood in the target and m_t the influence of a date on it,

        A^-1 Var(s_t + <dG/d(a, b), m_t> / T) A^-1 T.
    """
    whole = np.zeros((2, 2))
    if not free:
        return whole
    steps = {i: min(_STEP, 0.25 * (a, b)[i], 0.25 * (1.0 - a - b)) for i in free}
    scores = np.stack(
        [_difference(likelihood.contributions, a, b, i, steps[i]) for i in free], axis=1
    )
    if kind == "opg":
        whole[np.ix_(free, free)] = _inverse(scores.T @ scores)
        return whole
    bread = _inverse(-_hessian(likelihood, a, b, free, steps))
    whole[np.ix_(free, free)] = bread
    if kind == "robust":
        cross = [_difference(likelihood.target_gradient, a, b, i, steps[i]) for i in free]
        shifts = np.stack([_influence(likelihood, a, b, g) for g in cross], axis=1)
        total = scores - scores.mean(axis=0) + shifts
        whole[np.ix_(free, free)] = bread @ (total.T @ total) @ bread
    return whole


def _difference(function: Function, a: float, b: float, axis: int, step: float) -> FloatArray:
    above, below = _moved(a, b, axis, step), _moved(a, b, axis, -step)
    return (function(*above) - function(*below)) / (2.0 * step)


def _hessian(
    likelihood: CorrelationLikelihood,
    a: float,
    b: float,
    free: tuple[int, ...],
    steps: dict[int, float],
) -> Matrix:
    hessian = np.empty((len(free), len(free)))
    centre = likelihood.total(a, b)
    for row, i in enumerate(free):
        above = likelihood.total(*_moved(a, b, i, steps[i]))
        below = likelihood.total(*_moved(a, b, i, -steps[i]))
        hessian[row, row] = (above - 2.0 * centre + below) / steps[i] ** 2
    if len(free) == 2:
        corners = sum(
            si * sj * likelihood.total(a + si * steps[0], b + sj * steps[1])
            for si in (1.0, -1.0)
            for sj in (1.0, -1.0)
        )
        hessian[0, 1] = hessian[1, 0] = corners / (4.0 * steps[0] * steps[1])
    return hessian


def _influence(likelihood: CorrelationLikelihood, a: float, b: float, cross: Matrix) -> Vector:
    """Return (T,) what each date adds to the target, weighed by `cross`, per date."""
    rows = likelihood.moments(a, b)
    size = len(rows)
    if likelihood.news == "row":
        products = np.einsum("ti,ij,tj->t", rows, cross, rows, optimize=True)
        return np.asarray((products - products.mean()) / size)
    unit = rows / np.sqrt(np.mean(rows * rows, axis=0))
    products = np.einsum("ti,ij,tj->t", unit, cross, unit, optimize=True)
    target = likelihood.recursion(a, b).target
    return np.asarray((products - unit**2 @ (cross * target).sum(axis=1)) / size)


def _moved(a: float, b: float, axis: int, step: float) -> tuple[float, float]:
    return (a + step, b) if axis == 0 else (a, b + step)


def _inverse(matrix: Matrix) -> Matrix:
    if np.linalg.eigvalsh(matrix)[0] <= 0.0:
        raise ConvergenceError(
            "param_cov: expected a log-likelihood concave at the estimates, got a flat or rising "
            "one; the data do not identify a and b, use a longer sample"
        )
    return np.asarray(np.linalg.inv(matrix))
