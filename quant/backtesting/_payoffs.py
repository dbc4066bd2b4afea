"""What a day's bet against a forecast pays at each loss: e-statistics with a mean of at most 1."""

from __future__ import annotations

import numpy as np

from quant._numerics import fz0
from quant._typing import Matrix, Vector
from quant.backtesting._es_requirements import positive_shortfall
from quant.backtesting.base import Backtest

# columns: constant, at, jump, slope, at2, slope2 of _betting.payoff


def against_var(bt: Backtest) -> Matrix:
    """Return 1{x > VaR} / (1 - level)."""
    table = _blank(bt)
    table[:, 1] = bt.var
    table[:, 2] = 1.0 / (1.0 - bt.level)
    return table


def against_es(bt: Backtest, es: Vector) -> Matrix:
    """Return (x - VaR)^+ / ((1 - level)(ES - VaR)); infinite beyond VaR where ES is VaR."""
    width = np.maximum(es - bt.var, 0.0)
    table = _blank(bt)
    table[:, 1] = bt.var
    table[:, 3] = np.divide(
        1.0 / (1.0 - bt.level), width, out=np.full(bt.n_obs, np.inf), where=width > 0.0
    )
    return table


def against_better_var(bt: Backtest, other: Backtest) -> Matrix:
    """Return 1 + (S(VaR, x) - S(other, x)) / b, S the tick score and -b the least difference."""
    p = 1.0 - bt.level
    gap = bt.var - other.var
    bound = np.where(gap > 0.0, bt.level * gap, -p * gap)
    table = _blank(bt)
    table[:, 0] = p * gap
    table[:, 1], table[:, 3] = bt.var, 1.0
    table[:, 4], table[:, 5] = other.var, -1.0
    return _scaled(table, bound)


def against_better_es(bt: Backtest, other: Backtest) -> Matrix:
    """Return the same with the FZ0 score; 1 on days when the difference has no lower bound.

    That is when the ES is above the other's: a loss large enough would then favour it without
    limit, and no bet against it is safe.
    """
    es, rival = positive_shortfall(bt, "e_backtest"), positive_shortfall(other, "e_backtest")
    p = 1.0 - bt.level

    def difference(x: Vector) -> Vector:
        return fz0(x, bt.var, es, bt.level) - fz0(x, other.var, rival, bt.level)

    calm = difference(np.minimum(bt.var, other.var))
    bound = np.maximum(-calm, -difference(bt.var))
    # a difference that is never below 0 may be bet on at any scale: that of its mean, about 1
    bound = np.where(bound <= 0.0, 1.0, bound)
    table = _blank(bt)
    table[:, 0] = calm
    table[:, 1], table[:, 3] = bt.var, 1.0 / (p * es)
    table[:, 4], table[:, 5] = other.var, -1.0 / (p * rival)
    return _scaled(table, np.where(es > rival, 0.0, bound))


def _blank(bt: Backtest) -> Matrix:
    table = np.zeros((bt.n_obs, 6))
    table[:, 4] = np.inf
    return table


def _scaled(difference: Matrix, bound: Vector) -> Matrix:
    """Return 1 + difference / bound, and 1 where the bound is 0: no bet."""
    table = difference.copy()
    bet = bound > 0.0
    for column in (0, 2, 3, 5):
        table[:, column] = np.divide(
            difference[:, column], bound, out=np.zeros(bound.size), where=bet
        )
    table[:, 0] += 1.0
    return table
