"""Breach rates and errors of tail and quantile models on data from models of their own."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binom, norm, t

import quant as q
from quant.risk import _quantile_kernels as kernels
from quant.risk._quantile_dynamics import JOINT, QUANTILES
from quant.risk._quantile_tail import _around
from tests.strategies import daily

pytestmark = pytest.mark.slow

LEVEL = 0.99
RATIO = float(q.Normal().tail_mean(LEVEL) / q.Normal().ppf(LEVEL))
# parameters of losses with a daily size of about one, and the state they start from
TRUTH = {
    "symmetric absolute value": ((0.1, 0.85, 0.4), 2.3),
    "asymmetric slope": ((0.1, 0.85, 0.1, 0.7), 2.3),
    "indirect GARCH": ((0.3, 0.85, 0.5), 2.3),
    "adaptive": ((0.4, 20.0), 2.3),
    "one-factor GAS": ((0.95, 0.01, 2.3, 2.3 * RATIO), 0.0),
    "GARCH-FZ": ((0.9, 0.5, 0.6, 0.6 * RATIO), 15.0),
    "asymmetric Laplace": ((0.1, 0.85, 0.4, math.log(RATIO - 1.0)), 2.3),
}
SIZE = 0.01


def simulated(name, n, seed):
    """Return losses of the size of daily returns and their true VaR: normal given the past."""
    code = (QUANTILES | JOINT)[name].code
    point, state = np.array(TRUTH[name][0]), TRUTH[name][1]
    z = norm.rvs(size=n, random_state=seed) / norm.ppf(LEVEL)
    x, var = np.empty(n), np.empty(n)
    for i in range(n):
        var[i], es = kernels.read(code, point, state)
        x[i] = var[i] * z[i]
        state = kernels.step(code, point, state, x[i], es, float(x[i] >= var[i]), 1.0 - LEVEL)
    return SIZE * x, SIZE * var


def as_returns(name, losses, side):
    """Return log returns under which a position loses what was drawn."""
    if name in JOINT:  # these are fitted to money losses
        return np.log1p(-losses) if side == "long" else np.log1p(losses)
    return -losses if side == "long" else losses


def estimator(name, window):
    if name in JOINT:
        return q.JointVaRES(level=LEVEL, dynamics=name, window=window)
    return q.CAViaR(level=LEVEL, dynamics=name, window=window)


@pytest.mark.parametrize("side", ["long", "short"])
@pytest.mark.parametrize("name", TRUTH)
def test_known_parameters_are_breached_at_the_nominal_rate(name, side):
    losses, true = simulated(name, 12_000, seed=3)
    r = as_returns(name, losses, side)
    tail = estimator(name, 400).fit(daily(r[:400])).tail(side)
    point, state = np.array(TRUTH[name][0]), TRUTH[name][1]
    points = _around(point, len(tail.dynamics.names))
    tail = replace(tail, scale=SIZE, points=points, state=state)
    var = np.empty(losses.size)
    for i in range(losses.size):
        var[i] = tail.law.ppf(LEVEL)
        tail = tail.update(r[i : i + 1])
    money = -np.expm1(r) if side == "long" else np.expm1(r)
    np.testing.assert_allclose(var[-1], _money(name, true[-1], side), rtol=1e-6)
    low, high = binom.interval(0.9999, losses.size, 1.0 - LEVEL)
    assert low <= (money > var).sum() <= high
    assert not low <= (money[1:] > np.abs(0.8 * var[:-1])).sum() <= high


def _money(name, move, side):
    if name in JOINT:
        return move
    return -math.expm1(-move) if side == "long" else math.expm1(move)


@pytest.mark.parametrize("side", ["long", "short"])
@pytest.mark.parametrize("name", TRUTH)
def test_estimated_parameters_are_breached_at_the_finite_sample_rate(name, side):
    # Given the fit and the true state, the chance of a breach is a normal tail: its mean over the
    # samples is the finite-sample expectation, and breaches less chances are martingale steps.
    n_fits, ahead, window = 12 if name == "one-factor GAS" else 24, 60, 1000  # a slow search
    chances, breaches = [], []
    for seed in range(n_fits):
        losses, true = simulated(name, window + ahead, seed=100 + seed)
        r = as_returns(name, losses, side)
        tail = estimator(name, window).fit(daily(r[:window])).tail(side)
        for i in range(window, window + ahead):
            var = tail.law.ppf(LEVEL)
            if name not in JOINT:
                var = -math.log1p(-var) if side == "long" else math.log1p(var)
            chances.append(norm.sf(var / true[i] * norm.ppf(LEVEL)))
            breaches.append(losses[i] > var)
            tail = tail.update(r[i : i + 1])
    chance = np.array(chances)
    spread = math.sqrt(float(np.sum(chance * (1.0 - chance))))
    assert abs(np.sum(breaches) - chance.sum()) < 4.0 * spread
    # ten losses decide the quantile: it is breached a little more often than it says
    assert 0.008 < chance.mean() < 0.022


@pytest.mark.parametrize("side", ["long", "short"])
@pytest.mark.parametrize("filtered", [False, True])
def test_extreme_value_is_breached_at_the_finite_sample_rate(filtered, side):
    nu, window, ahead = 4.0, 1000, 40
    evt = q.ExtremeValue(volatility=q.GARCH() if filtered else None, window=window)
    unit = math.sqrt((nu - 2.0) / nu)
    sign = -1.0 if side == "long" else 1.0
    chances, breaches = [], []
    for seed in range(60):
        z = unit * t.rvs(nu, size=window + ahead, random_state=seed)
        sigma = np.full(z.size, 0.01)
        for i in range(1, z.size):
            if filtered:
                h = 0.05e-4 + (0.08 * z[i - 1] ** 2 + 0.87) * sigma[i - 1] ** 2
                sigma[i] = math.sqrt(h)
        r = daily(sigma * z)
        fit = evt.fit(r.iloc[:window])
        for i in range(window, window + ahead):
            var = q.VaR(LEVEL)(fit.forecast(1, side)).value
            move = -math.log1p(-var) if side == "long" else math.log1p(var)
            chances.append(t.sf(move / sigma[i] / unit, nu))
            breaches.append(sign * r.iloc[i] > move)
            fit = fit.update(r.iloc[i : i + 1])
    chance = np.array(chances)
    spread = math.sqrt(float(np.sum(chance * (1.0 - chance))))
    assert abs(np.sum(breaches) - chance.sum()) < 4.0 * spread
    # a hundred exceedances: nearly unbiased; the mean of 60 fits has a standard error of 4e-4
    assert abs(chance.mean() - 0.01) < 0.002


def test_profile_intervals_of_a_far_quantile_cover():
    true = t.ppf(0.995, 4.0)
    covered, trials = 0, 60
    for seed in range(trials):
        losses = t.rvs(4.0, size=1000, random_state=seed)
        law = q.GPDTail.fit(losses, threshold=float(np.sort(losses)[-101]))
        low, high = law.var_interval(0.995, 0.9)
        covered += low < true < high
    low, high = binom.interval(0.9999, trials, 0.9)
    assert low <= covered <= high


@pytest.mark.parametrize("name", ["symmetric absolute value", "GARCH-FZ"])
def test_standard_errors_cover_the_truth(name):
    # 3,000 losses have 30 beyond the quantile
    at = 2 if name in QUANTILES else 3
    covered, trials = 0, 40
    for seed in range(trials):
        losses, _ = simulated(name, 3000, seed=500 + seed)
        fit = estimator(name, None).fit(daily(as_returns(name, losses, "long"), start="1990-01-01"))
        key = list(fit.params())[at]
        true = TRUTH[name][0][at] * (SIZE if name in JOINT else 1.0)
        error = math.sqrt(fit.param_cov().loc[key, key])
        covered += abs(fit.params()[key] - true) < 1.96 * error
    # few losses lie near the quantile, so that the band is asymptotic: 80 to 100 %, not 95
    assert covered >= binom.ppf(1e-3, trials, 0.85)
