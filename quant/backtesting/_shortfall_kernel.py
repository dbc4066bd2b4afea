"""Compiled estimating equations of a shortfall regression at its null, for many histories.

Imported on first use: it brings numba along.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from quant._typing import FloatArray, Vector
from quant.backtesting._sparse import Indices


@njit(nogil=True, cache=True, error_model="numpy")
def equations(
    first: Indices,
    day: Indices,
    ratio: Vector,
    lead: Vector,
    columns: FloatArray,
    beyond: int,
    probability: float,
) -> tuple[FloatArray, Vector]:
    """Return the sums (n_sims, 2) of u_t x_t and the sums of squares (n_sims,) of its first column.

    u_t = lead_t + c + (ratio_t - c)^+ / probability, where c is the ratio that `beyond` others of
    its history exceed, the least of them if there are fewer; x_t is row t of `columns` (K, 2).
    Days that `ratio` leaves out are taken to be below c.
    """
    rows = first.size - 1
    sums, squares = np.zeros((rows, 2)), np.zeros(rows)
    # over all days: x, lead x, and x^2, lead x^2, lead^2 x^2 of the first column
    linear, quadratic = np.zeros((2, 2)), np.zeros(3)
    for t in range(lead.size):
        x, y, g = columns[t, 0], columns[t, 1], lead[t]
        linear[0, 0] += x
        linear[0, 1] += y
        linear[1, 0] += g * x
        linear[1, 1] += g * y
        quadratic[0] += x * x
        quadratic[1] += g * x * x
        quadratic[2] += g * g * x * x
    for row in range(rows):
        some = ratio[first[row] : first[row + 1]]
        if some.size == 0:
            c = 0.0
        else:
            at = max(some.size - 1 - beyond, 0)
            c = np.partition(some, at)[at]
        for j in range(2):
            sums[row, j] = linear[1, j] + c * linear[0, j]
        squares[row] = quadratic[2] + c * (2.0 * quadratic[1] + c * quadratic[0])
        for m in range(first[row], first[row + 1]):
            if ratio[m] > c:
                t = day[m]
                x = columns[t, 0]
                jump = (ratio[m] - c) / probability
                sums[row, 0] += jump * x
                sums[row, 1] += jump * columns[t, 1]
                squares[row] += jump * (2.0 * (lead[t] + c) + jump) * x * x
    return sums, squares
