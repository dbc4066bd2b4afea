"""Scenarios drawn from a law: cut into blocks of paths, each from its own seed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

import numpy as np
import pandas as pd

from quant._typing import FloatArray
from quant.scenarios._filters import Filters
from quant.scenarios.base import BLOCK, Scenarios

Shocks: TypeAlias = Callable[[int, int], FloatArray]  # paths and seed to shocks (s, h, N)


def blocks(filters: Filters, shocks: Shocks, n_paths: int, seed: int) -> Iterator[FloatArray]:
    """Yield returns (s, h, N), s <= 256; a block depends on its own place and seed alone."""
    from threadpoolctl import ThreadpoolController

    controller = ThreadpoolController()  # once: finding the libraries takes longer than a block
    count = -(-n_paths // BLOCK)
    seeds = np.random.SeedSequence(seed).generate_state(count, np.uint64)
    for i in range(count):
        size = min(BLOCK, n_paths - i * BLOCK)
        with controller.limit(limits=1, user_api="blas"):
            drawn = filters.moves(shocks(size, int(seeds[i])), first=i * BLOCK)
        yield drawn


def summed(
    filters: Filters,
    paths: Iterator[FloatArray],
    horizon: int,
    n_paths: int,
    n_obs: int,
    *,
    converged: bool = True,
) -> Scenarios:
    """Return the scenarios whose rows are the sums of paths over their steps."""
    moves = np.empty((n_paths, len(filters.assets)))
    start = 0
    for block in paths:
        block.sum(axis=1, out=moves[start : start + len(block)])
        start += len(block)
    return Scenarios(
        moves,
        filters.assets,
        horizon,
        labels=pd.RangeIndex(n_paths, name="path"),
        as_of=filters.as_of,
        period=filters.period,
        n_obs=n_obs,
        converged=converged,
    )
