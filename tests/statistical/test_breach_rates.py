"""How often a VaR is breached, against its exact finite-sample probability."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom

import quant as q
from tests.strategies import daily

pytestmark = pytest.mark.slow

# Of n iid losses and the next one, each of the n + 1 is equally likely to hold any rank, so the
# k-th worst of n is exceeded with probability k / (n + 1), whatever the continuous law.
CASES = [
    (250, "sample", 3),
    (500, "sample", 5),
    (500, "lower", 6),
    (250, "predictive", 2),
]


@pytest.mark.parametrize(("window", "rank", "k"), CASES)
@pytest.mark.parametrize("side", ["long", "short"])
def test_historical_var_is_breached_with_its_exact_probability(window, rank, k, side):
    trials = 40_000
    rng = np.random.default_rng(1000 * window + k)
    r = rng.standard_t(4, size=(trials, window + 1)) * 0.02
    estimator, measure = q.HistoricalSimulation(window=window), q.VaR(0.99, rank=rank)
    # the estimator itself on a tenth of the trials, its rank rule on all of them
    breaches = 0
    for row in r[: trials // 10]:
        forecast = estimator.fit(daily(row[:-1])).forecast(1, side)
        loss = -np.expm1(row[-1]) if side == "long" else np.expm1(row[-1])
        breaches += loss > measure(forecast).value
    low, high = binom.interval(0.9999, trials // 10, k / (window + 1))
    assert low <= breaches <= high
    losses = -r if side == "long" else r
    ranked = np.sort(losses[:, :-1], axis=1)[:, -k]
    low, high = binom.interval(0.9999, trials, k / (window + 1))
    assert low <= (losses[:, -1] > ranked).sum() <= high


@pytest.mark.parametrize("side", ["long", "short"])
def test_a_walk_forward_on_iid_returns_breaches_at_the_finite_sample_rate(side):
    # non-overlapping one-day losses are exchangeable with their windows; neighbouring windows
    # share 249 losses, so breaches are mildly dependent: the band is that of blocks of a window
    n, window, k = 20_000, 250, 3
    r = daily(np.random.default_rng(77).standard_t(5, n) * 0.01, start="1950-01-01")
    bt = q.backtest(q.HistoricalSimulation(window=window), r, level=0.99, side=side)
    p = k / (window + 1)
    # Var of the count is at most T p (1 - p) times 1 + 2 sum of autocorrelations; simulated
    # inflation for this design is below 2.5, so 4 sd of the inflated count
    sd = np.sqrt(2.5 * bt.n_obs * p * (1 - p))
    assert abs(bt.n_breaches - bt.n_obs * p) < 4 * sd
    wrong_rank = bt.n_obs * 0.01 / 1.5
    assert bt.n_breaches > wrong_rank


@pytest.mark.parametrize("side", ["long", "short"])
@pytest.mark.parametrize("level", [0.95, 0.99])
def test_a_filter_with_known_parameters_breaches_at_the_nominal_rate(side, level):
    # EWMA volatility is the data's own law: r = sigma z, sigma from the recursion itself
    rng = np.random.default_rng(5)
    n, decay = 12_000, 0.94
    z = rng.standard_normal(n)
    r, h = np.empty(n), 1e-4
    for t in range(n):
        r[t] = np.sqrt(h) * z[t]
        # a weight below one on the past keeps the simulated variance from dying out
        h = decay * h + (1 - decay) * r[t] ** 2 if h > 1e-6 else 1e-4
    half_life = np.log(0.5) / np.log(decay)
    risk = q.ParametricRisk(volatility=q.EWMA(half_life=half_life, initial=1e-4), window=None)
    fit = risk.fit(daily(r[:100], start="1960-01-01"))
    sigma = fit.volatility.update(daily(r, start="1960-01-01").iloc[100:]).sigma.to_numpy()
    quantile = q.Normal().ppf(level)
    sign = -1.0 if side == "long" else 1.0
    breaches = int((sign * r[100:] > quantile * sigma).sum())
    low, high = binom.interval(0.9999, n - 100, 1 - level)
    assert low <= breaches <= high
