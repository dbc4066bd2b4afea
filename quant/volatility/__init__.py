"""Volatility models: a specification, its fit, a forecast of the fit; one model per file."""

from __future__ import annotations

from quant.volatility.base import VolatilityFit, VolatilityModel
from quant.volatility.ewma import EWMA
from quant.volatility.garch import GARCH
from quant.volatility.gjr import GJRGARCH
from quant.volatility.recursive import RecursiveModel
from quant.volatility.rolling import RollingVolatility
from quant.volatility.rolling_fits import fit_rolling

__all__ = [
    "EWMA",
    "GARCH",
    "GJRGARCH",
    "RecursiveModel",
    "RollingVolatility",
    "VolatilityFit",
    "VolatilityModel",
    "fit_rolling",
]
