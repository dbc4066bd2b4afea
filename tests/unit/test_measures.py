"""Measures: conventions at their edges, sampling error, drivers and components."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

import quant as q
from quant.risk._return_loss import ReturnLoss
from tests.strategies import daily


def forecast(losses, **facts) -> q.LossForecast:
    return q.LossForecast(loss=q.Empirical(np.asarray(losses, dtype=float)), **facts)


@pytest.mark.parametrize(
    ("value", "advice"),
    [(99, "write 0.99"), (1.0, "e.g. 0.99"), (0.0, "e.g. 0.99"), ("0.99", "pass")],
)
@pytest.mark.parametrize("measure", [q.VaR, q.ES])
def test_a_level_outside_the_open_unit_interval_is_refused(measure, value, advice):
    with pytest.raises(q.InputError, match=rf"level: expected .*{advice}"):
        measure(value)


def test_the_level_is_a_confidence_not_a_tail_probability():
    losses = forecast(np.arange(1.0, 501.0))
    assert q.VaR(0.99)(losses).value == 496.0
    assert q.VaR(1 - 0.99)(losses).value == 6.0


def test_the_three_ranks():
    losses = forecast(np.arange(1.0, 251.0))
    ranks = {
        rank: q.VaR(0.99, rank=rank)(losses).value for rank in ("sample", "lower", "predictive")
    }
    assert ranks == {"sample": 248.0, "lower": 248.0, "predictive": 249.0}


def test_a_tail_beyond_the_sample_is_refused():
    with pytest.raises(q.InsufficientDataError, match="expected at least 100 observations"):
        q.ES(0.99)(forecast(np.arange(99.0)))
    assert q.ES(0.99)(forecast(np.arange(100.0))).value == 99.0


def test_weights_enter_rank_and_tail_mean():
    # first loss from the worst at which the weight reaches 10 %: the second
    law = q.Empirical(np.array([5.0, 4.0, 3.0, 0.0]), np.array([0.05, 0.05, 0.2, 0.7]))
    loss = q.LossForecast(loss=law)
    assert q.VaR(0.5)(loss).value == 0.0
    assert law.ppf(0.9) == 4.0
    assert law.tail_mean(0.9) == pytest.approx(4.5)
    assert law.tail_mean(0.8) == pytest.approx((0.25 + 0.2 + 0.3) / 0.2)


def test_drivers_are_the_tail_with_weights_that_sum_to_one():
    dates = pd.date_range("2020-01-01", periods=250)
    losses = np.random.default_rng(5).permutation(np.arange(1.0, 251.0))
    estimate = q.ES(0.99)(forecast(losses, labels=dates))
    assert estimate.drivers.sum() == pytest.approx(1.0)
    assert list(estimate.drivers.round(9)) == [0.4, 0.4, 0.2]
    by_date = pd.Series(losses, index=dates)
    assert float((by_date[estimate.drivers.index] * estimate.drivers).sum()) == pytest.approx(249.2)


def test_components_add_up_to_the_estimate():
    rng = np.random.default_rng(3)
    parts = pd.DataFrame(rng.normal(size=(500, 3)), columns=list("abc"))
    loss = forecast(parts.sum(axis=1), parts=parts, unit="USD")
    for measure in (q.VaR(0.99), q.ES(0.975)):
        estimate = measure(loss)
        assert estimate.components.sum() == pytest.approx(estimate.value, abs=1e-12)


def test_a_short_under_student_t_is_finite_only_through_max_move():
    loss = q.LossForecast(loss=ReturnLoss(q.StudentT(nu=4.0), 0.0, 0.04, "short"), side="short")
    with pytest.raises(q.InputError, match="max_move: expected a bound"):
        q.ES(0.99, max_move=None)(loss)
    estimate = q.ES(0.99)(loss)
    wider = q.ES(0.99, max_move=math.log(1e6))(loss)
    assert 0.0 < estimate.beyond_max_move < 1e-6
    assert 0.0 < estimate.share_beyond < 0.001
    assert wider.value > estimate.value
    assert wider.share_beyond > estimate.share_beyond  # no bound is the natural one
    tight = q.ES(0.99, max_move=0.2)(loss)
    assert tight.value < estimate.value
    assert tight.share_beyond > 0.1


def test_a_capped_tail_mean_is_the_mean_of_capped_losses():
    law = ReturnLoss(q.StudentT(nu=3.0), 0.001, 0.05, "short")
    value, beyond, share = law.capped_tail_mean(0.99, math.expm1(0.5))
    u = (np.arange(1_000_000) + 0.5) / 1_000_000
    losses = np.minimum(law.ppf(0.99 + 0.01 * u), math.expm1(0.5))
    assert value == pytest.approx(losses.mean(), rel=1e-6)
    assert beyond == pytest.approx(1 - law.cdf(math.expm1(0.5)), rel=1e-9)
    assert share == pytest.approx(losses[losses >= math.expm1(0.5)].sum() / losses.sum(), rel=1e-3)


def test_a_long_loses_at_most_everything_and_needs_no_bound():
    loss = q.LossForecast(loss=ReturnLoss(q.StudentT(nu=2.5), 0.0, 0.5, "long"), side="long")
    estimate = q.ES(0.999, max_move=None)(loss)
    assert 0.0 < estimate.value < 1.0
    assert loss.loss.cdf(1.0) == pytest.approx(1.0)


def test_standard_errors_match_a_bootstrap():
    losses = np.random.default_rng(8).standard_t(4, 500)
    loss = forecast(losses, n_obs=500)
    draws = np.random.default_rng(9).choice(losses, size=(20_000, 500))
    ordered = np.sort(draws, axis=1)
    # 20,000 resamples estimate a standard deviation to 0.5 %; 3 % is six of its errors
    assert q.VaR(0.99)(loss).std_error == pytest.approx(ordered[:, -5].std(), rel=0.03)
    # the closed form of ES is asymptotic: a fifth off the bootstrap at 12.5 losses in the tail
    tail = (ordered[:, -12:].sum(axis=1) + 0.5 * ordered[:, -13]) / 12.5
    assert q.ES(0.975)(loss).std_error == pytest.approx(tail.std(), rel=0.2)


def test_overlapping_moves_count_as_fewer_observations():
    fit = q.HistoricalSimulation(window=600).fit(
        daily(np.random.default_rng(1).normal(size=600) / 50)
    )
    one, ten = (fit.forecast(h, "long") for h in (1, 10))
    assert (one.n_obs, ten.n_obs) == (600, 60)
    assert len(ten.loss.losses) == 591
    plain = q.LossForecast(loss=ten.loss)
    ratio = q.ES(0.95)(ten).std_error / q.ES(0.95)(plain).std_error
    assert ratio == pytest.approx(math.sqrt(591 / 60), rel=1e-9)
    assert ten.labels[0] == fit.returns.index[9]


def test_an_estimate_reads_as_its_number():
    estimate = q.VaR(0.99)(forecast(np.arange(500.0) / 1000))
    assert f"{estimate:.2%}" == "49.50%"
    assert float(estimate) == estimate.value
    assert "VaR(level=0.99" in repr(estimate)


def test_the_predictive_rank_counts_the_loss_to_come():
    # 99 losses and the next one make 100: the worst is exceeded with probability 1 / 100
    law = q.Empirical(np.arange(1.0, 100.0))
    assert law.ppf(0.99, rank="predictive") == 99.0
    assert law.ppf(0.9, rank="predictive") == 90.0
    assert law.ppf(0.9, rank="sample") == 90.0
    assert q.Empirical(np.arange(1.0, 200.0)).ppf(0.99, rank="predictive") == 198.0


def test_the_ranks_of_a_weighted_sample_differ_where_the_weight_reaches_the_tail_exactly():
    law = q.Empirical([1.0, 2.0, 3.0, 4.0], weights=[0.5, 0.25, 0.125, 0.125])
    assert law.ppf(0.875, rank="sample") == 4.0
    assert law.ppf(0.875, rank="lower") == 3.0


def test_unequal_weights_make_a_sample_smaller():
    losses = np.random.default_rng(0).standard_t(4, 1000)
    weights = np.where(np.arange(1000) % 10 == 0, 10.0, 1e-9)
    even, uneven = (
        q.LossForecast(loss=q.Empirical(losses, weights=w), n_obs=1000)
        for w in (np.full(1000, 1e-3), weights / weights.sum())
    )
    for measure in (q.VaR(0.95), q.ES(0.95)):
        assert measure(uneven).std_error > 1.5 * measure(even).std_error


def test_the_error_of_a_shortfall_corrects_for_few_losses_in_the_tail():
    losses = forecast(np.arange(1.0, 501.0), n_obs=500)
    # five tail losses 496..500: sample variance 2.5, ES 498, VaR 496, n (1 - level) = 5
    expected = math.sqrt((2.5 + 0.99 * 4.0) / 5.0)
    assert q.ES(0.99)(losses).std_error == pytest.approx(expected, rel=1e-12)
