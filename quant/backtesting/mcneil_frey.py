"""McNeil and Frey's test: are losses beyond VaR as large as ES says."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from quant import _checks
from quant._typing import Vector
from quant.backtesting._es_requirements import expected_shortfall, scale
from quant.backtesting._evidence import mean_test, simulated
from quant.backtesting._finite_sample import simulated_pvalue
from quant.backtesting._result import TestResult
from quant.backtesting._severities import BELOW_ONE
from quant.backtesting._tail_law import TailLaw, matched_tail
from quant.backtesting.base import Backtest
from quant.distributions.base import Distribution

__all__ = ["mcneil_frey"]

_WHO = "mcneil_frey"


def mcneil_frey(
    bt: Backtest, *, sigma: object | None = None, n_sims: int = 10_000, seed: int = 0
) -> TestResult:
    r"""Test whether the residuals beyond VaR have mean 0, against a larger one.

    .. math:: y_t = (L_t - ES_t) / \sigma_t \quad \text{where } L_t > VaR_t, \qquad
        t = \sqrt{N}\, \bar y / s_y

    Parameters
    ----------
    bt : Backtest
        With `es`. With `laws` the finite-sample null is drawn from them.
    sigma : array_like (K,), optional
        Volatility forecasts, in the unit of the losses. By default ES - VaR, which is proportional
        to sigma in any family of one location and scale.
    n_sims : int
        Resamples of the bootstrap, and draws of the finite-sample null.
    seed : int

    Returns
    -------
    TestResult
        `statistic` is -t, so that it is negative when ES is too small, like every ES statistic
        here. `pvalue` is that of the bootstrap: how often the t of N residuals drawn with
        replacement from the centred ones is as large. ``extras["exact_pvalue"]`` draws them,
        given N, from the law the forecasts imply (`acerbi_szekely_z2`) instead.
        ``["recentred_pvalue"]`` is the bootstrap with t itself centred, and not the residuals, as
        some packages have it, ``["recentred_twosided_pvalue"]`` that of |t|. Also ``["t"]``,
        ``["mean_residual"]``, ``["breaches"]``; ``["hac_pvalue"]`` for overlapping losses.

    Raises
    ------
    InputError
        If there is no ES, or a scale is not above zero.

    Notes
    -----
    Takes VaR as given: test it first. Fewer than two breaches, or residuals that are all alike,
    leave nothing to judge: statistic 0, both p-values 1.

    References
    ----------
    McNeil and Frey (2000), Estimation of tail-related risk measures for heteroscedastic financial
    time series, Journal of Empirical Finance 7, section 3.3; Efron and Tibshirani (1993), An
    introduction to the bootstrap, section 16.4.

    Examples
    --------
    >>> loss = [0.0] * 96 + [1.1, 1.4, 1.2, 1.3]
    >>> bt = Backtest.from_arrays(loss=loss, var=[0.8] * 100, es=[1.0] * 100, level=0.975)
    >>> result = mcneil_frey(bt)
    >>> result.statistic < 0.0 and result.pvalue < 0.05
    True
    """
    n_sims = _checks.count("n_sims", n_sims)
    seed = _checks.count("seed", seed, 0)
    es = expected_shortfall(bt, _WHO)
    sizes = scale(bt, sigma, _WHO)

    def on(part: Backtest) -> TestResult:
        return _test(part, sizes[bt.dates.get_indexer(part.dates)], n_sims, seed)

    return mean_test(bt, on, bt.breaches * (es - bt.loss) / sizes)


def _test(bt: Backtest, sizes: Vector, n_sims: int, seed: int) -> TestResult:
    es = expected_shortfall(bt, _WHO)
    residuals = ((bt.loss - es) / sizes)[bt.breaches]
    n = residuals.size
    if n < 2 or np.ptp(residuals) == 0.0:
        t, draws = 0.0, np.zeros(n_sims)
        centred = recentred = draws
    else:
        t = float(_students(residuals, n)[0])
        chosen = np.random.default_rng(seed).integers(n, size=n_sims * n)
        centred = _students((residuals - residuals.mean())[chosen], n)
        recentred = _students(residuals[chosen], n)
        recentred = recentred - recentred[np.isfinite(recentred)].mean()
        if bt.laws is None:
            draws = _tail_draws(matched_tail(bt.var, es, bt.level), n, n_sims, seed)
        else:
            draws = _law_draws(bt, bt.laws, sizes, n_sims, seed)
    return TestResult(
        name=_WHO,
        null="the mean loss beyond VaR is at most the ES",
        statistic=-t,
        pvalue=simulated_pvalue(t, centred),
        extras={
            "t": t,
            "mean_residual": float(residuals.mean()) if n else 0.0,
            "breaches": n,
            "recentred_pvalue": simulated_pvalue(t, recentred),
            "recentred_twosided_pvalue": simulated_pvalue(abs(t), np.abs(recentred)),
            **simulated(t, draws, bt, seed),
        },
    )


def _students(values: Vector, size: int) -> Vector:
    from quant.backtesting._sparse import student_statistics

    return np.asarray(student_statistics(values, size), dtype=np.float64)


@lru_cache(maxsize=16)
def _tail_draws(tail: TailLaw, breaches: int, n_sims: int, seed: int) -> Vector:
    """Return t of `breaches` residuals under a matched law: free of location and scale."""
    depth = np.random.default_rng(seed).standard_exponential(n_sims * breaches)
    draws = _students(tail.losses(depth) - tail.es, breaches)
    draws.setflags(write=False)
    return draws


def _law_draws(
    bt: Backtest, laws: tuple[Distribution, ...], sizes: Vector, n_sims: int, seed: int
) -> Vector:
    """Return t when the loss of each breach day is drawn from its law beyond VaR."""
    es = expected_shortfall(bt, _WHO)
    days = np.flatnonzero(bt.breaches)
    rng = np.random.default_rng(seed)
    residuals = np.empty((n_sims, days.size))
    for i, t in enumerate(days):
        beyond = rng.random(n_sims) * (1.0 - laws[t].cdf(float(bt.var[t])))
        loss = np.maximum(laws[t].ppf(np.minimum(1.0 - beyond, BELOW_ONE)), bt.var[t])
        residuals[:, i] = (loss - es[t]) / sizes[t]
    return _students(residuals.ravel(), days.size)
