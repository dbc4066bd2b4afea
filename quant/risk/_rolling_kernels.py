"""Compiled passes over a rolling window of losses.

Imported on first use: it brings numba along.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

from quant._typing import Matrix, Vector

Indices = npt.NDArray[np.int64]


@njit(nogil=True, cache=True, error_model="numpy")
def remove(worst: Vector, loss: float) -> None:
    """Take a loss out of the descending ones; -inf fills the place at the end."""
    last = worst.size - 1
    for i in range(last):  # all of them, without a branch: quicker than to look for the place
        worst[i] = worst[i] if worst[i] > loss else worst[i + 1]
    if not worst[last] > loss:
        worst[last] = -np.inf


@njit(nogil=True, cache=True, error_model="numpy")
def insert(worst: Vector, loss: float) -> None:
    """Put a loss among the descending ones, the last of which falls out."""
    for i in range(worst.size - 1, 0, -1):
        worst[i] = max(worst[i], min(worst[i - 1], loss))
    worst[0] = max(worst[0], loss)


@njit(nogil=True, cache=True, error_model="numpy")
def refill(worst: Vector, window: Vector) -> float:
    """Keep the largest losses of a window, in descending order; return a bound of the others."""
    worst[:] = -np.inf
    edge = -np.inf
    for loss in window:
        if loss > edge:
            insert(worst, loss)
            edge = worst[-1]
    return edge if worst.size < window.size else -np.inf


@njit(nogil=True, cache=True, error_model="numpy")
def read(worst: Vector, ranks: Indices, tails: Vector, caps: Vector, row: Vector) -> None:
    """Read each number off the largest losses: a rank, or where that is 0 a tail mean.

    Tail sums carry their rounding errors along, so that they are exact up to the last rounding.
    """
    for j in range(row.size):
        if ranks[j] > 0:
            row[j] = worst[ranks[j] - 1]
            continue
        if tails[j] <= 1.0:
            row[j] = min(worst[0], caps[j])
            continue
        whole = int(np.floor(tails[j]))
        total, error = 0.0, 0.0
        for i in range(whole):
            term = min(worst[i], caps[j])
            moved = total + term
            back = moved - total
            error += (total - (moved - back)) + (term - back)
            total = moved
        part = tails[j] - whole
        if part > 0.0:
            row[j] = ((total + error) + part * min(worst[whole], caps[j])) / tails[j]
        else:
            row[j] = (total + error) / tails[j]


@njit(nogil=True, cache=True, error_model="numpy")
def rolling_tails(
    losses: Vector,
    size: int,
    step: int,
    ranks: Indices,
    tails: Vector,
    caps: Vector,
    deep: int,
    found: Matrix,
    first: int,
) -> None:
    """Fill in the numbers (M, K) read off windows of `size` losses, `step` apart, from `first` on.

    Only the largest are kept, sorted: `deep`, as many as the numbers need, and some to spare. All
    that exceed `edge` are among them, and of its equals as many as there is room for. A loss that
    leaves the window is taken out, one that enters is put in; when too few are left the window is
    read again. Numbers are formed anew only when one of the `deep` is about to change.
    """
    # few to spare mean little to move, many mean that the window is seldom read again
    spare = max(4 + deep // 2, size // 64)
    worst = np.empty(min(deep + spare, size))
    row = np.empty(ranks.size)
    edge = refill(worst, losses[:size])
    moves = losses.size - size
    done, stop = first, first + moves // step + 1
    for i in range(moves):
        gone, new = losses[i], losses[i + size]
        if max(gone, new) < edge:
            continue
        if max(gone, new) >= worst[deep - 1]:
            seen = first + i // step + 1
            if seen > done:
                read(worst, ranks, tails, caps, row)
                for j in range(row.size):
                    found[j, done:seen] = row[j]
                done = seen
        if gone >= edge:
            remove(worst, gone)
        if new >= edge:
            edge = max(edge, worst[-1])
            insert(worst, new)
        if worst[deep - 1] < edge:
            edge = refill(worst, losses[i + 1 : i + 1 + size])
    read(worst, ranks, tails, caps, row)
    for j in range(row.size):
        found[j, done:stop] = row[j]


@njit(nogil=True, cache=True, error_model="numpy")
def rolling_cdf(losses: Vector, size: int, ends: Indices, at: Vector) -> Vector:
    """Return the share of the `size` losses before each end that do not exceed `at`."""
    share = np.empty(ends.size)
    for o in range(ends.size):
        window, edge = losses[ends[o] - size : ends[o]], at[o]
        below = 0
        for i in range(size):
            below += window[i] <= edge
        share[o] = below / size
    return share
