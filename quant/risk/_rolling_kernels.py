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
def place(worst: Vector, count: int, loss: float) -> int:
    """Return how many of the first `count` descending losses are larger than `loss`."""
    low, high = 0, count
    while low < high:
        middle = (low + high) // 2
        if worst[middle] > loss:
            low = middle + 1
        else:
            high = middle
    return low


@njit(nogil=True, cache=True, error_model="numpy")
def insert(worst: Vector, count: int, loss: float) -> int:
    """Put a loss among the first `count`, the last falling out when there is no room."""
    at = place(worst, count, loss)
    last = min(count, worst.size - 1)
    for i in range(last, at, -1):
        worst[i] = worst[i - 1]
    worst[at] = loss
    return at


@njit(nogil=True, cache=True, error_model="numpy")
def refill(worst: Vector, window: Vector) -> int:
    """Keep the largest losses of a window, in descending order; return how many."""
    count = 0
    for loss in window:
        if count < worst.size:
            insert(worst, count, loss)
            count += 1
        elif loss > worst[count - 1]:
            insert(worst, count, loss)
    return count


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
    losses: Vector, size: int, ends: Indices, ranks: Indices, tails: Vector, caps: Vector, deep: int
) -> Matrix:
    """Return numbers (K, M) read off the `size` losses before each of the ascending `ends`.

    Only the largest losses are kept, sorted: `deep`, as many as the numbers need, and some to
    spare. A loss that leaves the window is taken out, one that enters is put in; when too few are
    left the window is read again. Numbers are formed anew only when one of the `deep` has changed.
    """
    # few to spare mean little to move, many mean that the window is seldom read again
    spare = max(4 + deep // 2, size // 64)
    worst = np.empty(min(deep + spare, size))
    found = np.empty((ranks.size, ends.size))
    row = np.empty(ranks.size)
    end = ends[0]
    count = refill(worst, losses[end - size : end])
    read(worst, ranks, tails, caps, row)
    edge, since, changed = worst[count - 1], 0, False
    for o in range(ends.size):
        while end < ends[o]:
            gone, new = losses[end - size], losses[end]
            end += 1
            if gone < edge and new <= edge:
                continue
            # a loss as small as the smallest kept may lie outside: then its equal may go instead
            if gone >= edge:
                at = place(worst, count, gone)
                changed = changed or at < deep
                count -= 1
                for i in range(at, count):
                    worst[i] = worst[i + 1]
            if count == size - 1 or (count > 0 and new > worst[count - 1]):
                changed = (insert(worst, count, new) < deep) or changed
                count = min(count + 1, worst.size)
            if count < deep:
                count = refill(worst, losses[end - size : end])
                changed = True
            edge = worst[count - 1]
        if changed:
            found[:, since:o] = row.reshape(-1, 1)
            read(worst, ranks, tails, caps, row)
            since, changed = o, False
    found[:, since:] = row.reshape(-1, 1)
    return found.T


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
