"""Walk-forward evidence: tests of VaR and ES, scores, and measures of margin itself."""

from __future__ import annotations

from quant.backtesting._result import TestResult
from quant.backtesting.acerbi_szekely_z1 import acerbi_szekely_z1
from quant.backtesting.acerbi_szekely_z2 import acerbi_szekely_z2
from quant.backtesting.acerbi_szekely_z3 import acerbi_szekely_z3
from quant.backtesting.adequacy import backtest_haircut, backtest_margin
from quant.backtesting.base import Backtest
from quant.backtesting.battery import battery
from quant.backtesting.berkowitz import berkowitz
from quant.backtesting.christoffersen import christoffersen
from quant.backtesting.conditional_coverage import conditional_coverage
from quant.backtesting.costanzino_curran import costanzino_curran
from quant.backtesting.diebold_mariano import diebold_mariano
from quant.backtesting.du_escanciano import du_escanciano
from quant.backtesting.duration import duration
from quant.backtesting.dynamic_quantile import dynamic_quantile
from quant.backtesting.e_backtest import e_backtest
from quant.backtesting.engine import backtest
from quant.backtesting.esr import esr
from quant.backtesting.haas import haas
from quant.backtesting.kupiec import kupiec
from quant.backtesting.margin_cost import margin_cost
from quant.backtesting.mcneil_frey import mcneil_frey
from quant.backtesting.model_confidence_set import model_confidence_set
from quant.backtesting.multinomial import multinomial
from quant.backtesting.murphy_diagram import murphy_diagram
from quant.backtesting.n_period_increase import n_period_increase
from quant.backtesting.nolde_ziegel import nolde_ziegel
from quant.backtesting.peak_to_trough import peak_to_trough
from quant.backtesting.procyclicality import procyclicality
from quant.backtesting.ridge_es import ridge_es
from quant.backtesting.scores import fz0_score, quantile_score
from quant.backtesting.time_until_first_failure import time_until_first_failure
from quant.backtesting.traffic_light import traffic_light

__all__ = [
    "Backtest",
    "TestResult",
    "acerbi_szekely_z1",
    "acerbi_szekely_z2",
    "acerbi_szekely_z3",
    "backtest",
    "backtest_haircut",
    "backtest_margin",
    "battery",
    "berkowitz",
    "christoffersen",
    "conditional_coverage",
    "costanzino_curran",
    "diebold_mariano",
    "du_escanciano",
    "duration",
    "dynamic_quantile",
    "e_backtest",
    "esr",
    "fz0_score",
    "haas",
    "kupiec",
    "margin_cost",
    "mcneil_frey",
    "model_confidence_set",
    "multinomial",
    "murphy_diagram",
    "n_period_increase",
    "nolde_ziegel",
    "peak_to_trough",
    "procyclicality",
    "quantile_score",
    "ridge_es",
    "time_until_first_failure",
    "traffic_light",
]
