"""Sparse null draws: the same law as simulating every day."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from quant.backtesting import Backtest
from quant.backtesting._breach_sample import breach_sample
from quant.backtesting._severities import severities
from quant.backtesting._severity_law import severity_at_least, severity_at_most
from quant.backtesting._sparse import lagged, student_statistics
from quant.backtesting._tail_law import HEAVIEST, TailLaw, matched_tail
from quant.distributions import Normal, StudentT


def test_counts_are_binomial_and_days_uniform() -> None:
    sample = breach_sample(50, 0.9, 20_000, 1)
    counts = np.bincount(sample.counts.astype(int), minlength=51)[:16]
    expected = 20_000 * stats.binom.pmf(np.arange(16), 50, 0.1)
    assert ((counts - expected) ** 2 / expected).sum() < stats.chi2.ppf(0.999, 15)
    days = np.bincount(sample.day, minlength=50)
    assert ((days - days.mean()) ** 2 / days.mean()).sum() < stats.chi2.ppf(0.999, 49)
    assert stats.kstest(sample.depth, "expon").pvalue > 0.001


def test_days_of_a_history_ascend_and_stay_inside_it() -> None:
    sample = breach_sample(7, 0.6, 500, 2)
    assert sample.first[0] == 0
    assert sample.first[-1] == sample.day.size
    for begin, end in zip(sample.first[:-1], sample.first[1:], strict=True):
        days = sample.day[begin:end]
        assert (np.diff(days) > 0).all()
        assert ((days >= 0) & (days < 7)).all()


def test_a_rare_breach_and_a_seed_of_its_own() -> None:
    assert breach_sample(10, 1.0 - 1e-9, 100, 0).day.size == 0
    assert breach_sample(10, 0.9, 100, 0) is breach_sample(10, 0.9, 100, 0)
    assert not np.array_equal(
        breach_sample(10, 0.9, 100, 0).depth[:5], breach_sample(10, 0.9, 100, 1).depth[:5]
    )


@pytest.mark.parametrize("law", [Normal(), StudentT(2.1), StudentT(5.0)])
@pytest.mark.parametrize("level", [0.9, 0.99])
def test_a_tail_has_its_moments(law, level) -> None:
    tail = TailLaw(law, level)
    depth = np.linspace(0.0, 30.0, 40)
    np.testing.assert_allclose(tail.quantile(depth)[0], law.ppf(level), rtol=1e-12)
    np.testing.assert_allclose(tail.losses(depth), tail.quantile(depth), rtol=1e-5)
    share = np.exp(-depth[depth < 15.0])
    np.testing.assert_allclose(
        1.0 - law.cdf(tail.quantile(depth[depth < 15.0])), (1.0 - level) * share, rtol=1e-7
    )
    if law != StudentT(2.1):  # whose second moment no quadrature reaches
        x = np.linspace(tail.var, 4000.0, 4_000_001)
        density = np.exp(law.logpdf(x)) / (1.0 - level)
        assert tail.es == pytest.approx(np.trapezoid(x * density, x), rel=1e-4)
        assert tail.second_moment == pytest.approx(np.trapezoid(x * x * density, x), rel=1e-4)


def test_draws_equal_a_dense_simulation_in_law() -> None:
    tail = TailLaw(StudentT(5.0), 0.975)
    n, sims = 250, 4_000
    flat = np.ones(n)
    bt = Backtest.from_arrays(
        loss=0.0 * flat, var=tail.var * flat, es=tail.es * flat, level=tail.level
    )
    null = severities(bt, bt.es, sims, 4)
    dense = tail.law.rvs((sims, n), seed=9)
    hit = dense > tail.var
    for sparse, full in (
        (null.counts, hit.sum(axis=1)),
        (null.losses, (dense * hit).sum(axis=1) / tail.es),
        (null.excesses, ((dense - tail.var) * hit).sum(axis=1) / tail.es),
    ):
        assert stats.ks_2samp(sparse, full).pvalue > 0.001
    assert null.tail == tail


def test_lagged_products_are_those_of_the_whole_row() -> None:
    sample = breach_sample(30, 0.7, 40, 3)
    term = np.exp(-sample.depth)
    for lag in (0, 1, 4):
        found = lagged(sample.first, sample.day, term, 30, lag, 0.2)
        for s in range(40):
            row = np.zeros(30)
            own = slice(sample.first[s], sample.first[s + 1])
            row[sample.day[own]] = term[own]
            centred = row - 0.2
            assert found[s] == pytest.approx(centred[lag:] @ centred[: 30 - lag], abs=1e-12)


def test_student_statistics() -> None:
    rows = np.random.default_rng(0).normal(size=(5, 8))
    expected = stats.ttest_1samp(rows, 0.0, axis=1).statistic
    np.testing.assert_allclose(student_statistics(rows.ravel(), 8), expected, rtol=1e-12)
    assert student_statistics(np.ones(4), 4)[0] == np.inf


def test_the_matched_law_has_the_ratio_of_the_forecasts() -> None:
    tail = matched_tail(np.ones(9), np.full(9, 1.4), 0.975)
    assert tail.es / tail.var == pytest.approx(1.4, rel=1e-6)
    thin = matched_tail(np.ones(9), np.full(9, 1.1), 0.975)
    assert thin.law == Normal()
    for var, es in ((1.0, 9.0), (-1.0, 1.0)):  # heavier than any, and a VaR with no ratio
        heavy = matched_tail(np.full(9, var), np.full(9, es), 0.975)
        assert heavy.law == StudentT(HEAVIEST)
    es = np.array([1.2, 1.3, 1.5, 3.0, 1.0])
    assert matched_tail(np.ones(5), es, 0.99).law == matched_tail(np.ones(1), es[1:2], 0.99).law


class TestSeverityLaw:
    def test_one_and_two_days_by_hand(self) -> None:
        assert severity_at_most(0.25, 1, 0.5) == pytest.approx(0.5 + 0.5 * 0.25)
        # two breaches: P(U + V <= 1.5) = 7/8
        assert severity_at_most(1.5, 2, 0.5) == pytest.approx(0.25 + 0.5 + 0.25 * 7 / 8)

    def test_ends(self) -> None:
        assert severity_at_most(-1e-9, 10, 0.1) == 0.0
        assert severity_at_most(0.0, 10, 0.1) == pytest.approx(0.9**10)
        assert severity_at_most(10.0, 10, 0.1) == pytest.approx(1.0)
        assert severity_at_least(0.0, 10, 0.1) == 1.0
        assert severity_at_least(10.1, 10, 0.1) == pytest.approx(0.0, abs=1e-15)

    def test_many_breaches_keep_their_digits(self) -> None:
        n, p = 2000, 0.05
        sd = np.sqrt(n * p * (4 - 3 * p) / 12)
        z = np.array([severity_at_most(n * p / 2 + k * sd, n, p) for k in (-2, 0, 2)])
        assert abs(z - stats.norm.cdf([-2, 0, 2])).max() < 0.01
        assert (np.diff(z) > 0).all()

    def test_a_simulation_agrees(self) -> None:
        sample = breach_sample(250, 0.975, 20_000, 7)
        total = sample.totals(1.0 - np.exp(-sample.depth))
        for x in (1.0, 3.0, 5.67):
            share = severity_at_most(x, 250, 0.025)
            band = 4 * np.sqrt(share * (1 - share) / 20_000)
            assert abs(np.mean(total <= x) - share) < band
