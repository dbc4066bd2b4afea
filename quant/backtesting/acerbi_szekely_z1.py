"""Acerbi and Szekely's first statistic: how deep the breaches are, however many."""

from __future__ import annotations

import math

import numpy as np

from quant import _checks
from quant.backtesting._es_requirements import positive_shortfall
from quant.backtesting._evidence import below, left_tail
from quant.backtesting._overlap import over_offsets
from quant.backtesting._result import TestResult
from quant.backtesting._severities import severities
from quant.backtesting.base import Backtest

__all__ = ["acerbi_szekely_z1"]


def acerbi_szekely_z1(bt: Backtest, *, n_sims: int = 10_000, seed: int = 0) -> TestResult:
    r"""Test ES by the mean loss beyond VaR, in units of ES.

    .. math:: Z_1 = 1 - \frac{1}{N} \sum_{t:\, L_t > VaR_t} \frac{L_t}{ES_t}

    with N the number of breaches.

    Parameters
    ----------
    bt : Backtest
        With `es`, above zero throughout. With `laws` the null is simulated from them.
    n_sims : int
        Histories simulated for the finite-sample p-value.
    seed : int

    Returns
    -------
    TestResult
        `statistic` is 0 on average for a correct forecast, negative when ES is too small. `pvalue`
        is its normal limit given N; ``extras["exact_pvalue"]`` counts the simulated histories with
        a statistic as low. Also ``["critical_values"]`` at 10, 5 and 1 %,
        ``["randomised_pvalue"]``, ``["null_law"]``, ``["breaches"]``.

    Raises
    ------
    InputError
        If there is no ES, or one is not above zero.

    Notes
    -----
    Takes VaR as given: test it first. With no breach there is nothing to judge: the statistic is 1,
    in simulated histories too, and both p-values are 1. The null law is that of
    `acerbi_szekely_z2`; overlapping losses are tested in subsamples.

    References
    ----------
    Acerbi and Szekely (2014), Backtesting expected shortfall, Risk, December, test 1.

    Examples
    --------
    >>> loss = [0.0] * 98 + [1.1, 1.3]
    >>> bt = Backtest.from_arrays(loss=loss, var=[0.9] * 100, es=[1.0] * 100, level=0.975)
    >>> round(acerbi_szekely_z1(bt).statistic, 10)
    -0.2
    """
    n_sims = _checks.count("n_sims", n_sims)
    seed = _checks.count("seed", seed, 0)
    positive_shortfall(bt, "acerbi_szekely_z1")
    return over_offsets(bt, lambda part: _z1(part, n_sims, seed))


def _z1(bt: Backtest, n_sims: int, seed: int) -> TestResult:
    es = positive_shortfall(bt, "acerbi_szekely_z1")
    null = severities(bt, es, n_sims, seed)
    draws = 1.0 - null.losses / np.maximum(null.counts, 1.0)
    breaches = bt.n_breaches
    statistic = 1.0 - float(np.sum((bt.loss / es)[bt.breaches])) / max(breaches, 1)
    if null.tail is None:
        judged = max(int(np.count_nonzero(null.counts)), 1)
        deviation = math.sqrt(float(np.sum(null.counts * draws**2)) / judged)
    else:
        deviation = math.sqrt(null.tail.second_moment / null.tail.es**2 - 1.0)
    if breaches == 0:
        pvalue = 1.0
    elif deviation > 0.0:
        pvalue = below(statistic * math.sqrt(breaches) / deviation)
    else:
        pvalue = float(statistic >= 0.0)
    return TestResult(
        name="acerbi_szekely_z1",
        null="the mean loss beyond VaR is at most the ES",
        statistic=statistic,
        pvalue=pvalue,
        extras={"breaches": breaches, **null.extras, **left_tail(statistic, draws, bt, seed)},
    )
