"""VaR and ES margin rates and collateral haircuts: estimated, backtested, calibrated, explained."""

from __future__ import annotations

from typing import TYPE_CHECKING

_MODULES = (
    "errors",
    "prices",
    "returns",
    "samples",
    "distributions",
    "volatility",
    "dependence",
    "risk",
    "scenarios",
    "portfolio",
    "margin",
    "collateral",
    "liquidation",
    "backtesting",
    "config",
    "calibration",
    "plotting",
)

if TYPE_CHECKING:
    from quant.backtesting import *
    from quant.calibration import *
    from quant.collateral import *
    from quant.config import *
    from quant.dependence import *
    from quant.distributions import *
    from quant.errors import *
    from quant.liquidation import *
    from quant.margin import *
    from quant.plotting import *
    from quant.portfolio import *
    from quant.prices import *
    from quant.returns import *
    from quant.risk import *
    from quant.samples import *
    from quant.scenarios import *
    from quant.volatility import *
else:

    def __getattr__(name):
        from importlib import import_module

        if not name.startswith("_"):
            for module_name in _MODULES:
                module = import_module(f"quant.{module_name}")
                if name in module.__all__:
                    value = getattr(module, name)
                    globals()[name] = value
                    return value
        raise AttributeError(f"module 'quant' has no attribute {name!r}")

    def __dir__():
        from importlib import import_module

        public = (import_module(f"quant.{module}").__all__ for module in _MODULES)
        return sorted({name for names in public for name in names})
