"""Sizes of the tests whose null law is drawn: how often a correct model is rejected."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from scipy.special import ndtr

from quant.backtesting import Backtest, battery
from quant.backtesting._breach_rows import independent_breaches
from quant.backtesting._regression_kernel import explained_hits
from quant.backtesting.berkowitz import _full_null, _tail_null
from quant.backtesting.duration import _null as duration_null
from quant.backtesting.dynamic_quantile import _regressor
from quant.backtesting.haas import _null as haas_null
from quant.backtesting.multinomial import _null as multinomial_null

pytestmark = pytest.mark.slow

DRAWS = 20_000
Z95 = 1.6448536269514722


def pvalues(observed: np.ndarray, draws: np.ndarray) -> np.ndarray:
    """Return the Monte Carlo p-value of each observed statistic, ties counted against it."""
    slack = 1e-9 * np.maximum(np.abs(observed), 1e-3)
    below = np.searchsorted(np.sort(draws), observed - slack)
    return (1 + draws.size - below) / (draws.size + 1)


def laws(trials: int, level: float) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    """Yield the statistics of two independent sets of correct models, by test."""
    p = 1.0 - level
    var = _regressor(np.exp(np.random.default_rng(0).normal(size=trials).cumsum() / 30), 4)

    def twice(law):
        found = [law(seed) for seed in (1, 2)]
        return found[0], found[1]

    def of_regression(seed):
        rows = independent_breaches(trials, p, DRAWS, seed)
        return explained_hits(rows.starts, rows.position, 4, var, p)[0]

    yield "dynamic_quantile", *twice(of_regression)
    for variant in ("mixed", "independence"):
        yield f"haas {variant}", *twice(lambda s, v=variant: haas_null(trials, p, v, DRAWS, s)[0])
    for variant in ("Nass", "LR"):
        yield (
            f"multinomial {variant}",
            *twice(lambda s, v=variant: multinomial_null(trials, level, 4, v, DRAWS, s)[0]),
        )
    yield "berkowitz tail", *twice(lambda s: _tail_null(trials, level, DRAWS, s)[0])
    breaches = max(2, round(trials * p))
    for variant in ("Weibull", "geometric"):
        yield (
            f"duration {variant}",
            *twice(lambda s, v=variant: duration_null(trials, breaches, v, DRAWS, s)[0]),
        )


@pytest.mark.parametrize("trials, level", [(250, 0.99), (500, 0.975), (1000, 0.99), (1000, 0.95)])
def test_no_simulated_test_rejects_more_often_than_it_says(trials, level):
    for name, observed, draws in laws(trials, level):
        values = pvalues(observed, draws)
        for significance in (0.01, 0.05, 0.1):
            # four standard errors: both sets are samples of DRAWS
            error = 4.0 * np.sqrt(significance * (1 - significance) * 2.0 / DRAWS)
            rejected = np.mean(values <= significance)
            assert rejected <= significance + error, name
            # what is attained is the largest tail of the discrete law within the significance
            attained = np.mean(pvalues(draws, draws) <= significance)
            assert abs(rejected - attained) <= error or attained < significance / 2, name


@pytest.mark.parametrize("trials", [250, 500])
def test_the_whole_normal_scores(trials):
    observed, draws = (_full_null(trials, "exact", DRAWS // 2, seed).ratio for seed in (1, 2))
    values = pvalues(observed, draws)
    for significance in (0.01, 0.05, 0.5):
        error = 4.0 * np.sqrt(significance * (1 - significance) * 4.0 / DRAWS)
        assert abs(np.mean(values <= significance) - significance) <= error


def test_every_test_of_a_correct_model_is_valid_at_any_number_of_draws():
    """With 99 draws anew for each of `histories`, sizes are exact, and random ties uniform."""
    histories, trials = 600, 100
    exact: dict[str, list[float]] = {}
    randomised: dict[str, list[float]] = {}
    for i in range(histories):
        rng = np.random.default_rng((9, i))
        sigma = np.exp(0.2 * rng.normal(size=trials))
        loss = sigma * rng.normal(size=trials)
        bt = Backtest.from_arrays(loss=loss, var=Z95 * sigma, level=0.95, pit=ndtr(loss / sigma))
        for name, result in battery(bt, n_sims=99, seed=i).results:
            exact.setdefault(name, []).append(float(result.extras["exact_pvalue"]))
            if "randomised_pvalue" in result.extras:
                randomised.setdefault(name, []).append(float(result.extras["randomised_pvalue"]))
    bets = {name for name in exact if name.startswith("e_backtest")}
    assert exact.keys() - randomised.keys() == bets  # a bound, by no law of its own
    for u in (0.05, 0.2, 0.5, 0.8):
        error = 4.0 * np.sqrt(u * (1 - u) / histories)
        for name, values in exact.items():
            assert np.mean(np.array(values) <= u) <= u + error, name
        for name, values in randomised.items():
            assert abs(np.mean(np.array(values) <= u) - u) <= error, name
