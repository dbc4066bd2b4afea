"""What a measure reads off equally weighted losses, as a rule of ranks."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from quant._typing import Matrix, Vector
from quant.risk.base import LossForecast

HELD = 16_384  # losses of a long history at a time: they fit the cache of a processor


@dataclass(frozen=True, slots=True)
class TailRule:
    """The loss of a rank from the worst; or, where that is 0, the mean of the worst `tail` losses.

    `tail` may hold a part of a loss. Losses count up to `cap`.
    """

    rank: int = 0
    tail: float = 0.0
    cap: float = math.inf

    @property
    def deep(self) -> int:
        """How many of the worst losses the rule looks at."""
        return self.rank or max(1, math.ceil(self.tail))


@runtime_checkable
class RankMeasure(Protocol):
    """A measure that depends on a sample through its worst losses alone."""

    def tail_rule(self, forecast: LossForecast) -> TailRule:
        """Return the rule for samples as large as that of the forecast, or refuse them."""
        ...


def rolling_numbers(
    losses: Callable[[slice], Vector], size: int, ends: range, rules: Sequence[TailRule]
) -> Matrix:
    """Return a number per rule (K, M) of the `size` losses before each of the ascending ends.

    `losses` makes those of a stretch: of a long history a piece is held at a time.
    """
    from quant.risk._rolling_kernels import rolling_tails

    ranks = np.array([rule.rank for rule in rules], dtype=np.int64)
    tails = np.array([rule.tail for rule in rules], dtype=np.float64)
    caps = np.array([rule.cap for rule in rules], dtype=np.float64)
    deep = max(rule.deep for rule in rules)
    found = np.empty((len(rules), len(ends)))
    at_once = max(1, max(HELD, 8 * size) // ends.step)  # each piece reads its first window anew
    for first in range(0, len(ends), at_once):
        some = ends[first : first + at_once]
        piece = losses(slice(some[0] - size, some[-1]))
        rolling_tails(piece, size, ends.step, ranks, tails, caps, deep, found, first)
    return found.T


def rolling_shares(losses: Vector, size: int, ends: npt.NDArray[np.int64], at: Vector) -> Vector:
    """Return the share of the `size` losses before each end that do not exceed `at` (K,)."""
    from quant.risk._rolling_kernels import rolling_cdf

    share: Vector = rolling_cdf(losses, size, ends, at)
    return share
