"""What every test of a forecast promises, over everything the package publishes."""

from __future__ import annotations

import inspect
import pickle
from collections.abc import Callable
from dataclasses import FrozenInstanceError, dataclass
from functools import cache

import numpy as np
import pandas as pd
import pytest
from scipy.special import ndtr, ndtri

import quant as q
import quant.backtesting as package
from quant.backtesting import Backtest, TestResult

LEVEL, VAR, ES = 0.99, 2.3263478740408408, 2.6652142203458076  # of a standard normal loss
GRID = ndtri((np.arange(2000) + 0.5) / 2000)  # a standard normal law as a sample
LAWS = {sigma: q.Empirical(sigma * GRID) for sigma in (1.0, 5.0)}
SIGNIFICANCE = 0.001
N_SIMS = 2999  # the smallest two-sided Monte Carlo p-value is 2 / 3000


@dataclass(frozen=True)
class Case:
    """A test in one of its variants, what it is tried on, and what it is blind to."""

    test: Callable[..., TestResult]
    options: dict[str, object]
    blind: tuple[str, ...] = ()  # wrong forecasts that leave its null true
    significance: float = SIGNIFICANCE
    world: str = "swing"

    def __call__(self, bt: Backtest, **options: object) -> TestResult:
        draws = {"n_sims": N_SIMS} if self.takes("n_sims") else {}
        return self.test(bt, **{**draws, **self.options, **options})

    def takes(self, option: str) -> bool:
        return option in inspect.signature(self.test).parameters


def case(
    name: str,
    *blind: str,
    significance: float = SIGNIFICANCE,
    world: str = "swing",
    **options: object,
) -> Case:
    return Case(getattr(package, name), options, blind, significance, world)


# Independence does not depend on the level, nor does a PIT; the first failure is one number. Most
# tests of expected shortfall know one side, and an alarm at the wrong end of the tail is the other.
CASES = [
    case("kupiec"),
    case("time_until_first_failure", significance=0.05),
    case("christoffersen", "tail_from_the_wrong_end"),
    case("conditional_coverage"),
    case("haas"),
    case("haas", variant="independence"),
    case("dynamic_quantile"),
    case("dynamic_quantile", variant="hits"),
    case("duration", "tail_from_the_wrong_end"),
    case("duration", "tail_from_the_wrong_end", variant="geometric"),
    case("traffic_light", alternative="two-sided"),
    case("multinomial", "tail_from_the_wrong_end"),
    case("multinomial", "tail_from_the_wrong_end", variant="Pearson"),
    case("multinomial", "tail_from_the_wrong_end", variant="LR"),
    case("berkowitz", "tail_from_the_wrong_end"),
    case("berkowitz", "tail_from_the_wrong_end", first_observation="conditional"),
    case("berkowitz", "tail_from_the_wrong_end", variant="tail"),
    case("mcneil_frey", "tail_from_the_wrong_end", world="jumps"),
    case("acerbi_szekely_z1", "tail_from_the_wrong_end", world="jumps"),
    case("acerbi_szekely_z2", "tail_from_the_wrong_end", world="jumps"),
    # it draws whole histories from the laws: fewer, and shorter ones
    case(
        "acerbi_szekely_z3", "tail_from_the_wrong_end", world="laws", n_sims=199, significance=0.02
    ),
    case("ridge_es", "tail_from_the_wrong_end", world="jumps"),
    case("ridge_es", "tail_from_the_wrong_end", world="jumps", variant="absolute"),
    case("du_escanciano", "tail_from_the_wrong_end"),
    case("du_escanciano", "tail_from_the_wrong_end", variant="conditional"),
    case("costanzino_curran", "tail_from_the_wrong_end"),
    case("esr", world="jumps"),
    case("esr", world="jumps", variant="auxiliary", significance=0.01),
    case("esr", "tail_from_the_wrong_end", variant="intercept"),
    case("nolde_ziegel", world="jumps", significance=0.05),
    case("nolde_ziegel", "tail_from_the_wrong_end", world="jumps", alternative="under"),
    case("nolde_ziegel", "tail_from_the_wrong_end", world="jumps", variant="general"),
    case("e_backtest", "tail_from_the_wrong_end", world="jumps"),
    case("e_backtest", "tail_from_the_wrong_end", world="jumps", measure="VaR"),
]
COMPARISONS = {"diebold_mariano"}  # of two backtests: no verdict on one
IDS = [" ".join([c.test.__name__, *map(str, c.options.values())]) for c in CASES]
SIDED = [c for c in CASES if c.takes("alternative")]
SIDED_IDS = [i for c, i in zip(CASES, IDS, strict=True) if c in SIDED]
every = pytest.mark.parametrize("case", CASES, ids=IDS)


def test_every_published_test_is_listed() -> None:
    published = {
        name
        for name in package.__all__
        if inspect.isfunction(getattr(package, name))
        and inspect.signature(getattr(package, name)).return_annotation == "TestResult"
    }
    assert published - COMPARISONS == {c.test.__name__ for c in CASES}


def normal(loss: pd.Series, mean: object, sigma: object, level: float = LEVEL, **fields: object):
    """Return the backtest of normal forecasts."""
    mean, sigma = np.asarray(mean), np.broadcast_to(sigma, loss.shape)
    return Backtest.from_arrays(
        loss=loss,
        var=pd.Series(mean + VAR * sigma, loss.index),
        es=pd.Series(mean + ES * sigma, loss.index),
        level=level,
        pit=pd.Series(ndtr((loss - mean) / sigma), loss.index),
        **fields,
    )


@cache
def losses(world: str) -> tuple[pd.Series, pd.Series]:
    """Return normal losses and what is known of each day: a mean that swings, sigmas that jump."""
    days = np.arange(1, 401 if world == "laws" else 1001)
    dates = pd.date_range("2021-01-01", periods=days.size)
    rng = np.random.default_rng(20240302)
    if world == "swing":
        known = 40.0 + 20.0 * np.sin(2.0 * np.pi * days / 40.0)
        loss = known + rng.normal(size=days.size)
    else:
        known = rng.choice([1.0, 5.0], size=days.size)
        loss = known * rng.normal(size=days.size)
    return pd.Series(loss, dates), pd.Series(known, dates)


def forecast(world: str, loss: pd.Series, known: object, **fields: object) -> Backtest:
    """Return the backtest of a forecaster who takes `known` for what is known."""
    if world == "swing":
        return normal(loss, known, 1.0, **fields)
    if world == "laws":
        fields["laws"] = [LAWS[sigma] for sigma in known]
    return normal(loss, np.zeros(loss.size), known, **fields)


@cache
def right(world: str) -> Backtest:
    return forecast(world, *losses(world))


@cache
def noise(world: str) -> Backtest:
    loss, known = losses(world)
    return forecast(world, loss, np.random.default_rng(5).permutation(known.to_numpy()))


@cache
def sign_flipped(world: str) -> Backtest:
    """Take highs for lows: the sign of the swing, or of the logarithm of sigma about its mean."""
    loss, known = losses(world)
    return forecast(world, loss, 80.0 - known if world == "swing" else 5.0 / known)


@cache
def shifted_by_a_day(world: str) -> Backtest:
    loss, known = losses(world)
    return forecast(world, loss.iloc[1:], known.to_numpy()[:-1])


@cache
def tail_from_the_wrong_end(world: str) -> Backtest:
    return forecast(world, *losses(world), level=1.0 - LEVEL)


WRONG = [noise, sign_flipped, shifted_by_a_day, tail_from_the_wrong_end]


@every
def test_a_right_forecast_passes(case) -> None:
    assert not case(right(case.world)).rejected(case.significance)
    assert case(right(case.world)).pvalue > case.significance


@every
@pytest.mark.parametrize("wrong", WRONG, ids=lambda f: f.__name__)
def test_a_wrong_forecast_changes_the_verdict(case, wrong) -> None:
    if wrong.__name__ in case.blind:
        assert not case(wrong(case.world)).rejected(case.significance)
    else:
        assert case(wrong(case.world)).rejected(case.significance)


@every
def test_the_answer_is_a_result_with_a_null_in_words(case) -> None:
    result = case(right(case.world))
    assert isinstance(result, TestResult)
    assert result.name == case.test.__name__
    assert len(result.null.split()) >= 4
    assert not result.null.endswith(".")
    assert tuple(result) == (result.statistic, result.pvalue)
    assert np.isfinite(result.statistic)
    assert 0.0 <= result.pvalue <= 1.0
    with pytest.raises(FrozenInstanceError):
        result.pvalue = 0.0
    assert repr(pickle.loads(pickle.dumps(result))) == repr(result)


@every
def test_there_is_a_finite_sample_answer(case) -> None:
    for bt in (right(case.world), shifted_by_a_day(case.world)):
        extras = case(bt).extras
        assert 0.0 <= extras["exact_pvalue"] <= 1.0
        assert extras.get("randomised_pvalue", 0.0) <= extras["exact_pvalue"] + 1e-12
        if "simulations" in extras:
            assert extras["simulations"] == case.options.get("n_sims", N_SIMS)
            assert extras["exact_pvalue"] >= 1 / (extras["simulations"] + 1)


@every
def test_the_same_seed_gives_the_same_bits(case) -> None:
    seed = {"seed": 3} if case.takes("seed") else {}
    assert repr(case(right(case.world), **seed)) == repr(case(right(case.world), **seed))


@every
def test_options_are_keywords(case) -> None:
    first, *options = inspect.signature(case.test).parameters.values()
    assert first.name == "bt"
    assert all(option.kind is option.KEYWORD_ONLY for option in options)
    assert all(option.default is not option.empty for option in options)


@every
def test_overlapping_losses_are_answered(case) -> None:
    result = case(forecast(case.world, *losses(case.world), horizon=3, step=1))
    assert result.extras["subsamples"] == 3
    assert 0.0 <= result.decision_pvalue <= 1.0
    assert not result.rejected(case.significance)


@pytest.mark.parametrize("case", SIDED, ids=SIDED_IDS)
def test_one_sided_versions_take_sides(case) -> None:
    free = Case(case.test, {k: v for k, v in case.options.items() if k != "alternative"})
    loss, known = losses("swing")
    optimistic, prudent = (forecast("swing", loss, known + shift) for shift in (-2.0, 2.0))
    for bt, guilty, innocent in ((optimistic, "under", "over"), (prudent, "over", "under")):
        guilty_at = free(bt, alternative=guilty).decision_pvalue
        innocent_at = free(bt, alternative=innocent).decision_pvalue
        # of order, not of number; of losses beyond VaR, when there is none
        if (
            case.test.__name__ in ("christoffersen", "duration")
            or "general" in case.options.values()
        ):
            assert guilty_at + innocent_at >= 0.999
        else:
            assert guilty_at < innocent_at
            assert innocent_at > 0.5
    nulls = {
        side: free(right("swing"), alternative=side).null for side in ("two-sided", "under", "over")
    }
    assert all(len(null.split()) >= 4 for null in nulls.values())
