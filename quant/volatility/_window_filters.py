"""Linear variance filters run over many windows of one history in one compiled pass."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from quant._typing import Matrix, Vector
from quant.volatility._bounds import Indices
from quant.volatility._linear import LinearFilter

_PIECE = 2**16  # moves made at a time: as many as stay in the cache


class WindowFilter(NamedTuple):
    """The filter of one estimation and the variance it gives the first return of its window."""

    mean: float
    recursion: LinearFilter
    first: float

    @property
    def row(self) -> tuple[float, ...]:
        """Mean, coefficients and first variance in the order of the compiled pass."""
        by = self.recursion
        return self.mean, by.omega, by.alpha, by.gamma, by.beta, self.first


@dataclass(frozen=True, slots=True, eq=False)
class Innovations:
    """What filters know at each of K origins of the `window` periods before it.

    Attributes
    ----------
    z : ndarray (M,)
        Innovations in which those of every window lie together, oldest first.
    begins : ndarray (K,)
        Where the window of each origin begins in `z`.
    mean, sigma : ndarray (K,)
        Of the return of the next period.
    """

    z: Vector
    begins: Indices
    mean: Vector
    sigma: Vector
    window: int

    def largest_move(self) -> float:
        """Return a bound on the size of all moves."""
        z, mean = np.abs(self.z).max(), np.abs(self.mean).max()
        return float(mean + self.sigma.max() * z)

    def moves(self) -> Iterator[Matrix]:
        """Yield the returns (k, window) the innovations make of the next period, some at a time."""
        rows = np.lib.stride_tricks.sliding_window_view(self.z, self.window)
        size = max(1, _PIECE // self.window)
        for start in range(0, self.begins.size, size):
            part = slice(start, start + size)
            z = rows[self.begins[part]]
            yield self.mean[part, None] + self.sigma[part, None] * z


def linear_innovations(
    returns: Vector,
    blocks: Sequence[Sequence[int]],
    window: int,
    filters: Sequence[WindowFilter],
) -> Innovations | None:
    """Return the innovations at the origins of each block, the filter moved on within the block.

    Each filter begins `window` returns before the first origin of its block. They are, to the last
    bit, what a fit and its updates hold. None where a variance is not positive and finite.
    """
    from quant.volatility._paths import linear_filters

    first = np.array([block[0] for block in blocks], dtype=np.int64)
    last = np.array([block[-1] for block in blocks], dtype=np.int64)
    ends = np.array([origin for block in blocks for origin in block], dtype=np.int64)
    owner = np.repeat(np.arange(len(blocks)), [len(block) for block in blocks])
    table = np.array([one.row for one in filters])
    values = np.array(returns)  # writable: kernels are compiled for each other kind
    lengths = last - first + window
    z, following = np.empty(lengths.sum()), np.empty(lengths.sum())
    if not linear_filters(values, first - window, last, table, z, following):
        return None
    begins = (np.cumsum(lengths) - lengths - first)[owner] + ends
    sigma = np.sqrt(following[begins + window - 1])
    return Innovations(z, begins, table[owner, 0], sigma, window)
