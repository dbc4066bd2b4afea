"""The generalised Pareto tail: its questions, its fit, its errors."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import genpareto

import quant as q

LAW = q.GPDTail(xi=0.25, beta=2.0, threshold=5.0, exceed_share=0.1)


def drawn(n: int, xi: float, seed: int = 1) -> np.ndarray:
    return genpareto(c=xi, scale=2.0).rvs(n, random_state=seed)


def test_the_part_below_the_threshold_is_not_known():
    with pytest.raises(q.InputError, match=r"x: expected losses of at least the threshold, 5, got"):
        LAW.cdf(4.9)
    with pytest.raises(q.InputError, match=r"level: expected numbers from 0.9 up to 1, got 0.89"):
        LAW.ppf(0.89)
    with pytest.raises(q.InputError, match="lower the threshold"):
        LAW.tail_mean(0.5)
    assert LAW.cdf(5.0) == pytest.approx(0.9)
    assert LAW.ppf(0.9) == pytest.approx(5.0)


def test_a_tail_without_a_mean_has_quantiles_but_no_shortfall():
    heavy = q.GPDTail(xi=1.0, beta=1.0)
    assert heavy.ppf(0.99) == pytest.approx(99.0)
    assert not heavy.finite_mean
    with pytest.raises(q.InputError, match=r"xi: expected a number below 1 .* got 1; the mean"):
        heavy.tail_mean(0.99)


@pytest.mark.parametrize("xi", [-0.3, 0.0, 1e-9, 0.4])
def test_the_tail_mean_is_the_integral_beyond_the_quantile(xi):
    law = q.GPDTail(xi=xi, beta=0.7, threshold=1.0, exceed_share=0.2)
    at = law.ppf(0.9)
    beyond = quad(lambda x: 1.0 - law.cdf(x), at, math.inf, epsabs=1e-12, limit=200)[0]
    assert law.tail_mean(0.9) == pytest.approx(at + beyond / 0.1, rel=1e-7)


def test_draws_lie_in_the_tail_and_follow_it():
    draws = LAW.rvs((2, 5000), seed=3)
    assert draws.shape == (2, 5000)
    np.testing.assert_array_equal(draws, LAW.rvs((2, 5000), seed=3))
    assert draws.min() >= 5.0
    share = float((draws > LAW.ppf(0.99)).mean())
    assert share == pytest.approx(0.1, abs=4 * math.sqrt(0.09 / 10_000))


@pytest.mark.parametrize("xi", [-0.35, -0.1, 0.0, 0.2, 0.7, 1.3])
def test_the_fit_is_a_maximum_and_no_worse_than_that_of_scipy(xi):
    sample = drawn(400, xi)
    law = q.GPDTail.fit(sample, threshold=0.0)
    c, _, scale = genpareto.fit(sample, floc=0)
    assert law.loglikelihood >= genpareto(c=c, scale=scale).logpdf(sample).sum() - 1e-9
    assert law.loglikelihood == pytest.approx(
        genpareto(c=law.xi, scale=law.beta).logpdf(sample).sum(), rel=1e-10
    )
    assert abs(law.xi - xi) < 4 * law.std_errors()["xi"]


@given(scale=st.floats(1e-8, 1e8), shift=st.floats(-5.0, 5.0))
def test_the_fit_has_the_scale_of_the_losses(scale, shift):
    sample = drawn(200, 0.3)
    one = q.GPDTail.fit(sample, threshold=1.0)
    two = q.GPDTail.fit(scale * (sample + shift), threshold=scale * (1.0 + shift))
    if two.excesses.size == one.excesses.size:
        assert two.xi == pytest.approx(one.xi, abs=1e-6)
        assert two.beta == pytest.approx(scale * one.beta, rel=1e-6)


def test_a_shape_at_its_bound_says_so_and_has_no_errors():
    law = q.GPDTail.fit(np.linspace(0.01, 1.0, 100), threshold=0.0)  # uniform: xi is -1
    assert law.on_bound
    assert law.xi == pytest.approx(-0.5)
    with pytest.raises(q.InputError, match=r"expected an estimate inside its bounds, got -0.5"):
        law.std_errors()


def test_profile_intervals_lean_to_the_heavy_side():
    law = q.GPDTail.fit(drawn(1000, 0.4), threshold=4.0)
    for interval, value in ((law.var_interval, law.ppf(0.999)), (law.es_interval, None)):
        low, high = interval(0.999, 0.95)
        middle = law.tail_mean(0.999) if value is None else value
        assert low < middle < high
        assert high - middle > 1.3 * (middle - low)
        inner = interval(0.999, 0.5)
        assert low < inner[0] < middle < inner[1] < high


def test_intervals_need_the_sample():
    with pytest.raises(q.InputError, match="excesses: expected those the tail was fitted to"):
        LAW.var_interval(0.99)


@pytest.mark.parametrize(
    ("losses", "threshold", "error", "message"),
    [
        (np.arange(20.0), 15.0, q.InsufficientDataError, "at least 10 losses above it, got 4 of"),
        (np.r_[np.zeros(50), np.ones(20)], 0.5, q.InputError, "expected variation above the"),
        (np.r_[np.arange(50.0), np.inf], 0.5, q.InputError, "losses: expected finite"),
        (np.arange(20.0), math.nan, q.InputError, "threshold: expected a finite number"),
    ],
)
def test_what_cannot_be_fitted_is_refused(losses, threshold, error, message):
    with pytest.raises(error, match=message):
        q.GPDTail.fit(losses, threshold=threshold)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"xi": 0.1, "beta": 0.0}, "beta: expected a number above 0"),
        ({"xi": math.inf, "beta": 1.0}, "xi: expected a finite number"),
        ({"xi": 0.1, "beta": 1.0, "exceed_share": 1.2}, "exceed_share: expected a number in"),
    ],
)
def test_fields_that_are_no_law_are_refused(fields, message):
    with pytest.raises(q.InputError, match=message):
        q.GPDTail(**fields)


def test_likely_tails_follow_likelihood_and_prior():
    losses = q.StudentT(nu=4.0).rvs(600, seed=5)
    tail = q.GPDTail.fit(losses, threshold=float(np.sort(losses)[-61]))
    drawn = tail.likely(4000)
    # the posterior means by another route: a plain sum over a wide grid
    xi, log = np.meshgrid(np.linspace(-0.495, 0.995, 150), np.linspace(-1.5, 1.5, 151))
    beta = tail.beta * np.exp(log)
    x = tail.excesses[:, None, None] / beta
    with np.errstate(invalid="ignore", divide="ignore"):
        density = -60 * np.log(beta) - (1 + 1 / xi) * np.log1p(xi * x).sum(axis=0) - xi
    weight = np.exp(np.where(np.isfinite(density), density, -np.inf) - np.nanmax(density))
    weight /= weight.sum()
    assert drawn[:, 0].mean() == pytest.approx((weight * xi).sum(), abs=0.01)
    assert drawn[:, 0].std() == pytest.approx(
        math.sqrt((weight * xi**2).sum() - (weight * xi).sum() ** 2), rel=0.03
    )
    assert np.log(drawn[:, 1]).mean() == pytest.approx((weight * np.log(beta)).sum(), abs=0.01)
    assert drawn[:, 2].mean() == pytest.approx(60.5 / 601.0, rel=1e-3)  # Beta(k + 1/2, n - k + 1/2)
    assert drawn[:, 0].min() >= -0.5 < drawn[:, 0].max() < 1.0
    assert np.array_equal(drawn, tail.likely(4000))
    assert not np.array_equal(drawn, tail.likely(4000, seed=1))


@pytest.mark.parametrize("xi", [1.3, 2.0, 3.0])
def test_tails_without_a_mean_are_fitted_and_their_draws_lie_about_the_estimate(xi):
    excesses = drawn(2000, xi, seed=3)
    tail = q.GPDTail.fit(excesses, threshold=0.0)
    shape, _, scale = genpareto.fit(excesses, xi, floc=0.0, scale=2.0)
    assert tail.xi == pytest.approx(shape, abs=1e-3)
    assert tail.beta == pytest.approx(scale, rel=1e-3)
    shapes = tail.likely(2000)[:, 0]
    # the posterior is close to normal with the asymptotic error (1 + xi) / sqrt(k)
    assert shapes.mean() == pytest.approx(shape, abs=0.1 * (1.0 + xi) / math.sqrt(2000.0))
    assert shapes.std() == pytest.approx((1.0 + xi) / math.sqrt(2000.0), rel=0.1)
