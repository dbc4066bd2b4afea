"""RealizedGARCH: its promises as a volatility model, and against rugarch."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from quant.distributions import Normal
from quant.errors import InputError, InsufficientDataError, SpecError
from quant.volatility import RealizedGARCH
from quant.volatility._fit import fitted
from quant.volatility._log_linear import LogLinear
from quant.volatility._record import Sample
from quant.volatility.base import FitDiagnostics
from tests.shared_data import shared

TRUE = LogLinear(
    omega=-0.6, beta=0.55, gamma=0.4, xi=-0.3, phi=0.95, tau1=-0.1, tau2=0.12, sigma_u=0.5
)


def simulated(n=700, seed=4):
    generator = np.random.default_rng(seed)
    z, u = generator.standard_normal((2, n))
    returns, realized, log_h = np.empty(n), np.empty(n), -8.0
    for t in range(n):
        returns[t] = np.exp(0.5 * log_h) * z[t]
        response = TRUE.tau1 * z[t] + TRUE.tau2 * (z[t] ** 2 - 1.0)
        log_x = TRUE.xi + TRUE.phi * log_h + response + TRUE.sigma_u * u[t]
        realized[t] = np.exp(log_x)
        log_h = TRUE.omega + TRUE.beta * log_h + TRUE.gamma * log_x
    dates = pd.date_range("2020-01-01", periods=n)
    return pd.Series(returns, index=dates), pd.Series(realized, index=dates)


RETURNS, REALIZED = simulated()
PAST, NEW = slice(None, 600), slice(600, None)
SPEC = RealizedGARCH(mean="zero")


@pytest.fixture(scope="module")
def fit():
    return SPEC.fit(RETURNS[PAST], realized=REALIZED[PAST])


def test_rugarch_on_spy():
    # realgarch.spy: percent returns; its x is a volatility, ours is its square, so that what
    # multiplies ln x halves, what explains it doubles, and its density gains n ln 2
    path = Path(__file__).parents[1] / "oracles" / "asymmetric.json"
    expected = json.loads(path.read_text())["realgarch.spy"]["expected"]
    data = pd.read_csv(shared() / "oracles" / "spy_realized_hhs.csv", index_col=0, parse_dates=True)
    theirs = expected["coef"]
    wanted = {
        "omega": theirs["omega"],
        "beta": theirs["beta1"],
        "gamma": theirs["alpha1"] / 2,
        "xi": 2 * theirs["xi"],
        "phi": 2 * theirs["delta"],
        "tau1": 2 * theirs["eta11"],
        "tau2": 2 * theirs["eta21"],
        "sigma_u": 2 * theirs["lambda"],
    }
    fit = SPEC.fit(100.0 * data["oc_ret"], realized=(100.0 * data["rk_vol"]) ** 2)
    assert fit.params == pytest.approx(wanted, rel=1e-5)
    jacobian = expected["n"] * np.log(2.0)
    assert fit.loglikelihood + jacobian == pytest.approx(expected["ll"], abs=1e-6)
    same = fit.at(wanted)
    assert same.loglikelihood + jacobian == pytest.approx(expected["ll"], abs=1e-8)
    # the note of the oracle: -1975.720727 is the part of the returns at these coefficients
    assert same.returns_loglikelihood == pytest.approx(-1975.720727, abs=1e-6)
    parts = -Normal().logpdf(same.z.to_numpy()[:3]) + np.log(same.sigma.to_numpy()[:3])
    np.testing.assert_allclose(parts, expected["partialll"], rtol=1e-10)


def test_estimates_recover_the_truth_within_their_errors(fit):
    errors = np.sqrt(np.diag(fit.param_cov("hessian")))
    for (name, value), error in zip(fit.params.items(), errors, strict=True):
        assert error > 0.0
        assert abs(value - getattr(TRUE, name)) < 4.0 * error


@pytest.mark.parametrize("kind", ["robust", "hessian", "opg"])
def test_parameter_covariance_is_labelled_and_positive(fit, kind):
    covariance = fit.param_cov(kind)
    assert list(covariance.index) == list(fit.params)
    assert np.linalg.eigvalsh(covariance.to_numpy()).min() > 0.0
    assert not fit.at({**fit.params, "xi": 0.0}).param_cov(kind).to_numpy().any()


def test_units_do_not_matter(fit):
    scaled = SPEC.fit(100.0 * RETURNS[PAST], realized=1e4 * REALIZED[PAST])
    np.testing.assert_allclose(scaled.sigma, 100.0 * fit.sigma, rtol=1e-5)
    for name in ("beta", "gamma", "phi", "tau1", "tau2", "sigma_u"):
        assert scaled.params[name] == pytest.approx(fit.params[name], rel=1e-3)
    other = SPEC.fit(RETURNS[PAST], realized=0.3 * REALIZED[PAST])
    np.testing.assert_allclose(other.sigma, fit.sigma, rtol=1e-5)
    assert other.params["xi"] == pytest.approx(fit.params["xi"] + np.log(0.3), abs=1e-3)


def test_update_equals_filtering_the_whole_history(fit):
    whole = fitted(fit.origin, fit.params, Sample(RETURNS, REALIZED), FitDiagnostics())
    new, x = RETURNS[NEW], REALIZED[NEW]
    for moved in (
        fit.update(new, realized=x),
        fit.update(new[:7], realized=x[:7]).update(new[7:], realized=x[7:]),
    ):
        tail = whole.sigma.loc[moved.sigma.index]
        np.testing.assert_allclose(moved.sigma, tail, rtol=1e-12)
        np.testing.assert_allclose(moved.forecast(4).sigma, whole.forecast(4).sigma, rtol=1e-12)
        assert moved.loglikelihood == fit.loglikelihood
        shifted = {**fit.params, "omega": fit.params["omega"] * 1.01}
        np.testing.assert_allclose(
            moved.at(shifted).forecast().sigma, whole.at(shifted).forecast().sigma, rtol=1e-12
        )
    assert fit.at(dict(fit.params)) is fit
    assert fit.at(shifted).loglikelihood < fit.loglikelihood
    again = pickle.loads(pickle.dumps(fit))
    np.testing.assert_array_equal(again.forecast(3).sigma, fit.forecast(3).sigma)


def test_no_look_ahead(fit):
    spoiled = REALIZED[NEW].copy()
    spoiled.iloc[40:] = 0.09
    honest = fit.update(RETURNS[NEW], realized=REALIZED[NEW]).sigma
    other = fit.update(RETURNS[NEW], realized=spoiled).sigma
    np.testing.assert_array_equal(honest.iloc[:41], other.iloc[:41])
    assert other.iloc[41] > 1.2 * honest.iloc[41]


def test_forecast_is_the_mean_of_simulated_variances(fit):
    n = 100_000
    z = fit.distribution.rvs((n, 5), seed=fit.spec.seed)
    variances = (fit.propagate(z) / z) ** 2
    expected = fit.forecast(5).sigma ** 2
    error = variances.std(axis=0) / np.sqrt(n)
    assert (np.abs(variances.mean(axis=0) - expected) <= 4.0 * error + 1e-15).all()
    median_like = np.exp(np.log(variances).mean(axis=0))
    assert (expected[1:] - median_like[1:] > 8.0 * error[1:]).all()
    # errors of the measurement are drawn apart from shocks of the same seed and shape
    equations = fit.spec._equations(fit.params)
    log_x = np.log(variances[:, 1]) - equations.omega - equations.beta * np.log(fit.state.variance)
    response = equations.tau1 * z[:, 0] + equations.tau2 * (z[:, 0] ** 2 - 1.0)
    u = (
        log_x / equations.gamma
        - equations.xi
        - equations.phi * np.log(fit.state.variance)
        - response
    )
    assert u.std() == pytest.approx(equations.sigma_u, rel=4.0 / np.sqrt(2 * n))
    assert abs(np.corrcoef(u, z[:, 0])[0, 1]) < 4.0 / np.sqrt(n)


def test_simulation_is_deterministic_under_its_seeds(fit):
    paths = fit.simulate(50, 3, seed=5)
    np.testing.assert_array_equal(paths, fit.simulate(50, 3, seed=5))
    assert not np.array_equal(paths[:, 1], fit.simulate(50, 3, seed=6)[:, 1])


def test_the_error_of_a_path_and_a_period_is_its_own(fit):
    z = fit.distribution.rvs((600, 5), seed=8)
    paths = fit.propagate(z)
    # whatever else is asked for: fewer paths, fewer periods, or piece by piece
    np.testing.assert_array_equal(fit.propagate(z[:7]), paths[:7])
    np.testing.assert_array_equal(fit.propagate(z[:300, :3]), paths[:300, :3])
    pieces = [fit.with_errors(0, at).propagate(z[at : at + 100]) for at in range(0, 600, 100)]
    np.testing.assert_array_equal(np.concatenate(pieces), paths)
    # another stream has other errors, as independent of these as two paths of one stream
    other = fit.with_errors(1).propagate(z)
    np.testing.assert_array_equal(other[:, 0], paths[:, 0])
    ours, theirs = (np.log((r / z) ** 2)[:, 1] for r in (paths, other))
    common = fit.propagate(z * 1.0)[:, 1]
    np.testing.assert_array_equal(common, paths[:, 1])
    known = z[:, 0] - np.mean(z[:, 0])
    design = np.column_stack((np.ones(600), known, z[:, 0] ** 2))
    errors = [y - design @ np.linalg.lstsq(design, y)[0] for y in (ours, theirs)]
    assert abs(np.corrcoef(errors)[0, 1]) < 4.0 / np.sqrt(600)
    with pytest.raises(
        InputError, match=r"resimulate: expected a variance driven by returns alone"
    ):
        fit.resimulate(z)


def test_shares_are_elasticities(fit):
    moved = REALIZED[PAST].copy()
    moved.iloc[-3] *= 1.01
    other = fitted(fit.origin, fit.params, Sample(RETURNS[PAST], moved), FitDiagnostics())
    share = fit.variance_share().iloc[-3]
    assert np.log(other.state.variance / fit.state.variance) == pytest.approx(
        share * np.log(1.01), rel=1e-9
    )


def test_a_mean_is_estimated_where_it_is_asked_for():
    shift = 0.01
    fit = RealizedGARCH().fit(RETURNS[PAST] + shift, realized=REALIZED[PAST])
    error = float(np.sqrt(fit.param_cov("hessian").loc["mu", "mu"]))
    assert abs(fit.params["mu"] - shift) < 4.0 * error < shift
    assert fit.forecast().mean == fit.params["mu"]


def test_what_cannot_be_used_is_refused(fit):
    past, x = RETURNS[PAST], REALIZED[PAST]
    for call in (lambda: SPEC.fit(past), lambda: fit.update(RETURNS[NEW])):
        with pytest.raises(InputError, match=r"realized: expected .* RealizedGARCH .* got None"):
            call()
    with pytest.raises(InputError, match=r"realized: expected the 600 dates of the returns"):
        SPEC.fit(past, realized=REALIZED)
    with pytest.raises(InputError, match=r"variances above 0 for their logarithm, got 0 at 2020-0"):
        SPEC.fit(past, realized=x.where(x.index != x.index[9], 0.0))
    with pytest.raises(InputError, match=r"realized: expected variances that vary, got a constant"):
        SPEC.fit(past, realized=x * 0.0 + 1e-4)
    with pytest.raises(InputError, match=r"realized: .* got the same value in 95% of 600 periods"):
        SPEC.fit(past, realized=x.where(np.arange(600) % 20 == 0, 1e-6))
    with pytest.raises(InsufficientDataError, match=r"at least 100 observations"):
        SPEC.fit(past[:99], realized=x[:99])
    with pytest.raises(InputError, match=r"mean: expected one of 'constant', 'zero'"):
        RealizedGARCH(mean="ar")
    with pytest.raises(InputError, match=r"variance: expected positive finite variances"):
        fit.at({**fit.params, "beta": 2.0})
    steep = fit.at({**fit.params, "gamma": 1.0, "tau2": 0.6})
    with pytest.raises(SpecError, match=r"gamma tau2 is 0.6.*no finite mean"):
        steep.forecast(2)
    assert np.isfinite(steep.forecast(1).sigma).all()


def test_a_fit_that_was_updated_thousands_of_times_can_be_stored(fit):
    days = pd.date_range(fit.as_of, periods=3001)[1:]
    draw = np.random.default_rng(9)
    shocks = pd.Series(draw.normal(0.0, 0.01, days.size), index=days)
    x = pd.Series(1e-4 * draw.chisquare(9, days.size) / 9, index=days)
    moved = fit
    for t in range(days.size):
        moved = moved.update(shocks.iloc[t : t + 1], realized=x.iloc[t : t + 1])
    at_once = fit.update(shocks, realized=x)
    again = pickle.loads(pickle.dumps(moved))
    np.testing.assert_allclose(again.forecast(3).sigma, at_once.forecast(3).sigma, rtol=1e-12)
    other = {**fit.params, "omega": 1.01 * fit.params["omega"]}
    np.testing.assert_allclose(
        again.at(other).forecast().sigma, at_once.at(other).forecast().sigma, rtol=1e-12
    )
    np.testing.assert_array_equal(again.param_cov(), fit.param_cov())
    assert len(moved.record.later) <= 32


def test_a_search_that_overflows_is_not_heard(capfd):
    returns, realized = simulated(300)
    RealizedGARCH().fit(returns, realized=realized)
    told = capfd.readouterr()
    assert (told.out, told.err) == ("", "")  # LAPACK writes to them from below Python
