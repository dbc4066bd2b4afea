"""What every test of breaches does around its own arithmetic."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from quant import _checks
from quant.backtesting._alternative import Alternative, checked
from quant.backtesting._overlap import over_offsets
from quant.backtesting._requirements import var_forecasts
from quant.backtesting._result import TestResult
from quant.backtesting.base import Backtest

BreachTest: TypeAlias = Callable[[Backtest, Alternative, int], TestResult]


def of_breaches(
    bt: Backtest, who: str, test: BreachTest, alternative: Alternative, seed: int
) -> TestResult:
    """Return the answer of a test that needs losses without overlap, once its request is sound."""
    checked(alternative)
    var_forecasts(bt, who)
    start = _checks.count("seed", seed, 0)
    return over_offsets(bt, lambda part: test(part, alternative, start))
