"""Scores that rank forecasts: lower is better, and the truth is best on average."""

from __future__ import annotations

import numpy as np

from quant import _checks
from quant._numerics import fz0, tick
from quant._typing import Vector
from quant.backtesting._requirements import a_backtest
from quant.backtesting.base import Backtest
from quant.errors import InputError

__all__ = ["fz0_score", "quantile_score"]


def quantile_score(bt: Backtest) -> Vector:
    r"""Score the VaR of each period by the tick loss.

    .. math:: S_t = (1\{L_t > VaR_t\} - (1 - level)) (L_t - VaR_t)

    Parameters
    ----------
    bt : Backtest
        Any level; overlapping losses and negative VaR are legitimate.

    Returns
    -------
    ndarray (K,)
        At least 0, in the unit of the losses; compare means over the same dates.

    References
    ----------
    Koenker and Bassett (1978), Regression quantiles, Econometrica 46; Gneiting (2011), Making and
    evaluating point forecasts, JASA 106, section 3.3.

    Examples
    --------
    >>> quantile_score(Backtest.from_arrays(loss=[3.0, -1.0], var=[2.0, 2.0], level=0.95))
    array([0.95, 0.15])
    """
    a_backtest(bt, "quantile_score")
    return tick(bt.loss, bt.var, bt.level)


def fz0_score(bt: Backtest) -> Vector:
    r"""Score the pair of VaR and ES of each period by the zero-degree Fissler-Ziegel loss.

    .. math:: S_t = \frac{(L_t - VaR_t)^+}{(1 - level) ES_t} + \frac{VaR_t}{ES_t} + \ln ES_t - 1

    Parameters
    ----------
    bt : Backtest
        With `es`, above zero throughout; overlapping losses are legitimate.

    Returns
    -------
    ndarray (K,)
        No unit: differences between two forecasts do not depend on the unit of the losses.

    Raises
    ------
    InputError
        If there is no ES, or one is not above zero.

    Notes
    -----
    ES alone has no score of this kind; the pair has.

    References
    ----------
    Fissler and Ziegel (2016), Higher order elicitability and Osband's principle, Annals of
    Statistics 44; Patton, Ziegel and Chen (2019), Dynamic semiparametric models for expected
    shortfall (and value-at-risk), Journal of Econometrics 211, section 2.

    Examples
    --------
    >>> bt = Backtest.from_arrays(loss=[3.0, -1.0], var=[2.0, 2.0], es=[2.5, 2.5], level=0.95)
    >>> fz0_score(bt).round(4)
    array([8.7163, 0.7163])
    """
    a_backtest(bt, "fz0_score")
    if bt.es is None:
        raise InputError(
            "es: expected the ES forecasts, which fz0_score needs, got None; "
            "pass es to Backtest.from_arrays, or use quantile_score"
        )
    if (bt.es <= 0.0).any():
        at = int(np.argmax(bt.es <= 0.0))
        raise InputError(
            f"es: expected numbers above 0, whose logarithm fz0_score takes, got {bt.es[at]:g} at "
            f"{_checks.stamp(bt.dates[at])}; use quantile_score for such a book"
        )
    return fz0(bt.loss, bt.var, bt.es, bt.level)
