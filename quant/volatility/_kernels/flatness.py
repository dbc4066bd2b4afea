"""Whether a likelihood tells how long a shock lasts."""

from __future__ import annotations

import math

from numba import njit

_NO_NEWS = 1e-6  # of the variance in a shock
_WIDEST = 0.25  # standard error of the persistence beyond which it counts as unknown


@njit(nogil=True, cache=True, _nrt=False)
def is_flat(slopes, x, curvature, lower, upper, root):
    """Return whether no shock moves the variance at a maximum, or the persistence is left open.

    The standard error of the persistence, the other coordinates adjusting, is the inverse of the
    last pivot of the root of the negative Hessian of the free coordinates, the persistence taken
    last. A Hessian that is not negative definite leaves some direction open.
    """
    k, persistence = x.size, 2
    if x[persistence] * x[2 + slopes] <= _NO_NEWS:
        return True
    if not lower[persistence] < x[persistence] < upper[persistence]:
        return False
    size = 0
    for place in range(k):
        # the order is 0, 1, 3, ..., k - 1, 2
        i = place if place < persistence else place + 1
        if place == k - 1:
            i = persistence
        if not lower[i] < x[i] < upper[i]:
            continue
        other = 0
        for before in range(place + 1):
            j = before if before < persistence else before + 1
            if before == k - 1:
                j = persistence
            if not lower[j] < x[j] < upper[j]:
                continue
            entry = -curvature[i, j]
            for m in range(other):
                entry -= root[size, m] * root[other, m]
            if other < size:
                root[size, other] = entry / root[other, other]
            elif entry > 1e-10 * abs(curvature[i, i]):
                root[size, size] = math.sqrt(entry)
            else:
                return True
            other += 1
        size += 1
    return root[size - 1, size - 1] * _WIDEST < 1.0
