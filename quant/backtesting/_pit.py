"""The forecast distribution function at each loss, where a test needs the whole law."""

from __future__ import annotations

from quant._typing import Vector
from quant.backtesting._requirements import a_backtest
from quant.backtesting.base import Backtest
from quant.errors import InputError


def required(bt: Backtest, who: str) -> Vector:
    """Return the PIT, (K,), or refuse by the name of the test."""
    a_backtest(bt, who)
    if bt.pit is None:
        raise InputError(
            f"pit: expected the forecast distribution function at each loss, which {who} reads, "
            "got None; pass pit to Backtest.from_arrays"
        )
    return bt.pit
