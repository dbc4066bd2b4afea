from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy.optimize import minimize

from quant.backtesting import Backtest, duration
from quant.backtesting._duration_kernel import placements
from quant.errors import InputError, InsufficientDataError

VARIANTS = ("Weibull", "geometric")


def of(breaches: object, level: float = 0.95, **fields: object) -> Backtest:
    loss = np.asarray(breaches, dtype=float)
    return Backtest.from_arrays(loss=loss, var=np.full(loss.size, 0.5), level=level, **fields)


def at(days: object, trials: int) -> np.ndarray:
    return np.isin(np.arange(trials), days).astype(float)


def log_likelihood(breaches: np.ndarray, variant: str, rate: float, b: float) -> float:
    """The definition: spells between breaches whole, the first and the last at least that long."""
    days = np.flatnonzero(breaches)
    spells = np.diff(days).astype(float)
    if variant == "Weibull":
        total = np.sum(np.log(rate * b) + (b - 1) * np.log(spells) - rate * spells**b)
        ends = [days[0] + 1.0 if days[0] else 0.0, float(breaches.size - 1 - days[-1])]
    else:
        chance = np.exp(-rate * (spells - 1) ** b) - np.exp(-rate * spells**b)
        total = np.sum(np.log(chance))
        ends = [float(days[0]), float(breaches.size - 1 - days[-1])]
    return total - rate * sum(end**b for end in ends if end)


def by_simplex(breaches: np.ndarray, variant: str) -> tuple[float, float]:
    def of_both(x):
        return -log_likelihood(breaches, variant, np.exp(x[0]), np.exp(x[1]))

    options = {"xatol": 1e-10, "fatol": 1e-12, "maxiter": 4000, "maxfev": 4000}
    start = np.log([max(breaches.mean(), 1e-3), 1.0])
    free = minimize(of_both, start, method="Nelder-Mead", options=options)
    held = minimize(
        lambda x: of_both([x[0], 0.0]), start[:1], method="Nelder-Mead", options=options
    )
    return 2 * (held.fun - free.fun), float(np.exp(free.x[1]))


CASES = [
    at([3, 5, 6, 60, 61, 130, 200], 250),
    at([0, 40, 90, 120, 180, 249], 250),
    at([10, 20, 33, 41, 50, 61], 70),
    at([0, 1, 2, 30, 31, 80], 81),
]


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("case", range(len(CASES)))
def test_equals_a_general_optimiser(variant, case):
    result = duration(of(CASES[case]), variant=variant, n_sims=9)
    ratio, b = by_simplex(CASES[case], variant)
    assert result.statistic == pytest.approx(ratio, abs=1e-6)
    assert result.extras["b"] == pytest.approx(b, rel=1e-3)


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("days", [[], [17], range(50)])
def test_without_spells_or_without_quiet_days_there_is_nothing_to_judge(variant, days):
    for side in ("two-sided", "under", "over"):
        result = duration(of(at(list(days), 50)), variant=variant, alternative=side, n_sims=99)
        assert (*result, result.extras["exact_pvalue"]) == (0.0, 1.0, 1.0)


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("days", [[0, 49], [0, 1], [48, 49], range(0, 50, 5), range(1, 50)])
def test_extreme_placements_have_finite_answers(variant, days):
    result = duration(of(at(list(days), 50)), variant=variant, n_sims=99)
    assert np.isfinite(result.statistic)
    assert 0.0 < result.extras["exact_pvalue"] <= 1.0


@pytest.mark.parametrize("variant", VARIANTS)
def test_clusters_and_even_spacing_lie_on_opposite_sides(variant):
    clustered = of(at([10, 11, 12, 13, 100, 101, 102, 220, 221], 250))
    even = of(at(range(12, 250, 25), 250))
    assert clustered.n_breaches < even.n_breaches
    for bt, guilty, innocent in ((clustered, "under", "over"), (even, "over", "under")):
        assert duration(bt, variant=variant).rejected(0.01)
        assert duration(bt, variant=variant, alternative=guilty).rejected(0.01)
        assert not duration(bt, variant=variant, alternative=innocent).rejected(0.9)


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_exact_value_agrees_with_the_enumeration_of_every_placement(variant):
    n, x = 14, 4
    table = [at(days, n) for days in itertools.combinations(range(n), x)]
    found = [duration(of(row), variant=variant, n_sims=1) for row in table]
    signed = np.array([r.statistic * (1 if r.extras["b"] < 1 else -1) for r in found])
    for i in range(0, len(table), 250):
        under = np.mean(signed >= signed[i] - 1e-6)
        over = np.mean(signed <= signed[i] + 1e-6)
        shares = {"under": under, "over": over, "two-sided": min(1.0, 2 * min(under, over))}
        for side, share in shares.items():
            result = duration(of(table[i]), variant=variant, alternative=side, seed=3)
            error = 8 * np.sqrt(share * (1 - share / 2) / 10_000) + 4e-4
            assert abs(result.extras["exact_pvalue"] - share) < error


def test_clusters_are_found_among_breaches_so_common_that_whole_days_matter():
    row = np.repeat(np.random.default_rng(1).random(250) < 0.4, 2)
    assert duration(of(row, 0.6)).rejected(0.001)
    assert not duration(of(row[::2], 0.6)).rejected(0.05)
    assert duration(of(row[::2], 0.6)).pvalue < 0.05  # the chi-square version is misled


def test_every_placement_is_as_likely():
    placed = placements(np.random.default_rng(1).random((40_000, 2)), 5)
    assert (np.diff(placed, axis=1) > 0).all()
    pairs, counts = np.unique(placed, axis=0, return_counts=True)
    assert len(pairs) == 10
    assert np.abs(counts - 4000).max() < 4 * np.sqrt(40_000 * 0.1 * 0.9)


def test_only_the_spells_matter_not_the_level():
    row = np.random.default_rng(2).random(250) < 0.05
    assert duration(of(row, 0.95)).extras == duration(of(row, 0.99)).extras


def test_refusals():
    with pytest.raises(InsufficientDataError, match="at least 2 losses for duration, got 1"):
        duration(of([0.0]))
    with pytest.raises(InputError, match="variant: expected one of 'Weibull', 'geometric'"):
        duration(of([0.0, 1.0]), variant="weibull")


def test_overlap_is_merged():
    row = np.random.default_rng(2).random(250) < 0.08
    assert duration(of(row, horizon=4, step=1), n_sims=99).extras["subsamples"] == 4
