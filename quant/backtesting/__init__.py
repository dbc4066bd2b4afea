"""Walk-forward evidence: losses beside forecasts, coverage tests and proper scores."""

from __future__ import annotations

from quant.backtesting._result import TestResult
from quant.backtesting.base import Backtest
from quant.backtesting.christoffersen import christoffersen
from quant.backtesting.conditional_coverage import conditional_coverage
from quant.backtesting.engine import backtest
from quant.backtesting.kupiec import kupiec
from quant.backtesting.scores import fz0_score, quantile_score
from quant.backtesting.traffic_light import traffic_light

__all__ = [
    "Backtest",
    "TestResult",
    "backtest",
    "christoffersen",
    "conditional_coverage",
    "fz0_score",
    "kupiec",
    "quantile_score",
    "traffic_light",
]
