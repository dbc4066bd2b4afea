"""Independence: does a breach today make one tomorrow more, or less, likely."""

from __future__ import annotations

from quant.backtesting._alternative import Alternative, chi_square_pvalue, oriented
from quant.backtesting._breaches import of_breaches
from quant.backtesting._evidence import tie_seed
from quant.backtesting._finite_sample import by_enumeration
from quant.backtesting._requirements import at_least
from quant.backtesting._result import TestResult
from quant.backtesting._transitions import Transitions, orders
from quant.backtesting.base import Backtest

__all__ = ["christoffersen"]


_NULL = {
    "two-sided": "a breach is as likely after a breach as after a quiet period",
    "under": "a breach is no likelier after a breach than after a quiet period",
    "over": "a breach is no less likely after a breach than after a quiet period",
}


def christoffersen(
    bt: Backtest, *, alternative: Alternative = "two-sided", seed: int = 0
) -> TestResult:
    r"""Test that breaches do not depend on whether there was one in the period before.

    .. math:: LR = -2 \ln\frac{(1-\pi)^{n_{00}+n_{10}} \pi^{n_{01}+n_{11}}}
        {(1-\pi_0)^{n_{00}} \pi_0^{n_{01}} (1-\pi_1)^{n_{10}} \pi_1^{n_{11}}}

    with n_ij the pairs of neighbouring periods in which i was followed by j (1 is a breach),
    pi_0 = n01 / (n00 + n01), pi_1 = n11 / (n10 + n11) and pi the share of both together.

    Parameters
    ----------
    bt : Backtest
        At least two losses; where they overlap, twice the mean p-value of the subsamples without.
    alternative : {"two-sided", "under", "over"}
        ``"under"``: breaches cluster, risk is underestimated after a breach. ``"over"``: they
        avoid one another.
    seed : int
        Of the tie-breaking of ``extras["randomised_pvalue"]``.

    Returns
    -------
    TestResult
        `pvalue` is the chi-square tail of LR with one degree of freedom, one-sided that of its
        signed root. ``extras["exact_pvalue"]`` is the share of the orders of the same number of
        breaches whose (signed) LR is at least as large: exact, and free of the breach probability;
        ``["randomised_pvalue"]`` breaks its ties. Also n00, n01, n10, n11.

    Raises
    ------
    InputError
        If `bt.spec` says that the forecasts are not a VaR.
    InsufficientDataError
        If there is only one loss.

    Notes
    -----
    Says nothing about how many breaches there are: see `conditional_coverage`. Two-sided, breaches
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
    return of_breaches(bt, "christoffersen", _of_independent, alternative, seed)


def _of_independent(bt: Backtest, alternative: Alternative, seed: int) -> TestResult:
    at_least(bt, "christoffersen", 2)
    found = Transitions.of(bt.breaches)
    placed = orders(bt.n_obs, bt.n_breaches)
    finite = by_enumeration(
        float(oriented(found.ratio, found.towards, alternative)),
        oriented(placed.ratios, placed.directions, alternative),
        placed.law,
        tie_seed(bt, seed),
    )
    return TestResult(
        name="christoffersen",
        null=_NULL[alternative],
        statistic=found.ratio,
        pvalue=chi_square_pvalue(found.ratio, 1, found.towards, alternative),
        dof=1,
        extras={**found.as_extras(), **finite},
    )
