"""The Gaussian likelihood of a matrix recursion: eight dates factorised in lockstep.

Written as plain Python over the vectors of `_lanes`; `_kernels.compiled` makes machine code of it.
The eight matrices of a block lie in one flat array, entry (i, j) of all eight side by side. Below
them stands the row u, so that the last row of the Cholesky factor is L^-1 u. An odd size is padded
by an asset of its own, so that columns go two by two.
"""

from __future__ import annotations

import numpy as np

from quant._typing import Matrix, Vector
from quant.dependence._lanes import LANES, load, store

_TOGETHER = 4  # columns whose pivots are multiplied before a logarithm is taken


def gaussian_terms(
    rows: Matrix,
    start: Matrix,
    intercept: Matrix,
    a: float,
    b: float,
    scale_density: bool,
    scale_news: bool,
) -> Matrix:
    """Return (T, 2): the log determinant and u'Q^-1 u of each date, NaN where Q is not definite.

    With `scale_density`, u = diag(Q)^(1/2) z and the determinant is that of the correlation;
    without, u is the row and the determinant that of Q. With `scale_news`, Q moves with u.
    """
    dates, n = rows.shape
    size = n + n % 2
    terms = np.zeros((dates, 2))
    q = start.copy()
    work = np.zeros((size + 1) * size * LANES)
    x = np.empty((n, LANES))
    divisor = np.ones((size, LANES))
    for first in range(0, dates, LANES):
        block = rows[first : first + LANES]
        fill(block, q, intercept, a, b, scale_density, scale_news, work, x, divisor)
        factorise(work, divisor, terms[first : first + LANES])
        last = size * size * LANES
        for i in range(n):
            for lane in range(len(block)):
                terms[first + lane, 1] += work[last + i * LANES + lane] ** 2
    return terms


def fill(
    rows: Matrix,
    q: Matrix,
    intercept: Matrix,
    a: float,
    b: float,
    scale_density: bool,
    scale_news: bool,
    work: Vector,
    x: Matrix,
    divisor: Matrix,
) -> None:
    """Write the matrices of eight dates, lower triangle and row u, and move `q` past them.

    A last block that is not full repeats its last row; those lanes are not read.
    """
    live, n = rows.shape
    size = n + n % 2
    last = size * size * LANES
    for i in range(n):
        entry = q[i, i]
        for lane in range(LANES):
            z = rows[min(lane, live - 1), i]
            u = z * np.sqrt(entry) if scale_density else z
            x[i, lane] = u if scale_news else z
            work[last + i * LANES + lane] = u
            work[(i * size + i) * LANES + lane] = entry
            if scale_density:
                divisor[i, lane] = 1.0 / entry
            entry = intercept[i, i] + a * x[i, lane] * x[i, lane] + b * entry
        q[i, i] = entry
        for j in range(i):
            entry = q[i, j]
            flow = intercept[i, j]
            at = (i * size + j) * LANES
            for lane in range(LANES):
                work[at + lane] = entry
                entry = flow + a * x[i, lane] * x[j, lane] + b * entry
            q[i, j] = entry
    if size > n:
        for at in range(n * size * LANES, (n * size + n) * LANES):
            work[at] = 0.0
        for lane in range(LANES):
            work[(n * size + n) * LANES + lane] = 1.0
            work[last + n * LANES + lane] = 0.0


def factorise(work: Vector, divisor: Matrix, terms: Matrix) -> None:
    """Replace eight matrices by their Cholesky factors; add up the log determinants."""
    size = divisor.shape[0]
    stride = size * LANES
    determinant = np.ones(LANES)
    inverse = np.empty(2 * LANES)
    cross = np.empty(LANES)
    for j in range(0, size, 2):
        r0 = j * stride
        r1 = r0 + stride
        at = j * LANES
        s00 = load(work, r0 + at)
        s10 = load(work, r1 + at)
        s11 = load(work, r1 + at + LANES)
        for k in range(0, at, LANES):
            y0 = load(work, r0 + k)
            y1 = load(work, r1 + k)
            s00 = s00 - y0 * y0
            s10 = s10 - y1 * y0
            s11 = s11 - y1 * y1
        store(work, r0 + at, s00)
        store(work, r1 + at, s10)
        store(work, r1 + at + LANES, s11)
        for lane in range(LANES):
            p0 = work[r0 + at + lane]
            i0 = 1.0 / np.sqrt(p0)
            c = work[r1 + at + lane] * i0
            p1 = work[r1 + at + LANES + lane] - c * c
            inverse[lane] = i0
            inverse[LANES + lane] = 1.0 / np.sqrt(p1)
            cross[lane] = c
            work[r1 + at + lane] = c
            determinant[lane] *= (p0 * divisor[j, lane]) * (p1 * divisor[j + 1, lane])
        if j % _TOGETHER == _TOGETHER - 2 or j + 2 >= size:
            for lane in range(terms.shape[0]):
                terms[lane, 0] += np.log(determinant[lane])
            for lane in range(LANES):
                determinant[lane] = 1.0
        v0 = load(inverse, 0)
        v1 = load(inverse, LANES)
        g = load(cross, 0)
        i = j + 2
        while i + 4 <= size + 1:  # four rows and two columns of sums stay in registers
            b0 = i * stride
            b1 = b0 + stride
            b2 = b1 + stride
            b3 = b2 + stride
            a00, a01 = load(work, b0 + at), load(work, b0 + at + LANES)
            a10, a11 = load(work, b1 + at), load(work, b1 + at + LANES)
            a20, a21 = load(work, b2 + at), load(work, b2 + at + LANES)
            a30, a31 = load(work, b3 + at), load(work, b3 + at + LANES)
            for k in range(0, at, LANES):
                y0 = load(work, r0 + k)
                y1 = load(work, r1 + k)
                x0 = load(work, b0 + k)
                x1 = load(work, b1 + k)
                x2 = load(work, b2 + k)
                x3 = load(work, b3 + k)
                a00, a01 = a00 - x0 * y0, a01 - x0 * y1
                a10, a11 = a10 - x1 * y0, a11 - x1 * y1
                a20, a21 = a20 - x2 * y0, a21 - x2 * y1
                a30, a31 = a30 - x3 * y0, a31 - x3 * y1
            a00, a10, a20, a30 = a00 * v0, a10 * v0, a20 * v0, a30 * v0
            store(work, b0 + at, a00)
            store(work, b1 + at, a10)
            store(work, b2 + at, a20)
            store(work, b3 + at, a30)
            store(work, b0 + at + LANES, (a01 - a00 * g) * v1)
            store(work, b1 + at + LANES, (a11 - a10 * g) * v1)
            store(work, b2 + at + LANES, (a21 - a20 * g) * v1)
            store(work, b3 + at + LANES, (a31 - a30 * g) * v1)
            i += 4
        while i < size + 1:
            b0 = i * stride
            a00, a01 = load(work, b0 + at), load(work, b0 + at + LANES)
            for k in range(0, at, LANES):
                x0 = load(work, b0 + k)
                a00, a01 = a00 - x0 * load(work, r0 + k), a01 - x0 * load(work, r1 + k)
            a00 = a00 * v0
            store(work, b0 + at, a00)
            store(work, b0 + at + LANES, (a01 - a00 * g) * v1)
            i += 1
