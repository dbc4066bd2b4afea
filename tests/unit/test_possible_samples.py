"""Laws that a sample leaves open, as samples of their own."""

from __future__ import annotations

import numpy as np
import pytest

from quant.risk._possible_samples import possible_sample


def quantile_means(x, u, xi=1.0 / 3.0, steps=400_000):
    """Return the means over n equal shares of the quantiles through (u, x), by midpoints."""
    p = (np.arange(steps) + 0.5) / steps
    q = np.interp(p, u, x)
    q = np.where(p < u[0], x[0] * (u[0] / np.minimum(p, u[0])) ** xi if x[0] < 0 else x[0], q)
    past = np.minimum(1.0 - p, 1.0 - u[-1])
    q = np.where(p > u[-1], x[-1] * ((1.0 - u[-1]) / past) ** xi if x[-1] > 0 else x[-1], q)
    return q.reshape(x.size, -1).mean(axis=1)


@pytest.mark.parametrize("shift", [0.0, 5.0, -5.0])
def test_the_numbers_are_means_of_the_quantiles_through_the_sample(shift):
    sample = shift + np.random.default_rng(2).standard_normal(40)
    drawn = possible_sample(sample, np.random.default_rng(7))
    steps = np.cumsum(np.random.default_rng(7).standard_exponential(41))
    expected = quantile_means(np.sort(sample), steps[:-1] / steps[-1])
    # the midpoint rule misses a little of the pole at either end
    assert np.sort(drawn) == pytest.approx(expected, rel=2e-3, abs=2e-3)


def test_each_number_keeps_the_rank_of_its_date():
    sample = np.random.default_rng(3).standard_t(4, 100)
    drawn = possible_sample(sample, np.random.default_rng(0))
    assert np.array_equal(np.argsort(drawn), np.argsort(sample))
    assert np.array_equal(drawn, possible_sample(sample, np.random.default_rng(0)))


def test_worse_may_come_than_was_seen():
    sample = np.random.default_rng(4).standard_normal(200)
    generator = np.random.default_rng(1)
    worst = [possible_sample(sample, generator).min() for _ in range(200)]
    share = np.mean(np.array(worst) < sample.min())
    assert 0.5 < share < 1.0
