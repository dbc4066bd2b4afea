"""Costanzino and Curran's traffic light for ES: breaches counted by their severity."""

from __future__ import annotations

import math

import numpy as np

from quant import _checks
from quant.backtesting._evidence import below, mean_test, tie_seed
from quant.backtesting._finite_sample import exact
from quant.backtesting._pit import required
from quant.backtesting._result import TestResult
from quant.backtesting._severity_law import severity, severity_at_least, severity_at_most
from quant.backtesting.base import Backtest

__all__ = ["costanzino_curran"]

_YELLOW, _RED = 0.95, 0.9999  # cumulative probabilities at which the zones begin


def costanzino_curran(bt: Backtest, *, seed: int = 0) -> TestResult:
    r"""Place the severity-weighted number of breaches in the green, yellow or red zone.

    .. math:: X = \sum_t \left( 1 - \frac{1 - u_t}{1 - level} \right)^+

    with u the PIT: a breach counts by how far into the tail it reaches.

    Parameters
    ----------
    bt : Backtest
        With `pit`; VaR and ES themselves are not read.
    seed : int
        Of the randomised p-value.

    Returns
    -------
    TestResult
        `statistic` is X, T (1 - level) / 2 on average. `pvalue` is the upper normal tail of its
        score ``extras["z"]``, the U of `du_escanciano`;
        ``extras["exact_pvalue"]`` the exact P(X >= x): at 250 days and 97.5 % the 99.99 % point is
        9.84, and 8.44 by the normal. ``["zone"]`` is by the exact
        ``["cumulative_probability"]``, green below 95 %, red from 99.99 % on;
        ``["randomised_pvalue"]`` lies between P(X > x) and P(X >= x), which differ at no breach.
        ``["hac_pvalue"]`` for overlapping losses.

    Raises
    ------
    InputError
        If there is no PIT.

    Notes
    -----
    One-sided: a prudent model is green. PITs of 0 and 1 need no care: severities 0 and 1. The
    exact law is that of a binomial number of independent uniforms.

    References
    ----------
    Costanzino and Curran (2015), Backtesting general spectral risk measures with application to
    expected shortfall, Journal of Risk Model Validation 9; (2018), A simple traffic light approach
    to backtesting expected shortfall, Risks 6.

    Examples
    --------
    >>> bt = Backtest.from_arrays(
    ...     loss=[0.0] * 250, var=[1.0] * 250, level=0.975, pit=[0.5] * 244 + [0.999] * 6
    ... )
    >>> result = costanzino_curran(bt)
    >>> print(f"{result.statistic:.2f} {result.extras['zone']}")
    5.76 yellow
    """
    seed = _checks.count("seed", seed, 0)
    row = required(bt, "costanzino_curran")
    scores = 0.5 * (1.0 - bt.level) - severity(bt, row)
    return mean_test(bt, lambda part: _light(part, seed), scores)


def _light(bt: Backtest, seed: int) -> TestResult:
    n, p = bt.n_obs, 1.0 - bt.level
    total = float(np.sum(severity(bt, required(bt, "costanzino_curran"))))
    mean, variance = 0.5 * n * p, n * p * (4.0 - 3.0 * p) / 12.0
    score = (total - mean) / math.sqrt(variance)
    cumulative = severity_at_most(total, n, p)
    reached = severity_at_least(total, n, p)
    tied = max(0.0, reached + cumulative - 1.0)
    zone = "green" if cumulative < _YELLOW else "yellow" if cumulative < _RED else "red"
    return TestResult(
        name="costanzino_curran",
        null="the forecast laws are right beyond VaR, or prudent",
        statistic=total,
        pvalue=below(-score),
        extras={
            "zone": zone,
            "cumulative_probability": cumulative,
            "expected": mean,
            "z": score,
            **exact(reached, tied, tie_seed(bt, seed)),
        },
    )
