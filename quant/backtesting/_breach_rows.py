"""Breaches by their positions only, many histories at once: an observed one, or draws of the null.

A correct VaR at 99 % is breached once in a hundred periods; whatever a test asks of its breaches
alone can be asked of their positions, a hundredth of the numbers.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from quant._typing import Vector
from quant.backtesting.base import Backtest

Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class BreachRows:
    """Histories of `n_obs` periods each, in order, and where in them the breaches fall."""

    n_obs: int
    n_rows: int
    row: Integers  # (breaches of all histories,) which history, ascending
    position: Integers  # (breaches of all histories,) which period of it, from 0, ascending

    @classmethod
    def of(cls, bt: Backtest) -> BreachRows:
        """Return the one history that was observed."""
        position = np.flatnonzero(bt.breaches).astype(np.int64)
        return cls(bt.n_obs, 1, np.zeros_like(position), position)

    @property
    def counts(self) -> Vector:
        """Number of breaches in each history, (n_rows,)."""
        return np.bincount(self.row, minlength=self.n_rows).astype(np.float64)

    @property
    def starts(self) -> Integers:
        """Where each history begins among the breaches, and where the last ends; (n_rows + 1,)."""
        return np.searchsorted(self.row, np.arange(self.n_rows + 1)).astype(np.int64)

    @property
    def gaps(self) -> Integers:
        """Periods from one breach to the next, the first counted from before the first period."""
        before = np.full_like(self.position, -1)
        same = self.row[1:] == self.row[:-1]
        before[1:][same] = self.position[:-1][same]
        return self.position - before


@lru_cache(maxsize=12)
def independent_breaches(n_obs: int, probability: float, n_sims: int, seed: int) -> BreachRows:
    """Return `n_sims` histories of independent breaches of one probability.

    One long run of geometric gaps, cut every `n_obs` periods: pieces of a sequence of independent
    breaches are such sequences, and independent of one another. A geometric number is an
    exponential one rounded up.
    """
    rng = np.random.default_rng((seed, n_obs))
    length = n_obs * n_sims
    rate = -math.log1p(-probability)
    expected = length * probability
    found: list[Integers] = []
    reached = -1
    while reached < length:
        draws = rng.standard_exponential(int(expected + 5.0 * math.sqrt(expected)) + 16)
        gaps = np.floor(draws / rate).astype(np.int64) + 1
        found.append(reached + np.cumsum(gaps))
        reached = int(found[-1][-1])
    at = np.concatenate(found)
    row, position = np.divmod(at[: int(np.searchsorted(at, length))], n_obs)
    for array in (row, position):
        array.setflags(write=False)
    return BreachRows(n_obs, n_sims, row, position)
