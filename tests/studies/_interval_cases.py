"""What the study of intervals asks: every estimator in its world, at a few sample sizes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

import quant as q
from quant.risk._cornish_fisher_law import CornishFisherLaw
from quant.risk._return_loss import ReturnLoss
from tests.studies._quantile_truths import absolute, absolute_losses
from tests.studies._rate_cases import BENT, GARCH_T, IID, STUDENT_GARCH
from tests.studies._truths import Truth

NORMAL = q.GARCH()


Numbers: TypeAlias = Callable[[Truth, np.ndarray, float], tuple[np.ndarray, np.ndarray]]


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


def expanded_numbers(
    world: Truth, state: np.ndarray, level: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return VaR and ES of the expansion at the moments of a world of bent shocks.

    What the estimator tends to: the shocks are bent by other numbers than their own moments.
    """
    nodes, weights = np.polynomial.hermite_e.hermegauss(40)
    shocks = world.law.bent(nodes)
    mean, *central = (
        weights @ part / weights.sum()
        for part in (shocks, *((shocks - weights @ shocks / weights.sum()) ** k for k in (2, 3, 4)))
    )
    sd = np.sqrt(central[0])
    law = CornishFisherLaw(central[1] / sd**3, central[2] / sd**4 - 3.0)
    scale = float(world.scale(state)[0])
    loss = ReturnLoss(law, world.mean + scale * mean, scale * sd, "long")
    return np.array([loss.ppf(level)]), np.array([loss.tail_mean(level)])


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
    numbers: Numbers = true_numbers


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
    IntervalCase(
        "CornishFisher",
        lambda n, a: q.CornishFisher(window=n),
        BENT,
        trials=500,
        numbers=expanded_numbers,
    ),
    IntervalCase("ParametricRisk, GARCH-t", around(q.ParametricRisk), STUDENT_GARCH, trials=400),
    IntervalCase("VolatilityScaledSimulation", around(q.VolatilityScaledSimulation), STUDENT_GARCH),
    IntervalCase(
        "FilteredHistoricalSimulation", around(q.FilteredHistoricalSimulation), STUDENT_GARCH
    ),
    IntervalCase(
        "ExtremeValue", around(q.ExtremeValue), STUDENT_GARCH, sizes=(500, 1000), trials=200
    ),
    IntervalCase(
        "BootstrapRisk around FilteredHistoricalSimulation",
        bootstrapped,
        STUDENT_GARCH,
        sizes=(500,),
        trials=150,
    ),
    IntervalCase("CombinedRisk, equal", combined, STUDENT_GARCH, sizes=(500, 1000), trials=200),
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
