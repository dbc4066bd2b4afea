"""How often bootstrap intervals hold the truth, where returns come from a known GARCH."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import binom

import quant as q
from quant.risk._return_loss import ReturnLoss
from tests.strategies import daily

pytestmark = pytest.mark.slow

GARCH = q.GARCH(mean="zero")
INNER = {
    "parametric": q.ParametricRisk(volatility=GARCH, window=1000),
    "filtered": q.FilteredHistoricalSimulation(volatility=GARCH, window=1000),
}


def garch(n: int, seed: int, alpha: float = 0.08, beta: float = 0.9) -> tuple[np.ndarray, float]:
    """Return returns and the volatility that follows them, after a warm-up."""
    z = np.random.default_rng(seed).standard_normal(n + 500)
    r, h = np.empty(n + 500), 1e-4
    for t in range(n + 500):
        r[t] = math.sqrt(h) * z[t]
        h = (1.0 - alpha - beta) * 1e-4 + alpha * r[t] ** 2 + beta * h
    return r[500:], math.sqrt(h)


@pytest.mark.parametrize("name", INNER)
def test_intervals_hold_the_true_var_and_es_at_their_nominal_rate(name):
    # Each trial is a market of its own: the count of intervals that hold the truth is binomial.
    # At 1,000 periods the bootstrap itself is a few points short of nominal (83 to 88 % of 90 over
    # 100 trials); with 70 trials the band about 90 % is 52 to 70, about 50 % 19 to 51.
    trials = 70
    held = dict.fromkeys(((m, c) for m in ("var", "es") for c in (0.9, 0.5)), 0)
    for seed in range(trials):
        returns, sigma = garch(1000, seed)
        forecast = q.BootstrapRisk(INNER[name], n_boot=60, seed=seed).fit(daily(returns)).forecast()
        law = ReturnLoss(q.Normal(), 0.0, sigma, "long")
        truth = {"var": law.ppf(0.99), "es": law.tail_mean(0.975)}
        for key, measure in (("var", q.VaR(0.99)), ("es", q.ES(0.975))):
            # what `interval` does, the samples drawn once for both
            drawn = np.array([measure(f).value for f in forecast.replicates()])
            for confidence in (0.9, 0.5):
                low, high = np.quantile(drawn, [0.5 - 0.5 * confidence, 0.5 + 0.5 * confidence])
                held[key, confidence] += low <= truth[key] <= high
    for (key, confidence), count in held.items():
        low, high = binom.interval(0.9999, trials, confidence)
        assert low <= count <= high, (key, confidence, count)
