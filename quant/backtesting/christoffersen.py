"""Independence: does a breach today make one tomorrow more, or less, likely."""

from __future__ import annotations

from quant.backtesting._likelihood import chi_square_tail
from quant.backtesting._requirements import at_least, independent
from quant.backtesting._result import TestResult
from quant.backtesting._transitions import Transitions, conditional_tail
from quant.backtesting.base import Backtest

__all__ = ["christoffersen"]


def christoffersen(bt: Backtest) -> TestResult:
    r"""Test that breaches do not depend on whether there was one in the period before.

    .. math:: LR = -2 \ln\frac{(1-\pi)^{n_{00}+n_{10}} \pi^{n_{01}+n_{11}}}
        {(1-\pi_0)^{n_{00}} \pi_0^{n_{01}} (1-\pi_1)^{n_{10}} \pi_1^{n_{11}}}

    with n_ij the pairs of neighbouring periods in which i was followed by j (1 is a breach),
    pi_0 = n01 / (n00 + n01), pi_1 = n11 / (n10 + n11) and pi the share of both together.

    Parameters
    ----------
    bt : Backtest
        At least two losses that do not overlap.

    Returns
    -------
    TestResult
        `pvalue` is the chi-square tail of LR with one degree of freedom.
        ``extras["exact_pvalue"]`` is the share of the orders of the same number of breaches whose
        LR is at least as large: exact, and free of the breach probability. Also n00, n01, n10, n11.

    Raises
    ------
    InputError
        If the losses overlap.
    InsufficientDataError
        If there is only one loss.

    Notes
    -----
    Says nothing about how many breaches there are: see `conditional_coverage`. Two-sided: breaches
    that avoid one another count as much as breaches in clusters. With no breach, or with nothing
    else, LR is 0 and both p-values are 1; with no two breaches in a row, 0 ln 0 = 0.

    References
    ----------
    Christoffersen (1998), Evaluating interval forecasts, International Economic Review 39,
    section 3. The exact version conditions on the number of breaches, which is sufficient for
    their probability.

    Examples
    --------
    >>> breaches = [0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0]
    >>> result = christoffersen(Backtest.from_arrays(loss=breaches, var=[0.5] * 12, level=0.9))
    >>> print(f"{result.pvalue:.4f} {result.extras['exact_pvalue']:.4f}")
    0.0811 0.0455
    """
    independent(bt, "christoffersen")
    at_least(bt, "christoffersen", 2)
    transitions = Transitions.of(bt.breaches)
    exact = conditional_tail(bt.n_obs, bt.n_breaches, transitions.ratio)
    return TestResult(
        name="christoffersen",
        null="a breach is as likely after a breach as after a quiet period",
        statistic=transitions.ratio,
        pvalue=chi_square_tail(transitions.ratio, 1),
        dof=1,
        extras={**transitions.as_extras(), "exact_pvalue": exact},
    )
