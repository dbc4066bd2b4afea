"""Compiled sums over standard normal samples, drawn and added up in one pass.

Imported on first use: it brings numba along.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from numba import njit
from scipy.special import ndtri

from quant._typing import Matrix, Vector

_CELLS = 4096  # of the table of quantiles from the median up to a tail of zero
_RARE = 64  # of those cells: the last, where quantiles bend too much, are read by depth
_DEEPEST, _STEPS = 32.0, 64.0

TABLE: Vector = -ndtri(0.5 * np.maximum(np.arange(_CELLS + 1.0), 1e-9) / _CELLS)
TAIL: Vector = -ndtri(
    0.5 * _RARE / _CELLS * np.exp(-np.arange(int(_DEEPEST * _STEPS) + 2) / _STEPS)
)


@njit(nogil=True, cache=True, error_model="numpy")
def sums_of_normals(words: npt.NDArray[np.uint32], table: Vector, tail: Vector) -> Matrix:
    """Return first, last, total, squares and products of neighbours of each sample, (5, n).

    A word of 32 random bits (n, T) is a sign and the probability of the tail beyond the size of a
    standard normal number, whose quantile is read from `TABLE`, or `TAIL`, to 1e-5.
    """
    rows, n_obs = words.shape
    sums = np.zeros((5, rows))
    share = 1.0 / 2.0**19
    for row in range(rows):
        total = squares = products = before = 0.0
        for t in range(n_obs):
            word = words[row, t]
            cell = (word >> np.uint32(19)) & np.uint32(_CELLS - 1)
            if cell >= _RARE:
                low = table[cell]
                z = low + (word & np.uint32(0x7FFFF)) * share * (table[cell + 1] - low)
            else:
                beyond = ((word & np.uint32(0x7FFFFFFF)) + 0.5) / (_RARE * 2.0**19)
                depth = -math.log(beyond) * _STEPS
                step = int(depth)
                z = tail[step] + (depth - step) * (tail[step + 1] - tail[step])
            if word >> np.uint32(31):
                z = -z
            if t == 0:
                sums[0, row] = z
            total += z
            squares += z * z
            products += z * before
            before = z
        sums[1, row] = before
        sums[2, row] = total
        sums[3, row] = squares
        sums[4, row] = products
    return sums
