"""Compiled: the scales of VaR and ES that are best for the path of a recursion.

Imported on first use: it brings numba along.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from quant._typing import Matrix, Vector
from quant.risk._quantile_kernels import SCORE_DRIVEN, admissible, begin, read, step


@njit(nogil=True, cache=True, error_model="numpy")
def with_scales(kind: int, starts: Matrix, x: Vector, tail: float, rounds: int) -> Matrix:
    """Return starting points (m, 4) whose last two parameters are solved for, `rounds` times.

    VaR and ES are a size times one scale each. Given the sizes, the FZ0 score is lowest at the
    quantile and the tail mean of loss over size. Where breaches drive the sizes these change with
    the scales, so that they are solved for again.
    """
    points = starts.copy()
    ratios, n = np.empty(x.size), x.size
    beyond = max(1, math.ceil(tail * n - 1e-9))
    for i in range(len(points)):
        p = points[i]
        for _ in range(rounds):
            if not admissible(kind, p):
                break
            state = begin(kind, p, 1.0)
            for t in range(n):
                var, es = read(kind, p, state)
                ratios[t] = x[t] * p[2] / var
                state = step(kind, p, state, x[t], es, 1.0 if x[t] >= var else 0.0, tail)
            worst = np.partition(ratios, n - beyond)[n - beyond :]
            var_scale, es_scale = worst.min(), worst.mean()
            if not (np.isfinite(es_scale) and 0.0 < var_scale < es_scale):
                break
            p[2], p[3] = var_scale, es_scale
            if kind != SCORE_DRIVEN:
                break
    return points
