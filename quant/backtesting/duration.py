"""Does the chance of a breach depend on the time since the last one."""

from __future__ import annotations

from functools import lru_cache, partial
from typing import Literal, TypeAlias

import numpy as np

from quant import _checks
from quant._typing import Vector
from quant.backtesting._alternative import Alternative, chi_square_pvalue, oriented
from quant.backtesting._breach_rows import Integers
from quant.backtesting._breaches import of_breaches
from quant.backtesting._evidence import tie_seed
from quant.backtesting._finite_sample import by_both_tails, by_simulation
from quant.backtesting._requirements import at_least
from quant.backtesting._result import TestResult
from quant.backtesting.base import Backtest

__all__ = ["duration"]

Variant: TypeAlias = Literal["Weibull", "geometric"]

_NULL = {
    "two-sided": "the chance of a breach does not depend on the time since the last one",
    "under": "the chance of a breach does not fall with the time since the last one",
    "over": "the chance of a breach does not rise with the time since the last one",
}


def duration(
    bt: Backtest,
    *,
    variant: Variant = "Weibull",
    alternative: Alternative = "two-sided",
    n_sims: int = 10_000,
    seed: int = 0,
) -> TestResult:
    r"""Test b = 1 in a law of the spells d between breaches whose hazard changes with time.

    .. math:: f(d) = a^b b d^{b-1} e^{-(ad)^b}, \quad \text{or} \quad P(D > d) = e^{-(ad)^b},
        \; d = 1, 2, \ldots

    Parameters
    ----------
    bt : Backtest
        At least two losses; where they overlap, twice the mean p-value of the subsamples without.
    variant : {"Weibull", "geometric"}
        ``"Weibull"``: the first formula, spells as if time were continuous. ``"geometric"``: the
        second, whole periods; under the null spells are geometric, as those of breaches are.
    alternative : {"two-sided", "under", "over"}
        ``"under"``: b < 1, breaches cluster. ``"over"``: b > 1, they avoid one another.
    n_sims, seed : int
        Placements of the breaches behind the finite-sample p-value.

    Returns
    -------
    TestResult
        `statistic` is the likelihood ratio, `pvalue` its chi-square tail with one degree of
        freedom, one-sided that of the signed root. ``extras["exact_pvalue"]`` is a Monte Carlo
        p-value over placements of the same number of breaches, free of their probability;
        two-sided it is twice the smaller of the one-sided ones. ``extras["b"]`` is the estimate.

    Raises
    ------
    InputError
        If `bt.spec` says that the forecasts are not a VaR.
    InsufficientDataError
        If there is only one loss.

    Notes
    -----
    The spells before the first and after the last breach are censored: known to last that long at
    least. A breach in the first, or last, period leaves none at that end. With fewer than two
    breaches, or nothing else, there is no spell to judge: LR is 0 and the p-values 1. b is sought
    from 0.01 to 50; spells all of one length would take it further. Whole periods push the Weibull
    b above 1 even when breaches are independent, the more the commoner they are: the chi-square
    version then mistakes correct models for spaced ones, and clusters for correct models.

    References
    ----------
    Christoffersen and Pelletier (2004), Backtesting Value-at-Risk: a duration-based approach,
    Journal of Financial Econometrics 2, section 3; Haas (2005), Improved duration-based
    backtesting of Value-at-Risk, Journal of Risk 8 (the discrete Weibull law).

    Examples
    --------
    >>> breaches = ([1] * 3 + [0] * 47) * 5
    >>> bt = Backtest.from_arrays(loss=breaches, var=[0.5] * 250, level=0.95)
    >>> result = duration(bt)
    >>> f"{result.extras['b']:.3f}", result.rejected(0.01)
    ('0.517', True)
    """
    _checks.one_of("variant", variant, ("Weibull", "geometric"))
    _checks.count("n_sims", n_sims)
    test = partial(_of_independent, variant=variant, n_sims=n_sims)
    return of_breaches(bt, "duration", test, alternative, seed)


def _of_independent(
    bt: Backtest, alternative: Alternative, seed: int, variant: Variant, n_sims: int
) -> TestResult:
    at_least(bt, "duration", 2)
    breaches = bt.n_breaches
    ratio, b = 0.0, 1.0
    null = shapes = np.zeros(n_sims)
    if 2 <= breaches < bt.n_obs:
        observed = np.flatnonzero(bt.breaches).astype(np.int64)[None, :]
        ratio, b = (float(row[0]) for row in _ratios(observed, bt.n_obs, variant))
        null, shapes = _null(bt.n_obs, breaches, variant, n_sims, seed)
    towards = _clustering(b)
    clustered = oriented(null, _clustering(shapes), "under")
    if alternative == "two-sided":
        finite = by_both_tails(float(towards) * ratio, clustered, tie_seed(bt, seed))
    else:
        sign = 1.0 if alternative == "under" else -1.0
        finite = by_simulation(sign * float(towards) * ratio, sign * clustered, tie_seed(bt, seed))
    return TestResult(
        name="duration",
        null=_NULL[alternative],
        statistic=ratio,
        # without spells there is no direction either
        pvalue=chi_square_pvalue(ratio, 1, float(towards), alternative) if ratio else 1.0,
        dof=1,
        extras={"variant": variant, "b": b, "breaches": breaches, **finite},
    )


def _clustering(shape: float | Vector) -> Vector:
    return np.where(np.asarray(shape) < 1.0, 1.0, -1.0)


def _ratios(placed: Integers, n_obs: int, variant: Variant) -> tuple[Vector, Vector]:
    from quant.backtesting._duration_kernel import geometric_ratios, weibull_ratios

    ratios = weibull_ratios if variant == "Weibull" else geometric_ratios
    found: tuple[Vector, Vector] = ratios(placed, n_obs)
    return found


@lru_cache(maxsize=128)
def _null(
    n_obs: int, breaches: int, variant: Variant, n_sims: int, seed: int
) -> tuple[Vector, Vector]:
    from quant.backtesting._duration_kernel import placements

    uniforms = np.random.default_rng((seed, n_obs)).random((n_sims, breaches))
    return _ratios(placements(uniforms, n_obs), n_obs, variant)
