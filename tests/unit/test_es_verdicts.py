"""Every ES verdict must depend on the forecast: on its size, its sign and its day."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
from scipy.special import ndtr

from quant.backtesting import (
    Backtest,
    TestResult,
    acerbi_szekely_z1,
    acerbi_szekely_z2,
    acerbi_szekely_z3,
    costanzino_curran,
    diebold_mariano,
    du_escanciano,
    e_backtest,
    esr,
    fz0_score,
    mcneil_frey,
    model_confidence_set,
    murphy_diagram,
    nolde_ziegel,
    ridge_es,
)
from quant.distributions import Empirical, Normal

LEVEL = 0.95
SIGNIFICANCE = 0.005
VAR, ES = 1.6448536269514722, 2.0627128075074257  # of a standard normal loss
few = {"n_sims": 1999}

TESTS: dict[str, Callable[[Backtest], TestResult]] = {
    "z1": partial(acerbi_szekely_z1, **few),
    "z2": partial(acerbi_szekely_z2, **few),
    "z3": partial(acerbi_szekely_z3, **few),
    "ridge": partial(ridge_es, **few),
    "ridge absolute": partial(ridge_es, variant="absolute", **few),
    "mcneil_frey": partial(mcneil_frey, **few),
    "nolde_ziegel": partial(nolde_ziegel, **few),
    "nolde_ziegel general": partial(nolde_ziegel, variant="general", **few),
    "du_escanciano": du_escanciano,
    "costanzino_curran": costanzino_curran,
    "e_backtest": e_backtest,
    "e_backtest VaR": partial(e_backtest, measure="VaR"),
    "esr": esr,
    "esr auxiliary": partial(esr, variant="auxiliary"),
    "esr intercept": partial(esr, variant="intercept"),
}


class _Normal:
    """A normal loss with mean 0."""

    finite_mean = True

    def __init__(self, sigma: float) -> None:
        self.sigma = sigma

    def cdf(self, x):
        return Normal().cdf(x / self.sigma)

    def ppf(self, level):
        return self.sigma * Normal().ppf(level)

    def tail_mean(self, level: float) -> float:
        return self.sigma * Normal().tail_mean(level)

    def rvs(self, size, seed: int = 0):
        return self.sigma * Normal().rvs(size, seed)


def losses(n: int = 800) -> tuple[np.ndarray, np.ndarray]:
    """Normal losses whose volatility jumps between 1 and 5."""
    rng = np.random.default_rng(20240301)
    sigma = rng.choice([1.0, 5.0], size=n)
    return sigma * rng.normal(size=n), sigma


def of(loss: np.ndarray, sigma: np.ndarray, var: float = VAR, es: float = ES) -> Backtest:
    laws = {s: _Normal(s) for s in np.unique(np.abs(sigma))}
    return Backtest.from_arrays(
        loss=loss,
        var=var * sigma,
        es=es * sigma,
        pit=ndtr(loss / sigma),
        laws=[laws[abs(s)] for s in sigma],
        level=LEVEL,
    )


def right() -> Backtest:
    return of(*losses())


def noise() -> Backtest:
    loss, _ = losses()
    return of(loss, np.abs(np.random.default_rng(5).normal(size=loss.size)) + 0.05)


def flipped() -> Backtest:
    """The forecasts of the other side: VaR and ES below 0."""
    loss, sigma = losses()
    return Backtest.from_arrays(
        loss=loss, var=-ES * sigma, es=-VAR * sigma, pit=ndtr(-loss / sigma), level=LEVEL
    )


def shifted() -> Backtest:
    loss, sigma = losses()
    return of(loss[1:], sigma[:-1])


def test_the_right_forecast_passes() -> None:
    for name, test in TESTS.items():
        assert not test(right()).rejected(SIGNIFICANCE), name


@pytest.mark.parametrize("wrong", [noise, shifted])
@pytest.mark.parametrize("name", TESTS)
def test_a_wrong_forecast_fails(name, wrong) -> None:
    assert TESTS[name](wrong()).rejected(SIGNIFICANCE)


@pytest.mark.parametrize(
    "name",
    [
        *("ridge absolute", "mcneil_frey", "nolde_ziegel", "nolde_ziegel general"),
        *("e_backtest", "e_backtest VaR", "esr", "esr auxiliary", "esr intercept"),
    ],
)
def test_a_flipped_sign_fails(name) -> None:
    # z1, z2, z3 and the relative ridge refuse an ES below 0; the PIT tests see no sign in a
    # symmetric law, and see it in a skewed one
    assert TESTS[name](flipped()).rejected(SIGNIFICANCE)


@pytest.mark.parametrize("test", [du_escanciano, costanzino_curran])
def test_a_flipped_sign_of_a_skewed_law_fails(test) -> None:
    z = np.random.default_rng(4).exponential(size=800) - 1.0
    law = Empirical(np.random.default_rng(5).exponential(size=20_000) - 1.0)
    ones = np.ones(800)
    for sign, rejected in ((1.0, False), (-1.0, True)):
        pit = law.cdf(z) if sign > 0 else 1.0 - law.cdf(-z)
        bt = Backtest.from_arrays(loss=z, var=3.0 * ones, pit=pit, level=LEVEL)
        assert test(bt).rejected(SIGNIFICANCE) == rejected


@pytest.mark.parametrize("wrong", [noise, shifted])
def test_a_wrong_forecast_loses_every_comparison(wrong) -> None:
    bad = wrong()
    good = of(*(row[-bad.n_obs :] for row in losses()))
    assert diebold_mariano(good, bad, score=fz0_score, alternative="first").rejected(SIGNIFICANCE)
    pair = {"good": good, "bad": bad}
    assert model_confidence_set(pair, score=fz0_score, reps=200).included == ("good",)
    for measure in ("VaR", "ES"):
        scores = murphy_diagram(pair, measure=measure).scores.mean()
        assert scores["good"] < scores["bad"]
    assert e_backtest(bad, against=good, measure="VaR").rejected(SIGNIFICANCE)
    assert not e_backtest(good, against=bad, measure="VaR").rejected(0.5)


def test_a_level_read_from_the_wrong_end_fails() -> None:
    loss, sigma = losses()
    bt = Backtest.from_arrays(
        loss=loss, var=VAR * sigma, es=ES * sigma, pit=ndtr(loss / sigma), level=1.0 - LEVEL
    )
    for name in ("nolde_ziegel", "e_backtest VaR"):
        verdict = TESTS[name](bt)
        assert verdict.rejected(SIGNIFICANCE) == (name == "nolde_ziegel")
    # Z2 and the ridge see a model that is far too prudent: not 0 any more, and not rejected
    for name in ("z2", "ridge"):
        assert TESTS[name](bt).statistic > 0.15
