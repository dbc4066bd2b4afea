"""What every test of a forecast promises, over everything the package publishes."""

from __future__ import annotations

import inspect
import pickle
from collections.abc import Callable
from dataclasses import FrozenInstanceError, dataclass

import numpy as np
import pandas as pd
import pytest
from scipy.special import ndtr

import quant.backtesting as package
from quant.backtesting import Backtest, TestResult

LEVEL, VAR, ES = 0.99, 2.3263478740408408, 2.6652142203458076  # of a standard normal loss
SIGNIFICANCE = 0.001
N_SIMS = 2999  # the smallest two-sided Monte Carlo p-value is 2 / 3000


@dataclass(frozen=True)
class Case:
    """A test in one of its variants, and what it is blind to."""

    test: Callable[..., TestResult]
    options: dict[str, object]
    blind: tuple[str, ...] = ()  # wrong forecasts that leave its null true
    significance: float = SIGNIFICANCE

    def __call__(self, bt: Backtest, **options: object) -> TestResult:
        simulated = "n_sims" in inspect.signature(self.test).parameters
        draws = {"n_sims": N_SIMS} if simulated else {}
        return self.test(bt, **{**draws, **self.options, **options})


def case(name: str, *blind: str, significance: float = SIGNIFICANCE, **options: object) -> Case:
    return Case(getattr(package, name), options, blind, significance)


# independence does not depend on the level, nor does a PIT; the first failure is one number
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
]
IDS = [" ".join([c.test.__name__, *map(str, c.options.values())]) for c in CASES]
SIDED = [c for c in CASES if "alternative" in inspect.signature(c.test).parameters]
SIDED_IDS = [i for c, i in zip(CASES, IDS, strict=True) if c in SIDED]
every = pytest.mark.parametrize("case", CASES, ids=IDS)


def test_every_published_test_is_listed() -> None:
    published = {
        name
        for name in package.__all__
        if inspect.isfunction(getattr(package, name))
        and inspect.signature(getattr(package, name)).return_annotation == "TestResult"
    }
    assert published == {c.test.__name__ for c in CASES}


def history() -> pd.DataFrame:
    """Normal losses about a known mean that swings: near forecasts and far, early and late."""
    days = np.arange(1, 1001)
    mean = 40.0 + 20.0 * np.sin(2.0 * np.pi * days / 40.0)
    loss = mean + np.random.default_rng(20240301).normal(size=days.size)
    dates = pd.date_range("2021-01-01", periods=days.size)
    return pd.DataFrame({"loss": loss, "mean": mean}, index=dates)


def forecast(loss: pd.Series, mean: pd.Series, level: float = LEVEL, **fields: object) -> Backtest:
    """Return the backtest of a normal law about `mean`."""
    return Backtest.from_arrays(
        loss=loss,
        var=mean + VAR,
        es=mean + ES,
        level=level,
        pit=pd.Series(ndtr(loss - mean), loss.index),
        **fields,
    )


def right() -> Backtest:
    return forecast(history()["loss"], history()["mean"])


def noise() -> Backtest:
    table = history()
    shuffled = np.random.default_rng(5).permutation(table["mean"].to_numpy())
    return forecast(table["loss"], pd.Series(shuffled, table.index))


def sign_flipped() -> Backtest:
    return forecast(history()["loss"], 80.0 - history()["mean"])


def shifted_by_a_day() -> Backtest:
    table = history()
    return forecast(table["loss"].iloc[1:], table["mean"].shift(1).iloc[1:])


def tail_from_the_wrong_end() -> Backtest:
    return forecast(history()["loss"], history()["mean"], 1.0 - LEVEL)


WRONG = [noise, sign_flipped, shifted_by_a_day, tail_from_the_wrong_end]


@every
def test_a_right_forecast_passes(case) -> None:
    assert not case(right()).rejected(case.significance)
    assert case(right()).pvalue > case.significance


@every
@pytest.mark.parametrize("wrong", WRONG, ids=lambda f: f.__name__)
def test_a_wrong_forecast_changes_the_verdict(case, wrong) -> None:
    if wrong.__name__ in case.blind:
        assert not case(wrong()).rejected(case.significance)
    else:
        assert case(wrong()).rejected(case.significance)


@every
def test_the_answer_is_a_result_with_a_null_in_words(case) -> None:
    result = case(right())
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
    for bt in (right(), shifted_by_a_day()):
        extras = case(bt).extras
        assert 0.0 <= extras["exact_pvalue"] <= 1.0
        assert extras.get("randomised_pvalue", 0.0) <= extras["exact_pvalue"] + 1e-12
        if "n_sims" in inspect.signature(case.test).parameters:
            assert extras["simulations"] == N_SIMS
            assert extras["exact_pvalue"] >= 1 / (N_SIMS + 1)


@every
def test_the_same_seed_gives_the_same_bits(case) -> None:
    assert repr(case(right(), seed=3)) == repr(case(right(), seed=3))


@every
def test_options_are_keywords(case) -> None:
    first, *options = inspect.signature(case.test).parameters.values()
    assert first.name == "bt"
    assert all(option.kind is option.KEYWORD_ONLY for option in options)
    assert all(option.default is not option.empty for option in options)


@every
def test_overlapping_losses_are_answered(case) -> None:
    table = history()
    bt = forecast(table["loss"], table["mean"], horizon=3, step=1)
    result = case(bt)
    assert result.extras["subsamples"] == 3
    assert 0.0 <= result.extras["exact_pvalue"] <= 1.0
    assert not result.rejected(case.significance)


@pytest.mark.parametrize("case", SIDED, ids=SIDED_IDS)
def test_one_sided_versions_take_sides(case) -> None:
    free = Case(case.test, {k: v for k, v in case.options.items() if k != "alternative"})
    table = history()
    optimistic = forecast(table["loss"], table["mean"] - 2.0)
    prudent = forecast(table["loss"], table["mean"] + 2.0)
    for bt, guilty, innocent in ((optimistic, "under", "over"), (prudent, "over", "under")):
        guilty_at = free(bt, alternative=guilty).decision_pvalue
        innocent_at = free(bt, alternative=innocent).decision_pvalue
        if case.test.__name__ in ("christoffersen", "duration"):  # of order, not of number
            assert guilty_at + innocent_at >= 0.999
        else:
            assert guilty_at < innocent_at
            assert innocent_at > 0.5
    nulls = {side: free(right(), alternative=side).null for side in ("two-sided", "under", "over")}
    assert all(len(null.split()) >= 4 for null in nulls.values())
