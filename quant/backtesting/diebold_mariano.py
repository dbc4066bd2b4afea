"""Diebold and Mariano's test: does one forecast score better than another."""

from __future__ import annotations

import math
from typing import Literal, TypeAlias

import numpy as np
from scipy.special import stdtr

from quant import _checks
from quant._typing import Vector
from quant.backtesting._requirements import at_least
from quant.backtesting._result import TestResult
from quant.backtesting._same_losses import same_losses
from quant.backtesting._scoring import Score, tick_score
from quant.backtesting.base import Backtest
from quant.errors import InputError

__all__ = ["diebold_mariano"]

Alternative: TypeAlias = Literal["two-sided", "first", "second"]

Weights: TypeAlias = Literal["rectangular", "Bartlett"]

_NULL = {
    "two-sided": "both forecasts score the same on average",
    "first": "the first forecast does not score better than the second on average",
    "second": "the second forecast does not score better than the first on average",
}


def diebold_mariano(
    first: Backtest,
    second: Backtest,
    *,
    score: Score = tick_score,
    horizon: int | None = None,
    alternative: Alternative = "two-sided",
    weights: Weights = "rectangular",
) -> TestResult:
    r"""Test whether the mean difference of the scores of two forecasts is 0.

    .. math:: s = \frac{\bar d}{\sqrt{V / T}}
        \sqrt{\frac{T + 1 - 2h + h (h - 1) / T}{T}}, \quad V = \gamma_0 + 2 \sum_{k<h} \gamma_k

    with d the score of the first less that of the second.

    Parameters
    ----------
    first, second : Backtest
        Forecasts for the same losses.
    score : callable, optional
        Backtest to scores (K,), lower is better: `quantile_score`, the default, `fz0_score` or any
        other; a function that returns the loss itself turns this into a test of two series.
    horizon : int, optional
        h, neighbours fewer than this apart may be correlated; by default the number of losses that
        share a period.
    alternative : {"two-sided", "first", "second"}
        Which forecast is better if the null is rejected.
    weights : {"rectangular", "Bartlett"}
        Of the autocovariances in V: all 1 as above, or 1 - k/h, which keeps V above zero.

    Returns
    -------
    TestResult
        `statistic` is s with the correction of Harvey, Leybourne and Newbold, negative where the
        first forecast is better; `pvalue` is of Student's t with T - 1 degrees of freedom, their
        finite-sample version. ``extras["mean_difference"]``, ``["dm"]`` before the correction,
        ``["better"]``, and ``["weights"]`` as used: "Bartlett" also where the rectangular sum is
        not positive.

    Raises
    ------
    InputError
        If the losses differ, or the scores do not.
    InsufficientDataError
        If there are not more than `horizon` losses.

    Notes
    -----
    A test of forecasts as they were made, not of models in population: with estimated parameters
    it is valid for rolling windows of fixed length (Giacomini and White, 2006).

    References
    ----------
    Diebold and Mariano (1995), Comparing predictive accuracy, Journal of Business & Economic
    Statistics 13; Harvey, Leybourne and Newbold (1997), Testing the equality of prediction mean
    squared errors, International Journal of Forecasting 13.

    Examples
    --------
    >>> d = [0.3, -0.1, 0.2, 0.4, -0.2, 0.1, 0.5, 0.0, -0.3, 0.25]
    >>> level = {"level": 0.9, "loss": [0.0] * 10}
    >>> first = Backtest.from_arrays(var=d, **level)
    >>> second = Backtest.from_arrays(var=[0.0] * 10, **level)
    >>> s, p = diebold_mariano(first, second, score=lambda bt: bt.var, horizon=2)
    >>> f"{s:.6f} {p:.6f}"
    '1.892721 0.090940'
    """
    _checks.one_of("alternative", alternative, tuple(_NULL))
    _checks.one_of("weights", weights, ("rectangular", "Bartlett"))
    same_losses("second", first, second)
    h = first.shared_periods if horizon is None else _checks.count("horizon", horizon)
    at_least(first, f"diebold_mariano at horizon {h}", h + 1)
    difference = np.asarray(score(first), dtype=np.float64) - score(second)
    n = difference.size
    variance, used = _long_run_variance(difference, h, weights)
    mean = float(difference.mean())
    dm = mean / math.sqrt(variance / n)
    statistic = dm * math.sqrt((n + 1 - 2 * h + h * (h - 1) / n) / n)
    below = float(stdtr(n - 1, statistic))
    above = float(stdtr(n - 1, -statistic))
    pvalue = {"two-sided": 2.0 * min(below, above), "first": below, "second": above}[alternative]
    return TestResult(
        name="diebold_mariano",
        null=_NULL[alternative],
        statistic=statistic,
        pvalue=min(1.0, pvalue),
        dof=n - 1,
        extras={
            "mean_difference": mean,
            "dm": dm,
            "better": "first" if mean < 0.0 else "second",
            "weights": used,
        },
    )


def _long_run_variance(difference: Vector, horizon: int, weights: Weights) -> tuple[float, Weights]:
    """Return the variance that the mean of T has T times, and how lags were weighted."""
    n = difference.size
    centred = difference - difference.mean()
    lags = np.arange(1, horizon)
    none = float(centred @ centred) / n
    if none <= 1e-28 * float(np.mean(difference**2)) or none == 0.0:
        raise InputError(
            "second: expected scores whose difference from the first's varies, got a constant "
            f"difference of {difference[0]:g}; compare two different forecasts"
        )
    covariances = np.array([float(centred[k:] @ centred[: n - k]) for k in lags]) / n
    variance = none + 2.0 * float(covariances.sum())
    if variance > 0.0 and weights == "rectangular":
        return variance, "rectangular"
    return none + 2.0 * float((1.0 - lags / horizon) @ covariances), "Bartlett"
