"""Nolde and Ziegel's conditional calibration of VaR and ES."""

from __future__ import annotations

from typing import Literal, TypeAlias

import numpy as np
from scipy.special import chdtrc

from quant import _checks
from quant._typing import Matrix, Vector
from quant.backtesting._alternative import (
    Alternative,
    checked,
    chi_square_pvalue,
    direction,
    oriented,
)
from quant.backtesting._breach_sample import breach_sample
from quant.backtesting._es_requirements import expected_shortfall, scale, width_unit
from quant.backtesting._evidence import simulated
from quant.backtesting._identification import Identification, combined, identification
from quant.backtesting._overlap import over_offsets
from quant.backtesting._result import TestResult
from quant.backtesting._tail_law import matched_tail
from quant.backtesting.base import Backtest
from quant.errors import InputError

__all__ = ["nolde_ziegel"]

Variant: TypeAlias = Literal["simple", "general"]
_WHO = "nolde_ziegel"
_SIMPLE = {
    "two-sided": "VaR and ES are right: the identification function of the pair has mean 0",
    "under": "breaches are no more than promised, and losses beyond VaR no larger than ES says",
    "over": "breaches are no fewer than promised, and losses beyond VaR no smaller than ES says",
}
_GENERAL = {
    "two-sided": "ES is right given VaR: a combination of the identification functions has mean 0",
    "under": "losses beyond VaR are on average no larger than ES",
    "over": "losses beyond VaR are on average no smaller than ES",
}


def nolde_ziegel(
    bt: Backtest,
    *,
    variant: Variant = "simple",
    sigma: object | None = None,
    alternative: Alternative = "two-sided",
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
    alternative : {"two-sided", "under", "over"}
        ``"under"`` counts only breaches that are too many and losses too large for ES, ``"over"``
        only the opposite of both: Hommel's combination of the two (simple), or the signed root of T
        (general).
    n_sims : int
        Histories simulated for the finite-sample p-value.
    seed : int

    Returns
    -------
    TestResult
        `statistic` is T. Two-sided, `pvalue` is its chi-square tail with 2 (simple) or 1 degrees of
        freedom. ``extras["exact_pvalue"]`` counts the simulated histories as extreme, losses being
        multiples of the law of `acerbi_szekely_z2`; in the simple variant by ``["score"]``, T or
        Hommel's combination with each day's ES - VaR for a unit. ``["onesided_pvalue"]`` is
        the authors' Hommel combination of the components of V (four of them in the general
        variant) against a mean above 0: small when losses beyond VaR exceed ES by too much, and
        also when breaches are too *few*, which V counts with the other sign. To reject
        underestimation only, ask for ``alternative="under"``.

    Raises
    ------
    InputError
        If there is no ES, if it is the VaR throughout, or if the general variant divides by a scale
        that is not above zero.

    Notes
    -----
    T never exceeds the number of losses, and equals it when there is no breach (simple); the
    general statistic is then 0, for it judges breaches only. Overlapping losses are tested in
    subsamples. Days of right forecasts are alike in units of ES - VaR only: in money, forecasts
    that answer to losses are wide after large ones, and the law of T depends on how much.

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
    checked(alternative)
    n_sims = _checks.count("n_sims", n_sims)
    seed = _checks.count("seed", seed, 0)
    if not (expected_shortfall(bt, _WHO) > bt.var).any():
        raise InputError(
            "es: expected an ES above the VaR on some day, without which nolde_ziegel has no null, "
            "got the VaR throughout; pass ES forecasts"
        )
    if variant == "simple":
        return over_offsets(bt, lambda part: _simple(part, alternative, n_sims, seed))
    sizes = scale(bt, sigma, _WHO)

    def on(part: Backtest) -> TestResult:
        chosen = sizes[bt.dates.get_indexer(part.dates)]
        return _general(part, chosen, alternative, n_sims, seed)

    return over_offsets(bt, on)


def _simple(bt: Backtest, alternative: Alternative, n_sims: int, seed: int) -> TestResult:
    v, unit = identification(bt), width_unit(bt, _WHO)
    money = Identification.of(v)
    observed = Identification.of(np.column_stack((v[:, 0], v[:, 1] / unit)))
    null = Identification.simulated(bt, unit, n_sims, seed)
    statistic = float(money.joint[0])
    if alternative == "two-sided":
        pvalue, score = float(chdtrc(2, statistic)), float(observed.joint[0])
        evidence = simulated(score, null.joint, bt, seed)
    else:
        pvalue = min(1.0, float(money.onesided(alternative)[0]))
        score = float(observed.onesided(alternative)[0])
        evidence = simulated(-score, -null.onesided(alternative), bt, seed)
    return TestResult(
        name=_WHO,
        null=_SIMPLE[alternative],
        statistic=statistic,
        pvalue=pvalue,
        dof=2,
        extras={"onesided_pvalue": _above_zero(v), "score": score, **evidence},
    )


def _general(
    bt: Backtest, sizes: Vector, alternative: Alternative, n_sims: int, seed: int
) -> TestResult:
    v = identification(bt)
    es = expected_shortfall(bt, _WHO)
    width = es - bt.var
    judged = v[:, 0] * width / ((1.0 - bt.level) * sizes) + v[:, 1] / sizes
    judged[~bt.breaches] = 0.0  # the parts cancel there, up to rounding
    square = float(judged @ judged)
    statistic = float(judged.sum() ** 2) / square if square > 0.0 else 0.0
    towards = float(direction(judged.sum(), 0.0))
    tail = matched_tail(bt.var, es, bt.level)
    sample = breach_sample(bt.n_obs, bt.level, n_sims, seed)
    depth = (tail.losses(sample.depth) - tail.es) / (tail.es - tail.var)
    term = (width / sizes)[sample.day] * depth
    sums, squares = sample.totals(term), sample.totals(term**2)
    draws = np.divide(sums**2, squares, out=np.zeros(n_sims), where=squares > 0.0)
    finite = simulated(
        float(oriented(statistic, towards, alternative)),
        oriented(draws, direction(sums, 0.0), alternative),
        bt,
        seed,
    )
    weighted = np.column_stack((v[:, 0], v[:, 0] * np.abs(bt.var), v[:, 1], v[:, 1] / sizes))
    return TestResult(
        name=_WHO,
        null=_GENERAL[alternative],
        statistic=statistic,
        pvalue=chi_square_pvalue(statistic, 1, towards, alternative),
        dof=1,
        extras={"onesided_pvalue": _above_zero(weighted), **finite},
    )


def _above_zero(v: Matrix) -> float:
    """Return Hommel's p-value that some column of (K, m) has a mean above zero."""
    return min(1.0, float(combined(v.sum(axis=0)[:, None], (v**2).sum(axis=0)[:, None])[0]))
