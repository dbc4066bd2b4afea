"""Volatility models: a specification, its fit, a forecast of the fit; one model per file."""

from __future__ import annotations

from quant.volatility.aparch import APARCH
from quant.volatility.base import VolatilityFit, VolatilityModel
from quant.volatility.egarch import EGARCH
from quant.volatility.ewma import EWMA
from quant.volatility.figarch import FIGARCH
from quant.volatility.garch import GARCH
from quant.volatility.gjr import GJRGARCH
from quant.volatility.har import HAR
from quant.volatility.range_based import RangeVolatility
from quant.volatility.realized_garch import RealizedGARCH
from quant.volatility.recursive import RecursiveModel
from quant.volatility.riskmetrics2006 import RiskMetrics2006
from quant.volatility.rolling import RollingVolatility
from quant.volatility.rolling_fits import fit_rolling

__all__ = [
    "APARCH",
    "EGARCH",
    "EWMA",
    "FIGARCH",
    "GARCH",
    "GJRGARCH",
    "HAR",
    "RangeVolatility",
    "RealizedGARCH",
    "RecursiveModel",
    "RiskMetrics2006",
    "RollingVolatility",
    "VolatilityFit",
    "VolatilityModel",
    "fit_rolling",
]
