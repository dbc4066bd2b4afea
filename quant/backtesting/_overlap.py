"""Losses over several periods that share some of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from quant._typing import Vector
from quant.backtesting._result import TestResult
from quant.backtesting.base import Backtest


def over_offsets(bt: Backtest, test: Callable[[Backtest], TestResult]) -> TestResult:
    """Return the answer of a test that needs losses without overlap, whatever the overlap.

    The test reads each of the m subsamples of every m-th loss. Twice the mean of their p-values is
    a p-value whatever the dependence between them; statistics are averaged.

    References
    ----------
    Vovk and Wang (2020), Combining p-values via averaging, Biometrika 107, proposition 2.
    """
    if not bt.overlapping:
        return test(bt)
    results = [test(bt.thinned(offset)) for offset in range(min(bt.shared_periods, bt.n_obs))]
    first = results[0]
    extras: dict[str, object] = {"subsamples": len(results)}
    if "breaches" in first.extras:
        extras["breaches"] = bt.n_breaches
    exact = [r.extras["exact_pvalue"] for r in results if "exact_pvalue" in r.extras]
    if len(exact) == len(results):
        extras["exact_pvalue"] = _merged([float(str(p)) for p in exact])
    return TestResult(
        name=first.name,
        null=first.null,
        statistic=float(np.mean([r.statistic for r in results])),
        pvalue=_merged([r.pvalue for r in results]),
        dof=first.dof,
        extras=extras,
    )


def _merged(pvalues: Sequence[float]) -> float:
    return min(1.0, 2.0 * math.fsum(pvalues) / len(pvalues))


def mean_statistic(scores: Vector, overlap: int) -> float:
    """Return the mean of (K,) scores over its standard error, standard normal for a zero mean.

    Neighbours fewer than `overlap` apart may be correlated: their autocovariances enter with
    Bartlett weights, which keep the variance positive. `overlap` 1 means independence.

    References
    ----------
    Newey and West (1987), A simple, positive semi-definite, heteroskedasticity and autocorrelation
    consistent covariance matrix, Econometrica 55.
    """
    k = scores.size
    centred = scores - scores.mean()
    lags = np.arange(1, min(overlap, k))
    autocovariances = np.array([centred[lag:] @ centred[:-lag] for lag in lags]) / k
    weights = 1.0 - lags / overlap
    variance = float(centred @ centred) / k + 2.0 * float(weights @ autocovariances)
    return float(scores.mean()) / math.sqrt(variance / k)
