"""Risk: estimators forecast loss distributions, measures read numbers off them."""

from __future__ import annotations

from quant.risk.age_weighted import AgeWeightedSimulation
from quant.risk.base import LossForecast, RiskEstimate, RiskEstimator
from quant.risk.bootstrap import BootstrapRisk
from quant.risk.caviar import CAViaR
from quant.risk.combined import CombinedRisk
from quant.risk.conformal import ConformalRisk
from quant.risk.cornish_fisher import CornishFisher
from quant.risk.evt import ExtremeValue
from quant.risk.filtered import FilteredHistoricalSimulation
from quant.risk.historical import HistoricalSimulation
from quant.risk.joint_var_es import JointVaRES
from quant.risk.measures import ES, VaR
from quant.risk.parametric import ParametricRisk
from quant.risk.volatility_scaled import VolatilityScaledSimulation

__all__ = [
    "ES",
    "AgeWeightedSimulation",
    "BootstrapRisk",
    "CAViaR",
    "CombinedRisk",
    "ConformalRisk",
    "CornishFisher",
    "ExtremeValue",
    "FilteredHistoricalSimulation",
    "HistoricalSimulation",
    "JointVaRES",
    "LossForecast",
    "ParametricRisk",
    "RiskEstimate",
    "RiskEstimator",
    "VaR",
    "VolatilityScaledSimulation",
]
