"""What every dependence model promises, over everything the package publishes."""

from __future__ import annotations

import pickle
from dataclasses import FrozenInstanceError, fields, replace

import numpy as np
import pandas as pd
import pytest

import quant.dependence as package
from quant.dependence import CCC, DCC, EWMACovariance, GaussianCopula, StudentTCopula
from quant.errors import InputError, InsufficientDataError

ASSETS = ["BTC", "ETH", "SOL", "USDC"]
CORRELATIONS = {
    "CCC": [CCC()],
    "DCC": [
        DCC(),
        DCC(recursion="aielli"),
        DCC(likelihood="composite"),
        DCC(recursion="aielli", likelihood="composite"),
    ],
    "EWMACovariance": [EWMACovariance(half_life=33)],
}
COPULAS = {
    "GaussianCopula": [GaussianCopula(), GaussianCopula(estimator="kendall")],
    "StudentTCopula": [
        StudentTCopula(),
        StudentTCopula(estimator="scores"),
        StudentTCopula(nu=4),
    ],
}
SPECS = {**CORRELATIONS, **COPULAS}


def over(families):
    listed = [pytest.param(spec, id=repr(spec)) for specs in families.values() for spec in specs]
    return pytest.mark.parametrize("spec", listed)


def innovations(rows=450, seed=5):
    """Return t(5) innovations whose correlations move."""
    rng = np.random.default_rng(seed)
    target = np.full((4, 4), 0.5) + 0.5 * np.eye(4)
    q, z = target.copy(), np.empty((rows, 4))
    for t in range(rows):
        d = np.sqrt(np.diag(q))
        shock = rng.standard_normal(4) * np.sqrt(3.0 / rng.chisquare(5))
        z[t] = np.linalg.cholesky(q / np.outer(d, d)) @ shock
        q = 0.04 * target + 0.06 * np.outer(z[t], z[t]) + 0.90 * q
    return pd.DataFrame(z, index=pd.date_range("2020-01-01", periods=rows), columns=ASSETS)


WHOLE = innovations()
PAST, NEW = WHOLE.iloc[:400], WHOLE.iloc[400:]
FITS: dict[object, object] = {}


def fit_of(spec):
    if spec not in FITS:
        FITS[spec] = spec.fit(PAST)
    return FITS[spec]


def test_every_published_model_is_under_contract():
    assert set(SPECS) == set(package.__all__)


@over(SPECS)
def test_spec_is_a_frozen_value(spec):
    assert replace(spec) == spec
    assert hash(replace(spec)) == hash(spec)
    assert not hasattr(spec, "__dict__")
    assert pickle.loads(pickle.dumps(spec)) == spec
    for field in fields(spec):
        with pytest.raises((FrozenInstanceError, TypeError)):
            setattr(spec, field.name, None)


@over(SPECS)
def test_a_fit_is_frozen_survives_pickling_and_prints_clean(spec):
    fit = fit_of(spec)
    again = pickle.loads(pickle.dumps(fit))
    pd.testing.assert_frame_equal(again.correlation, fit.correlation)
    assert again.loglikelihood == fit.loglikelihood
    assert fit.spec == spec
    assert fit.assets == tuple(ASSETS)
    assert fit.diagnostics.converged
    assert repr(spec) in repr(fit)
    assert "0x" not in repr(fit)
    with pytest.raises((FrozenInstanceError, TypeError)):
        fit.assets = ()
    fit.params["a"] = 99.0
    shown = fit.correlation
    shown.iloc[0, 1] = 99.0
    assert fit.params.get("a") != 99.0
    assert fit.correlation.iloc[0, 1] < 1.0


@over(SPECS)
def test_the_correlation_is_one(spec):
    correlation = fit_of(spec).correlation
    assert list(correlation.index) == list(correlation.columns) == ASSETS
    matrix = correlation.to_numpy()
    np.testing.assert_array_equal(matrix, matrix.T)
    np.testing.assert_array_equal(np.diag(matrix), 1.0)
    assert np.linalg.eigvalsh(matrix)[0] > 0.0
    assert (matrix > 0.2).all()  # the sample was drawn around 0.5


@over(SPECS)
def test_permuting_assets_permutes_the_answer(spec):
    if getattr(spec, "likelihood", "full") == "composite":
        pytest.skip("documented: neighbouring columns make the pairs")
    order = ["SOL", "USDC", "BTC", "ETH"]
    permuted = spec.fit(PAST[order])
    expected = fit_of(spec).correlation.loc[order, order]
    np.testing.assert_allclose(permuted.correlation, expected, atol=2e-6)
    assert permuted.loglikelihood == pytest.approx(fit_of(spec).loglikelihood, abs=1e-6)


@over(SPECS)
def test_an_asset_turned_upside_down_changes_the_sign_of_its_correlations(spec):
    turned = PAST.assign(BTC=-PAST["BTC"])
    sign = np.array([-1.0, 1.0, 1.0, 1.0])
    expected = fit_of(spec).correlation * np.outer(sign, sign)
    np.testing.assert_allclose(spec.fit(turned).correlation, expected, atol=2e-6)


@over(SPECS)
def test_a_fit_owns_its_data(spec):
    panel = PAST.copy()
    fit = spec.fit(panel)
    panel.iloc[:] = 7.7
    pd.testing.assert_frame_equal(fit.correlation, fit_of(spec).correlation)
    assert fit.loglikelihood == fit_of(spec).loglikelihood


@over(SPECS)
def test_bad_panels_are_refused_by_name(spec):
    blank = PAST.copy()
    blank.iloc[6, 1] = np.nan
    with pytest.raises(InputError, match=r"nan in ETH at 2020-01-07; use align_returns"):
        spec.fit(blank)
    with pytest.raises(InputError, match=r"got a constant 0 in SOL from 2020-01-01"):
        spec.fit(PAST.assign(SOL=0.0))
    with pytest.raises(InputError, match="at least 2 assets"):
        spec.fit(PAST[["BTC"]])
    with pytest.raises(InputError, match="expected a DataFrame"):
        spec.fit(PAST["BTC"])
    with pytest.raises(InputError, match="ascending"):
        spec.fit(PAST.iloc[::-1])
    with pytest.raises(InputError, match="'BTC' twice"):
        spec.fit(PAST[["BTC", "BTC"]])
    with pytest.raises(InsufficientDataError, match="expected at least"):
        spec.fit(PAST.iloc[:1])


@over(CORRELATIONS)
def test_prices_are_refused_by_name(spec):
    with pytest.raises(
        InputError,
        match=r"panel: expected log returns, got positive numbers around \d.* in SOL; these look "
        r"like prices: use log_returns\(prices\)",
    ):
        spec.fit(PAST.assign(SOL=40.0 * np.exp(0.02 * PAST["SOL"].cumsum())))


@over({**COPULAS, "CCC": CORRELATIONS["CCC"], "DCC": CORRELATIONS["DCC"]})
def test_copies_of_an_asset_are_refused_where_a_density_is_needed(spec):
    with pytest.raises(InputError, match=r"singular matrix, BTC and twin closest with 1"):
        spec.fit(PAST.assign(twin=PAST["BTC"]))


@over(CORRELATIONS)
def test_updating_equals_filtering_the_whole_history(spec):
    fit = fit_of(spec)
    moved = fit
    for t in range(len(NEW)):
        moved = moved.update(NEW.iloc[t : t + 1])
    at_once = fit.update(NEW)
    state = fit.start
    for row in WHOLE.to_numpy():
        state = fit.recursion.run(state, row[None, :])
    for other in (moved, at_once):
        np.testing.assert_allclose(other.state, state, rtol=0, atol=1e-12)
        assert other.as_of == WHOLE.index[-1]
        assert other.params == fit.params
        assert other.loglikelihood == fit.loglikelihood
        pd.testing.assert_frame_equal(other.param_cov(), fit.param_cov())
    if fit.recursion.a > 0.0:
        assert not np.allclose(at_once.state, fit.state, atol=1e-3)


@over(CORRELATIONS)
def test_update_takes_columns_by_name_and_refuses_what_it_has_seen(spec):
    fit = fit_of(spec)
    shuffled = fit.update(NEW[ASSETS[::-1]])
    np.testing.assert_array_equal(shuffled.state, fit.update(NEW).state)
    with pytest.raises(InputError, match="expected dates after 2021-02-03, got 2021-02-03"):
        fit.update(PAST.iloc[-1:])
    with pytest.raises(InputError, match="expected the columns BTC, ETH, SOL, USDC, got BTC"):
        fit.update(NEW[["BTC"]])


@over(CORRELATIONS)
def test_the_correlation_of_a_date_knows_only_what_came_before(spec):
    if getattr(spec, "initial", 0) is None:
        spec = replace(spec, initial=tuple(map(tuple, np.eye(4).tolist())))
    fit = fit_of(spec)
    date = PAST.index[250]
    nonsense = PAST.copy()
    nonsense.loc[date:] = np.random.default_rng(1).standard_normal((150, 4))
    early = replace(fit, panel=nonsense)  # the same parameters and start
    pd.testing.assert_frame_equal(early.correlation_at(date), fit.correlation_at(date))
    following = PAST.index[251]
    if fit.recursion.a > 0.0:
        assert not np.allclose(early.correlation_at(following), fit.correlation_at(following))
    moved = fit.update(NEW)
    pd.testing.assert_frame_equal(moved.correlation_at(date), fit.correlation_at(date))
    pd.testing.assert_frame_equal(moved.correlation_at(NEW.index[0]), fit.correlation)
    with pytest.raises(InputError, match=r"date: expected one from 2020-01-01 to 2021-02-03"):
        fit.correlation_at(pd.Timestamp("2021-02-04"))


@over(CORRELATIONS)
def test_a_forecast_begins_at_the_present_and_is_a_correlation_all_along(spec):
    fit = fit_of(spec)
    forecast = fit.forecast(5)
    assert forecast.correlation.shape == (5, 4, 4)
    assert forecast.as_of == PAST.index[-1]
    assert not forecast.correlation.flags.writeable
    np.testing.assert_allclose(forecast.correlation[0], fit.correlation, rtol=0, atol=1e-14)
    for matrix in forecast.correlation:
        assert np.linalg.eigvalsh(matrix)[0] > 0.0
    sigma = np.full((5, 4), 0.02)
    np.testing.assert_allclose(forecast.scaled(sigma), 4e-4 * forecast.correlation, rtol=1e-15)


@over(CORRELATIONS)
def test_joint_shocks_have_the_correlation_and_repeat_with_the_seed(spec):
    forecast = fit_of(spec).forecast(2)
    steps = list(forecast.draw(20_000, seed=11))
    assert [step.shape for step in steps] == [(20_000, 4)] * 2
    for step, expected in zip(steps, forecast.correlation, strict=True):
        # the standard error of an entry is at most sqrt(2 / 20,000) = 0.01; five of them
        np.testing.assert_allclose(step.T @ step / 20_000, expected, atol=0.05)
    again = list(forecast.draw(20_000, seed=11))
    np.testing.assert_array_equal(steps, again)
    assert not np.array_equal(steps[0], next(forecast.draw(20_000, seed=12)))


@over(CORRELATIONS)
def test_given_parameters_have_no_error_and_unknown_ones_are_refused(spec):
    fit = fit_of(spec)
    cov = fit.param_cov()
    assert list(cov.index) == list(fit.params)
    assert (np.linalg.eigvalsh(cov) > 0.0).all() if len(cov) else True
    given = fit.at(fit.params)
    np.testing.assert_array_equal(given.param_cov(), 0.0)
    pd.testing.assert_frame_equal(given.correlation, fit.correlation)
    moved = fit.update(NEW).at(fit.params)
    np.testing.assert_allclose(moved.state, fit.update(NEW).state, rtol=0, atol=1e-13)
    with pytest.raises(InputError, match="params: expected the names"):
        fit.at({**fit.params, "c": 1.0})
    with pytest.raises(InputError, match="kind: expected one of"):
        fit.param_cov("jackknife")


@over(COPULAS)
def test_copulas_do_not_care_about_margins(spec):
    expected = fit_of(spec)
    stretched = spec.fit(np.exp(PAST * [0.1, 1.0, 0.5, 0.2]) - 3.0)
    pd.testing.assert_frame_equal(stretched.correlation, expected.correlation)
    assert stretched.params == expected.params


@over(COPULAS)
def test_copula_draws_are_uniform_dependent_and_repeat(spec):
    fit = fit_of(spec)
    u = fit.sample(20_000, seed=4)
    assert u.shape == (20_000, 4)
    assert (u > 0.0).all()
    assert (u < 1.0).all()
    np.testing.assert_array_equal(u, fit.sample(20_000, seed=4))
    assert not np.array_equal(u, fit.sample(20_000, seed=5))
    # Kolmogorov's bound at 1e-6: sqrt(ln(2 / 1e-6) / (2 n))
    distance = np.abs(np.sort(u, axis=0) - (np.arange(20_000)[:, None] + 0.5) / 20_000).max()
    assert distance < np.sqrt(np.log(2e6) / 40_000)
    again = type(spec)(estimator="scores", margins="uniforms").fit(pd.DataFrame(u, columns=ASSETS))
    np.testing.assert_allclose(again.correlation, fit.correlation, atol=0.05)


@over(COPULAS)
def test_copula_densities_add_up_to_the_likelihood(spec):
    fit = fit_of(spec)
    ranks = PAST.rank().to_numpy() / (len(PAST) + 1)
    assert fit.logpdf(ranks).sum() == pytest.approx(fit.loglikelihood, rel=1e-12)
    with pytest.raises(InputError, match=r"uniforms: expected numbers in \(0, 1\), got 1 in ETH"):
        fit.logpdf(np.array([[0.5, 1.0, 0.5, 0.5]]))
    with pytest.raises(InputError, match="uniforms: expected 4 columns, got 2"):
        fit.logpdf(np.array([[0.5, 0.5]]))
