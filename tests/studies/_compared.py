"""The estimators that are compared, as a desk would set each up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import quant as q

WINDOW = 1000
GJR = q.GJRGARCH(distribution="t")
FILTERED = q.FilteredHistoricalSimulation(volatility=GJR, window=WINDOW)
EXTREME = q.ExtremeValue(volatility=GJR, window=WINDOW)

ESTIMATORS: dict[str, Callable[[float], Any]] = {
    "HistoricalSimulation, 500 days": lambda a: q.HistoricalSimulation(window=500),
    "AgeWeightedSimulation, half-life 138": lambda a: q.AgeWeightedSimulation(138.0, WINDOW),
    "VolatilityScaledSimulation, GJR-t": lambda a: q.VolatilityScaledSimulation(GJR, WINDOW),
    "FilteredHistoricalSimulation, EWMA 33": lambda a: q.FilteredHistoricalSimulation(
        q.EWMA(half_life=33), WINDOW
    ),
    "FilteredHistoricalSimulation, GJR-t": lambda a: FILTERED,
    "ParametricRisk, EWMA 11, normal": lambda a: q.ParametricRisk(
        q.EWMA(half_life=11), window=WINDOW
    ),
    "ParametricRisk, GARCH-t": lambda a: q.ParametricRisk(q.GARCH(distribution="t"), window=WINDOW),
    "ParametricRisk, GJR-skew-t": lambda a: q.ParametricRisk(
        q.GJRGARCH(distribution="skewt"), window=WINDOW
    ),
    "CornishFisher, GJR-t": lambda a: q.CornishFisher(GJR, WINDOW),
    "ExtremeValue, GJR-t": lambda a: EXTREME,
    "CAViaR, asymmetric slope": lambda a: q.CAViaR(a, window=WINDOW),
    "JointVaRES, GARCH-FZ": lambda a: q.JointVaRES(a, "GARCH-FZ", WINDOW),
    "JointVaRES, one-factor GAS": lambda a: q.JointVaRES(a, "one-factor GAS", WINDOW),
    "ConformalRisk around HistoricalSimulation": lambda a: q.ConformalRisk(
        q.HistoricalSimulation(window=500), a, calibration=250
    ),
    "CombinedRisk, FHS GJR-t and historical": lambda a: q.CombinedRisk(
        (FILTERED, q.HistoricalSimulation(window=500)), a
    ),
    "CombinedRisk, the same, scored": lambda a: q.CombinedRisk(
        (FILTERED, q.HistoricalSimulation(window=500)), a, "relative_score", calibration=250
    ),
}
