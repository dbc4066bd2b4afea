"""Walk-forward evidence: losses beside forecasts, coverage tests and proper scores."""

from __future__ import annotations

from quant.backtesting._result import TestResult
from quant.backtesting.adequacy import backtest_haircut, backtest_margin
from quant.backtesting.base import Backtest
from quant.backtesting.berkowitz import berkowitz
from quant.backtesting.christoffersen import christoffersen
from quant.backtesting.conditional_coverage import conditional_coverage
from quant.backtesting.duration import duration
from quant.backtesting.dynamic_quantile import dynamic_quantile
from quant.backtesting.engine import backtest
from quant.backtesting.haas import haas
from quant.backtesting.kupiec import kupiec
from quant.backtesting.margin_cost import margin_cost
from quant.backtesting.multinomial import multinomial
from quant.backtesting.n_period_increase import n_period_increase
from quant.backtesting.peak_to_trough import peak_to_trough
from quant.backtesting.procyclicality import procyclicality
from quant.backtesting.scores import fz0_score, quantile_score
from quant.backtesting.time_until_first_failure import time_until_first_failure
from quant.backtesting.traffic_light import traffic_light

__all__ = [
    "Backtest",
    "TestResult",
    "backtest",
    "backtest_haircut",
    "backtest_margin",
    "berkowitz",
    "christoffersen",
    "conditional_coverage",
    "duration",
    "dynamic_quantile",
    "fz0_score",
    "haas",
    "kupiec",
    "margin_cost",
    "multinomial",
    "n_period_increase",
    "peak_to_trough",
    "procyclicality",
    "quantile_score",
    "time_until_first_failure",
    "traffic_light",
]
