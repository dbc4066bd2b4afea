"""What a comparison asks of a score, and the score it uses unless told otherwise."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from quant._numerics import tick
from quant._typing import Vector
from quant.backtesting.base import Backtest

Score: TypeAlias = Callable[[Backtest], Vector]  # (K,), lower is better


def tick_score(bt: Backtest) -> Vector:
    """Return the quantile score of each VaR."""
    return tick(bt.loss, bt.var, bt.level)
