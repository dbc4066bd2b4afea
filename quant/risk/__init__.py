"""Risk: estimators forecast loss distributions, measures read numbers off them."""

from __future__ import annotations

from quant.risk.base import LossForecast, RiskEstimate, RiskEstimator
from quant.risk.bootstrap import BootstrapRisk
from quant.risk.combined import CombinedRisk
from quant.risk.conformal import ConformalRisk
from quant.risk.filtered import FilteredHistoricalSimulation
from quant.risk.historical import HistoricalSimulation
from quant.risk.measures import ES, VaR
from quant.risk.parametric import ParametricRisk

__all__ = [
    "ES",
    "BootstrapRisk",
    "CombinedRisk",
    "ConformalRisk",
    "FilteredHistoricalSimulation",
    "HistoricalSimulation",
    "LossForecast",
    "ParametricRisk",
    "RiskEstimate",
    "RiskEstimator",
    "VaR",
]
