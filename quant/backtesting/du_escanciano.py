"""Du and Escanciano's tests: cumulative violations, their mean and their memory."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Literal, TypeAlias

import numpy as np
from scipy.special import chdtrc

from quant import _checks
from quant._typing import Vector
from quant.backtesting._breach_sample import breach_sample
from quant.backtesting._evidence import below, mean_test, simulated, tie_seed
from quant.backtesting._finite_sample import exact
from quant.backtesting._overlap import over_offsets
from quant.backtesting._pit import required
from quant.backtesting._requirements import at_least
from quant.backtesting._result import TestResult
from quant.backtesting._severity_law import severity, severity_at_least, severity_at_most
from quant.backtesting.base import Backtest

__all__ = ["du_escanciano"]

Variant: TypeAlias = Literal["unconditional", "conditional"]


def du_escanciano(
    bt: Backtest,
    *,
    variant: Variant = "unconditional",
    lags: int = 5,
    n_sims: int = 10_000,
    seed: int = 0,
) -> TestResult:
    r"""Test the mean, or the autocorrelations, of the cumulative violations of ES.

    .. math:: H_t = \left( 1 - \frac{1 - u_t}{1 - level} \right)^+, \quad
        U = \frac{\sqrt{T} (\bar H - p/2)}{\sqrt{p (1/3 - p/4)}}, \quad
        C_m = T \sum_{j=1}^m \hat\rho_j^2

    with u the PIT, p = 1 - level, and autocovariances about p / 2 with divisor T - j.

    Parameters
    ----------
    bt : Backtest
        With `pit`; VaR and ES themselves are not read.
    variant : {"unconditional", "conditional"}
    lags : int
        m, of the conditional variant.
    n_sims : int
        Histories simulated for the finite-sample p-value of the conditional variant.
    seed : int
        Of those, and of the randomised p-value, which breaks the tie of histories without breach.

    Returns
    -------
    TestResult
        Unconditional: `statistic` is -U, so that it is negative when risk is underestimated, like
        every ES statistic here; `pvalue` is two-sided from the normal limit, and
        ``extras["exact_pvalue"]`` is the exact P(|U| >= |u|). ``["u"]`` is U as published.
        Conditional: `statistic` is C_m, `pvalue` its chi-square tail with m degrees of freedom, and
        ``["exact_pvalue"]`` is from simulated histories. ``["hac_pvalue"]``, one-sided, for
        overlapping losses, of the unconditional variant.

    Raises
    ------
    InputError
        If there is no PIT.
    InsufficientDataError
        If there are not more than `lags` losses.

    Notes
    -----
    For a one-sided test of the mean see `costanzino_curran`, which rests on the same sum. U is
    skewed to the right at the usual lengths: the exact law is that of a binomial number of
    uniforms. That the parameters of the forecast laws were estimated is not allowed for. With no
    breach H is 0 throughout and C_m is large; its simulated law knows.

    References
    ----------
    Du and Escanciano (2017), Backtesting expected shortfall: accounting for tail risk, Management
    Science 63.

    Examples
    --------
    >>> import numpy as np
    >>> pit = (np.arange(500) * 0.618033988749895) % 1.0
    >>> bt = Backtest.from_arrays(loss=np.zeros(500), var=np.ones(500), level=0.95, pit=pit)
    >>> du_escanciano(bt).rejected()
    False
    """
    _checks.one_of("variant", variant, ("unconditional", "conditional"))
    lags = _checks.count("lags", lags)
    n_sims = _checks.count("n_sims", n_sims)
    seed = _checks.count("seed", seed, 0)
    row = required(bt, "du_escanciano")
    if variant == "unconditional":
        return mean_test(
            bt, lambda part: _mean(part, seed), 0.5 * (1.0 - bt.level) - severity(bt, row)
        )
    return over_offsets(bt, lambda part: _memory(part, lags, n_sims, seed))


def _mean(bt: Backtest, seed: int) -> TestResult:
    n, p = bt.n_obs, 1.0 - bt.level
    total = float(np.sum(severity(bt, required(bt, "du_escanciano"))))
    away = abs(total - 0.5 * n * p)
    u = (total / n - 0.5 * p) * math.sqrt(n / (p * (1.0 / 3.0 - 0.25 * p)))
    as_far = severity_at_least(0.5 * n * p + away, n, p)
    if away <= 0.5 * n * p * (1.0 + 1e-12):
        as_far += severity_at_most(max(0.0, 0.5 * n * p - away), n, p)
    tied = severity_at_most(0.0, n, p) if total == 0.0 else 0.0
    return TestResult(
        name="du_escanciano",
        null="cumulative violations have the mean (1 - level) / 2",
        statistic=-u,
        pvalue=2.0 * below(-abs(u)),
        extras={
            "u": u,
            "mean_violation": total / n,
            **exact(min(1.0, as_far), tied, tie_seed(bt, seed)),
        },
    )


def _memory(bt: Backtest, lags: int, n_sims: int, seed: int) -> TestResult:
    at_least(bt, f"du_escanciano with {lags} lags", lags + 1)
    centre = 0.5 * (1.0 - bt.level)
    centred = severity(bt, required(bt, "du_escanciano")) - centre
    n = bt.n_obs
    covariances = [float(centred[j:] @ centred[: n - j]) / (n - j) for j in range(lags + 1)]
    statistic = n * sum((c / covariances[0]) ** 2 for c in covariances[1:])
    return TestResult(
        name="du_escanciano",
        null="cumulative violations are not autocorrelated",
        statistic=statistic,
        pvalue=float(chdtrc(lags, statistic)),
        dof=lags,
        extras=simulated(statistic, _memory_draws(n, bt.level, lags, n_sims, seed), bt, seed),
    )


@lru_cache(maxsize=16)
def _memory_draws(n_obs: int, level: float, lags: int, n_sims: int, seed: int) -> Vector:
    from quant.backtesting._sparse import lagged

    sample = breach_sample(n_obs, level, n_sims, seed)
    severities = 1.0 - np.exp(-sample.depth)
    centre = 0.5 * (1.0 - level)
    covariances = [
        lagged(sample.first, sample.day, severities, n_obs, j, centre) / (n_obs - j)
        for j in range(lags + 1)
    ]
    draws: Vector = n_obs * np.sum([(c / covariances[0]) ** 2 for c in covariances[1:]], axis=0)
    draws.setflags(write=False)
    return draws
