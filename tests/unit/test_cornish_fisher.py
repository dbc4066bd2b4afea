"""Cornish-Fisher: where it is a law, how it adds up over periods, what it refuses."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import quant as q
from quant.risk._cornish_fisher_law import CornishFisherLaw
from quant.risk._sample_moments import SampleMoments
from tests.strategies import daily, garch_returns

RETURNS = garch_returns(500, seed=21)


def laws():
    """Return laws inside the region where the expansion rises over the whole line."""
    return st.builds(
        lambda kurtosis, share: CornishFisherLaw(share * 0.4 * np.sqrt(kurtosis), kurtosis),
        st.floats(0.3, 6.0),
        st.floats(-1.0, 1.0),
    )


@given(laws(), st.floats(1e-6, 1.0 - 1e-6))
def test_distribution_and_quantile_are_inverse(law, level):
    assert law.cdf(law.ppf(level)) == pytest.approx(level, abs=1e-13)


@given(laws())
def test_quantiles_rise(law):
    levels = np.linspace(1e-6, 1.0 - 1e-6, 400)
    assert (np.diff(law.ppf(levels)) > 0.0).all()


@given(laws(), st.sampled_from([0.001, 0.3, 0.95, 0.99]))
def test_the_tail_mean_is_the_mean_of_the_quantiles(law, level):
    z, weights = np.polynomial.hermite_e.hermegauss(60)
    assert weights @ law._bend(z) / weights.sum() == pytest.approx(0.0, abs=1e-12)
    u = level + (1.0 - level) * (np.arange(40_000) + 0.5) / 40_000
    assert law.tail_mean(level) == pytest.approx(law.ppf(u).mean(), rel=1e-3, abs=1e-4)


def test_thin_tails_end_where_the_expansion_turns():
    law = CornishFisherLaw(0.0, -0.2)
    end = law.ppf(1.0)
    assert np.isfinite(end)
    assert law.cdf(end) == 1.0
    assert law.cdf(np.nextafter(end, 0.0)) > 1.0 - 1e-6
    assert (law.cdf(-end - 1e-9), law.ppf(0.0)) == (0.0, -end)
    assert law.tail_mean(1.0 - 1e-12) == pytest.approx(end, rel=1e-12)
    u = 0.99 + 0.01 * (np.arange(40_000) + 0.5) / 40_000
    assert law.tail_mean(0.99) == pytest.approx(law.ppf(u).mean(), rel=1e-6)
    assert law.exponential_moment == np.inf
    assert np.abs(law.rvs(1000, seed=3)).max() <= end


@pytest.mark.parametrize(
    ("skewness", "kurtosis"), [(0.0, 8.5), (0.0, 40.0), (-1.5, 1.0), (1.0, 0.0), (0.0, -1.0)]
)
def test_outside_its_region_it_is_refused(skewness, kurtosis):
    with pytest.raises(
        q.InputError,
        match=r"skewness and kurtosis: expected a pair .* got skewness .* and excess kurtosis .*; "
        "use FilteredHistoricalSimulation, or ParametricRisk",
    ):
        CornishFisherLaw(skewness, kurtosis)


def test_one_crash_takes_the_moments_out_of_the_region():
    shocked = RETURNS.copy()
    shocked.iloc[100] = -0.5
    with pytest.raises(q.InputError, match="skewness and kurtosis: expected a pair"):
        q.CornishFisher(window=500).fit(shocked).forecast()


def test_periods_add_variances_and_cumulants():
    fit = q.CornishFisher(window=500).fit(RETURNS)
    one, four = fit.forecast(1).loss, fit.forecast(4).loss
    assert four.mean == pytest.approx(4 * one.mean)
    assert four.sigma == pytest.approx(2 * one.sigma)
    assert four.law.skewness == pytest.approx(one.law.skewness / 2)
    assert four.law.excess_kurtosis == pytest.approx(one.law.excess_kurtosis / 4)


def test_a_volatility_model_gives_the_scale_and_its_innovations_the_shape():
    fit = q.CornishFisher(volatility=q.GARCH(), window=500).fit(RETURNS)
    garch = q.GARCH().fit(RETURNS)
    z = garch.z.to_numpy()
    u = (z - z.mean()) / z.std()
    loss = fit.forecast(3, "short").loss
    sigma = garch.forecast(3).sigma
    assert loss.sigma == pytest.approx(garch.forecast(3).sigma_total)
    assert loss.mean == pytest.approx(3 * garch.forecast(3).mean)
    total = np.sqrt(sigma @ sigma)
    assert loss.law.skewness == pytest.approx(np.mean(u**3) * np.sum(sigma**3) / total**3)
    assert loss.law.excess_kurtosis == pytest.approx(
        (np.mean(u**4) - 3.0) * np.sum(sigma**4) / total**4
    )


def test_a_short_under_a_cubic_of_a_normal_shock_needs_a_bound():
    loss = q.CornishFisher(window=500).fit(RETURNS).forecast(1, "short")
    assert loss.loss.law.excess_kurtosis > 0.5
    assert loss.loss.finite_mean is False
    with pytest.raises(q.InputError, match="max_move: expected a bound"):
        q.ES(0.99, max_move=None)(loss)


def test_standard_errors_of_moments_are_those_of_repeated_samples():
    # normal samples: var of the mean 1/n, of the sd 1/(2n), of skewness 6/n, of kurtosis 24/n
    n = 4000
    rng = np.random.default_rng(12)
    covariance = SampleMoments(rng.standard_normal(n)).covariance() * n
    assert np.diag(covariance) == pytest.approx([1.0, 0.5, 6.0, 24.0], rel=0.35)


@pytest.mark.parametrize("volatility", [None, q.EWMA(half_life=200, initial=4e-4)])
def test_the_standard_error_is_the_spread_of_repeated_samples(volatility):
    rng = np.random.default_rng(4)
    estimator = q.CornishFisher(volatility=volatility, window=400)
    seen, stated = [], []
    for _ in range(60):
        estimate = q.VaR(0.99)(
            estimator.fit(daily(0.02 * rng.standard_t(9, 400) * np.sqrt(7 / 9))).forecast()
        )
        seen.append(estimate.value)
        stated.append(estimate.std_error)
    # a standard deviation of 60 draws is known to 9 %: three of its errors
    assert np.mean(stated) == pytest.approx(np.std(seen), rel=0.3)


def test_an_update_moves_the_sample_on():
    estimator = q.CornishFisher(window=400)
    moved = estimator.fit(RETURNS.iloc[:400]).update(RETURNS.iloc[400:])
    fresh = estimator.fit(RETURNS)
    assert q.ES(0.99)(moved.forecast()).value == q.ES(0.99)(fresh.forecast()).value


def test_the_error_of_the_moments_is_that_of_a_law_that_has_them():
    from quant.risk._cornish_fisher_law import bent
    from quant.risk._sample_moments import SampleMoments

    # 4,000 samples of 400 from one bent law, and what one sample of 100,000 says of their spread
    samples = bent(np.random.default_rng(11).standard_normal((4000, 400)), -0.3, 0.8)
    u = (samples - samples.mean(axis=1)[:, None]) / samples.std(axis=1)[:, None]
    seen = np.column_stack(
        (samples.mean(axis=1), samples.std(axis=1), (u**3).mean(axis=1), (u**4).mean(axis=1))
    )
    large = bent(np.random.default_rng(12).standard_normal(100_000), -0.3, 0.8)
    stated = SampleMoments(large).covariance() * 100_000 / 400
    # the kurtosis of 400 is skewed and biased: its asymptotic error is some percent off
    assert np.sqrt(np.diag(stated))[:3] == pytest.approx(seen.std(axis=0)[:3], rel=0.06)
    assert np.sqrt(stated[3, 3]) == pytest.approx(seen[:, 3].std(), rel=0.15)
    assert np.corrcoef(seen[:, 1], seen[:, 3])[0, 1] == pytest.approx(
        stated[1, 3] / np.sqrt(stated[1, 1] * stated[3, 3]), abs=0.1
    )


def test_the_moments_of_normal_scores_have_the_errors_of_a_normal_sample():
    from scipy.special import ndtri

    from quant.risk._sample_moments import SampleMoments

    n = 20_000
    moments = SampleMoments(0.02 * ndtri((np.arange(n) + 0.5) / n))
    expected = np.array([4e-4, 2e-4, 6.0, 24.0]) / n  # sd^2, sd^2 / 2, 6 and 24 over n
    assert np.diag(moments.covariance()) == pytest.approx(expected, rel=0.03)
