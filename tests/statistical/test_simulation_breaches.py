"""Breach rates of the simulation estimators on data of their own model."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

import quant as q
from quant.risk._cornish_fisher_law import CornishFisherLaw

pytestmark = pytest.mark.slow

LEVEL, TRIALS, WINDOW = 0.99, 2500, 250
DATES = pd.date_range("2015-01-01", periods=WINDOW)


def breaches(estimator, r, side):
    """Return how often the return after each row's window exceeds the VaR of that window."""
    count = 0
    for row in r:
        past = pd.Series(row[:WINDOW], DATES)
        var = q.VaR(LEVEL)(estimator.fit(past).forecast(1, side)).value
        count += (-np.expm1(row[-1]) if side == "long" else np.expm1(row[-1])) > var
    return count


def within(count, probability):
    low, high = binom.interval(0.9999, TRIALS, probability)
    return low <= count <= high


@pytest.mark.parametrize("side", ["long", "short"])
def test_age_weighted_var_is_breached_as_often_as_its_weights_say(side):
    # The order of iid losses is independent of their ages, and the next loss is equally likely to
    # fall into any of the n + 1 gaps between them: the breach probability is E[K] / (n + 1), K the
    # rank at which weights in random order first reach 1 - level.
    half_life = 80.0
    weights = 0.5 ** (np.arange(WINDOW) / half_life)
    weights /= weights.sum()
    rng = np.random.default_rng(2)
    shuffled = rng.permuted(np.tile(weights, (20_000, 1)), axis=1).cumsum(axis=1)
    ranks = 1 + (shuffled < 1.0 - LEVEL).sum(axis=1)
    probability = ranks.mean() / (WINDOW + 1)
    assert probability > 1.05 * (1.0 - LEVEL)  # more than it says: few observations, whole ranks
    r = 0.02 * rng.standard_t(4, size=(TRIALS, WINDOW + 1))
    estimator = q.AgeWeightedSimulation(half_life=half_life, window=WINDOW)
    assert within(breaches(estimator, r, side), probability)


@pytest.mark.parametrize("side", ["long", "short"])
@pytest.mark.parametrize("damping", [0.0, 1.0])
def test_volatility_scaled_var_is_breached_with_its_exact_probability(side, damping):
    # Known volatility: scaled returns and the next are exchangeable, so the third worst of 250 is
    # exceeded with probability 3 / 251. Without scaling the moving volatility breaks that.
    decay, start = 0.94, 4e-4
    rng = np.random.default_rng(9)
    z = rng.standard_t(6, size=(TRIALS, WINDOW + 1)) * np.sqrt(4 / 6)
    z[:, WINDOW - 25 : WINDOW] *= 2.0 if damping else 1.0
    r, h = np.empty_like(z), np.full(TRIALS, start)
    for t in range(WINDOW + 1):
        r[:, t] = np.sqrt(h) * z[:, t]
        h = decay * h + (1 - decay) * r[:, t] ** 2
    model = q.EWMA(half_life=np.log(0.5) / np.log(decay), initial=start)
    estimator = q.VolatilityScaledSimulation(volatility=model, window=WINDOW, damping=damping)
    assert within(breaches(estimator, r, side), 3 / 251) == (damping == 0.0)


@pytest.mark.parametrize(("side", "probability"), [("long", 0.0111), ("short", 0.0126)])
def test_cornish_fisher_var_is_breached_at_its_rate(side, probability):
    # Moments of 250 returns are estimated, which makes a 1 % tail breached a little more often: the
    # mean probability past the estimated quantiles of 6,000 windows.
    law = CornishFisherLaw(-0.3, 1.0)
    r = 0.02 * law.rvs((TRIALS, WINDOW + 1), seed=6)
    kept = [row for row in r if _has_law(row[:WINDOW])]
    count = breaches(q.CornishFisher(window=WINDOW), kept, side)
    low, high = binom.interval(0.9999, len(kept), probability)
    assert low <= count <= high
    assert len(kept) > 0.95 * TRIALS


def _has_law(sample):
    u = (sample - sample.mean()) / sample.std()
    try:
        CornishFisherLaw(float(np.mean(u**3)), float(np.mean(u**4) - 3.0))
    except q.InputError:
        return False
    return True
