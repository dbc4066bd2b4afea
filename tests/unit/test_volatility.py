"""Edges of the shipped volatility models."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from quant.distributions import GED, Normal, SkewStudentT, StudentT
from quant.errors import ConvergenceError, InputError, InsufficientDataError, SpecError
from quant.volatility import EWMA, GARCH, GJRGARCH, RollingVolatility, _arch
from quant.volatility._covariance import estimate_covariance


def series(values):
    values = np.asarray(values, dtype=float)
    return pd.Series(values, index=pd.date_range("2021-01-01", periods=values.size))


NOISE = series(0.01 * Normal().rvs(400, seed=1))


@pytest.mark.parametrize(
    "startup, message",
    [
        ("fcp", r"startup: expected 'arch' with engine 'arch', got 'fcp'"),
        ("sample", r"startup: expected 'arch' with engine 'arch', got 'sample'"),
    ],
)
def test_arch_makes_no_other_start_than_its_own(startup, message):
    for model in (GARCH, GJRGARCH):
        with pytest.raises(SpecError, match=message):
            model(startup=startup, engine="arch")
        assert model(startup=startup).startup == startup


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: GARCH(distribution="cauchy"), r"distribution: expected one of 'normal', 't'"),
        (lambda: GARCH(mean="ar"), r"mean: expected one of 'constant', 'zero', got 'ar'"),
        (lambda: EWMA(half_life=0), r"half_life: expected a number above 0, got 0"),
        (lambda: EWMA(half_life=5, initial=-1), r"initial: expected a number above 0, got -1"),
        (lambda: RollingVolatility(window=1), r"window: expected a whole number of at least 2"),
        (lambda: RollingVolatility(window=2.5), r"window: expected a whole number"),
    ],
)
def test_bad_specs_are_refused(make, message):
    with pytest.raises(InputError, match=message):
        make()


def test_models_of_different_kind_are_different():
    assert GARCH() != GJRGARCH()
    assert GARCH() == GARCH(distribution="normal")
    assert EWMA(half_life=11) == EWMA(half_life=11.0)


@pytest.mark.parametrize(
    "name, law", [("normal", Normal), ("t", StudentT), ("skewt", SkewStudentT), ("ged", GED)]
)
def test_the_law_of_the_fit_carries_the_estimated_shape(name, law):
    fit = GJRGARCH(distribution=name).fit(NOISE)
    assert type(fit.distribution) is law
    for shape in ("nu", "skew"):
        assert getattr(fit.distribution, shape, None) == fit.params.get(shape)
    assert fit.loglikelihood == pytest.approx(
        fit.distribution.loglikelihood(fit.z.to_numpy()) - np.log(fit.sigma).sum()
    )


def test_leverage_enters_forecasts_with_the_weight_of_the_law():
    fit = GJRGARCH(distribution="skewt", mean="zero").fit(NOISE)
    params = {"omega": 1e-5, "alpha": 0.02, "gamma": 0.2, "beta": 0.7, "nu": 4.0, "skew": -0.5}
    skewed = fit.at(params)
    law = SkewStudentT(4.0, -0.5)
    first, second = skewed.forecast(2).sigma ** 2
    weight = law.lower_variance
    assert weight > 0.55
    assert second == pytest.approx(1e-5 + (0.02 + 0.2 * weight + 0.7) * first, rel=1e-12)


def test_forecasts_revert_to_the_long_run_variance():
    fit = GARCH(mean="zero").fit(NOISE).at({"omega": 2e-6, "alpha": 0.08, "beta": 0.9})
    variance = fit.forecast(2000).sigma ** 2
    assert variance[-1] == pytest.approx(2e-6 / 0.02, rel=1e-10)
    long_run = 1e-4
    expected = long_run + 0.98 ** np.arange(2000) * (variance[0] - long_run)
    np.testing.assert_allclose(variance, expected, rtol=1e-10)


def test_rolling_by_hand():
    returns = [0.03, -0.01, 0.02, 0.05, 0.0]
    fit = RollingVolatility(window=2).fit(series(returns))
    start = (9e-4 + 1e-4) / 2  # the first window stands in for what came before
    expected = [start, (start + 9e-4) / 2, (9e-4 + 1e-4) / 2, (1e-4 + 4e-4) / 2, (4e-4 + 25e-4) / 2]
    np.testing.assert_allclose(fit.sigma**2, expected, rtol=1e-13)
    now = 25e-4 / 2
    # E[h2] = (0 + h1) / 2, E[h3] = (h1 + E[h2]) / 2
    np.testing.assert_allclose(fit.forecast(3).sigma ** 2, [now, now / 2, 3 * now / 4], rtol=1e-13)
    with pytest.raises(
        InsufficientDataError, match=r"at least 6 observations for RollingVol.*got 5"
    ):
        RollingVolatility(window=6).fit(series(returns))


def test_a_window_without_movement_is_refused_with_its_date():
    stuck = series([0.01, -0.02, 0.0, 0.0, 0.0, 0.01])
    with pytest.raises(InputError, match=r"variance: expected positive .* got 0 at 2021-01-05"):
        RollingVolatility(window=2).fit(stuck)


def test_rolling_keeps_its_digits_after_a_crash():
    quiet = 1e-7 * Normal().rvs(200, seed=3)
    quiet[50] = 0.9
    fit = RollingVolatility(window=20).fit(series(quiet))
    np.testing.assert_allclose(
        fit.forecast().sigma[0], np.sqrt(np.mean(quiet[-20:] ** 2)), rtol=1e-13
    )


def test_garch_needs_fifty_returns():
    with pytest.raises(InsufficientDataError, match=r"at least 50 observations for GARCH, got 49"):
        GARCH().fit(NOISE.iloc[:49])
    assert GARCH().fit(NOISE.iloc[:60]).diagnostics.converged


def test_zero_returns_are_counted():
    returns = NOISE.copy()
    returns.iloc[::4] = 0.0
    assert GARCH().fit(returns).diagnostics.zero_share == 0.25


def test_parameters_on_a_bound_are_named_and_do_not_break_the_covariance():
    # alternating size: no clustering, so alpha ends at zero
    flat = series(np.tile([0.01, -0.01, 0.011, -0.011], 100) + 1e-5 * NOISE.to_numpy()[:400])
    fit = GARCH(mean="zero").fit(flat)
    assert set(fit.diagnostics.on_bound) & {"alpha", "beta"}
    for held in fit.diagnostics.on_bound:
        assert held in {*fit.params, "persistence", "nu", "skew"}


def test_a_failed_estimation_carries_its_best_fit(monkeypatch):
    honest = _arch.estimate

    def tired(returns, **options):
        from dataclasses import replace

        return replace(honest(returns, **options), converged=False, message="Iteration limit")

    monkeypatch.setattr(_arch, "estimate", tired)
    with pytest.raises(
        ConvergenceError, match=r"fit: expected GARCH.*got 'Iteration limit'"
    ) as info:
        GARCH(engine="arch").fit(NOISE)
    assert info.value.best.params.keys() == {"mu", "omega", "alpha", "beta"}
    assert not info.value.best.diagnostics.converged


def test_given_parameters_must_give_variances():
    fit = GARCH().fit(NOISE)
    with pytest.raises(InputError, match=r"variance: expected positive finite variances"):
        fit.at({**fit.params, "omega": -1.0})
    with pytest.raises(InputError, match=r"params: expected the names mu, omega, alpha, beta"):
        fit.at({"omega": 1e-5})


SMOOTH = {"bound": (False, False), "rough": (False, False)}


def test_covariance_of_a_known_likelihood():
    # normal mean and log standard deviation: Hessian n / s^2 and 2 n, uncorrelated
    x = Normal().rvs(500, seed=4)
    scale = float(np.sqrt(np.mean((x - x.mean()) ** 2)))

    def contributions(point):
        return -point[1] - 0.5 * ((x - point[0]) / np.exp(point[1])) ** 2

    estimate = np.array([x.mean(), np.log(scale)])
    found = estimate_covariance(contributions, estimate, "hessian", **SMOOTH)
    np.testing.assert_allclose(found, np.diag([scale**2 / 500, 1 / 1000]), rtol=1e-7, atol=1e-9)
    z = (x - x.mean()) / scale
    scores = np.column_stack([z / scale, z**2 - 1.0])
    opg = estimate_covariance(contributions, estimate, "opg", **SMOOTH)
    np.testing.assert_allclose(opg, np.linalg.inv(scores.T @ scores), rtol=1e-7)
    robust = estimate_covariance(contributions, estimate, "robust", **SMOOTH)
    np.testing.assert_allclose(robust, found @ (500 * np.cov(scores.T)) @ found, rtol=1e-6)


def test_covariance_drops_a_bound_parameter_that_is_not_identified():
    x = Normal().rvs(200, seed=4)

    def contributions(point):
        return -0.5 * (x - point[0]) ** 2 + 0.0 * point[1]

    estimate = np.array([x.mean(), 0.3])
    found = estimate_covariance(
        contributions, estimate, "hessian", bound=(False, True), rough=(False, False)
    )
    np.testing.assert_allclose(found, [[1 / 200, 0.0], [0.0, 0.0]], rtol=1e-7)
    with pytest.raises(ConvergenceError, match=r"param_cov: expected a log-likelihood concave"):
        estimate_covariance(contributions, estimate, "hessian", **SMOOTH)


def test_location_of_a_law_with_a_kink_has_its_textbook_error():
    n, law = 20_000, GED(1.0)
    x = law.rvs(n, seed=6)
    median = np.array([np.median(x)])
    found = estimate_covariance(
        lambda point: law.logpdf(x - point[0]), median, "hessian", bound=(False,), rough=(True,)
    )
    # Laplace: 1 / (2 n). The curvature counts the returns within one standard error of the centre,
    # about sqrt(n) = 141, so that its own relative error is near 4/3 / sqrt(141) = 11 %
    assert found[0, 0] == pytest.approx(1 / (2 * n), rel=4 * 0.11)


def test_unknown_covariance_kind_is_refused():
    with pytest.raises(InputError, match=r"kind: expected one of 'robust', 'hessian', 'opg'"):
        GARCH().fit(NOISE).param_cov("classic")
