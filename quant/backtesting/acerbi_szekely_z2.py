"""Acerbi and Szekely's second statistic: how many breaches, and how deep."""

from __future__ import annotations

import math

import numpy as np

from quant import _checks
from quant.backtesting._es_requirements import positive_shortfall
from quant.backtesting._evidence import below, left_tail, mean_test
from quant.backtesting._result import TestResult
from quant.backtesting._severities import severities
from quant.backtesting.base import Backtest

__all__ = ["acerbi_szekely_z2"]


def acerbi_szekely_z2(bt: Backtest, *, n_sims: int = 10_000, seed: int = 0) -> TestResult:
    r"""Test VaR and ES together by the losses beyond VaR, in units of ES.

    .. math:: Z_2 = 1 - \frac{1}{T} \sum_t \frac{L_t 1\{L_t > VaR_t\}}{(1 - level) ES_t}

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
        `statistic` is 0 on average for a correct forecast, negative when risk is underestimated:
        -1 for twice as many breaches. `pvalue` is its normal limit with the standard deviation of
        the null law; ``extras["exact_pvalue"]`` counts the simulated histories with a statistic as
        low. ``["critical_values"]`` are the statistics below which a test of
        10, 5 and 1 % rejects, ``["standard_deviation"]`` that of the statistic under the null.
        ``["randomised_pvalue"]`` breaks ties, ``["null_law"]`` is the law simulated from,
        ``["breaches"]`` their number; ``["hac_pvalue"]`` for overlapping losses.

    Raises
    ------
    InputError
        If there is no ES, or one is not above zero.

    Notes
    -----
    Without `laws`, losses are taken for independent multiples of the Student t whose ES over VaR is
    the median of the forecasts', or of the normal where that is larger; the p-value depends
    on it little. No breach gives 1. Overlapping losses are tested in subsamples, whose p-values are
    averaged and doubled.

    References
    ----------
    Acerbi and Szekely (2014), Backtesting expected shortfall, Risk, December, test 2.

    Examples
    --------
    >>> import numpy as np
    >>> loss = np.zeros(1000)
    >>> loss[:10] = 1.2
    >>> bt = Backtest.from_arrays(loss=loss, var=[0.9] * 1000, es=[1.0] * 1000, level=0.99)
    >>> round(acerbi_szekely_z2(bt).statistic, 10)
    -0.2
    """
    n_sims = _checks.count("n_sims", n_sims)
    seed = _checks.count("seed", seed, 0)
    es = positive_shortfall(bt, "acerbi_szekely_z2")
    scores = 1.0 - bt.breaches * bt.loss / es / (1.0 - bt.level)
    return mean_test(bt, lambda part: _z2(part, n_sims, seed), scores)


def _z2(bt: Backtest, n_sims: int, seed: int) -> TestResult:
    es = positive_shortfall(bt, "acerbi_szekely_z2")
    expected = bt.n_obs * (1.0 - bt.level)
    statistic = 1.0 - float(np.sum((bt.loss / es)[bt.breaches])) / expected
    null = severities(bt, es, n_sims, seed)
    draws = 1.0 - null.losses / expected
    if null.tail is None:
        deviation = float(draws.std())
    else:
        square = null.tail.second_moment / null.tail.es**2 / (1.0 - bt.level)
        deviation = math.sqrt((square - 1.0) / bt.n_obs)
    return TestResult(
        name="acerbi_szekely_z2",
        null="VaR and ES are right: neither the number nor the depth of the breaches is too large",
        statistic=statistic,
        pvalue=below(statistic / deviation) if deviation > 0.0 else float(statistic >= 0.0),
        extras={
            "breaches": bt.n_breaches,
            "standard_deviation": deviation,
            **null.extras,
            **left_tail(statistic, draws, bt, seed),
        },
    )
