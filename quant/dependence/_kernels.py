"""Loops that numba compiles: written as plain Python, handed over by `compiled` on first use."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar, cast

import numpy as np

from quant._typing import Matrix, Vector
from quant.dependence import _gaussian_kernel, _lanes
from quant.dependence._recursion import MatrixRecursion

Kernel = TypeVar("Kernel", bound=Callable[..., Any])


@cache
def compiled(kernel: Kernel) -> Kernel:
    """Return the machine-code twin of a kernel: serial, without the interpreter lock, cached."""
    import numba
    from numba.extending import register_jitable

    _lanes.register()
    for part in (_gaussian_kernel.fill, _gaussian_kernel.factorise):
        register_jitable(part)
    return cast(Kernel, numba.njit(nogil=True, cache=True, error_model="numpy")(kernel))


def gaussian(
    rows: Matrix, start: Matrix, recursion: MatrixRecursion, *, scale_density: bool
) -> Matrix:
    """Return the terms of `gaussian_terms` (T, 2), by compiled code.

    The copies give every call the same memory layout: one machine-code version, not four.
    """
    terms: Matrix = compiled(_gaussian_kernel.gaussian_terms)(
        np.array(rows, order="C"),
        np.array(start, order="C"),
        np.array(recursion.intercept, order="C"),
        recursion.a,
        recursion.b,
        scale_density,
        recursion.news == "rescaled",
    )
    return terms


def composite(rows: Matrix, recursion: MatrixRecursion) -> Vector:
    """Return the terms of `pair_terms` (T,), by compiled code."""
    terms: Vector = compiled(pair_terms)(
        np.array(rows, order="C"),
        np.array(recursion.target, order="C"),
        recursion.a,
        recursion.b,
        recursion.news == "rescaled",
    )
    return terms


def composite_slopes(rows: Matrix, recursion: MatrixRecursion) -> Matrix:
    """Return the derivatives of `pair_slopes` (N, N), by compiled code."""
    slopes: Matrix = compiled(pair_slopes)(
        np.array(rows, order="C"),
        np.array(recursion.target, order="C"),
        recursion.a,
        recursion.b,
        recursion.news == "rescaled",
    )
    return slopes


def rescaled(rows: Matrix, a: float, b: float) -> Matrix:
    """Return the rows of `rescaled_rows` (T, N), by compiled code."""
    scaled: Matrix = compiled(rescaled_rows)(np.array(rows, order="C"), a, b)
    return scaled


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


def pair_slopes(rows: Matrix, target: Matrix, a: float, b: float, scale_news: bool) -> Matrix:
    """Return (N, N) the derivative of the sum of `pair_terms` in the target, (a, b) and x held."""
    t_max, n = rows.shape
    slopes = np.zeros((n, n))
    rest = 1.0 - a - b
    for i in range(n - 1):
        j = i + 1
        p, q, c = target[i, i], target[j, j], target[j, i]
        held = 1.0
        for t in range(t_max):
            x, y = rows[t, i], rows[t, j]
            root_p, root_q = np.sqrt(p), np.sqrt(q)
            free = p * q - c * c
            v = (q * root_p * x - c * root_q * y) / free
            w = (p * root_q * y - c * root_p * x) / free
            slopes[i, i] -= 0.5 * held * (q / free - v * v - (1.0 - root_p * v * x) / p)
            slopes[j, j] -= 0.5 * held * (p / free - w * w - (1.0 - root_q * w * y) / q)
            cross = 0.5 * held * (c / free + v * w)
            slopes[i, j] += cross
            slopes[j, i] += cross
            if scale_news:
                x *= root_p
                y *= root_q
            p = rest * target[i, i] + a * x * x + b * p
            q = rest * target[j, j] + a * y * y + b * q
            c = rest * target[j, i] + a * x * y + b * c
            held = rest + b * held
    return slopes


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
