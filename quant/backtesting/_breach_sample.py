"""Breaches of a correct forecast, simulated without the days between them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from quant._typing import Vector

if TYPE_CHECKING:
    from quant.backtesting._sparse import Indices


@dataclass(frozen=True, slots=True, eq=False)
class BreachSample:
    """Breaches of `n_sims` histories of `n_obs` independent days, each a breach with probability p.

    Attributes
    ----------
    n_obs, n_sims : int
    first : ndarray (n_sims + 1,)
        The breaches of history s are numbers first[s] to first[s + 1] - 1.
    day : ndarray (M,)
        Day of each breach within its history, from 0.
    depth : ndarray (M,)
        How deep in the tail: standard exponential, -ln of the share of the tail beyond the loss.
    """

    n_obs: int
    first: Indices
    day: Indices
    depth: Vector

    @property
    def n_sims(self) -> int:
        """Number of histories."""
        return self.first.size - 1

    @property
    def counts(self) -> Vector:
        """Number of breaches of each history, (n_sims,)."""
        return np.diff(self.first).astype(np.float64)

    def totals(self, term: Vector) -> Vector:
        """Return the sum of a term (M,) over the breaches of each history, (n_sims,)."""
        from quant.backtesting._sparse import totals

        return np.asarray(totals(self.first, term), dtype=np.float64)


@lru_cache(maxsize=8)
def breach_sample(n_obs: int, level: float, n_sims: int, seed: int) -> BreachSample:
    """Return the breaches of a VaR at `level`; the same arguments give the same object."""
    from quant.backtesting._sparse import place

    probability = 1.0 - level
    expected = n_obs * n_sims * probability
    rng = np.random.default_rng(seed)
    # ten standard deviations: the sequence outlives its gaps less than once in 1e20 samples
    enough = int(expected + 10.0 * math.sqrt(expected) + 30.0)
    gaps = rng.standard_exponential(enough)
    first, day = place(gaps, -math.log1p(-probability), n_obs, n_sims)
    assert first[-1] >= 0
    sample = BreachSample(n_obs, first, day, rng.standard_exponential(day.size))
    for array in (sample.first, sample.day, sample.depth):
        array.setflags(write=False)
    return sample
