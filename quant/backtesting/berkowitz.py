"""Is the PIT, read as a normal score, standard normal: the whole of it, or its tail."""

from __future__ import annotations

from functools import lru_cache, partial
from typing import Literal, TypeAlias

import numpy as np
from scipy.special import log_ndtr, ndtri

from quant import _checks
from quant._typing import Matrix, Vector
from quant.backtesting import _pit
from quant.backtesting._alternative import (
    Alternative,
    checked,
    chi_square_pvalue,
    direction,
    oriented,
)
from quant.backtesting._autoregression import Autoregression, Sums, given_the_first, stationary
from quant.backtesting._evidence import tie_seed
from quant.backtesting._finite_sample import by_simulation
from quant.backtesting._overlap import over_offsets
from quant.backtesting._requirements import at_least
from quant.backtesting._result import TestResult
from quant.backtesting.base import Backtest
from quant.errors import InputError

__all__ = ["berkowitz"]

Variant: TypeAlias = Literal["full", "tail"]
FirstObservation: TypeAlias = Literal["exact", "conditional"]

_NEAREST = 2.0**-53  # a PIT this far from 0 or 1, 8.2 standard deviations, is the last below 1
_BLOCK = 250  # samples drawn at a time


def berkowitz(
    bt: Backtest,
    *,
    variant: Variant = "full",
    first_observation: FirstObservation = "exact",
    alternative: Alternative = "two-sided",
    n_sims: int = 10_000,
    seed: int = 0,
) -> TestResult:
    r"""Test that the normal scores z of the PIT are independent and standard normal.

    .. math:: z_t = \Phi^{-1}(u_t), \quad z_t - \mu = \rho (z_{t-1} - \mu) + \sigma \epsilon_t,
        \quad LR = 2 (\ell(\hat\mu, \hat\sigma, \hat\rho) - \ell(0, 1, 0))

    Parameters
    ----------
    bt : Backtest
        With `pit`. Where losses overlap, the p-values are twice the mean of those of the
        subsamples without.
    variant : {"full", "tail"}
        ``"full"``: mean, spread and autocorrelation of all scores, on at least 5 losses.
        ``"tail"``: mean and spread as far as the scores beyond ``bt.level`` show them, the others
        known to be smaller only.
    first_observation : {"exact", "conditional"}
        Of the full variant: whether the first score is drawn from the stationary law, or given.
    alternative : {"two-sided", "under", "over"}
        ``"under"``: LR counts against the model only when the law fitted to the scores has more
        than 1 - level beyond the VaR, ``"over"`` only when it has less; on the other side it
        counts for the model.
    n_sims, seed : int
        Samples of standard normal scores behind the finite-sample p-value.

    Returns
    -------
    TestResult
        `pvalue` is the chi-square tail of LR with 3 degrees of freedom, 2 for the tail, one-sided
        half of it. ``extras["exact_pvalue"]`` is a Monte Carlo p-value. ``["mu"]``, ``["sigma"]``
        and ``["rho"]`` are the estimates; ``["clipped"]`` counts PITs of exactly 0 or 1, read as
        2^-53 and 1 - 2^-53.

    Raises
    ------
    InputError
        If there is no PIT, or the full variant meets one PIT throughout.
    InsufficientDataError
        If there are fewer losses than the full variant can use.

    Notes
    -----
    Without a score beyond the level the tail variant compares with a law that has none there:
    LR = -2 T ln(level), mu is -inf. A PIT of 0 or 1 is a loss that the forecast ruled out and
    weighs accordingly; forecasts from a bare sample produce them even when the sample is right.

    References
    ----------
    Berkowitz (2001), Testing density forecasts, with applications to risk management, Journal of
    Business and Economic Statistics 19, sections 2 and 3.

    Examples
    --------
    >>> import numpy as np
    >>> pit = np.random.default_rng(1).random(500)
    >>> bt = Backtest.from_arrays(loss=pit, var=np.full(500, 0.95), level=0.95, pit=pit)
    >>> wide = Backtest.from_arrays(loss=pit, var=np.full(500, 0.95), level=0.95, pit=pit**0.5)
    >>> berkowitz(bt).rejected(), berkowitz(wide, variant="tail").rejected()
    (False, True)
    """
    _checks.one_of("variant", variant, ("full", "tail"))
    _checks.one_of("first_observation", first_observation, ("exact", "conditional"))
    checked(alternative)
    _checks.count("n_sims", n_sims)
    seed = _checks.count("seed", seed, 0)
    _pit.required(bt, "berkowitz")
    if variant == "tail":
        test = partial(_tail, alternative=alternative, n_sims=n_sims, seed=seed)
    else:
        test = partial(
            _full, first=first_observation, alternative=alternative, n_sims=n_sims, seed=seed
        )
    return over_offsets(bt, test)


def _full(
    bt: Backtest, first: FirstObservation, alternative: Alternative, n_sims: int, seed: int
) -> TestResult:
    at_least(bt, "berkowitz", 5)
    scores, clipped = _scores(bt)
    if np.ptp(scores) == 0.0:
        raise InputError(
            f"pit: expected numbers that differ, whose spread berkowitz estimates, got "
            f"{scores.size} times the same; check the forecast laws"
        )
    fitted = _fitted(Sums.of(scores[None, :]), first)
    towards = _beyond(fitted, bt.level)
    null = _full_null(bt.n_obs, first, n_sims, seed)
    finite = by_simulation(
        float(oriented(fitted.ratio, towards, alternative)[0]),
        oriented(null.ratio, _beyond(null, bt.level), alternative),
        tie_seed(bt, seed),
    )
    ratio = float(fitted.ratio[0])
    return TestResult(
        name="berkowitz",
        null="the normal scores of the PIT are independent and standard normal",
        statistic=ratio,
        pvalue=chi_square_pvalue(ratio, 3, float(towards[0]), alternative),
        dof=3,
        extras={
            "variant": "full",
            "first_observation": first,
            "mu": float(fitted.mu[0]),
            "sigma": float(fitted.sigma[0]),
            "rho": float(fitted.rho[0]),
            "clipped": clipped,
            **finite,
        },
    )


def _tail(bt: Backtest, alternative: Alternative, n_sims: int, seed: int) -> TestResult:
    scores, clipped = _scores(bt)
    cut = float(ndtri(bt.level))
    beyond = scores[scores > cut]
    sums = np.array([[beyond.size, beyond.sum(), beyond @ beyond]], dtype=np.float64)
    ratios, towards, mu, sigma = _tail_ratios(sums, bt.n_obs, bt.level)
    null, null_towards = _tail_null(bt.n_obs, bt.level, n_sims, seed)
    finite = by_simulation(
        float(oriented(ratios, towards, alternative)[0]),
        oriented(null, null_towards, alternative),
        tie_seed(bt, seed),
    )
    ratio = float(ratios[0])
    return TestResult(
        name="berkowitz",
        null=f"the normal scores of the PIT beyond {bt.level:.4g} are independent, as many and as "
        "large as standard normal ones",
        statistic=ratio,
        pvalue=chi_square_pvalue(ratio, 2, float(towards[0]), alternative),
        dof=2,
        extras={
            "variant": "tail",
            "mu": float(mu[0]),
            "sigma": float(sigma[0]),
            "beyond": int(beyond.size),
            "clipped": clipped,
            **finite,
        },
    )


def _scores(bt: Backtest) -> tuple[Vector, int]:
    """Return the normal scores and how many of them had to be made finite."""
    pit = _pit.required(bt, "berkowitz")
    clipped = int(np.count_nonzero((pit == 0.0) | (pit == 1.0)))
    scores: Vector = ndtri(np.clip(pit, _NEAREST, 1.0 - _NEAREST))
    return scores, clipped


def _fitted(sums: Sums, first: FirstObservation) -> Autoregression:
    return stationary(sums) if first == "exact" else given_the_first(sums)


def _beyond(fitted: Autoregression, level: float) -> Vector:
    """Return 1 where the stationary law has at least 1 - level beyond the VaR, else -1."""
    cut = float(ndtri(level))
    wide = fitted.sigma / np.sqrt(np.maximum(1.0 - fitted.rho**2, np.finfo(np.float64).tiny))
    return direction(fitted.mu + (wide - 1.0) * cut, 0.0)


def _tail_ratios(sums: Matrix, n_obs: int, level: float) -> tuple[Vector, Vector, Vector, Vector]:
    """Return the likelihood ratio, its direction, mu and sigma of samples by their tail sums."""
    from quant.backtesting._censored_kernel import censored_normal

    cut = float(ndtri(level))
    best, mu, sigma = censored_normal(sums, n_obs, cut)
    seen, squares = sums[:, 0], sums[:, 2]
    null = (n_obs - seen) * float(log_ndtr(cut))
    null -= 0.5 * (squares + seen * np.log(2.0 * np.pi))
    return np.maximum(2.0 * (best - null), 0.0), direction(mu + (sigma - 1.0) * cut, 0.0), mu, sigma


@lru_cache(maxsize=12)
def _full_null(n_obs: int, first: FirstObservation, n_sims: int, seed: int) -> Autoregression:
    return _fitted(_normal_sums(n_obs, n_sims, seed), first)


@lru_cache(maxsize=12)
def _normal_sums(n_obs: int, n_sims: int, seed: int) -> Sums:
    """Return the sums of standard normal samples: all the likelihood needs to know of them."""
    from quant.backtesting._normal_kernel import TABLE, TAIL, sums_of_normals

    rng = np.random.default_rng((seed, n_obs))
    blocks = []
    for start in range(0, n_sims, _BLOCK):
        rows = min(_BLOCK, n_sims - start)
        # words of 64 bits are drawn faster than pairs of 32, and are those pairs, the low one first
        pairs = rng.integers(2**64, size=(rows * n_obs + 1) // 2, dtype=np.uint64)
        words = pairs.astype("<u8", copy=False).view("<u4")[: rows * n_obs]
        blocks.append(sums_of_normals(words.reshape(rows, n_obs), TABLE, TAIL))
    return Sums(n_obs, *np.concatenate(blocks, axis=1))


@lru_cache(maxsize=12)
def _tail_null(n_obs: int, level: float, n_sims: int, seed: int) -> tuple[Vector, Vector]:
    """Return the ratios and directions of samples whose scores beyond the level alone are drawn."""
    rng = np.random.default_rng((seed, n_obs))
    seen = rng.binomial(n_obs, 1.0 - level, size=n_sims)
    scores = -ndtri((1.0 - level) * (1.0 - rng.random(int(seen.sum()))))
    sample = np.repeat(np.arange(n_sims), seen)
    sums = np.column_stack(
        [
            seen.astype(np.float64),
            np.bincount(sample, weights=scores, minlength=n_sims),
            np.bincount(sample, weights=scores * scores, minlength=n_sims),
        ]
    )
    ratios, towards, _, _ = _tail_ratios(sums, n_obs, level)
    return ratios, towards
