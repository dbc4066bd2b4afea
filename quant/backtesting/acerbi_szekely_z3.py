"""Acerbi and Szekely's third statistic: the whole tail of the forecast law, ranked by PIT."""

from __future__ import annotations

import numpy as np
from scipy.special import betainc

from quant import _checks
from quant._numerics import guarded
from quant._typing import FloatArray, Vector
from quant.backtesting._es_requirements import forecast_laws
from quant.backtesting._evidence import below, left_tail
from quant.backtesting._overlap import over_offsets
from quant.backtesting._result import TestResult
from quant.backtesting.base import Backtest
from quant.distributions.base import Distribution
from quant.errors import InputError, InsufficientDataError

__all__ = ["acerbi_szekely_z3"]

# depths -ln P(loss beyond): a law is tabled between them, and is not asked for quantiles beyond
_DEPTHS = np.linspace(0.0, 36.0, 901)


def acerbi_szekely_z3(bt: Backtest, *, n_sims: int = 10_000, seed: int = 0) -> TestResult:
    r"""Test the ES of forecast laws by the largest ranks of the losses within them.

    .. math:: Z_3 = 1 - \frac{1}{T} \sum_t
        \frac{\widehat{ES}(F_t^{-1}(U))}{E\, \widehat{ES}(F_t^{-1}(V))}

    with U the T forecast distribution functions at the losses, V independent uniforms, and the
    empirical ES the mean of the k = T (1 - level) largest, rounded down.

    Parameters
    ----------
    bt : Backtest
        With `laws`; `es` is not read.
    n_sims : int
        Histories simulated for the finite-sample p-value.
    seed : int

    Returns
    -------
    TestResult
        `statistic` is 0 on average for correct laws, negative when they underestimate the tail.
        `pvalue` is a normal limit with the standard deviation of the simulated statistic;
        ``extras["exact_pvalue"]`` counts the simulated histories with a statistic as low.
        Also ``["critical_values"]`` at 10, 5 and 1 % and ``["standard_deviation"]``;
        ``["clipped"]`` is the number of PITs of exactly 0 or 1, which are read as just inside.

    Raises
    ------
    InputError
        If there are no laws, or an expected shortfall is not above zero.
    InsufficientDataError
        If the tail holds less than one loss, T (1 - level) < 1.

    Notes
    -----
    The null needs uniform ranks only: T laws enter as one function of the rank, tabled once.

    References
    ----------
    Acerbi and Szekely (2014), Backtesting expected shortfall, Risk, December, test 3.

    Examples
    --------
    >>> from quant.distributions import Normal
    >>> law = Normal()
    >>> bt = Backtest.from_arrays(
    ...     loss=law.rvs(200), var=[1.6449] * 200, level=0.95, laws=[law] * 200
    ... )
    >>> acerbi_szekely_z3(bt).rejected()
    False
    """
    n_sims = _checks.count("n_sims", n_sims)
    seed = _checks.count("seed", seed, 0)
    forecast_laws(bt, "acerbi_szekely_z3")
    return over_offsets(bt, lambda part: _z3(part, n_sims, seed))


def _z3(bt: Backtest, n_sims: int, seed: int) -> TestResult:
    laws = forecast_laws(bt, "acerbi_szekely_z3")
    n = bt.n_obs
    k = int(guarded(n * (1.0 - bt.level)))
    if k < 1:
        needed = int(np.ceil(guarded(1.0 / (1.0 - bt.level))))
        raise InsufficientDataError(
            f"loss: expected at least {needed} losses for acerbi_szekely_z3 at level "
            f"{bt.level:g}, got {n}; backtest a longer history"
        )
    pit = np.array([law.cdf(float(x)) for law, x in zip(laws, bt.loss, strict=True)])
    worst = np.sort(-np.log(np.clip(1.0 - pit, np.exp(-_DEPTHS[-1]), 1.0)))[-k:]
    profile = _profile(bt, laws, k)
    statistic = 1.0 - float(np.mean(np.interp(worst, _DEPTHS, profile)))
    draws = 1.0 - np.interp(_largest(n, k, n_sims, seed), _DEPTHS, profile).mean(axis=1)
    deviation = float(draws.std())
    return TestResult(
        name="acerbi_szekely_z3",
        null="the forecast laws are right in the tail beyond VaR",
        statistic=statistic,
        pvalue=below(statistic / deviation) if deviation > 0.0 else float(statistic >= 0.0),
        extras={
            "tail_losses": k,
            "standard_deviation": deviation,
            "clipped": int(np.count_nonzero((pit <= 0.0) | (pit >= 1.0))),
            **left_tail(statistic, draws, bt, seed),
        },
    )


def _profile(bt: Backtest, laws: tuple[Distribution, ...], k: int) -> Vector:
    """Return the mean over days of the quantile at each depth over the expected empirical ES."""
    total = np.zeros(_DEPTHS.size)
    weights = _weights(bt.n_obs, k)
    known: dict[int, Vector] = {}  # one law for many days is worked out once
    for at, law in enumerate(laws):
        if id(law) not in known:
            quantiles = _quantiles(law)
            expected = float(weights @ quantiles)
            if expected <= 0.0:
                raise InputError(
                    f"laws: expected an expected shortfall above 0, by which acerbi_szekely_z3 "
                    f"divides, got {expected:g} at {_checks.stamp(bt.dates[at])}; "
                    "leave out a book that is hedged on some days"
                )
            known[id(law)] = quantiles / expected
        total += known[id(law)]
    return total / bt.n_obs


def _quantiles(law: Distribution) -> Vector:
    # a law may reach to minus infinity, and depth 0 is its lowest point: no tail comes that far
    return np.asarray(law.ppf(-np.expm1(-np.maximum(_DEPTHS, 1e-12))), dtype=np.float64)


def _weights(n: int, k: int) -> Vector:
    """Return the weights of the quantiles in the mean of the k largest of n draws.

    The mean is n / k times the integral of I_{1-p}(n - k, k) Q(1 - p) over p = e^-depth, by
    Simpson's rule.
    """
    beyond = np.exp(-_DEPTHS)
    chance = betainc(float(n - k), float(k), 1.0 - beyond) if n > k else np.ones_like(beyond)
    simpson = np.full(_DEPTHS.size, 2.0)
    simpson[1::2] = 4.0
    simpson[[0, -1]] = 1.0
    weights: Vector = n / k * chance * beyond * simpson * (_DEPTHS[1] / 3.0)
    return weights


def _largest(n: int, k: int, n_sims: int, seed: int) -> FloatArray:
    """Return the depths of the k largest of n uniforms, (n_sims, k): sums of exponentials."""
    spacings = np.random.default_rng(seed).standard_exponential((n_sims, k))
    # the j-th smallest of n standard exponentials is a sum of E_i / (n - i + 1): exponentials of
    # 1 - u, so that u near 1 keeps its digits
    low = np.cumsum(spacings / (n - np.arange(k)), axis=1)
    depth: FloatArray = -np.log(-np.expm1(-low))
    return np.asarray(np.minimum(depth, _DEPTHS[-1]), dtype=np.float64)
