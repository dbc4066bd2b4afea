from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import ndtr, ndtri
from scipy.stats import norm

from quant.backtesting import Backtest, berkowitz
from quant.backtesting._censored_kernel import _log_ndtr
from quant.errors import InputError, InsufficientDataError


def of(pit: object, level: float = 0.95, **fields: object) -> Backtest:
    pit = np.asarray(pit, dtype=float)
    return Backtest.from_arrays(
        loss=pit, var=np.full(pit.size, level), level=level, pit=pit, **fields
    )


def scores(n: int, mu: float = 0.0, sigma: float = 1.0, rho: float = 0.0, seed: int = 2):
    rng = np.random.default_rng(seed)
    z = np.empty(n)
    z[0] = rng.normal() / np.sqrt(1 - rho**2)
    for t in range(1, n):
        z[t] = rho * z[t - 1] + rng.normal()
    return mu + sigma * z


def stationary_likelihood(z: np.ndarray, mu: float, sigma: float, rho: float) -> float:
    """The definition: the joint normal density of all scores."""
    distance = np.abs(np.subtract.outer(np.arange(z.size), np.arange(z.size)))
    covariance = sigma**2 / (1 - rho**2) * rho**distance
    _, log_determinant = np.linalg.slogdet(covariance)
    centred = z - mu
    square = centred @ np.linalg.solve(covariance, centred)
    return -0.5 * (z.size * np.log(2 * np.pi) + log_determinant + square)


@pytest.mark.parametrize("rho", [-0.6, 0.0, 0.3, 0.9])
@pytest.mark.parametrize("n", [5, 30])
def test_equals_a_general_optimiser(n, rho):
    z = scores(n, 0.3, 1.2, rho)
    result = berkowitz(of(ndtr(z)), n_sims=9)
    free = minimize(
        lambda x: -stationary_likelihood(z, x[0], np.exp(x[1]), np.tanh(x[2])),
        [0.0, 0.0, rho],
        method="Nelder-Mead",
        options={"xatol": 1e-9, "fatol": 1e-11, "maxiter": 4000},
    )
    ratio = 2 * (-free.fun - stationary_likelihood(z, 0.0, 1.0, 1e-300))
    assert result.statistic == pytest.approx(ratio, rel=1e-6, abs=1e-7)
    assert result.extras["mu"] == pytest.approx(free.x[0], abs=1e-4)
    assert result.extras["rho"] == pytest.approx(np.tanh(free.x[2]), abs=1e-4)


@pytest.mark.parametrize("n, level", [(40, 0.9), (250, 0.99), (250, 0.5)])
def test_the_tail_equals_a_general_optimiser(n, level):
    z = scores(n, 0.4, 1.3)
    result = berkowitz(of(ndtr(z), level), variant="tail", n_sims=9)
    cut = ndtri(level)
    beyond = z[z > cut]

    def likelihood(mu, sigma):
        return norm.logpdf(beyond, mu, sigma).sum() + (n - beyond.size) * norm.logcdf(
            cut, mu, sigma
        )

    free = minimize(
        lambda x: -likelihood(x[0], np.exp(x[1])),
        [0.0, 0.0],
        method="Nelder-Mead",
        options={"xatol": 1e-9, "fatol": 1e-11, "maxiter": 4000},
    )
    assert result.extras["beyond"] == beyond.size
    assert result.statistic == pytest.approx(2 * (-free.fun - likelihood(0, 1)), rel=1e-6, abs=1e-7)
    assert result.extras["mu"] == pytest.approx(free.x[0], abs=1e-3)


def test_a_tail_without_scores_is_the_limit():
    result = berkowitz(of(np.linspace(0.01, 0.9, 250), 0.99), variant="tail")
    assert result.statistic == pytest.approx(-500 * np.log(0.99))
    assert result.extras["mu"] == -np.inf
    one_sided = [
        berkowitz(of(np.linspace(0.01, 0.9, 1000), 0.99), variant="tail", alternative=side)
        for side in ("under", "over")
    ]
    assert not one_sided[0].rejected(0.9)
    assert one_sided[1].rejected(0.001)


@pytest.mark.parametrize("variant", ["full", "tail"])
def test_pits_of_zero_and_one_are_counted_and_finite(variant):
    pit = np.random.default_rng(3).random(250)
    pit[[3, 90]] = 0.0
    pit[7] = 1.0
    result = berkowitz(of(pit), variant=variant)
    assert result.extras["clipped"] == 3
    assert np.isfinite(result.statistic)
    assert result.rejected(0.01)
    assert berkowitz(of(np.ones(250)), variant="tail").rejected(0.01)


@pytest.mark.parametrize("variant", ["full", "tail"])
def test_size_spread_and_place_of_the_scores_matter(variant):
    assert not berkowitz(of(ndtr(scores(500))), variant=variant).rejected(0.05)
    for wrong in ({"mu": 0.5}, {"sigma": 1.5}):
        bt = of(ndtr(scores(500, **wrong)))
        assert berkowitz(bt, variant=variant).rejected(0.001)
        assert berkowitz(bt, variant=variant, alternative="under").rejected(0.001)
        assert not berkowitz(bt, variant=variant, alternative="over").rejected(0.9)
    prudent = of(ndtr(scores(500, sigma=0.6)))
    assert berkowitz(prudent, variant=variant).rejected(0.001)
    assert berkowitz(prudent, variant=variant, alternative="over").rejected(0.001)
    assert not berkowitz(prudent, variant=variant, alternative="under").rejected(0.9)
    ordered = of(np.sort(ndtr(scores(500))))
    assert berkowitz(ordered, variant=variant).rejected(0.01) == (variant == "full")


@pytest.mark.parametrize(
    "options", [{}, {"first_observation": "conditional"}, {"variant": "tail"}], ids=str
)
def test_the_exact_value_agrees_with_a_dense_simulation(options):
    bt = of(ndtr(scores(60, seed=5)), 0.9)
    found = berkowitz(bt, **options)
    rng = np.random.default_rng(8)
    dense = [
        berkowitz(of(ndtr(row), 0.9), n_sims=1, **options).statistic
        for row in rng.normal(size=(400, 60))
    ]
    exact = found.extras["exact_pvalue"]
    more = np.mean(np.array(dense) >= found.statistic)
    assert 0.02 < exact < 0.98
    assert abs(more - exact) < 4 * np.sqrt(exact * (1 - exact) * (1 / 400 + 1 / 10_000))


def test_the_log_of_the_normal_tail_is_that_of_scipy():
    x = np.array([-300.0, -40.0, -20.001, -19.999, -8.0, 0.0, 5.0, 40.0])
    assert [_log_ndtr(v) for v in x] == pytest.approx(list(norm.logcdf(x)), rel=1e-12)


def test_refusals():
    bare = Backtest.from_arrays(loss=[1.0, 2.0], var=[3.0, 3.0], level=0.9)
    with pytest.raises(InputError, match=r"pit: expected .* which berkowitz reads, got None"):
        berkowitz(bare)
    with pytest.raises(InsufficientDataError, match="at least 5 losses for berkowitz, got 4"):
        berkowitz(of([0.1, 0.2, 0.3, 0.4]))
    with pytest.raises(InputError, match="pit: expected numbers that differ"):
        berkowitz(of(np.full(50, 0.5)))
    with pytest.raises(InputError, match="variant: expected one of 'full', 'tail'"):
        berkowitz(of([0.5]), variant="body")


def test_overlap_is_merged():
    bt = of(np.random.default_rng(3).random(100), horizon=2, step=1)
    assert berkowitz(bt, n_sims=99).extras["subsamples"] == 2
