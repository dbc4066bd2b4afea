"""Loops that numba compiles: written as plain Python, handed over by `compiled` on first use."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar, cast

import numpy as np

from quant._typing import Matrix, Vector

Kernel = TypeVar("Kernel", bound=Callable[..., Any])


@cache
def compiled(kernel: Kernel) -> Kernel:
    """Return the machine-code twin of a kernel: serial, without the interpreter lock, cached."""
    import numba

    return cast(Kernel, numba.njit(nogil=True, cache=True, error_model="numpy")(kernel))


def gaussian_terms(
    rows: Matrix,
    start: Matrix,
    intercept: Matrix,
    a: float,
    b: float,
    scale_density: bool,
    scale_news: bool,
) -> Matrix:
    """Return (T, 3): ln|Q_t|, sum_i ln q_ii,t and u'Q_t^-1 u, with u = z or diag(Q)^(1/2) z."""
    t_max, n = rows.shape
    terms = np.empty((t_max, 3))
    q = start.copy()
    low = np.empty((n, n))
    u = np.empty(n)
    y = np.empty(n)
    for t in range(t_max):
        diagonal = 0.0
        for i in range(n):
            diagonal += np.log(q[i, i])
            u[i] = rows[t, i] * np.sqrt(q[i, i]) if scale_density else rows[t, i]
        determinant = 0.0
        quadratic = 0.0
        for i in range(n):
            total = u[i]
            for j in range(i):
                entry = q[i, j]
                for k in range(j):
                    entry -= low[i, k] * low[j, k]
                low[i, j] = entry / low[j, j]
                total -= low[i, j] * y[j]
            pivot = q[i, i]
            for k in range(i):
                pivot -= low[i, k] * low[i, k]
            low[i, i] = np.sqrt(pivot)
            y[i] = total / low[i, i]
            determinant += np.log(pivot)
            quadratic += y[i] * y[i]
        terms[t, 0] = determinant
        terms[t, 1] = diagonal
        terms[t, 2] = quadratic
        for i in range(n):
            x = u[i] if scale_news else rows[t, i]
            for j in range(i + 1):
                news = x * (u[j] if scale_news else rows[t, j])
                q[i, j] = intercept[i, j] + a * news + b * q[i, j]
    return terms


def pair_terms(rows: Matrix, target: Matrix, a: float, b: float, scale_news: bool) -> Vector:
    """Return (T,) the sum over neighbouring columns of their bivariate log-likelihoods."""
    t_max, n = rows.shape
    total = np.zeros(t_max)
    variance = np.empty(n)
    cross = np.empty(n - 1)
    for i in range(n):
        variance[i] = target[i, i]
    for i in range(n - 1):
        cross[i] = target[i + 1, i]
    rest = 1.0 - a - b
    for t in range(t_max):
        for i in range(n - 1):
            x, y = rows[t, i], rows[t, i + 1]
            product = variance[i] * variance[i + 1]
            rho = cross[i] / np.sqrt(product)
            free = 1.0 - rho * rho
            distance = (x * x + y * y - 2.0 * rho * x * y) / free - x * x - y * y
            total[t] -= 0.5 * (np.log(free) + distance)
            news = x * y * np.sqrt(product) if scale_news else x * y
            cross[i] = rest * target[i + 1, i] + a * news + b * cross[i]
        for i in range(n):
            square = rows[t, i] * rows[t, i]
            news = square * variance[i] if scale_news else square
            variance[i] = rest * target[i, i] + a * news + b * variance[i]
    return total


def rescaled_rows(rows: Matrix, a: float, b: float) -> Matrix:
    """Return (T, N) z times the root of its own recursion with target one (Aielli's z*)."""
    t_max, n = rows.shape
    scaled = np.empty((t_max, n))
    for i in range(n):
        q = 1.0
        for t in range(t_max):
            scaled[t, i] = rows[t, i] * np.sqrt(q)
            q = (1.0 - a - b) + (a * rows[t, i] * rows[t, i] + b) * q
    return scaled
