"""The p-values an ES test puts beside its asymptotic one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from zlib import crc32

import numpy as np
from scipy.special import ndtr

from quant._typing import Vector
from quant.backtesting._finite_sample import by_simulation
from quant.backtesting._overlap import mean_statistic, over_offsets
from quant.backtesting._result import TestResult
from quant.backtesting.base import Backtest

_SIZES = (0.1, 0.05, 0.01)  # at which tables of critical values are read


def simulated(extremeness: float, draws: Vector, bt: Backtest, seed: int) -> dict[str, object]:
    """Return the finite-sample entries of `extras`; large numbers speak against the null."""
    return by_simulation(extremeness, draws, tie_seed(bt, seed))


def left_tail(statistic: float, draws: Vector, bt: Backtest, seed: int) -> dict[str, object]:
    """Return the same of a statistic that is negative when risk is underestimated.

    ``critical_values`` are the statistics below which each size rejects.
    """
    quantiles = np.quantile(draws, _SIZES)
    critical = {size: float(value) for size, value in zip(_SIZES, quantiles, strict=True)}
    return {"critical_values": critical, **simulated(-statistic, -draws, bt, seed)}


def tie_seed(bt: Backtest, seed: int) -> int:
    """Return a seed that other losses change: many histories share one null, not one coin."""
    return crc32(bt.loss.tobytes()) ^ seed


def below(statistic: float) -> float:
    """Return the probability that a standard normal variable is at most `statistic`."""
    return float(ndtr(statistic))


def mean_test(bt: Backtest, test: Callable[[Backtest], TestResult], scores: Vector) -> TestResult:
    """Return the answer of a test of E[score] >= 0, whatever the overlap of the losses.

    Overlapping losses are tested subsample by subsample; ``extras["hac_pvalue"]`` is that of all
    scores (K,) together, their mean over a standard error that allows for the overlap.
    """
    result = over_offsets(bt, test)
    if not bt.overlapping:
        return result
    extras = {**result.extras, "hac_pvalue": hac_pvalue(scores, bt.shared_periods)}
    return replace(result, extras=extras)


def hac_pvalue(scores: Vector, overlap: int) -> float:
    """Return the one-sided p-value of a mean below zero; constant scores leave no doubt."""
    if np.ptp(scores) == 0.0:
        return float(scores[0] >= 0.0)
    return below(mean_statistic(scores, overlap))
