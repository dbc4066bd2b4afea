"""Estimators whose laws of one period are samples, made and read for many origins together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol, TypeVar, runtime_checkable

import numpy as np

from quant._typing import Matrix, Side, Vector
from quant.distributions.empirical import Empirical
from quant.risk._tail_rule import RankMeasure, rolling_numbers, rolling_shares
from quant.risk.base import LossForecast, Measure

Observation = TypeVar("Observation")


@runtime_checkable
class Sampler(Protocol):
    """An estimator that makes the samples behind its forecasts faster than one by one."""

    def walk_samples(
        self, returns: Vector, blocks: Sequence[Sequence[int]], horizon: int, side: Side
    ) -> Iterable[Matrix] | None:
        """Return the equally likely losses of the next `horizon` periods at each origin.

        They come in pieces (k, n), a row per origin, in order. Origin o sees returns[:o]; those of
        one block share an estimation, made at the first of them. The n losses count as independent.
        None sends the engine forecast by forecast.
        """
        ...


@runtime_checkable
class SampleReader(Protocol[Observation]):
    """What observes forecasts one by one, and may read many samples together."""

    @property
    def reads_samples(self) -> bool:
        """Whether it can, whatever the samples."""
        ...

    def of_samples(self, losses: Matrix, origins: Sequence[int], side: Side) -> list[Observation]:
        """Return what would be observed of each forecast, whose sample is a row of `losses`."""
        ...


def only_ranks(measures: Sequence[Measure]) -> bool:
    """Return whether all measures depend on a sample through its worst losses alone."""
    return all(isinstance(measure, RankMeasure) for measure in measures)


def numbers_of(losses: Matrix, measures: Sequence[Measure], side: Side) -> Matrix:
    """Return the measures (K, M) of samples that are the rows of `losses` (K, n)."""
    count, n = losses.shape
    if not measures:
        return np.empty((count, 0))
    like = LossForecast(Empirical(losses[0]), n_obs=n, side=side)
    rules = [measure.tail_rule(like) for measure in measures if isinstance(measure, RankMeasure)]
    stream = losses.ravel()
    ends = range(n, stream.size + 1, n)  # the rows end to end, as windows of one stream
    return rolling_numbers(lambda stretch: stream[stretch], n, ends, rules)


def shares_of(losses: Matrix, at: Vector) -> Vector:
    """Return the share of each row of `losses` (K, n) that does not exceed `at` (K,)."""
    count, n = losses.shape
    ends = np.arange(n, count * n + 1, n, dtype=np.int64)
    return rolling_shares(losses.ravel(), n, ends, at)
