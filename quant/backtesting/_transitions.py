"""Counts of what followed what among breaches, and their exact law given how many there are."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy.special import gammaln

from quant._typing import FloatArray, Vector
from quant.backtesting._alternative import direction
from quant.backtesting._likelihood import independence_ratio


@dataclass(frozen=True, slots=True)
class Transitions:
    """Pairs of neighbouring periods: n01 counts a quiet period followed by a breach."""

    n00: int
    n01: int
    n10: int
    n11: int

    @classmethod
    def of(cls, breaches: npt.NDArray[np.bool_]) -> Transitions:
        """Count the K - 1 pairs of a (K,) sequence."""
        before, after = breaches[:-1], breaches[1:]
        pairs = ((~before, ~after), (~before, after), (before, ~after), (before, after))
        return cls(*(int(np.count_nonzero(first & second)) for first, second in pairs))

    @property
    def ratio(self) -> float:
        """Likelihood ratio of independence."""
        counts = (np.array([float(n)]) for n in (self.n00, self.n01, self.n10, self.n11))
        return float(independence_ratio(*counts)[0])

    @property
    def towards(self) -> float:
        """1 when a breach is at least as likely after a breach as after a quiet period, else -1."""
        return float(direction(float(self.n11 * self.n00), float(self.n01 * self.n10)))

    def as_extras(self) -> dict[str, object]:
        """Return the counts by name."""
        return {"n00": self.n00, "n01": self.n01, "n10": self.n10, "n11": self.n11}


@dataclass(frozen=True, slots=True, eq=False)
class Orders:
    """The orders of so many breaches, gathered by what their transitions say."""

    ratios: Vector  # likelihood ratio of independence
    directions: Vector  # 1 when a breach is at least as likely after a breach, else -1
    law: Vector  # share of all orders


@lru_cache(maxsize=4096)
def orders(n_obs: int, n_breaches: int) -> Orders:
    """Return the law of the transitions when each placement of the breaches is as likely.

    Independent breaches of one probability, whatever it is, are equally likely in every order, so
    this law is exact and free of that probability. An order with r runs of breaches is settled by
    cutting the breaches into r pieces and the quiet periods into the r - 1, r or r + 1 pieces that
    stand between and around them: C(x - 1, r - 1) C(y - 1, pieces - 1) orders.
    """
    x, y = n_breaches, n_obs - n_breaches
    if x == 0 or y == 0:
        return Orders(np.zeros(1), np.ones(1), np.ones(1))  # a single order, whose ratio is 0
    runs = np.arange(1, min(x, y + 1) + 1, dtype=np.float64)
    total = _log_choose(float(n_obs), np.array([float(x)]))[0]
    found = []
    for starts in (0, 1):  # whether the first period is a breach
        for ends in (0, 1):  # whether the last one is
            pieces = runs + 1 - starts - ends
            possible = (pieces >= 1) & (pieces <= y)
            r, gaps = runs[possible], pieces[possible]
            n01, n10, n11 = r - starts, r - ends, x - r
            n00 = n_obs - 1 - n01 - n10 - n11
            many = _log_choose(x - 1.0, r - 1) + _log_choose(y - 1.0, gaps - 1)
            found.append(
                (
                    independence_ratio(n00, n01, n10, n11),
                    direction(n11 * n00, n01 * n10),
                    np.exp(many - total),
                )
            )
    return Orders(*(np.concatenate(column) for column in zip(*found, strict=True)))


def _log_choose(n: float, k: Vector) -> FloatArray:
    choices: FloatArray = gammaln(n + 1.0) - gammaln(k + 1.0) - gammaln(n - k + 1.0)
    return choices
