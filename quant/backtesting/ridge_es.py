"""Acerbi and Szekely's ridge backtest: the ES statistic that a wrong VaR disturbs least."""

from __future__ import annotations

import math
from typing import Literal, TypeAlias

import numpy as np

from quant import _checks
from quant._typing import Vector
from quant.backtesting._breach_sample import breach_sample
from quant.backtesting._es_requirements import (
    expected_shortfall,
    positive_shortfall,
    width_unit,
)
from quant.backtesting._evidence import below, left_tail, mean_test
from quant.backtesting._result import TestResult
from quant.backtesting._severities import severities, severities_of_laws
from quant.backtesting._tail_law import matched_tail
from quant.backtesting.base import Backtest

__all__ = ["ridge_es"]

Variant: TypeAlias = Literal["relative", "absolute"]
_WHO = "ridge_es"


def ridge_es(
    bt: Backtest, *, variant: Variant = "relative", n_sims: int = 10_000, seed: int = 0
) -> TestResult:
    r"""Test ES by what it leaves uncovered, almost whatever the VaR.

    .. math:: Z = \frac{1}{T} \sum_t \frac{1}{w_t}
        \left( ES_t - VaR_t - \frac{(L_t - VaR_t)^+}{1 - level} \right)

    with w = ES (relative) or 1 (absolute).

    Parameters
    ----------
    bt : Backtest
        With `es`, above zero throughout for the relative variant. With `laws` the null is simulated
        from them.
    variant : {"relative", "absolute"}
        ``"absolute"`` is in the unit of the losses, so that turbulent days weigh more.
    n_sims : int
        Histories simulated for the finite-sample p-value.
    seed : int

    Returns
    -------
    TestResult
        `statistic` is 0 on average for a correct forecast, negative when ES is too small. `pvalue`
        is its normal limit with the standard deviation of the null law; ``extras["exact_pvalue"]``
        counts the simulated histories with a statistic as low, in the absolute variant with a
        ``["score"]`` as low: the same mean with each day in units of its ES - VaR. Also that
        statistic's ``["critical_values"]`` at 10, 5 and 1 %; ``["standard_deviation"]``,
        ``["randomised_pvalue"]``, ``["null_law"]``, ``["breaches"]``; ``["hac_pvalue"]`` for
        overlapping losses.

    Raises
    ------
    InputError
        If there is no ES, or the relative variant meets one that is not above zero.

    Notes
    -----
    An error in VaR changes the mean by its square only, and towards rejection. The null law is that
    of `acerbi_szekely_z2`. An amount of money has no null law of its own: forecasts that answer to
    losses are wide after large ones, and to draw losses beside the widths as they were would
    reject too rarely. In units of ES - VaR the days of a right forecast of a scale family are
    independent and alike, however the widths came about; in such a family the finite-sample
    p-values of both variants agree.

    References
    ----------
    Acerbi and Szekely (2017), General properties of backtestable statistics; (2019), The minimally
    biased backtest for ES, Risk, September.

    Examples
    --------
    >>> loss = [0.0] * 39 + [1.6]
    >>> bt = Backtest.from_arrays(loss=loss, var=[0.8] * 40, es=[1.0] * 40, level=0.975)
    >>> round(ridge_es(bt).statistic, 10)
    -0.6
    """
    _checks.one_of("variant", variant, ("relative", "absolute"))
    n_sims = _checks.count("n_sims", n_sims)
    seed = _checks.count("seed", seed, 0)
    if variant == "relative":
        es = positive_shortfall(bt, _WHO)
        return mean_test(bt, lambda part: _relative(part, n_sims, seed), _uncovered(bt) / es)
    expected_shortfall(bt, _WHO)
    return mean_test(bt, lambda part: _absolute(part, n_sims, seed), _uncovered(bt))


def _uncovered(bt: Backtest) -> Vector:
    width = expected_shortfall(bt, _WHO) - bt.var
    return width - np.maximum(bt.loss - bt.var, 0.0) / (1.0 - bt.level)


def _relative(bt: Backtest, n_sims: int, seed: int) -> TestResult:
    es = positive_shortfall(bt, _WHO)
    null = severities(bt, es, n_sims, seed)
    draws = null.tail_share - null.excesses / (bt.n_obs * (1.0 - bt.level))
    if null.tail is None:
        deviation = float(draws.std())
    else:
        deviation = null.tail.excess_deviation(bt.n_obs) / null.tail.es
    statistic = float(np.mean(_uncovered(bt) / es))
    return _result(bt, statistic, deviation, draws, null.extras, seed)


def _absolute(bt: Backtest, n_sims: int, seed: int) -> TestResult:
    uncovered, unit, expected = _uncovered(bt), width_unit(bt, _WHO), bt.n_obs * (1.0 - bt.level)
    statistic, score = float(np.mean(uncovered)), float(np.mean(uncovered / unit))
    if bt.laws is not None:
        null = severities_of_laws(bt, bt.laws, unit, n_sims, seed)
        draws = null.tail_share - null.excesses / expected
        money = severities_of_laws(bt, bt.laws, np.ones(bt.n_obs), n_sims, seed)
        deviation = float(np.std(money.excesses / expected))
        return _result(bt, statistic, deviation, draws, null.extras, seed, score)
    es = expected_shortfall(bt, _WHO)
    tail = matched_tail(bt.var, es, bt.level)
    sample = breach_sample(bt.n_obs, bt.level, n_sims, seed)
    width = es - bt.var
    share = width / unit
    excess = (tail.losses(sample.depth) - tail.var) / (tail.es - tail.var)
    draws = float(share.mean()) - sample.totals(share[sample.day] * excess) / expected
    spread = math.sqrt(float(np.mean(width**2)))
    deviation = spread * tail.excess_deviation(bt.n_obs) / (tail.es - tail.var)
    return _result(bt, statistic, deviation, draws, tail.extras, seed, score)


def _result(
    bt: Backtest,
    statistic: float,
    deviation: float,
    draws: Vector,
    source: dict[str, object],
    seed: int,
    score: float | None = None,
) -> TestResult:
    return TestResult(
        name=_WHO,
        null="ES covers the mean loss beyond VaR",
        statistic=statistic,
        pvalue=below(statistic / deviation) if deviation > 0.0 else float(statistic >= 0.0),
        extras={
            "breaches": bt.n_breaches,
            "standard_deviation": deviation,
            **source,
            **({} if score is None else {"score": score}),
            **left_tail(statistic if score is None else score, draws, bt, seed),
        },
    )
