"""How severe the breaches of a correct forecast are: the null of ES tests that sum over them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from quant._typing import Vector
from quant.backtesting._breach_sample import breach_sample
from quant.backtesting._tail_law import TailLaw, matched_tail
from quant.backtesting.base import Backtest
from quant.distributions.base import Distribution

BELOW_ONE = float(np.nextafter(1.0, 0.0))  # a law without an end has no loss at 1


@dataclass(frozen=True, slots=True, eq=False)
class Severities:
    """Sums over the breaches of each simulated history, under the null; all arrays (n_sims,).

    Attributes
    ----------
    counts : number of breaches.
    losses : sum of loss / ES.
    excesses : sum of (loss - VaR) / ES.
    tail_share : mean of (ES - VaR) / ES over the days, what (1 - level)^-1 of `excesses` over the
        number of days is on average.
    tail : the law, where it is one for all days.
    """

    counts: Vector
    losses: Vector
    excesses: Vector
    tail_share: float
    tail: TailLaw | None

    @property
    def extras(self) -> dict[str, object]:
        """Where the null law comes from."""
        if self.tail is None:
            return {"null_law": "that of each day", "null_law_source": "the laws of the backtest"}
        return self.tail.extras


def severities(bt: Backtest, es: Vector, n_sims: int, seed: int) -> Severities:
    """Return the severities under the forecast laws, or under a law matched to VaR and ES."""
    if bt.laws is not None:
        return severities_of_laws(bt, bt.laws, es, n_sims, seed)
    return _of_tail(matched_tail(bt.var, es, bt.level), bt.n_obs, n_sims, seed)


@lru_cache(maxsize=8)
def _of_tail(tail: TailLaw, n_obs: int, n_sims: int, seed: int) -> Severities:
    sample = breach_sample(n_obs, tail.level, n_sims, seed)
    counts, ratio = sample.counts, tail.var / tail.es
    losses = sample.totals(tail.losses(sample.depth)) / tail.es
    return Severities(counts, losses, losses - ratio * counts, 1.0 - ratio, tail)


def severities_of_laws(
    bt: Backtest, laws: tuple[Distribution, ...], unit: Vector, n_sims: int, seed: int
) -> Severities:
    """Draw from the part of each law beyond the day's VaR, in the histories that breach it.

    Losses and excesses are divided by `unit` (K,), the ES where the test says so.
    """
    assert bt.es is not None
    rng = np.random.default_rng(seed)
    counts, losses, excesses = (np.zeros(n_sims) for _ in range(3))
    for law, var, size in zip(laws, bt.var, unit, strict=True):
        beyond = rng.random(n_sims)
        hit = np.flatnonzero(beyond < 1.0 - law.cdf(float(var)))
        if hit.size:
            loss = np.maximum(law.ppf(np.minimum(1.0 - beyond[hit], BELOW_ONE)), var)
            counts[hit] += 1.0
            losses[hit] += loss / size
            excesses[hit] += (loss - var) / size
    return Severities(counts, losses, excesses, float(np.mean((bt.es - bt.var) / unit)), None)
