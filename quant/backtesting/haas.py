"""Times between breaches, each against the breach probability."""

from __future__ import annotations

from functools import lru_cache, partial
from typing import Literal, TypeAlias

import numpy as np
from scipy.special import chdtrc

from quant import _checks
from quant._typing import Vector
from quant.backtesting._alternative import (
    Alternative,
    bounded,
    chi_square_pvalue,
    direction,
    oriented,
)
from quant.backtesting._breach_rows import BreachRows, independent_breaches
from quant.backtesting._breaches import of_breaches
from quant.backtesting._evidence import tie_seed
from quant.backtesting._finite_sample import by_simulation
from quant.backtesting._likelihood import coverage_ratio
from quant.backtesting._result import TestResult
from quant.backtesting.base import Backtest

__all__ = ["haas"]

Variant: TypeAlias = Literal["mixed", "independence"]


def haas(
    bt: Backtest,
    *,
    variant: Variant = "mixed",
    alternative: Alternative = "two-sided",
    n_sims: int = 10_000,
    seed: int = 0,
) -> TestResult:
    r"""Test the x gaps v_i between breaches, the first counted from before the first loss.

    .. math:: LR_{tbfi} = \sum_{i=1}^{x} -2 \ln\frac{p (1-p)^{v_i-1}}{(1/v_i) (1-1/v_i)^{v_i-1}},
        \quad LR_{tbf} = LR_{pof} + LR_{tbfi}

    Parameters
    ----------
    bt : Backtest
        Where losses overlap, the p-values are twice the mean of those of the subsamples without.
    variant : {"mixed", "independence"}
        ``"mixed"``: LR_tbf, with the proportion of failures of `kupiec`. ``"independence"``:
        LR_tbfi alone.
    alternative : {"two-sided", "under", "over"}
        ``"under"``: LR counts against the model only when breaches are too many, ``"over"`` only
        when they are too few; on the other side it counts for it.
    n_sims, seed : int
        Histories of independent breaches behind the finite-sample p-value.

    Returns
    -------
    TestResult
        `pvalue` is the chi-square tail with x + 1 (mixed) or x degrees of freedom, one-sided half
        of it. ``extras["exact_pvalue"]`` is a Monte Carlo p-value in which every history is
        measured by its own chi-square tail, since their numbers of gaps differ.

    Raises
    ------
    InputError
        If `bt.spec` says that the forecasts are not a VaR.

    Notes
    -----
    The chi-square tail rejects too easily when gaps are many or short; decide by the exact one.
    The time since the last breach is left out. Without a breach there is no gap: LR_tbfi is 0.

    References
    ----------
    Haas (2001), New methods in backtesting, Financial Engineering Research Center Caesar, Bonn;
    Dufour (2006), Monte Carlo tests with nuisance parameters, Journal of Econometrics 133.

    Examples
    --------
    >>> breaches = [0] * 20 + [1] * 4 + [0] * 226
    >>> bt = Backtest.from_arrays(loss=breaches, var=[0.5] * 250, level=0.99)
    >>> result = haas(bt)
    >>> result.dof, result.rejected()
    (5, True)
    """
    _checks.one_of("variant", variant, ("mixed", "independence"))
    _checks.count("n_sims", n_sims)
    test = partial(_of_independent, variant=variant, n_sims=n_sims)
    return of_breaches(bt, "haas", test, alternative, seed)


def _of_independent(
    bt: Backtest, alternative: Alternative, seed: int, variant: Variant, n_sims: int
) -> TestResult:
    probability = 1.0 - bt.level
    observed = BreachRows.of(bt)
    ratio, dof = (float(row[0]) for row in _ratios(observed, probability, variant))
    extremeness, directions = _measured(observed, probability, variant)
    null, null_directions = _null(bt.n_obs, probability, variant, n_sims, seed)
    finite = by_simulation(
        float(oriented(extremeness, directions, alternative)[0]),
        oriented(null, null_directions, alternative),
        tie_seed(bt, seed),
    )
    return TestResult(
        name="haas",
        null=f"breaches are independent, each with {bounded(probability, alternative)}",
        statistic=ratio,
        pvalue=chi_square_pvalue(ratio, int(dof), float(directions[0]), alternative),
        dof=int(dof),
        extras={"variant": variant, "breaches": bt.n_breaches, **finite},
    )


def _ratios(rows: BreachRows, probability: float, variant: Variant) -> tuple[Vector, Vector]:
    """Return the statistic of each history and its degrees of freedom."""
    days = np.arange(1, rows.n_obs + 1, dtype=np.float64)
    of_gap = coverage_ratio(np.ones_like(days), days, probability)
    gaps = np.zeros(rows.n_rows)
    np.add.at(gaps, rows.row, of_gap[rows.gaps - 1])
    counts = rows.counts
    if variant == "independence":
        return gaps, counts
    share = coverage_ratio(counts, np.full_like(counts, rows.n_obs), probability)
    return gaps + share, counts + 1.0


def _measured(rows: BreachRows, probability: float, variant: Variant) -> tuple[Vector, Vector]:
    """Return minus the log of the chi-square tail of each history, and its direction."""
    ratios, dof = _ratios(rows, probability, variant)
    tails = np.where(dof > 0.0, chdtrc(np.maximum(dof, 1.0), ratios), 1.0)
    extremeness: Vector = -np.log(np.maximum(tails, np.finfo(np.float64).tiny))
    return extremeness, direction(rows.counts, rows.n_obs * probability)


@lru_cache(maxsize=24)
def _null(
    n_obs: int, probability: float, variant: Variant, n_sims: int, seed: int
) -> tuple[Vector, Vector]:
    return _measured(independent_breaches(n_obs, probability, n_sims, seed), probability, variant)
