"""Every test of one backtest in every variant, as the study runs it."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass

import quant.backtesting as package
from quant._typing import Vector
from quant.backtesting import Backtest, TestResult
from tests.studies._forecasters import RIGHT, Forecaster, backtest, backtest_of_laws

VAR_LEVEL, ES_LEVEL = 0.99, 0.975
N_SIMS = 9_999
SIZES = 5

Made = Callable[[Forecaster, Vector, Vector, float], Backtest]


@dataclass(frozen=True, slots=True)
class Case:
    """A test, one of its variants, and how many of the histories it is given.

    A size is asked to more digits than a power: under the null there are `SIZES` times as many.
    """

    name: str
    test: Callable[..., TestResult]
    options: dict[str, str]
    level: float
    thinning: int = 1  # one history in so many: slow tests are asked less often
    asymptotic: bool = True  # whether `pvalue` is a limit, and not the finite-sample one
    made: Made = backtest

    def __call__(self, bt: Backtest, seed: int) -> TestResult:
        takes = inspect.signature(self.test).parameters
        drawn = {"n_sims": N_SIMS} if "n_sims" in takes else {}
        seeded = {"seed": seed} if "seed" in takes else {}
        return self.test(bt, **self.options, **drawn, **seeded)

    def histories(self, forecaster: Forecaster, replications: int) -> int:
        """Return how many histories of a forecaster a study of `replications` gives the test."""
        return max(1, (SIZES if forecaster is RIGHT else 1) * replications // self.thinning)

    def on(self, forecaster: Forecaster, loss: Vector, sigma: Vector, seed: int) -> TestResult:
        """Return the answer to one history."""
        return self(self.made(forecaster, loss, sigma, self.level), seed)


def _case(
    name: str,
    level: float,
    *variant: str,
    thinning: int = 1,
    asymptotic: bool = True,
    made: Made = backtest,
    **options: str,
) -> Case:
    chosen = dict(zip(("variant",), variant, strict=False)) | options
    shown = ", ".join([name, *variant, *options.values()])
    return Case(shown, getattr(package, name), chosen, level, thinning, asymptotic, made)


def _bets(level: float, measure: str) -> list[Case]:
    return [
        _case("e_backtest", level, variant, asymptotic=False, measure=measure)
        for variant in ("GREM", "GREE", "GREL")
    ]


CASES = (
    _case("kupiec", VAR_LEVEL),
    _case("time_until_first_failure", VAR_LEVEL),
    _case("traffic_light", VAR_LEVEL, asymptotic=False),
    _case("christoffersen", VAR_LEVEL),
    _case("conditional_coverage", VAR_LEVEL),
    _case("haas", VAR_LEVEL, "mixed"),
    _case("haas", VAR_LEVEL, "independence"),
    _case("dynamic_quantile", VAR_LEVEL, "VaR", thinning=2),
    _case("dynamic_quantile", VAR_LEVEL, "hits", thinning=2),
    _case("duration", VAR_LEVEL, "Weibull"),
    _case("duration", VAR_LEVEL, "geometric", thinning=2),
    _case("multinomial", VAR_LEVEL, "Nass"),
    _case("multinomial", VAR_LEVEL, "Pearson"),
    _case("multinomial", VAR_LEVEL, "LR"),
    _case("berkowitz", VAR_LEVEL, "full"),
    _case("berkowitz", VAR_LEVEL, "full", first_observation="conditional"),
    _case("berkowitz", VAR_LEVEL, "tail"),
    *_bets(VAR_LEVEL, "VaR"),
    _case("mcneil_frey", ES_LEVEL, thinning=2),
    _case("acerbi_szekely_z1", ES_LEVEL),
    _case("acerbi_szekely_z2", ES_LEVEL),
    _case("acerbi_szekely_z3", ES_LEVEL, thinning=10, made=backtest_of_laws),
    _case("ridge_es", ES_LEVEL, "relative"),
    _case("ridge_es", ES_LEVEL, "absolute"),
    _case("du_escanciano", ES_LEVEL, "unconditional"),
    _case("du_escanciano", ES_LEVEL, "conditional"),
    _case("costanzino_curran", ES_LEVEL),
    _case("nolde_ziegel", ES_LEVEL, "simple", thinning=2),
    _case("nolde_ziegel", ES_LEVEL, "general", thinning=2),
    *_bets(ES_LEVEL, "ES"),
    _case("esr", ES_LEVEL, "strict", thinning=10),
    _case("esr", ES_LEVEL, "auxiliary", thinning=10),
    _case("esr", ES_LEVEL, "intercept", thinning=10),
)


def published() -> set[str]:
    """Return the tests of a single backtest that the package publishes."""
    tests = (getattr(package, name) for name in package.__all__)
    return {
        test.__name__
        for test in tests
        if inspect.isfunction(test)
        and inspect.signature(test).return_annotation == "TestResult"
        and next(iter(inspect.signature(test).parameters)) == "bt"
    }
