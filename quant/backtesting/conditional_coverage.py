"""Coverage and independence together."""

from __future__ import annotations

import numpy as np

from quant.backtesting import _binomial
from quant.backtesting._likelihood import as_extreme, chi_square_tail, coverage_ratio
from quant.backtesting._requirements import at_least, independent
from quant.backtesting._result import TestResult
from quant.backtesting._transitions import Transitions, conditional_tail
from quant.backtesting.base import Backtest

__all__ = ["conditional_coverage"]


def conditional_coverage(bt: Backtest) -> TestResult:
    r"""Test that breaches are independent and as frequent as the VaR says.

    .. math:: LR_{cc} = LR_{pof} + LR_{ind}

    Parameters
    ----------
    bt : Backtest
        At least two losses that do not overlap.

    Returns
    -------
    TestResult
        `pvalue` is the chi-square tail of LR_cc with two degrees of freedom;
        ``extras["exact_pvalue"]`` the exact probability, over all sequences of independent
        breaches of probability 1 - level, of an LR_cc at least as large. The two parts are in
        ``extras["lr_coverage"]`` and ``extras["lr_independence"]``.

    Raises
    ------
    InputError
        If the losses overlap.
    InsufficientDataError
        If there is only one loss.

    Notes
    -----
    As is the custom, the coverage part uses all T losses and the independence part their T - 1
    transitions, so the sum is not quite one likelihood ratio; the exact p-value is of the sum as
    it stands.

    References
    ----------
    Christoffersen (1998), Evaluating interval forecasts, International Economic Review 39,
    section 4.

    Examples
    --------
    >>> breaches = [0] * 20 + [1] * 5 + [0] * 225
    >>> bt = Backtest.from_arrays(loss=breaches, var=[0.5] * 250, level=0.99)
    >>> print(f"{conditional_coverage(bt).pvalue:.1e}")
    7.0e-08
    """
    independent(bt, "conditional_coverage")
    at_least(bt, "conditional_coverage", 2)
    probability = 1.0 - bt.level
    counts = np.arange(bt.n_obs + 1, dtype=np.float64)
    coverage = coverage_ratio(counts, np.full_like(counts, bt.n_obs), probability)
    transitions = Transitions.of(bt.breaches)
    ratio = float(coverage[bt.n_breaches]) + transitions.ratio

    law = _binomial.binomial_law(bt.n_obs, probability)
    # the independence part is never negative: where coverage alone suffices, every order counts
    tails = as_extreme(coverage, ratio)
    for breaches in np.flatnonzero(tails == 0.0):
        rest = ratio - float(coverage[breaches])
        tails[breaches] = conditional_tail(bt.n_obs, int(breaches), rest)
    return TestResult(
        name="conditional_coverage",
        null=f"breaches are independent, each with probability {probability:.4g}",
        statistic=ratio,
        pvalue=chi_square_tail(ratio, 2),
        dof=2,
        extras={
            "lr_coverage": float(coverage[bt.n_breaches]),
            "lr_independence": transitions.ratio,
            "breaches": bt.n_breaches,
            **transitions.as_extras(),
            "exact_pvalue": min(1.0, float(tails @ law)),
        },
    )
