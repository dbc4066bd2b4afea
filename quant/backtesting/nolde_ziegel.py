"""Nolde and Ziegel's conditional calibration of VaR and ES."""

from __future__ import annotations

from typing import Literal, TypeAlias

import numpy as np
from scipy.special import chdtrc

from quant import _checks
from quant._typing import FloatArray, Vector
from quant.backtesting._breach_sample import breach_sample
from quant.backtesting._es_requirements import expected_shortfall, scale
from quant.backtesting._evidence import below, simulated
from quant.backtesting._overlap import over_offsets
from quant.backtesting._result import TestResult
from quant.backtesting._tail_law import matched_tail
from quant.backtesting.base import Backtest
from quant.errors import InputError

__all__ = ["nolde_ziegel"]

Variant: TypeAlias = Literal["simple", "general"]
_WHO = "nolde_ziegel"


def nolde_ziegel(
    bt: Backtest,
    *,
    variant: Variant = "simple",
    sigma: object | None = None,
    n_sims: int = 10_000,
    seed: int = 0,
) -> TestResult:
    r"""Test VaR and ES together by the identification function of the pair.

    .. math:: V_t = \begin{pmatrix} p - 1\{L_t > VaR_t\} \\
        VaR_t - ES_t + (L_t - VaR_t)^+ / p \end{pmatrix}, \quad
        T = n\, \bar V' \hat\Omega^{-1} \bar V

    with p = 1 - level and Omega the uncentred second moments.

    Parameters
    ----------
    bt : Backtest
        With `es`.
    variant : {"simple", "general"}
        ``"general"`` tests the one combination of V with h = ((ES - VaR) / (p sigma), 1 / sigma),
        which judges ES given VaR.
    sigma : array_like (K,), optional
        Volatility forecasts of the general variant; ES - VaR by default.
    n_sims : int
        Histories simulated for the finite-sample p-value.
    seed : int

    Returns
    -------
    TestResult
        `pvalue` is two-sided, the chi-square tail of T with 2 (simple) or 1 degrees of freedom;
        ``extras["exact_pvalue"]`` counts the simulated histories with a T as large, losses being
        multiples of the law of `acerbi_szekely_z2`. ``["onesided_pvalue"]`` is the authors' Hommel
        combination of the components of V (four of them in the general variant): small when
        losses beyond VaR exceed ES by too much, or when breaches are too few.

    Raises
    ------
    InputError
        If there is no ES, if it is the VaR throughout, or if the general variant divides by a scale
        that is not above zero.

    Notes
    -----
    T never exceeds the number of losses, and equals it when there is no breach (simple); the
    general statistic is then 0, for it judges breaches only. Overlapping losses are tested in
    subsamples.

    References
    ----------
    Nolde and Ziegel (2017), Elicitability and backtesting: perspectives for banking regulation,
    Annals of Applied Statistics 11, section 2.2; Hommel (1983), Tests of the overall hypothesis
    for arbitrary dependence structures, Biometrical Journal 25.

    Examples
    --------
    >>> loss = [0.0] * 195 + [1.1, 1.0, 0.9, 0.95, 1.05]
    >>> bt = Backtest.from_arrays(loss=loss, var=[0.8] * 200, es=[1.0] * 200, level=0.975)
    >>> nolde_ziegel(bt).rejected()
    False
    """
    _checks.one_of("variant", variant, ("simple", "general"))
    n_sims = _checks.count("n_sims", n_sims)
    seed = _checks.count("seed", seed, 0)
    if not (expected_shortfall(bt, _WHO) > bt.var).any():
        raise InputError(
            "es: expected an ES above the VaR on some day, without which nolde_ziegel has no null, "
            "got the VaR throughout; pass ES forecasts"
        )
    if variant == "simple":
        return over_offsets(bt, lambda part: _simple(part, n_sims, seed))
    sizes = scale(bt, sigma, _WHO)

    def on(part: Backtest) -> TestResult:
        return _general(part, sizes[bt.dates.get_indexer(part.dates)], n_sims, seed)

    return over_offsets(bt, on)


def _identification(bt: Backtest) -> FloatArray:
    """Return V of each day, (K, 2)."""
    p = 1.0 - bt.level
    width = expected_shortfall(bt, _WHO) - bt.var
    excess = np.maximum(bt.loss - bt.var, 0.0)
    return np.column_stack((p - bt.breaches, excess / p - width))


def _simple(bt: Backtest, n_sims: int, seed: int) -> TestResult:
    v = _identification(bt)
    statistic = float(_joint(v.sum(axis=0), *_squares(v), bt.n_obs))
    return TestResult(
        name=_WHO,
        null="VaR and ES are right: the identification function of the pair has mean 0",
        statistic=statistic,
        pvalue=float(chdtrc(2, statistic)),
        dof=2,
        extras={
            "onesided_pvalue": _hommel(v),
            **simulated(statistic, _simple_draws(bt, n_sims, seed), bt, seed),
        },
    )


def _squares(v: FloatArray) -> tuple[float, float, float]:
    square = v.T @ v
    return float(square[0, 0]), float(square[0, 1]), float(square[1, 1])


def _joint(
    sums: FloatArray, first: Vector | float, both: Vector | float, second: Vector | float, n: int
) -> Vector:
    """Return n times the share of 1 that the two columns of V explain: all, where they are one."""
    one, two = sums[0], sums[1]
    determinant = np.asarray(first * second - both * both, dtype=np.float64)
    numerator = one * one * second - 2.0 * one * two * both + two * two * first
    regular = determinant > 1e-12 * np.asarray(first * second)
    joint: Vector = np.divide(
        numerator, determinant, out=np.full(determinant.shape, float(n)), where=regular
    )
    return joint


def _simple_draws(bt: Backtest, n_sims: int, seed: int) -> Vector:
    p, n = 1.0 - bt.level, bt.n_obs
    es = expected_shortfall(bt, _WHO)
    width = es - bt.var
    tail = matched_tail(bt.var, es, bt.level)
    sample = breach_sample(n, bt.level, n_sims, seed)
    w = width[sample.day]
    excess = w * (tail.losses(sample.depth) - tail.var) / (tail.es - tail.var) / p
    sums = np.array(
        [n * p - sample.counts, sample.totals(excess) - float(width.sum())], dtype=np.float64
    )
    first = n * p * p + sample.counts * (1.0 - 2.0 * p)
    both = sample.totals(w - (1.0 - p) * excess) - p * float(width.sum())
    second = sample.totals(excess * (excess - 2.0 * w)) + float(width @ width)
    return _joint(sums, first, both, second, n)


def _general(bt: Backtest, sizes: Vector, n_sims: int, seed: int) -> TestResult:
    v = _identification(bt)
    es = expected_shortfall(bt, _WHO)
    width = es - bt.var
    combined = v[:, 0] * width / ((1.0 - bt.level) * sizes) + v[:, 1] / sizes
    combined[~bt.breaches] = 0.0  # the parts cancel there, up to rounding
    square = float(combined @ combined)
    statistic = float(combined.sum() ** 2) / square if square > 0.0 else 0.0
    tail = matched_tail(bt.var, es, bt.level)
    sample = breach_sample(bt.n_obs, bt.level, n_sims, seed)
    depth = (tail.losses(sample.depth) - tail.es) / (tail.es - tail.var)
    term = (width / sizes)[sample.day] * depth
    squares = sample.totals(term**2)
    draws = np.divide(sample.totals(term) ** 2, squares, out=np.zeros(n_sims), where=squares > 0.0)
    weighted = np.column_stack((v[:, 0], v[:, 0] * np.abs(bt.var), v[:, 1], v[:, 1] / sizes))
    return TestResult(
        name=_WHO,
        null="ES is right given VaR: a combination of the identification functions has mean 0",
        statistic=statistic,
        pvalue=float(chdtrc(1, statistic)),
        dof=1,
        extras={
            "onesided_pvalue": _hommel(weighted),
            **simulated(statistic, draws, bt, seed),
        },
    )


def _hommel(v: FloatArray) -> float:
    """Return Hommel's p-value of the columns (K, m) of one mean above zero at least."""
    n, m = v.shape
    pvalues = []
    for column in v.T:
        size = float(np.sqrt(np.mean(column**2)))
        pvalues.append(below(-float(np.sqrt(n) * column.mean()) / size) if size > 0.0 else 1.0)
    rank = np.arange(1, m + 1)
    least = float(np.min(np.sort(pvalues) / rank))
    return min(1.0, float(m * np.sum(1.0 / rank)) * least)
