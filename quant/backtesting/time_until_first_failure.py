"""How long until the VaR is breached for the first time."""

from __future__ import annotations

import math

import numpy as np

from quant.backtesting._alternative import (
    Alternative,
    bounded,
    chi_square_pvalue,
    direction,
    oriented,
)
from quant.backtesting._breaches import of_breaches
from quant.backtesting._evidence import tie_seed
from quant.backtesting._finite_sample import by_enumeration
from quant.backtesting._likelihood import coverage_ratio
from quant.backtesting._result import TestResult
from quant.backtesting.base import Backtest

__all__ = ["time_until_first_failure"]


def time_until_first_failure(
    bt: Backtest, *, alternative: Alternative = "two-sided", seed: int = 0
) -> TestResult:
    r"""Test the period v of the first breach, counted from 1, against 1 - level = p.

    .. math:: LR = -2 \ln\frac{p (1-p)^{v-1}}{(1/v) (1-1/v)^{v-1}}

    Parameters
    ----------
    bt : Backtest
        Where losses overlap, the p-values are twice the mean of those of the subsamples without.
    alternative : {"two-sided", "under", "over"}
        ``"under"``: the first breach comes too early. ``"over"``: too late.
    seed : int
        Of the tie-breaking of ``extras["randomised_pvalue"]``.

    Returns
    -------
    TestResult
        `pvalue` is the chi-square tail of LR with one degree of freedom, one-sided that of its
        signed root. ``extras["exact_pvalue"]`` adds the geometric probabilities of all v, and of no
        breach at all, whose LR is at least as large (one-sided: that are as early, or as late).
        ``extras["first_failure"]`` is v, None without a breach.

    Raises
    ------
    InputError
        If `bt.spec` says that the forecasts are not a VaR.

    Notes
    -----
    Without a breach v is known to exceed T only; the likelihood is (1 - p)^T against 1, hence
    LR = -2 T ln(1 - p). At 99 % the chi-square version does not reject v from 7 to 438: one number
    says little, so this test has little power.

    References
    ----------
    Kupiec (1995), Techniques for verifying the accuracy of risk measurement models, Journal of
    Derivatives 3.

    Examples
    --------
    >>> breaches = [0] * 3 + [1] + [0] * 246
    >>> bt = Backtest.from_arrays(loss=breaches, var=[0.5] * 250, level=0.99)
    >>> result = time_until_first_failure(bt, alternative="under")
    >>> print(f"{result.statistic:.4f} {result.extras['exact_pvalue']:.4f}")
    4.7720 0.0394
    """
    return of_breaches(bt, "time_until_first_failure", _of_independent, alternative, seed)


def _of_independent(bt: Backtest, alternative: Alternative, seed: int) -> TestResult:
    trials, probability = bt.n_obs, 1.0 - bt.level
    first = int(np.argmax(bt.breaches)) + 1 if bt.n_breaches else None
    days = np.arange(1, trials + 1, dtype=np.float64)
    never = np.array([float(trials)])
    ratios = np.concatenate(
        (
            coverage_ratio(np.ones_like(days), days, probability),
            coverage_ratio(np.zeros(1), never, probability),
        )
    )
    quiet = math.log1p(-probability)
    law = np.concatenate((probability * np.exp((days - 1.0) * quiet), np.exp(never * quiet)))
    at = trials if first is None else first - 1
    ratio = float(ratios[at])
    late = np.concatenate((direction(days, 1.0 / probability), np.ones(1)))
    towards = -float(late[at])
    if alternative == "two-sided":
        finite = by_enumeration(ratio, ratios, law, tie_seed(bt, seed))
    else:  # by time itself: it orders the outcomes as the signed root does, and tells all apart
        order = np.arange(trials + 1, dtype=np.float64)
        early_first = oriented(order, -1.0, alternative)
        finite = by_enumeration(float(early_first[at]), early_first, law, tie_seed(bt, seed))
    return TestResult(
        name="time_until_first_failure",
        null=f"the first breach comes as if each period had one with "
        f"{bounded(probability, alternative)}",
        statistic=ratio,
        pvalue=chi_square_pvalue(ratio, 1, towards, alternative),
        dof=1,
        extras={"first_failure": first, **finite},
    )
