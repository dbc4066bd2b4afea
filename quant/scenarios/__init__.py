"""Joint futures of many assets: the second hub."""

from __future__ import annotations

from quant.scenarios.base import ScenarioModel, Scenarios
from quant.scenarios.copula import CopulaScenarios
from quant.scenarios.correlated import CorrelatedScenarios
from quant.scenarios.filtered import FilteredScenarios
from quant.scenarios.historical import HistoricalScenarios

__all__ = [
    "CopulaScenarios",
    "CorrelatedScenarios",
    "FilteredScenarios",
    "HistoricalScenarios",
    "ScenarioModel",
    "Scenarios",
]
