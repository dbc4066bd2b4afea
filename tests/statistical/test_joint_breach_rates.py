"""How often the VaR of a portfolio is breached by moves of each scenario model's own law.

Parameters are known: a fit is moved to stated ones with `at`. The next moves are then simulated
from the state it has reached by the recursions written out here, and the portfolio revalued here.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.special import ndtr, stdtr

import quant as q

pytestmark = pytest.mark.slow

GARCH = (
    {"mu": 0.0005, "omega": 4e-6, "alpha": 0.08, "beta": 0.9},
    {"mu": 0.0, "omega": 2e-5, "alpha": 0.15, "beta": 0.8},
    {"mu": -0.0002, "omega": 1e-6, "alpha": 0.05, "beta": 0.94},
)
ASSETS = ["A", "B", "C"]
RHO = np.array([[1.0, 0.7, 0.2], [0.7, 1.0, -0.3], [0.2, -0.3, 1.0]])
POSITIONS = np.array([1.0, -0.7, 2.0])  # values now; the other side is their negative
LEVEL, DRAWS, OUTCOMES = 0.99, 100_000, 200_000
CASES = [(h, s) for h in (1, 2) for s in (1.0, -1.0)]
both = pytest.mark.parametrize(("horizon", "side"), CASES)


def history(rng: np.random.Generator, shocks: np.ndarray) -> pd.DataFrame:
    """Return GARCH returns (T, 3) made of correlated innovations."""
    start = np.array([p["omega"] / (1 - p["alpha"] - p["beta"]) for p in GARCH])
    returns = moves(shocks[None], np.tile(start, (1, 1)))[0]
    return pd.DataFrame(
        returns, index=pd.date_range("2000-01-01", periods=len(shocks)), columns=ASSETS
    )


def moves(z: np.ndarray, h: np.ndarray) -> np.ndarray:
    """Return returns (S, h, 3) of shocks (S, h, 3) from variances (S, 3)."""
    mu, omega, alpha, beta = (np.array([p[k] for p in GARCH]) for k in GARCH[0])
    returns = np.empty_like(z)
    for k in range(z.shape[1]):
        e = np.sqrt(h) * z[:, k]
        returns[:, k] = mu + e
        h = omega + alpha * e**2 + beta * h
    return returns


def known(fit):
    """Return the fit with the true volatility parameters, and innovations that go with them."""
    fits = tuple(f.at(p) for f, p in zip(fit.filters.fits, GARCH, strict=True))
    z = pd.DataFrame({a: f.z for a, f in zip(ASSETS, fits, strict=True)})
    return replace(fit, filters=replace(fit.filters, fits=fits, z=z))


def state(fit) -> np.ndarray:
    return np.array([f.forecast(1).sigma[0] ** 2 for f in fit.filters.fits])


def breaches(fit, returns: np.ndarray, horizon: int, side: float) -> np.ndarray:
    """Return which outcomes (S, h, 3) lose more than the VaR of the portfolio."""
    book = q.Account([q.Spot(a, side * v) for a, v in zip(ASSETS, POSITIONS, strict=True)])
    loss = book.loss(fit.forecast(horizon), dict.fromkeys(ASSETS, 1.0))
    lost = -side * np.expm1(returns.sum(axis=1)) @ POSITIONS
    return lost > q.VaR(LEVEL)(loss).value


def assert_nominal(found: np.ndarray) -> None:
    """The k-th worst of n draws is exceeded with a probability that spreads as p (1 - p) / n."""
    p = 1.0 - LEVEL
    spread = np.sqrt(p * (1.0 - p) * (1.0 / DRAWS + 1.0 / found.size))
    assert abs(found.mean() - p) < 4.0 * spread


def elliptical(rng, size, horizon, roots, nu=None):
    z = np.stack([rng.standard_normal((size, 3)) @ root.T for root in roots], axis=1)
    if nu is not None:
        z *= np.sqrt((nu - 2.0) / rng.chisquare(nu, (size, horizon, 1)))
    return z


@both
@pytest.mark.parametrize("nu", [None, 5.0])
def test_constant_correlation(horizon, side, nu):
    rng = np.random.default_rng(11)
    root = np.linalg.cholesky(RHO)
    law = q.Normal() if nu is None else q.StudentT(nu=nu)
    spec = q.CorrelatedScenarios(q.GARCH(), q.CCC(), law, window=None, n_paths=DRAWS, seed=4)
    fit = known(spec.fit(history(rng, elliptical(rng, 1, 800, [root] * 800, nu)[0])))
    rho = {
        f"rho[{a},{b}]": RHO[i, j]
        for i, a in enumerate(ASSETS)
        for j, b in enumerate(ASSETS)
        if i < j
    }
    fit = replace(fit, dependence=fit.dependence.at(rho))
    z = elliptical(rng, OUTCOMES, horizon, [root] * horizon, nu)
    assert_nominal(breaches(fit, moves(z, np.tile(state(fit), (OUTCOMES, 1))), horizon, side))


@both
def test_dynamic_correlation(horizon, side):
    # beyond one period R is iterated: the paths' own news is left out, well within the band
    rng = np.random.default_rng(12)
    a, b = 0.05, 0.9
    matrix, z = RHO.copy(), np.empty((800, 3))
    for t in range(800):
        d = np.sqrt(np.diag(matrix))
        z[t] = np.linalg.cholesky(matrix / np.outer(d, d)) @ rng.standard_normal(3)
        matrix = (1 - a - b) * RHO + a * np.outer(z[t], z[t]) + b * matrix
    spec = q.CorrelatedScenarios(q.GARCH(), q.DCC(), window=None, n_paths=DRAWS, seed=4)
    fit = known(spec.fit(history(rng, z)))
    dependence = fit.spec.correlation.fit(fit.filters.z).at({"a": a, "b": b})
    fit = replace(fit, dependence=dependence)
    q_now, target = np.tile(dependence.state, (OUTCOMES, 1, 1)), dependence.recursion.target
    shocks = np.empty((OUTCOMES, horizon, 3))
    for k in range(horizon):
        d = np.sqrt(np.einsum("sii->si", q_now))
        root = np.linalg.cholesky(q_now / (d[:, :, None] * d[:, None, :]))
        shocks[:, k] = np.einsum("sij,sj->si", root, rng.standard_normal((OUTCOMES, 3)))
        news = shocks[:, k, :, None] * shocks[:, k, None, :]
        q_now = (1 - a - b) * target + a * news + b * q_now
    assert_nominal(breaches(fit, moves(shocks, np.tile(state(fit), (OUTCOMES, 1))), horizon, side))


@both
def test_ewma_correlation_as_it_forecasts(horizon, side):
    rng = np.random.default_rng(13)
    root = np.linalg.cholesky(RHO)
    spec = q.CorrelatedScenarios(
        q.GARCH(), q.EWMACovariance(half_life=60), window=None, n_paths=DRAWS, seed=4
    )
    fit = known(spec.fit(history(rng, elliptical(rng, 1, 800, [root] * 800)[0])))
    fit = replace(fit, dependence=fit.spec.correlation.fit(fit.filters.z))
    now = np.linalg.cholesky(fit.dependence.correlation.to_numpy())
    z = elliptical(rng, OUTCOMES, horizon, [now] * horizon)
    assert_nominal(breaches(fit, moves(z, np.tile(state(fit), (OUTCOMES, 1))), horizon, side))


@both
@pytest.mark.parametrize("nu", [None, 4.0])
@pytest.mark.parametrize("marginal", [q.Normal(), q.SkewStudentT(nu=6.0, skew=-0.2)], ids=repr)
def test_copulas(horizon, side, nu, marginal):
    rng = np.random.default_rng(14)
    of = q.GaussianCopula() if nu is None else q.StudentTCopula(nu=nu, estimator="scores")
    spec = q.CopulaScenarios(q.GARCH(), of, marginal, window=None, n_paths=DRAWS, seed=4)
    root = np.linalg.cholesky(RHO)
    fit = known(spec.fit(history(rng, elliptical(rng, 1, 800, [root] * 800)[0])))
    fit = replace(fit, copula=replace(fit.copula, matrix=RHO.copy()))
    x = elliptical(rng, OUTCOMES, horizon, [root] * horizon)
    if nu is None:
        u = ndtr(x)
    else:
        u = stdtr(nu, x * np.sqrt(nu / rng.chisquare(nu, (OUTCOMES, horizon, 1))))
    z = marginal.ppf(u)
    assert_nominal(breaches(fit, moves(z, np.tile(state(fit), (OUTCOMES, 1))), horizon, side))


@both
def test_filtered_scenarios_over_many_histories(horizon, side):
    """Innovations are known only as the window shows them: an average over histories.

    One period ahead the k-th worst of n is exceeded with probability k / (n + 1) on average,
    k = 10 of n = 1,000; its spread over histories is that of a Beta(k, n + 1 - k). Two periods
    draw pairs of the same innovations: their average spreads no more.
    """
    histories, outcomes, n, k = 120, 10_000, 1_000, 10
    root = np.linalg.cholesky(RHO)
    spec = q.FilteredScenarios(q.GARCH(), window=n, n_paths=20_000)
    rates = []
    for seed in range(histories):
        rng = np.random.default_rng([15, seed])
        fit = known(spec.fit(history(rng, elliptical(rng, 1, n, [root] * n, 5.0)[0])))
        fit = replace(fit, spec=replace(spec, seed=seed))
        z = elliptical(rng, outcomes, horizon, [root] * horizon, 5.0)
        now = np.tile(state(fit), (outcomes, 1))
        rates.append(breaches(fit, moves(z, now), horizon, side).mean())
    expected = k / (n + 1.0)
    spread = np.sqrt((expected * (1 - expected)) * (1.0 / n + 1.0 / outcomes) / histories)
    # a bias of the two-period quantile of O(1 / n) is allowed for
    assert abs(np.mean(rates) - expected) < 4.0 * spread + (horizon - 1) * 3e-4


@both
def test_historical_scenarios_of_independent_moves(horizon, side):
    """Independent joint moves; over two periods the windows overlap, which leaves the level."""
    rng = np.random.default_rng(16)
    histories, outcomes, n = 200, 10_000, 1_000
    root = np.linalg.cholesky(RHO) * 0.02
    fixed = q.HistoricalScenarios(window=n)
    days = pd.date_range("2000-01-01", periods=n)
    rates = []
    for _ in range(histories):
        past = pd.DataFrame(elliptical(rng, 1, n, [root] * n, 5.0)[0], days, ASSETS)
        future = elliptical(rng, outcomes, horizon, [root] * horizon, 5.0)
        rates.append(breaches(fixed.fit(past), future, horizon, side).mean())
    expected = 10 / (n - horizon + 2.0)  # the tenth worst of 1,000 or 999 rows
    # overlapping doubles the variance at most
    spread = np.sqrt(horizon * expected * (1 - expected) * (1.0 / n + 1.0 / outcomes) / histories)
    assert abs(np.mean(rates) - expected) < 4.0 * spread
