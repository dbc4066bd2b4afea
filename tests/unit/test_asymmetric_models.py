"""EGARCH, APARCH and FIGARCH: nested models, forecasts that are means, what is refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from quant.distributions import GED, Normal, StudentT
from quant.errors import ConvergenceError, InputError, InsufficientDataError, SpecError
from quant.volatility import APARCH, EGARCH, FIGARCH, GARCH, GJRGARCH, _arch, fit_rolling
from quant.volatility._covariance import estimate_covariance
from quant.volatility._exponential import ExponentialFilter
from quant.volatility._filter import State
from quant.volatility._fractional import FractionalFilter, fractional_weights
from quant.volatility._linear import LinearFilter
from quant.volatility._power import PowerFilter
from tests.shared_data import shared
from tests.strategies import garch_returns

RETURNS = garch_returns(400, seed=3)
NOW = State(1e-4, np.empty(0))
EXPONENTIAL = ExponentialFilter(omega=-0.4, alpha=0.3, gamma=-0.15, beta=0.95)
POWER = PowerFilter(omega=4e-4, alpha=0.09, gamma=0.4, beta=0.9, delta=1.1)


def simulated_variances(recursion, state, law, horizon, n=200_000):
    """Variance of each period along simulated paths, read off the shocks."""
    z = law.rvs((n, horizon), seed=8)
    return (recursion.propagate(state, z) / z) ** 2


@pytest.mark.parametrize("model", [EGARCH, APARCH, FIGARCH])
def test_bad_specs_are_refused(model):
    with pytest.raises(InputError, match=r"engine: expected one of 'arch', got 'fast'"):
        model(engine="fast")
    with pytest.raises(InputError, match=r"distribution: expected one of 'normal', 't'"):
        model(distribution="cauchy")
    with pytest.raises(InputError, match=r"mean: expected one of 'constant', 'zero', got 'ar'"):
        model(mean="ar")
    with pytest.raises(InsufficientDataError, match=r"at least 50 observations for .*, got 49"):
        model().fit(RETURNS.iloc[:49])


@pytest.mark.parametrize("model", [EGARCH, APARCH, FIGARCH])
def test_a_sample_that_opens_at_rest_is_refused(model):
    resting = RETURNS.copy()
    resting.iloc[:75] = 0.0
    with pytest.raises(InputError, match=r"returns: expected movement in the first 75 returns"):
        model(mean="zero").fit(resting)


@pytest.mark.parametrize("name", ["t", "skewt", "ged"])
@pytest.mark.parametrize("model", [EGARCH, APARCH, FIGARCH])
def test_the_law_of_the_fit_carries_the_estimated_shape(model, name):
    fit = model(distribution=name).fit(RETURNS)
    for shape in ("nu", "skew"):
        assert getattr(fit.distribution, shape, None) == fit.params.get(shape)
    assert np.isfinite(fit.forecast().sigma[0])


def test_egarch_forecast_is_the_mean_variance():
    expected = EXPONENTIAL.expected(NOW, 6, Normal())
    paths = simulated_variances(EXPONENTIAL, NOW, Normal(), 6)
    error = paths.std(axis=0) / np.sqrt(len(paths))
    assert (np.abs(paths.mean(axis=0) - expected) <= 4.0 * error + 1e-15).all()
    # the exponential of the mean logarithm lies below by far more than that
    median_like = np.exp(np.log(paths).mean(axis=0))
    assert (expected[1:] - median_like[1:] > 20.0 * error[1:]).all()


def test_egarch_forecast_in_closed_form():
    a, g, b, w = EXPONENTIAL.alpha, EXPONENTIAL.gamma, EXPONENTIAL.beta, EXPONENTIAL.omega

    def response(weight):
        up, down = weight * (a + g), weight * (a - g)
        halves = np.exp(up**2 / 2) * norm.cdf(up) + np.exp(down**2 / 2) * norm.cdf(down)
        return np.exp(-weight * a * np.sqrt(2 / np.pi)) * halves

    h = 1e-4
    wanted = [
        h,
        np.exp(w) * h**b * response(1),
        np.exp(w * (1 + b)) * h ** (b * b) * response(1) * response(b),
    ]
    np.testing.assert_allclose(EXPONENTIAL.expected(NOW, 3, Normal()), wanted, rtol=1e-12)
    as_ged = EXPONENTIAL.expected(NOW, 3, GED(2.0))
    np.testing.assert_allclose(as_ged, wanted, rtol=1e-12)


def test_egarch_forecast_under_a_law_with_a_kink():
    # Laplace with unit variance: E exp(c |z|) = sqrt(2) / (sqrt(2) - c)
    symmetric = ExponentialFilter(omega=-0.4, alpha=0.3, gamma=0.0, beta=0.95)
    factor = np.exp(-0.3 * np.sqrt(2 / np.pi)) * np.sqrt(2) / (np.sqrt(2) - 0.3)
    second = symmetric.expected(NOW, 2, GED(1.0))[1]
    assert second == pytest.approx(np.exp(-0.4) * 1e-4**0.95 * factor, rel=1e-10)
    steep = ExponentialFilter(omega=-0.4, alpha=1.5, gamma=0.0, beta=0.95)
    with pytest.raises(SpecError, match=r"horizon: expected 1 from EGARCH with .*GED\(nu=1.0\)"):
        steep.expected(NOW, 2, GED(1.0))


def test_egarch_has_no_mean_variance_under_a_polynomial_tail():
    fit = EGARCH(distribution="t").fit(RETURNS)
    assert fit.forecast(1).sigma.shape == (1,)
    with pytest.raises(SpecError, match=r"no finite mean; use distribution 'normal' or 'ged'"):
        fit.forecast(2)
    assert np.isfinite(fit.simulate(1000, 5)).all()
    # a tail bounded by falling exponents has one
    damped = ExponentialFilter(omega=-0.4, alpha=-0.2, gamma=0.1, beta=0.9)
    law = StudentT(5.0)
    paths = simulated_variances(damped, NOW, law, 3)
    error = paths.std(axis=0) / np.sqrt(len(paths))
    assert (np.abs(paths.mean(axis=0) - damped.expected(NOW, 3, law)) <= 4 * error + 1e-15).all()


def test_a_fall_raises_the_variance_more_than_a_rise():
    for recursion in (EXPONENTIAL, POWER):
        after = [recursion.run(NOW, np.array([shock]))[1].variance for shock in (-0.02, 0.02)]
        assert after[0] > 1.05 * after[1]


def test_exploding_variances_are_refused_with_a_date():
    fit = EGARCH().fit(RETURNS)
    with pytest.raises(InputError, match=r"variance: expected positive finite variances"):
        fit.at({**fit.params, "beta": 1.5, "omega": 5.0})
    fit = APARCH().fit(RETURNS)
    with pytest.raises(InputError, match=r"variance: expected positive finite variances"):
        fit.at({**fit.params, "omega": -1.0})


@pytest.mark.parametrize(
    "distribution, spoil", [("normal", 300), ("skewt", None)], ids=["outlier", "stale"]
)
def test_an_estimate_that_rests_on_archs_clamp_is_refused(distribution, spoil):
    returns = garch_returns(600, seed=3)
    if spoil is None:
        returns = returns * (np.arange(600) % 3 == 0)
    else:
        returns.iloc[spoil] = 60 * 0.02
    with pytest.raises(ConvergenceError, match=r"variances that arch had to keep within its own"):
        EGARCH(distribution=distribution).fit(returns)


def test_the_day_after_an_outlier_an_exponential_says_nonsense_and_is_refused():
    returns = garch_returns(600, seed=3)
    returns.iloc[-1] = -60 * 0.02
    with pytest.raises(
        ConvergenceError,
        match=r"got 'a next volatility of \S+ where no return exceeds 1.2' \[at 2016-08-2.*outlier",
    ) as info:
        EGARCH().fit(returns)
    assert info.value.best.forecast().sigma[0] > 12.0
    table = fit_rolling(EGARCH(), returns, window=600)
    assert not table["converged"].any()
    assert APARCH().fit(returns).forecast().sigma[0] < 12.0


@pytest.mark.parametrize(
    "model, asset, end, size, own, best",
    [
        # where arch's own starting values lead, and the best end of seven others
        (EGARCH(), "BTC", 3280, 1000, 1991.602, 1994.511),
        (FIGARCH(distribution="t"), "XRP", 834, 500, 980.440, 981.423),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_the_best_of_several_starts_is_kept_and_told(model, asset, end, size, own, best):
    table = pd.read_csv(
        shared() / "data" / "crypto_close_daily.csv", index_col="date", parse_dates=True
    )
    returns = np.log(table[asset].dropna()).diff().dropna().iloc[end - size : end]
    fit = model.fit(returns)
    assert fit.loglikelihood == pytest.approx(best, abs=0.002)
    assert fit.loglikelihood > own + 0.9
    assert fit.diagnostics.modes > 1


def test_a_drift_with_a_little_noise_is_fitted_about_its_mean():
    # the noise is a ten-thousandth of the mean, on which arch would otherwise not move at all
    noise = 1e-4 * RETURNS
    for model in (EGARCH(), FIGARCH(), GARCH(engine="arch")):
        steady, plain = model.fit(0.02 + noise), model.fit(noise)
        assert steady.params["mu"] == pytest.approx(0.02 + plain.params["mu"], rel=1e-7)
        np.testing.assert_allclose(steady.sigma, plain.sigma, rtol=1e-4)


def test_a_failed_estimation_carries_its_best_fit(monkeypatch):
    honest = _arch.estimate_process

    def tired(*args, **options):
        return replace(honest(*args, **options), converged=False, message="Iteration limit")

    monkeypatch.setattr(_arch, "estimate_process", tired)
    with pytest.raises(ConvergenceError, match=r"expected EGARCH.*got 'Iteration lim") as info:
        EGARCH().fit(RETURNS)
    assert info.value.best.params.keys() == {"mu", "omega", "alpha", "gamma", "beta"}


def test_a_search_at_rest_is_taken_where_another_ended_as_high_but_still_moved(monkeypatch):
    honest, ends = _arch.estimate_process, []

    def first_tired(*args, **options):
        ends.append(honest(*args, **options))
        return replace(ends[0], converged=len(ends) > 1)

    monkeypatch.setattr(_arch, "estimate_process", first_tired)
    fit = EGARCH().fit(RETURNS)
    assert len(ends) > 1
    assert fit.diagnostics.converged
    assert fit.params == dict(ends[0].params)


def test_aparch_with_power_two_is_gjr():
    alpha, gamma = 0.07, 0.3
    power = PowerFilter(2e-6, alpha, gamma, 0.88, 2.0)
    linear = LinearFilter(2e-6, alpha * (1 - gamma) ** 2, 4 * alpha * gamma, 0.88)
    shocks = RETURNS.to_numpy()
    ours, after = power.run(NOW, shocks)
    theirs, _ = linear.run(NOW, shocks)
    np.testing.assert_allclose(ours, theirs, rtol=1e-12)
    law = GJRGARCH(distribution="skewt")._law({"nu": 5.0, "skew": -0.4})
    np.testing.assert_allclose(
        power.expected(after, 5, law), linear.expected(after, 5, law), rtol=1e-12
    )
    z = law.rvs((50, 4), seed=1)
    np.testing.assert_allclose(power.propagate(after, z), linear.propagate(after, z), rtol=1e-12)


def test_aparch_forecast_is_the_mean_variance():
    expected = POWER.expected(NOW, 6, Normal())
    paths = simulated_variances(POWER, NOW, Normal(), 6)
    # 10,000 paths behind the forecast, 200,000 here
    error = paths.std(axis=0) * np.sqrt(1e-4 + 5e-6)
    assert (np.abs(paths.mean(axis=0) - expected) <= 4.0 * error + 1e-15).all()
    # the power of the mean of sigma^delta lies below by more than that
    of_mean = np.mean(paths ** (POWER.delta / 2), axis=0) ** (2 / POWER.delta)
    assert expected[-1] - of_mean[-1] > 4.0 * error[-1]


def test_presample_of_inverts_the_opening():
    for recursion in (EXPONENTIAL, POWER):
        opening = recursion.open(3e-4).variance
        assert recursion.presample_of(opening) == pytest.approx(3e-4, rel=1e-12)


def test_figarch_without_memory_is_garch():
    # d = 0 leaves lambda_k = (phi - beta) beta^(k - 1)
    fractional = FractionalFilter(omega=2e-6, phi=0.97, d=0.0, beta=0.9, lags=1000)
    linear = LinearFilter(2e-6, 0.07, 0.0, 0.9)
    opening = fractional.open(1e-4)
    shocks = RETURNS.to_numpy()
    ours, after = fractional.run(opening, shocks)
    theirs, later = linear.run(State(opening.variance, np.empty(0)), shocks)
    np.testing.assert_allclose(ours, theirs, rtol=1e-12)
    law = Normal()
    np.testing.assert_allclose(
        fractional.expected(after, 5, law), linear.expected(later, 5, law), rtol=1e-12
    )
    z = law.rvs((20, 4), seed=1)
    np.testing.assert_allclose(
        fractional.propagate(after, z), linear.propagate(later, z), rtol=1e-12
    )


def test_figarch_keeps_a_thousand_squares_and_no_more():
    fit = FIGARCH().fit(RETURNS)
    assert fit.state.memory.shape == (1000,)
    dates = pd.date_range(fit.as_of + pd.Timedelta(days=1), periods=30)
    moved = fit.update(pd.Series(np.linspace(-0.03, 0.03, 30), index=dates))
    assert moved.state.memory.shape == (1000,)
    np.testing.assert_array_equal(moved.state.memory[:-30], fit.state.memory[30:])


def test_figarch_forgets_like_a_power():
    weights = fractional_weights(phi=0.2, d=0.4, beta=0.3, lags=1000)
    # lambda_k is about c k^(-1 - d): over one doubling of the lag, to the order 1 / k
    assert np.log2(weights[999] / weights[499]) == pytest.approx(-1.4, abs=0.01)


def test_a_step_does_not_cross_the_kink_it_was_told_of():
    x = Normal().rvs(500, seed=4)

    def contributions(point):
        # a kink 1e-5 away from the estimate
        return -0.5 * (x - point[0]) ** 2 - 2e-5 * np.maximum(point[0] - x.mean() - 1e-5, 0.0)

    def variance(reach):
        found = estimate_covariance(
            contributions, np.array([x.mean()]), "hessian", bound=(False,), rough=(False,), **reach
        )
        return found[0, 0]

    assert variance({"reach": (1e-5,)}) == pytest.approx(1 / 500, rel=1e-4)
    assert variance({}) < 0.9 / 500


def test_an_asymmetry_beyond_one_is_refused_without_a_warning():
    values = 0.01 * np.random.default_rng(1).standard_normal(300)
    returns = pd.Series(values, index=pd.date_range("2021-01-01", periods=300))
    fit = APARCH().fit(returns)
    given = {**fit.params, "alpha": 0.05, "beta": 0.9, "gamma": 1.2, "delta": 1.5}
    with pytest.raises(InputError, match="variance: expected positive finite variances"):
        fit.at(given)


@pytest.mark.parametrize("law", ["normal", "t"])
@pytest.mark.parametrize("factor", [100.0, 0.01])
def test_aparch_is_no_worse_than_the_gjr_within_it(law, factor):
    values = 0.01 * np.random.default_rng(3).standard_normal(600)
    values[300:] *= factor
    returns = pd.Series(values, index=pd.date_range("2021-01-01", periods=600))
    within = GJRGARCH(distribution=law).fit(returns)
    assert APARCH(distribution=law).fit(returns).loglikelihood > within.loglikelihood - 0.1
