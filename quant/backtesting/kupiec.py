"""Proportion of failures: is the VaR breached as often as it says."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from scipy.special import ndtr

from quant.backtesting import _binomial
from quant.backtesting._alternative import Alternative, bounded, chi_square_pvalue, direction
from quant.backtesting._breaches import of_breaches
from quant.backtesting._evidence import tie_seed
from quant.backtesting._finite_sample import by_enumeration, exact
from quant.backtesting._likelihood import coverage_ratio
from quant.backtesting._overlap import mean_statistic
from quant.backtesting._result import TestResult
from quant.backtesting.base import Backtest

__all__ = ["kupiec"]


def kupiec(bt: Backtest, *, alternative: Alternative = "two-sided", seed: int = 0) -> TestResult:
    r"""Test the share of breaches, x of T, against 1 - level = p.

    .. math:: LR = -2 \ln\frac{(1-p)^{T-x} p^x}{(1-x/T)^{T-x} (x/T)^x}

    Parameters
    ----------
    bt : Backtest
        Where losses overlap, the p-values are twice the mean of those of the subsamples without.
    alternative : {"two-sided", "under", "over"}
        ``"under"``: the model underestimates risk, breaches are too many; a prudent model is not
        rejected. ``"over"``: it overestimates risk, breaches are too few.
    seed : int
        Of the tie-breaking of ``extras["randomised_pvalue"]``.

    Returns
    -------
    TestResult
        `statistic` is LR whatever the alternative; `pvalue` its chi-square tail with one degree of
        freedom, one-sided that of the normal signed root ``extras["signed_root"]``;
        ``["z"]`` is the score of the plain binomial test, (x - Tp) / (Tp (1 - p))^(1/2).
        ``extras["exact_pvalue"]`` is the probability of all counts whose LR is at least as large,
        one-sided the binomial tail: at 250 days and 99 % the chi-square version rejects a correct
        model 9.5 % of the time at a nominal 5 %, the exact one 1.4 %.
        ``extras["randomised_pvalue"]`` breaks its ties at random and is uniform under the null.
        Of overlapping losses ``extras["hac_pvalue"]`` tests the share of breaches of the whole
        sample with a standard error that allows for the overlap; absent where no loss, or every
        loss, is a breach.

    Raises
    ------
    InputError
        If `bt.spec` says that the forecasts are not a VaR.

    Notes
    -----
    No breach at all is an answer, not a failure: LR = -2 T ln(1 - p). Reads only `bt.var`.

    References
    ----------
    Kupiec (1995), Techniques for verifying the accuracy of risk measurement models, Journal of
    Derivatives 3.

    Examples
    --------
    >>> import numpy as np
    >>> loss = np.arange(250.0)  # ten of them above 239.5
    >>> print(kupiec(Backtest.from_arrays(loss=loss, var=np.full(250, 239.5), level=0.99)))
    kupiec: statistic 12.9555, p-value 0.000319, dof 1
      null: the VaR is breached with probability 0.01
      breaches: 10
      expected: 2.5
      signed_root: 3.59937
      z: 4.76731
      exact_pvalue: 0.00025019
      randomised_pvalue: 0.000209813
    """
    result = of_breaches(bt, "kupiec", _of_independent, alternative, seed)
    if not bt.overlapping or bt.n_breaches in (0, bt.n_obs):
        return result
    root = mean_statistic(bt.breaches.astype(np.float64) - (1.0 - bt.level), bt.shared_periods)
    hac = chi_square_pvalue(root * root, 1, root, alternative)
    return replace(result, extras={**result.extras, "hac_pvalue": hac})


def _of_independent(bt: Backtest, alternative: Alternative, seed: int) -> TestResult:
    trials, breaches, probability = bt.n_obs, bt.n_breaches, 1.0 - bt.level
    expected = trials * probability
    counts = np.arange(trials + 1, dtype=np.float64)
    ratios = coverage_ratio(counts, np.full_like(counts, trials), probability)
    law = _binomial.binomial_law(trials, probability)
    ratio = float(ratios[breaches])
    root = math.copysign(math.sqrt(ratio), float(direction(breaches, expected)))
    coin = tie_seed(bt, seed)
    if alternative == "two-sided":
        pvalue = chi_square_pvalue(ratio, 1, root, alternative)
        finite = by_enumeration(ratio, ratios, law, coin)
    elif alternative == "under":
        pvalue = float(ndtr(-root))
        above = _binomial.at_least(breaches, trials, probability)
        finite = exact(above, float(law[breaches]), coin)
    else:
        pvalue = float(ndtr(root))
        below = _binomial.at_most(breaches, trials, probability)
        finite = exact(below, float(law[breaches]), coin)
    return TestResult(
        name="kupiec",
        null=f"the VaR is breached with {bounded(probability, alternative)}",
        statistic=ratio,
        pvalue=pvalue,
        dof=1,
        extras={
            "breaches": breaches,
            "expected": expected,
            "signed_root": root,
            "z": (breaches - expected) / math.sqrt(expected * bt.level),
            **finite,
        },
    )
