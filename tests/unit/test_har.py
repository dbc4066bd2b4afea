"""The heterogeneous autoregression of realised variances."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from quant.errors import InputError, InsufficientDataError, SpecError
from quant.volatility import HAR
from tests.strategies import daily

SCALE, SPREAD = 1.4, 0.5


def cascade(n=900, seed=4, coefficients=(-1.2, 0.4, 0.3, 0.16), month=22, week=5):
    """Returns with variance 1.4 x, and x, a log-HAR simulated by its own loop."""
    rng = np.random.default_rng(seed)
    b0, bd, bw, bm = coefficients
    y = np.full(n, b0 / (1 - bd - bw - bm))
    for t in range(month, n):
        mean = b0 + bd * y[t - 1] + bw * y[t - week : t].mean() + bm * y[t - month : t].mean()
        y[t] = mean + SPREAD * rng.standard_normal()
    x = np.exp(y)
    return daily(np.sqrt(SCALE * x) * rng.standard_normal(n)), daily(x)


RETURNS, X = cascade()
FORMS = pytest.mark.parametrize("form", ["log", "level"])


def by_hand(x, form, week=5, month=22):
    """Regressors and targets, one row at a time."""
    y = np.log(x.to_numpy()) if form == "log" else x.to_numpy()
    rows = [
        [1.0, y[t], y[t - week + 1 : t + 1].mean(), y[t - month + 1 : t + 1].mean()]
        for t in range(month - 1, len(y) - 1)
    ]
    return np.array(rows), y[month:]


@FORMS
@pytest.mark.parametrize("week, month", [(5, 22), (7, 30)])
def test_coefficients_are_those_of_the_har_of_arch(form, week, month):
    from arch.univariate import HARX

    fit = HAR(form=form, week=week, month=month).fit(RETURNS, realized=X)
    y = np.log(X) if form == "log" else 1e4 * X
    peer = HARX(y, lags=[1, week, month], rescale=False).fit(disp="off")
    unit = 1.0 if form == "log" else 1e4
    expected = peer.params.to_numpy()[:4] / [unit, 1.0, 1.0, 1.0]
    names = ["constant", "daily", "weekly", "monthly"]
    np.testing.assert_allclose([fit.params[n] for n in names], expected, rtol=1e-6)


@FORMS
@pytest.mark.parametrize("kind, cov_type", [("robust", "HAC"), ("hessian", "nonrobust")])
def test_the_covariance_of_the_coefficients_is_that_of_statsmodels(form, kind, cov_type):
    from statsmodels.regression.linear_model import OLS

    design, target = by_hand(X, form)
    options = {"maxlags": 22, "use_correction": False} if cov_type == "HAC" else None
    peer = OLS(target, design).fit(cov_type=cov_type, cov_kwds=options)
    fit = HAR(form=form).fit(RETURNS, realized=X)
    ours = fit.param_cov(kind).to_numpy()[:4, :4]
    np.testing.assert_allclose(ours, peer.cov_params(), rtol=1e-8)
    assert len(fit.param_cov(kind)) == len(fit.params)


def test_the_sigma_of_a_day_is_made_from_the_days_before_it():
    for form in ("log", "level"):
        fit = HAR(form=form).fit(RETURNS, realized=X)
        p = fit.params
        design, _ = by_hand(X, form)
        mean = design @ [p["constant"], p["daily"], p["weekly"], p["monthly"]]
        x = np.exp(mean + p["residual_variance"] / 2) if form == "log" else mean
        inside = (x > X.min()) & (x < X.max())
        assert inside.mean() > 0.95
        np.testing.assert_allclose(
            fit.sigma.to_numpy()[22:][inside] ** 2, p["scale"] * x[inside], rtol=1e-10
        )


@FORMS
def test_the_scale_makes_the_mean_square_of_the_shocks_one(form):
    fit = HAR(form=form).fit(RETURNS, realized=X)
    assert np.mean(fit.z**2) == pytest.approx(1.0, rel=1e-12)
    for factor in (0.98, 1.02):  # where the Gaussian likelihood of the returns has its maximum
        moved = fit.at({**fit.params, "scale": factor * fit.params["scale"]})
        assert moved.loglikelihood < fit.loglikelihood
    other = HAR(form=form, scaling="variance").fit(RETURNS, realized=X)
    assert abs(np.mean(other.z**2) - 1.0) > 1e-4


@FORMS
def test_the_error_of_the_scale_counts_that_of_the_regression(form):
    fit = HAR(form=form).fit(RETURNS, realized=X)
    # of the estimate of c, to first order in every moment: its influence function
    names, n = list(fit.params)[:-1], len(X)
    unit = {**fit.params, "scale": 1.0}
    squares = fit.at(unit).z.to_numpy() ** 2
    regression = fit.uncertainty
    bread = np.linalg.inv(regression.slope[:-1, :-1])
    influence = (squares - squares.mean()) / n
    for i, name in enumerate(names):
        step = 0.03 * np.sqrt(bread[i, i])
        up, down = (
            np.mean(fit.at({**unit, name: unit[name] + s}).z.to_numpy() ** 2) for s in (step, -step)
        )
        influence += (up - down) / (2 * step) * (regression.moments[:, :-1] @ bread[i])
    assert np.sqrt(np.sum(influence**2)) == pytest.approx(
        np.sqrt(replace(fit.uncertainty, lags=0).covariance("robust")[-1, -1]), rel=0.02
    )


def test_residual_variance_and_scale_by_hand():
    fit = HAR(scaling="variance").fit(RETURNS, realized=X)
    design, target = by_hand(X, "log")
    _, ssr, _, _ = np.linalg.lstsq(design, target, rcond=None)
    assert fit.params["residual_variance"] == pytest.approx(ssr[0] / (len(target) - 4), rel=1e-9)
    expected = (RETURNS.iloc[22:] ** 2).sum() / X.iloc[22:].sum()
    assert fit.params["scale"] == pytest.approx(expected, rel=1e-12)


def test_parameters_are_recovered_within_their_standard_errors():
    returns, x = cascade(n=6000, seed=9)
    fit = HAR().fit(returns, realized=x)
    truth = {"constant": -1.2, "daily": 0.4, "weekly": 0.3, "monthly": 0.16}
    truth |= {"residual_variance": SPREAD**2, "scale": SCALE}
    errors = np.sqrt(np.diag(fit.param_cov()))
    for (name, value), error in zip(fit.params.items(), errors, strict=True):
        # four standard errors: one parameter in 16,000 would miss by chance
        assert abs(value - truth[name]) < 4.0 * error, name
    # normal residuals: the error of their variance is s^2 sqrt(2 / n), whatever the kind
    plain = fit.params["residual_variance"] * np.sqrt(2.0 / (6000 - 22))
    for kind in ("hessian", "opg", "robust"):
        error = np.sqrt(fit.param_cov(kind).loc["residual_variance", "residual_variance"])
        assert error == pytest.approx(plain, rel=0.1), kind
    # the classical error of a weight is right here too, the residuals being independent
    np.testing.assert_allclose(errors[:4], np.sqrt(np.diag(fit.param_cov("hessian")))[:4], rtol=0.4)


@pytest.mark.parametrize("horizon", [2, 10])
def test_the_log_forecast_is_the_mean_of_simulated_futures(horizon):
    fit = HAR(insanity_filter="mean").fit(RETURNS, realized=X)
    p, rng, n = fit.params, np.random.default_rng(2), 100_000
    y = np.tile(np.log(X.to_numpy()[-22:]), (n, 1))
    for _ in range(horizon):
        mean = (
            p["constant"]
            + p["daily"] * y[:, -1]
            + p["weekly"] * y[:, -5:].mean(axis=1)
            + p["monthly"] * y[:, -22:].mean(axis=1)
        )
        news = mean + np.sqrt(p["residual_variance"]) * rng.standard_normal(n)
        y = np.column_stack((y[:, 1:], news))
    futures = p["scale"] * np.exp(y[:, -1])
    error = futures.std() / np.sqrt(n)
    assert abs(fit.forecast(horizon).sigma[-1] ** 2 - futures.mean()) < 4.0 * error
    # and the accumulated variance is no detail: one residual's worth alone would be seen
    plain = futures.mean() * np.exp(0.5 * (p["residual_variance"] - y[:, -1].var()))
    assert abs(fit.forecast(horizon).sigma[-1] ** 2 - plain) > 4.0 * error


def test_the_level_forecast_is_iterated():
    fit = HAR(form="level").fit(RETURNS, realized=X)
    p, x = fit.params, list(X)
    for k in range(3):
        following = (
            p["constant"]
            + p["daily"] * x[-1]
            + p["weekly"] * np.mean(x[-5:])
            + p["monthly"] * np.mean(x[-22:])
        )
        x.append(following)
        assert fit.forecast(3).sigma[k] ** 2 == pytest.approx(p["scale"] * following, rel=1e-10)


@pytest.mark.parametrize("insanity_filter", ["cap", "mean"])
@FORMS
def test_predictions_outside_the_range_seen_are_replaced(form, insanity_filter):
    model = HAR(form=form, insanity_filter=insanity_filter)
    fit = model.fit(RETURNS, realized=X)
    day = pd.date_range(RETURNS.index[-1] + pd.Timedelta(days=1), periods=60)
    records = fit.update(pd.Series(0.01, index=day), pd.Series(50.0 * X.max(), index=day))
    highest = X.max() if insanity_filter == "cap" else X.mean()
    scale = fit.params["scale"]
    assert records.forecast().sigma[0] ** 2 == pytest.approx(scale * highest, rel=1e-12)
    assert not records.variance_share().any()
    calm = fit.at({**fit.params, "constant": -100.0 if form == "log" else -1.0})
    np.testing.assert_allclose(calm.sigma**2, scale * X.mean(), rtol=1e-12)


@FORMS
def test_variance_shares_are_elasticities(form):
    fit = HAR(form=form).fit(RETURNS, realized=X)
    share = fit.variance_share()
    assert list(share.index) == list(X.index[-22:])
    predictor, last = fit.spec._predictor(fit.params, fit.origin.seen), X.to_numpy()[-22:]
    for lag in (1, 4, 20):
        bumped = last.copy()
        bumped[-lag] *= 1.0 + 1e-6
        growth = predictor.ahead(bumped, 1)[0] / fit.forecast().sigma[0] ** 2 - 1.0
        assert growth / 1e-6 == pytest.approx(share.iloc[-lag], rel=1e-4)


def test_coefficients_that_explode_are_told():
    t = np.arange(300)
    x = daily(np.exp(-9.0 + 0.3 * 1.01**t + 0.01 * np.sin(t**2)))
    returns = daily(np.sqrt(x.to_numpy()) * (-1.0) ** t)
    message = HAR().fit(returns, realized=x).diagnostics.message
    assert message.startswith("coefficients sum to 1.0")
    assert not HAR().fit(RETURNS, realized=X).diagnostics.message


@pytest.mark.parametrize(
    "fields, error, message",
    [
        ({"form": "sqrt"}, InputError, r"form: expected one of 'log', 'level', got 'sqrt'"),
        ({"week": 1}, InputError, r"week: expected a whole number of at least 2"),
        ({"month": 5}, SpecError, r"month: expected more than the 5 periods of the week, got 5"),
        ({"insanity_filter": "off"}, InputError, r"insanity_filter: expected one of 'cap', 'mean'"),
    ],
)
def test_bad_specs_are_refused(fields, error, message):
    with pytest.raises(error, match=message):
        HAR(**fields)


def test_bad_histories_are_refused():
    with pytest.raises(InsufficientDataError, match=r"expected at least 72 observations for HAR"):
        HAR().fit(RETURNS.iloc[:71], realized=X.iloc[:71])
    with pytest.raises(InputError, match=r"realized: expected variances that vary, got a constant"):
        HAR(form="level").fit(RETURNS, realized=X * 0.0 + 1e-4)
    with pytest.raises(InputError, match=r"realized: expected variances above 0, got 900 of 0"):
        HAR(form="level").fit(RETURNS, realized=X * 0.0)
    zero = X.copy()
    zero.iloc[3] = 0.0
    with pytest.raises(InputError, match=r"for their logarithm, got 0 at 2015-01-04; use HAR\(for"):
        HAR().fit(RETURNS, realized=zero)
    HAR(form="level").fit(RETURNS, realized=zero)
    often = X.where(np.arange(900) % 12 == 0, 0.0)
    with pytest.raises(
        InputError,
        match=r"realized: expected variances that vary, got the same value in 92% of 900",
    ):
        HAR(form="level").fit(RETURNS, realized=often)
    HAR(form="level").fit(RETURNS, realized=X.where(np.arange(900) % 8 == 0, 0.0))


def test_the_level_of_variances_does_not_matter():
    # beside the constant, variances of a stable coin by the minute lie near the rounding of OLS
    plain = HAR(form="level").fit(RETURNS, realized=X)
    for factor in (1e-3, 1e-10):
        tiny = HAR(form="level").fit(RETURNS * factor, realized=X * factor**2)
        for name in ("daily", "weekly", "monthly", "scale"):
            assert tiny.params[name] == pytest.approx(plain.params[name], rel=1e-8)
        np.testing.assert_allclose(tiny.sigma, factor * plain.sigma, rtol=1e-9)
        np.testing.assert_allclose(
            tiny.param_cov().loc["daily", "weekly"], plain.param_cov().loc["daily", "weekly"], 1e-6
        )
