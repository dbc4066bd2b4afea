"""Stepping an estimator through some blocks of origins: one piece of the work of a walk."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Generic, Protocol, TypeVar, runtime_checkable

import numpy as np
import pandas as pd

from quant._typing import Side
from quant.risk._observed import Observed
from quant.risk._samples import Sampler, SampleReader
from quant.risk.base import LossForecast, RiskEstimator, RiskFit

Observation = TypeVar("Observation")

# Refits handed to an estimator together: cut by position, never by the number of workers.
TOGETHER = 32


@runtime_checkable
class ManyFitter(Protocol):
    """An estimator that can be fitted to several pasts in one call."""

    def fit_many(self, pasts: Sequence[pd.Series]) -> Iterable[RiskFit]:
        """Return a fit per past, the same to the last bit as `fit` would."""
        ...


@dataclass(frozen=True, slots=True)
class BlockJob(Generic[Observation]):
    """Forecasts at the origins of some blocks, as one piece of work."""

    estimator: RiskEstimator
    observed: Observed
    observe: Callable[[LossForecast, int], Observation]
    horizon: int
    side: Side

    def __call__(self, blocks: Sequence[tuple[int, ...]]) -> list[Observation]:
        together = self._together(blocks)
        return self._one_by_one(blocks) if together is None else together

    def _together(self, blocks: Sequence[tuple[int, ...]]) -> list[Observation] | None:
        """Return the observations of samples made and read together, where that is known to do."""
        reader: object = self.observe
        if not (isinstance(self.estimator, Sampler) and isinstance(reader, SampleReader)):
            return None
        if self.observed.realized is not None or not reader.reads_samples:
            return None
        past = self.observed.returns.to_numpy(dtype=np.float64)[: blocks[-1][-1]]
        pieces = self.estimator.walk_samples(past, blocks, self.horizon, self.side)
        if pieces is None:
            return None
        origins = iter([origin for block in blocks for origin in block])
        observations: list[Observation] = []
        for losses in pieces:
            own = list(islice(origins, len(losses)))
            observations += reader.of_samples(losses, own, self.side)
        return observations

    def _one_by_one(self, blocks: Sequence[tuple[int, ...]]) -> list[Observation]:
        pasts = [self.observed.between(0, block[0]) for block in blocks]
        fits: Iterable[RiskFit] = (past.fit(self.estimator) for past in pasts)
        if isinstance(self.estimator, ManyFitter) and self.observed.realized is None:
            fits = self.estimator.fit_many([past.returns for past in pasts])
        observations = []
        for block, fit in zip(blocks, fits, strict=True):
            seen = block[0]
            for origin in block:
                if origin > seen:
                    fit = self.observed.between(seen, origin).move(fit)
                    seen = origin
                observations.append(self.observe(fit.forecast(self.horizon, self.side), origin))
        return observations

    def on_one_thread(self, blocks: Sequence[tuple[int, ...]]) -> list[Observation]:
        from threadpoolctl import threadpool_limits

        with threadpool_limits(limits=1):
            return self(blocks)
