"""How often intervals of quantile recursions and of coverage control hold the true number."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom

import quant as q
from tests.studies._interval_cases import controlled, true_numbers
from tests.studies._nested import fits_of
from tests.studies._quantile_truths import absolute, absolute_losses
from tests.studies._rate_cases import IID

pytestmark = pytest.mark.slow

N = 500


def held(estimator, world, level, trials, extra=0):
    """Return how many intervals of VaR and of ES hold the true number."""
    windows, state = world.windows(np.random.default_rng(12), trials, N + extra)
    truths = [np.broadcast_to(true, trials) for true in true_numbers(world, state, level)]
    inside = np.zeros(2, dtype=int)
    for i, fit in enumerate(fits_of(estimator, windows)):
        forecast = fit.forecast(1, "long")
        for j, measure in enumerate((q.VaR(level), q.ES(level))):
            if j == 0 or not isinstance(estimator, q.CAViaR):
                low, high = measure(forecast).interval()
                inside[j] += low <= truths[j][i] <= high
    return inside


def test_intervals_of_a_quantile_recursion_cover_with_five_breaches():
    # the sandwich errors covered 66 to 74 %
    trials = 50
    spec = q.CAViaR(0.99, "symmetric absolute value", window=N)
    inside, _ = held(spec, absolute(0.99, "long")[0], 0.99, trials)
    assert inside >= binom.ppf(1e-3, trials, 0.95)


def test_intervals_of_a_joint_recursion_cover_with_five_breaches():
    # the sandwich errors covered 64 to 68 %
    trials = 20
    spec = q.JointVaRES(0.99, "asymmetric Laplace", window=N)
    for inside in held(spec, absolute_losses(0.99, "long")[0], 0.99, trials):
        assert inside >= binom.ppf(5e-3, trials, 0.95)


def test_intervals_of_coverage_control_are_about_the_level():
    # those of the rank of the working rate covered 70 to 78 %
    trials = 60
    for inside in held(controlled(N, 0.99), IID, 0.99, trials, extra=250):
        assert inside >= binom.ppf(1e-3, trials, 0.95)
