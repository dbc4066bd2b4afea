"""What the study of breach rates asks: every estimator in the world it describes."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Protocol

import numpy as np

import quant as q
from quant.distributions.gpd_tail import GPDTail
from quant.risk._two_tails import TwoTails
from tests.studies import _quantile_truths as worlds
from tests.studies._guarantee import Guarantee, leaping
from tests.studies._known import Known, at, quantiles_at
from tests.studies._nested import Nested
from tests.studies._rate_cells import Cell
from tests.studies._truths import Bent, Spliced, Truth, constant, garch

T = q.StudentT(nu=6.0)
SKEWED = q.SkewStudentT(nu=7.0, skew=-0.2)
JUMPY = q.JumpMixture.innovation(probability=0.01, jump=-4.0, jump_sigma=1.0)
PLAIN = {"mu": 0.0002, "omega": 3e-6, "alpha": 0.08, "beta": 0.89}
LEVERED = {"mu": 0.0, "omega": 3e-6, "alpha": 0.03, "gamma": 0.1, "beta": 0.89}
FREE = {**PLAIN, "mu": 0.0}
MOMENTS = np.array([0.0004, 0.012, -0.3, 1.0])

GARCH_T = q.GARCH(distribution="t")


class Case(Protocol):
    """Anything with a name and cells."""

    @property
    def name(self) -> str: ...

    def cells(self, seed: int, levels: tuple[float, ...] = ...) -> Iterator[Cell]: ...


def always(world: Truth):
    """Return the same world at every level, on either side."""
    return lambda level, side: world


def ranked(n: int):
    """Return the breach probability of the sample rank of n exchangeable losses."""
    return lambda level: math.ceil(n * (1.0 - level) - 1e-9) / (n + 1.0)


STUDENT_GARCH = garch(T, **PLAIN)
CENTRED_GARCH = garch(T, **FREE)
IID = constant(q.StudentT(nu=5.0), 0.012)
BENT = constant(Bent(*MOMENTS[2:]), MOMENTS[1], MOMENTS[0])
SPLICED = Spliced(np.linspace(-1.25, 1.25, 801), (0.1, 1.25, 0.7, 0.2), (0.1, 1.25, 0.5, 0.1))


def spliced_at(level: float, side: str, returns: Any) -> Any:
    """Return the fit at the true filter and the true tails."""
    spec = q.ExtremeValue(volatility=GARCH_T)
    tails = {
        name: GPDTail(xi=xi, beta=beta, threshold=u, exceed_share=share)
        for name, (share, u, beta, xi) in (("lower", SPLICED.lower), ("upper", SPLICED.upper))
    }
    fit = at({**PLAIN, "nu": 6.0}, spec)(level, side, returns)
    return replace(fit, innovations=TwoTails(SPLICED.body, **tails))


class Unmoved:
    """The law at the four known cumulants: nothing about it changes from day to day."""

    def __init__(self, returns: Any) -> None:
        self.fit = q.CornishFisher(window=None).fit(returns)
        self.laws = {
            side: replace(
                forecast, loss=forecast.parameter_error.law_at(MOMENTS), parameter_error=None
            )
            for side in ("long", "short")
            for forecast in [self.fit.forecast(1, side)]
        }

    def forecast(self, horizon: int, side: str) -> q.LossForecast:
        return self.laws[side]

    def update(self, returns: Any) -> Unmoved:
        return self


def quantile_cases() -> list[Case]:
    """Return CAViaR and JointVaRES, known and estimated, in worlds of their recursions."""
    recursions = {
        "symmetric absolute value": (q.CAViaR, worlds.absolute, False),
        "asymmetric slope": (q.CAViaR, worlds.slopes, False),
        "indirect GARCH": (q.CAViaR, worlds.squares, False),
        "adaptive": (q.CAViaR, worlds.adaptive, True),
        "one-factor GAS": (q.JointVaRES, worlds.score_driven, True),
        "GARCH-FZ": (q.JointVaRES, worlds.squared_losses, False),
        "asymmetric Laplace": (q.JointVaRES, worlds.absolute_losses, False),
    }
    cases: list[Case] = []
    for dynamics, (kind, known, own_side) in recursions.items():
        name = f"{kind.__name__}, {dynamics}"

        def spec(level: float, kind=kind, dynamics=dynamics) -> Any:
            return kind(level, dynamics, window=1000)

        def world(level: float, side: str, known=known) -> Truth:
            return known(level, side)[0]

        cases.append(Known(f"{name} (known)", world, quantiles_at(spec, known), (1,), 2000, True))
        replications = 24 if own_side else 48
        cases.append(
            Nested(
                name, spec, world, 1000, (1,), replications, 500, of_level=True, of_side=own_side
            )
        )
    return cases


def scored(weighting: str) -> Nested:
    """Return a combination with weights that past scores have set."""
    members = (q.HistoricalSimulation(500), q.ParametricRisk(volatility=GARCH_T, window=500))
    return Nested(
        f"CombinedRisk, {weighting}",
        lambda a: q.CombinedRisk(members, a, weighting, calibration=150, refit_every=150),
        always(STUDENT_GARCH),
        n=650,
        horizons=(1,),
        replications=24,
        outcomes=1000,
        of_level=True,
    )


def known_filter(fit: Any) -> Any:
    """Return the filtered fit at the true parameters: innovations are then the true ones."""
    moved = fit.volatility.at({**FREE, "nu": 6.0})
    if hasattr(fit, "sigma"):
        return replace(fit, volatility=moved, sigma=moved.sigma)
    return replace(fit, volatility=moved, z=moved.z)


def combined(level: float) -> q.CombinedRisk:
    closed = q.ParametricRisk(volatility=GARCH_T, n_paths=None)
    return q.CombinedRisk((q.HistoricalSimulation(500), closed), level)


FHS = q.FilteredHistoricalSimulation(volatility=GARCH_T, n_paths=1999)
SCALED = q.VolatilityScaledSimulation(volatility=GARCH_T)

CASES: list[Case] = [
    Nested(
        "HistoricalSimulation",
        lambda a: q.HistoricalSimulation(500),
        always(IID),
        n=500,
        replications=3000,
        exact=ranked(500),
    ),
    Nested("AgeWeightedSimulation", lambda a: q.AgeWeightedSimulation(138.3, 1000), always(IID)),
    Known("CornishFisher (known)", always(BENT), lambda a, s, r: Unmoved(r), (1,), 20_000),
    Nested("CornishFisher", lambda a: q.CornishFisher(window=1000), always(BENT)),
    Known(
        "ParametricRisk, GARCH-t (known)",
        always(STUDENT_GARCH),
        at({**PLAIN, "nu": 6.0}, q.ParametricRisk(volatility=GARCH_T, distribution=T)),
    ),
    Known(
        "ParametricRisk, GJR-skew-t (known)",
        always(garch(SKEWED, **LEVERED)),
        at(
            {**LEVERED, "nu": 7.0, "skew": -0.2},
            q.ParametricRisk(volatility=q.GJRGARCH(distribution="skewt"), distribution=SKEWED),
        ),
    ),
    Known(
        "ParametricRisk, jump mixture (known)",
        always(garch(JUMPY, **PLAIN)),
        at(PLAIN, q.ParametricRisk(volatility=q.GARCH(), distribution=JUMPY)),
    ),
    Known("ExtremeValue (known)", always(garch(SPLICED, **PLAIN)), spliced_at),
    Nested(
        "FilteredHistoricalSimulation, known filter",
        lambda a: FHS,
        always(CENTRED_GARCH),
        replications=600,
        exact=ranked(1000),
        judged=known_filter,
    ),
    Nested(
        "VolatilityScaledSimulation, known filter",
        lambda a: SCALED,
        always(CENTRED_GARCH),
        replications=600,
        exact=ranked(1000),
        judged=known_filter,
    ),
    Nested(
        "ParametricRisk, GARCH-t",
        lambda a: q.ParametricRisk(volatility=GARCH_T, n_paths=1999),
        always(STUDENT_GARCH),
        replications=300,
    ),
    Nested(
        "ParametricRisk, GARCH-t, closed form",
        lambda a: q.ParametricRisk(volatility=GARCH_T, n_paths=None),
        always(STUDENT_GARCH),
    ),
    Nested(
        "ParametricRisk, jump mixture",
        lambda a: q.ParametricRisk(volatility=q.GARCH(), distribution=JUMPY, n_paths=1999),
        always(garch(JUMPY, **PLAIN)),
        replications=32,
        outcomes=1000,
    ),
    Nested("FilteredHistoricalSimulation", lambda a: FHS, always(STUDENT_GARCH)),
    Nested("VolatilityScaledSimulation", lambda a: SCALED, always(STUDENT_GARCH)),
    Nested(
        "VolatilityScaledSimulation, damped",
        lambda a: q.VolatilityScaledSimulation(volatility=GARCH_T, damping=0.5),
        always(STUDENT_GARCH),
    ),
    Nested(
        "ExtremeValue",
        lambda a: q.ExtremeValue(volatility=GARCH_T, n_paths=1999),
        always(STUDENT_GARCH),
        replications=300,
    ),
    Nested(
        "BootstrapRisk around FilteredHistoricalSimulation",
        lambda a: q.BootstrapRisk(FHS, n_boot=99),
        always(STUDENT_GARCH),
        replications=300,
    ),
    Nested("CombinedRisk, equal", combined, always(STUDENT_GARCH), replications=250, of_level=True),
    scored("relative_score"),
    scored("minimum_score"),
    *quantile_cases(),
    Guarantee("ConformalRisk around HistoricalSimulation", q.HistoricalSimulation(250), leaping),
    Guarantee(
        "ConformalRisk around ParametricRisk",
        q.ParametricRisk(volatility=q.EWMA(half_life=33), window=250),
        lambda rng, n: STUDENT_GARCH.windows(rng, 1, n)[0][0],
    ),
]
