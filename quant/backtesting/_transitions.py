"""Counts of what followed what among breaches, and their exact law given how many there are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import gammaln

from quant._typing import FloatArray, Vector
from quant.backtesting._likelihood import as_extreme, independence_ratio


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

    def as_extras(self) -> dict[str, object]:
        """Return the counts by name."""
        return {"n00": self.n00, "n01": self.n01, "n10": self.n10, "n11": self.n11}


def conditional_tail(n_obs: int, n_breaches: int, ratio: float) -> float:
    """Return P(independence ratio >= `ratio`) when each placement of the breaches is as likely.

    Independent breaches of one probability, whatever it is, are equally likely in every order, so
    this tail is exact and free of that probability. An order with r runs of breaches is settled by
    cutting the breaches into r pieces and the quiet periods into the r - 1, r or r + 1 pieces that
    stand between and around them: C(x - 1, r - 1) C(y - 1, pieces - 1) orders.
    """
    x, y = n_breaches, n_obs - n_breaches
    if x == 0 or y == 0:
        return float(as_extreme(np.zeros(1), ratio)[0])  # a single order, whose ratio is 0
    runs = np.arange(1, min(x, y + 1) + 1, dtype=np.float64)
    total = _log_choose(float(n_obs), np.array([float(x)]))[0]
    tail = 0.0
    for starts in (0, 1):  # whether the first period is a breach
        for ends in (0, 1):  # whether the last one is
            pieces = runs + 1 - starts - ends
            possible = (pieces >= 1) & (pieces <= y)
            r, gaps = runs[possible], pieces[possible]
            n01, n10, n11 = r - starts, r - ends, x - r
            ratios = independence_ratio(n_obs - 1 - n01 - n10 - n11, n01, n10, n11)
            orders = _log_choose(x - 1.0, r - 1) + _log_choose(y - 1.0, gaps - 1)
            tail += float(as_extreme(ratios, ratio) @ np.exp(orders - total))
    return min(tail, 1.0)


def _log_choose(n: float, k: Vector) -> FloatArray:
    choices: FloatArray = gammaln(n + 1.0) - gammaln(k + 1.0) - gammaln(n - k + 1.0)
    return choices
