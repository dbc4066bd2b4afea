"""Coverage and independence together."""

from __future__ import annotations

import numpy as np

from quant._typing import Vector
from quant.backtesting import _binomial
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
from quant.backtesting._requirements import at_least
from quant.backtesting._result import TestResult
from quant.backtesting._transitions import Transitions, orders
from quant.backtesting.base import Backtest

__all__ = ["conditional_coverage"]


def conditional_coverage(
    bt: Backtest, *, alternative: Alternative = "two-sided", seed: int = 0
) -> TestResult:
    r"""Test that breaches are independent and as frequent as the VaR says.

    .. math:: LR_{cc} = LR_{pof} + LR_{ind}

    Parameters
    ----------
    bt : Backtest
        At least two losses; where they overlap, twice the mean p-value of the subsamples without.
    alternative : {"two-sided", "under", "over"}
        ``"under"``: LR_cc counts against the model only when breaches are too many, as in
        `kupiec`, ``"over"`` only when they are too few; on the other side it counts for it.
    seed : int
        Of the tie-breaking of ``extras["randomised_pvalue"]``.

    Returns
    -------
    TestResult
        `pvalue` is the chi-square tail of LR_cc with two degrees of freedom, one-sided half of it;
        ``extras["exact_pvalue"]`` the exact probability, over all sequences of independent
        breaches of probability 1 - level, of a (signed) LR_cc at least as large;
        ``["randomised_pvalue"]`` breaks its ties. The two parts are in ``extras["lr_coverage"]``
        and ``extras["lr_independence"]``.

    Raises
    ------
    InputError
        If `bt.spec` says that the forecasts are not a VaR.
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
    return of_breaches(bt, "conditional_coverage", _of_independent, alternative, seed)


def _of_independent(bt: Backtest, alternative: Alternative, seed: int) -> TestResult:
    at_least(bt, "conditional_coverage", 2)
    trials, probability = bt.n_obs, 1.0 - bt.level
    counts = np.arange(trials + 1, dtype=np.float64)
    coverage = coverage_ratio(counts, np.full_like(counts, trials), probability)
    directions = direction(counts, trials * probability)
    transitions = Transitions.of(bt.breaches)
    ratio = float(coverage[bt.n_breaches]) + transitions.ratio
    towards = float(directions[bt.n_breaches])

    values, law = _law(trials, probability, coverage, ratio)
    signs = np.repeat(directions, [part.size for part in values])
    finite = by_enumeration(
        float(oriented(ratio, towards, alternative)),
        oriented(np.concatenate(values), signs, alternative),
        np.concatenate(law),
        tie_seed(bt, seed),
    )
    return TestResult(
        name="conditional_coverage",
        null=f"breaches are independent, each with {bounded(probability, alternative)}",
        statistic=ratio,
        pvalue=chi_square_pvalue(ratio, 2, towards, alternative),
        dof=2,
        extras={
            "lr_coverage": float(coverage[bt.n_breaches]),
            "lr_independence": transitions.ratio,
            "breaches": bt.n_breaches,
            **transitions.as_extras(),
            **finite,
        },
    )


def _law(
    trials: int, probability: float, coverage: Vector, ratio: float
) -> tuple[list[Vector], list[Vector]]:
    """Return the values of LR_cc and their probabilities, for each number of breaches.

    The independence part is never negative: where coverage alone exceeds `ratio`, every order does,
    and one value stands for them all.
    """
    values, law = [], []
    for breaches, chance in enumerate(_binomial.binomial_law(trials, probability)):
        if coverage[breaches] > ratio * (1.0 + 1e-6) + 1e-6:
            values.append(coverage[breaches : breaches + 1])
            law.append(np.array([chance]))
        else:
            placed = orders(trials, breaches)
            values.append(coverage[breaches] + placed.ratios)
            law.append(chance * placed.law)
    return values, law
