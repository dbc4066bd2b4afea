"""What the study of intervals asks: every estimator in its world, at a few sample sizes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

import quant as q
from tests.studies._quantile_truths import absolute, absolute_losses
from tests.studies._rate_cases import BENT, GARCH_T, IID, STUDENT_GARCH
from tests.studies._truths import Truth

NORMAL = q.GARCH()


@dataclass(frozen=True, slots=True)
class IntervalCase:
    """An estimator, its world, the sizes of its window and how many windows are tried."""

    name: str
    estimator: Callable[[int, float], Any]
    world: Truth
    sizes: tuple[int, ...] = (250, 500, 1000)
    levels: tuple[float, ...] = (0.975, 0.99)
    trials: int = 100
    extra: int = 0  # returns before the window, to calibrate on


def around(kind: Any, **fields: Any) -> Callable[[int, float], Any]:
    return lambda n, level: kind(volatility=GARCH_T, window=n, **fields)


def bootstrapped(n: int, level: float) -> q.BootstrapRisk:
    inner = q.FilteredHistoricalSimulation(volatility=GARCH_T, window=n)
    return q.BootstrapRisk(inner, n_boot=199)


def combined(n: int, level: float) -> q.CombinedRisk:
    members = (
        q.FilteredHistoricalSimulation(volatility=GARCH_T, window=n),
        q.ParametricRisk(volatility=GARCH_T, window=n),
    )
    return q.CombinedRisk(members, level)


def controlled(n: int, level: float) -> q.ConformalRisk:
    return q.ConformalRisk(q.HistoricalSimulation(n), level, calibration=250)


CASES = [
    IntervalCase("HistoricalSimulation", lambda n, a: q.HistoricalSimulation(n), IID, trials=500),
    IntervalCase(
        "AgeWeightedSimulation, half-life n / 4",
        lambda n, a: q.AgeWeightedSimulation(n / 4, n),
        IID,
        sizes=(500, 1000),
        trials=250,
    ),
    IntervalCase("CornishFisher", lambda n, a: q.CornishFisher(window=n), BENT, trials=100),
    IntervalCase("ParametricRisk, GARCH-t", around(q.ParametricRisk), STUDENT_GARCH),
    IntervalCase("VolatilityScaledSimulation", around(q.VolatilityScaledSimulation), STUDENT_GARCH),
    IntervalCase(
        "FilteredHistoricalSimulation", around(q.FilteredHistoricalSimulation), STUDENT_GARCH
    ),
    IntervalCase(
        "ExtremeValue", around(q.ExtremeValue), STUDENT_GARCH, sizes=(500, 1000), trials=100
    ),
    IntervalCase(
        "BootstrapRisk around FilteredHistoricalSimulation",
        bootstrapped,
        STUDENT_GARCH,
        sizes=(500,),
        trials=50,
    ),
    IntervalCase("CombinedRisk, equal", combined, STUDENT_GARCH, sizes=(500, 1000), trials=60),
    IntervalCase(
        "ConformalRisk around HistoricalSimulation",
        controlled,
        IID,
        sizes=(500,),
        trials=200,
        extra=250,
    ),
    IntervalCase(
        "CAViaR, symmetric absolute value",
        lambda n, a: q.CAViaR(a, "symmetric absolute value", window=n),
        absolute(0.99, "long")[0],
        sizes=(500, 1000),
        trials=200,
    ),
    IntervalCase(
        "JointVaRES, asymmetric Laplace",
        lambda n, a: q.JointVaRES(a, "asymmetric Laplace", window=n),
        absolute_losses(0.99, "long")[0],
        sizes=(500, 1000),
        trials=100,
    ),
]


def true_numbers(world: Truth, state: np.ndarray, level: float) -> tuple[np.ndarray, np.ndarray]:
    """Return VaR and ES of a long in each state: the lower end of the law of the shocks.

    The mean beyond is a quadrature in the probability, fine at its end.
    """
    x = (np.arange(1000) + 0.5) / 1000
    u = np.append((1.0 - level) * x**4, 1.0 - level)
    z = _lower(world, u)
    moves = world.mean + world.scale(state)[:, None] * z
    losses = -moves if world.simple else -np.expm1(moves)
    return losses[:, -1], losses[:, :-1] @ (4.0 * x**3) / (4.0 * x**3).sum()


def _lower(world: Truth, u: np.ndarray) -> np.ndarray:
    if hasattr(world.law, "ppf"):
        return np.asarray(world.law.ppf(u))
    grid = np.linspace(-12.0, 0.0, 400_001)
    return np.interp(u, world.law.cdf(grid), grid)
