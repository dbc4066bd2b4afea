"""Bayer and Dimitriadis's regression backtest of ES."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Literal, TypeAlias

import numpy as np
from scipy.special import chdtrc

from quant import _checks
from quant._typing import Matrix, Vector
from quant.backtesting._es_requirements import expected_shortfall
from quant.backtesting._evidence import below, simulated
from quant.backtesting._joint_covariance import covariance
from quant.backtesting._joint_regression import joint_regression
from quant.backtesting._overlap import over_offsets
from quant.backtesting._requirements import at_least
from quant.backtesting._result import TestResult
from quant.backtesting._shortfall_score import score_of_intercept, score_of_slope
from quant.backtesting.base import Backtest
from quant.errors import InputError, InsufficientDataError

__all__ = ["esr"]

Variant: TypeAlias = Literal["strict", "auxiliary", "intercept"]

_LEAST = 100  # losses, for six estimated curves
_CONSTANT = 1e-9  # relative spread below which numbers do not vary
_TAIL = 3  # losses beyond a fitted quantile, for a variance


def esr(
    bt: Backtest, *, variant: Variant = "strict", n_sims: int = 2_000, seed: int = 0
) -> TestResult:
    r"""Test ES by a regression of the losses' shortfall on the forecasts.

    .. math:: ES(L_t) = \gamma_1 + \gamma_2 ES_t, \quad VaR(L_t) = \beta_1 + \beta_2 x_t, \quad
        H_0: (\gamma_1, \gamma_2) = (0, 1)

    with x = ES (strict) or VaR (auxiliary); the intercept variant regresses L - ES on a constant.

    Parameters
    ----------
    bt : Backtest
        With `es` that is not the same every day.
    variant : {"strict", "auxiliary", "intercept"}
        ``"strict"`` and ``"intercept"`` do not read the VaR forecasts.
    n_sims : int
        Histories simulated for the finite-sample p-value.
    seed : int

    Returns
    -------
    TestResult
        Strict and auxiliary: the Wald statistic of both coefficients, chi-square with two degrees
        of freedom. Intercept: `statistic` is the ES of L - ES over its standard error, its sign
        turned, so that it is negative when ES is too small; `pvalue` is one-sided and
        ``extras["twosided_pvalue"]`` is not. ``["coefficients"]`` are (gamma_1, gamma_2), in the
        unit of the losses. ``["exact_pvalue"]`` is that of the score version of the test, which
        needs no regression: the estimating equations at the coefficients of the null, a statistic
        of its own, ``["score"]``, among those of simulated histories, losses being those of
        `acerbi_szekely_z2`.

    Raises
    ------
    InputError
        If there is no ES, forecasts do not vary, losses are constant or a line in the forecasts,
        or they come in so few steps that their density at the quantile is unknown.
    InsufficientDataError
        If there are fewer than 100 losses, or fewer than 3 expected beyond VaR.

    Notes
    -----
    Coefficients minimise the zero-degree Fissler-Ziegel loss of the losses less the least of them,
    as the authors have it; their covariance stays valid when the regression is misspecified.
    Quantile regressions are solved exactly, and the location and scale model behind the covariance
    to its maximum. The authors' package searches at random, stops early, and halves a derivative in
    the covariance, on which p-values depend strongly: its own differ by up to .24. At
    250 losses and 97.5 % the asymptotic strict test rejects right forecasts about one time in ten
    at a nominal 5 %, the intercept test hardly ever: there read the finite-sample p-value.

    References
    ----------
    Bayer and Dimitriadis (2022), Regression-based expected shortfall backtesting, Journal of
    Financial Econometrics 20; Dimitriadis and Bayer (2019), A joint quantile and expected shortfall
    regression framework, Electronic Journal of Statistics 13.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(2)
    >>> sigma = rng.uniform(0.5, 2.0, 500)
    >>> bt = Backtest.from_arrays(
    ...     loss=sigma * rng.normal(size=500), var=1.645 * sigma, es=2.063 * sigma, level=0.95
    ... )
    >>> esr(bt).rejected(0.01)
    False
    """
    _checks.one_of("variant", variant, ("strict", "auxiliary", "intercept"))
    expected_shortfall(bt, "esr")
    seed = _checks.count("seed", seed, 0)
    n_sims = _checks.count("n_sims", n_sims)
    return over_offsets(bt, lambda part: _with_score(part, variant, n_sims, seed))


def _with_score(bt: Backtest, variant: Variant, n_sims: int, seed: int) -> TestResult:
    try:
        result = _esr(bt, variant)
    except np.linalg.LinAlgError as singular:
        raise InputError(
            "loss: expected losses that scatter about the forecasts with a density, of which esr "
            f"makes a covariance, got none ({singular}); use ridge_es for losses in a few steps"
        ) from singular
    es = expected_shortfall(bt, "esr")
    if variant == "intercept":
        score = score_of_intercept(bt, es)
    else:
        score = score_of_slope(bt, es, bt.var if variant == "auxiliary" else es)
    observed = score.observed()
    evidence = simulated(observed, score.simulated(n_sims, seed), bt, seed)
    return replace(result, extras={**result.extras, "score": observed, **evidence})


def _esr(bt: Backtest, variant: Variant) -> TestResult:
    es = expected_shortfall(bt, "esr")
    at_least(bt, "esr", _LEAST)
    alpha = 1.0 - bt.level
    if bt.n_obs * alpha < _TAIL - 1e-9:
        raise InsufficientDataError(
            f"loss: expected at least {math.ceil(_TAIL / alpha - 1e-6)} losses for esr at level "
            f"{bt.level:g}, got {bt.n_obs}; backtest a longer history or lower the level"
        )
    constant = np.ones((bt.n_obs, 1))
    if variant == "intercept":
        return _intercept(bt.loss - es, _columns(bt, es, "es"), constant, alpha)
    quantile = _columns(bt, bt.var, "var") if variant == "auxiliary" else _columns(bt, es, "es")
    gamma, spread = _shortfall(bt.loss, quantile, _columns(bt, es, "es"), alpha)
    away = gamma - np.array([0.0, 1.0])
    statistic = float(away @ np.linalg.solve(spread, away))
    return TestResult(
        name="esr",
        null="ES forecasts are right: the shortfall of the losses is 0 + 1 ES",
        statistic=statistic,
        pvalue=float(chdtrc(2, statistic)),
        dof=2,
        extras={"coefficients": (float(gamma[0]), float(gamma[1]))},
    )


def _intercept(error: Vector, quantile: Matrix, constant: Matrix, alpha: float) -> TestResult:
    gamma, spread = _shortfall(error, quantile, constant, alpha)
    statistic = -float(gamma[0]) / math.sqrt(float(spread[0, 0]))
    return TestResult(
        name="esr",
        null="the shortfall of loss - ES is at most 0",
        statistic=statistic,
        pvalue=below(statistic),
        extras={
            "twosided_pvalue": 2.0 * below(-abs(statistic)),
            "coefficients": (float(gamma[0]),),
        },
    )


def _shortfall(loss: Vector, quantile: Matrix, es: Matrix, alpha: float) -> tuple[Vector, Matrix]:
    """Return the coefficients of the upper shortfall and their covariance."""
    scatter = loss - quantile @ np.linalg.lstsq(quantile, loss, rcond=None)[0]
    if np.ptp(scatter) <= _CONSTANT * float(np.abs(loss).max()):
        raise InputError(
            "loss: expected losses that scatter about a line in the forecasts, whose spread esr "
            "divides by, got the line itself; check that var and es are forecasts"
        )
    least = float(loss.min())
    # returns, less the largest: every quantile and shortfall is then below 0
    fit = joint_regression(least - loss, _negative(quantile), _negative(es), alpha)
    gamma = fit.shortfall.copy()
    gamma[0] = least - gamma[0]
    k = quantile.shape[1]
    spread = covariance(fit)[k:, k:].copy()
    np.linalg.cholesky(spread)  # refuses what no estimate can have for a covariance
    spread[0, 1:] *= -1.0  # the intercept changes its sign with the losses, a slope does not
    spread[1:, 0] *= -1.0
    return gamma, spread


def _negative(columns: Matrix) -> Matrix:
    return np.column_stack((columns[:, :1], -columns[:, 1:]))


def _columns(bt: Backtest, forecast: Vector, name: str) -> Matrix:
    if np.ptp(forecast) <= _CONSTANT * float(np.abs(forecast).max()):
        raise InputError(
            f"{name}: expected forecasts that vary, on which esr regresses, got "
            f"{forecast[0]:g} throughout; use ridge_es for a constant forecast"
        )
    return np.column_stack((np.ones(bt.n_obs), forecast))
