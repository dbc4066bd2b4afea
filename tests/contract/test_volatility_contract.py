"""What every volatility model promises, over everything the package publishes."""

from __future__ import annotations

import pickle
import warnings
from dataclasses import FrozenInstanceError, dataclass, fields, replace

import numpy as np
import pandas as pd
import pytest

import quant.volatility as package
from quant.errors import ConvergenceError, InputError, InsufficientDataError
from quant.volatility import (
    APARCH,
    EGARCH,
    EWMA,
    FIGARCH,
    GARCH,
    GJRGARCH,
    HAR,
    RangeVolatility,
    RealizedGARCH,
    RecursiveModel,
    RiskMetrics2006,
    RollingVolatility,
)

ROLES = {"VolatilityFit", "VolatilityModel"}
ELSEWHERE = {
    "RealizedGARCH",
    "fit_rolling",
}  # the first asks for realised variances: tests/unit/test_realized_garch.py


@dataclass(frozen=True, slots=True)
class AVGARCH(RecursiveModel):
    """Absolute-value GARCH(1, 1), as a user would write it."""

    def parameters(self, scale):
        return (
            ("omega", 0.05 * scale, (1e-8, scale)),
            ("alpha", 0.08, (0.0, 0.5)),
            ("beta", 0.88, (0.0, 0.999)),
        )

    def variance_path(self, params, r):
        omega, alpha, beta = params
        sigma = np.empty(len(r) + 1)
        sigma[0] = np.abs(r[:20]).mean()
        for t, x in enumerate(np.abs(r)):
            sigma[t + 1] = omega + alpha * x + beta * sigma[t]
        return sigma**2

    def next_variance(self, params, variance, r):
        omega, alpha, beta = params
        return (omega + alpha * np.abs(r) + beta * np.sqrt(variance)) ** 2


SPECS = {
    "EWMA": [EWMA(half_life=11.2), EWMA(half_life=33.0, initial=4e-4)],
    "GARCH": [
        GARCH(),
        GARCH(distribution="t", mean="zero"),
        GARCH(distribution="ged"),
        GARCH(startup="fcp"),
        GARCH(distribution="t", engine="arch"),
    ],
    "EGARCH": [EGARCH(), EGARCH(distribution="ged", mean="zero")],
    "APARCH": [APARCH(distribution="t")],
    "FIGARCH": [FIGARCH(mean="zero")],
    "GJRGARCH": [GJRGARCH(distribution="skewt"), GJRGARCH(startup="sample")],
    "HAR": [HAR(), HAR(form="level", week=7, month=30)],
    "RangeVolatility": [
        RangeVolatility("parkinson", window=30),
        RangeVolatility("yang_zhang"),
        RangeVolatility(window=40, half_life=10),
    ],
    "RecursiveModel": [AVGARCH()],
    "RiskMetrics2006": [RiskMetrics2006(), RiskMetrics2006(tau_max=363.0, initial=4e-4)],
    "RollingVolatility": [RollingVolatility(window=30)],
}
REALIZED = {"HAR", "RangeVolatility", "RealizedGARCH"}
EVERY = [pytest.param(spec, id=repr(spec)) for specs in SPECS.values() for spec in specs]
every = pytest.mark.parametrize("spec", EVERY)
# bad input is no less bad for the model whose other promises are kept in a file of its own
without_exception = pytest.mark.parametrize(
    "spec", [*EVERY, pytest.param(RealizedGARCH(), id="RealizedGARCH()")]
)


def garch_returns(n=600, seed=11):
    generator = np.random.default_rng(seed)
    values, h = np.empty(n), 4e-4
    for t in range(n):
        values[t] = np.sqrt(h) * generator.standard_t(6) * np.sqrt(4 / 6)
        h = 2e-5 + (0.06 + 0.06 * (values[t] < 0)) * values[t] ** 2 + 0.86 * h
    return pd.Series(values, index=pd.date_range("2020-01-01", periods=n, freq="D"))


def realized_variances(returns):
    """Noisy variances of sessions that see two thirds of each day's move."""
    noise = np.random.default_rng(5).gamma(4, 1 / 4, len(returns))
    h, variances = 4e-4, np.empty(len(returns))
    for t, r in enumerate(returns.to_numpy()):
        variances[t] = (h + r**2) / 3 * noise[t]
        h = 2e-5 + 0.12 * r**2 + 0.83 * h
    return pd.Series(variances, index=returns.index)


RETURNS = garch_returns()
PAST, NEW = RETURNS.iloc[:500], RETURNS.iloc[500:]
RANGES = realized_variances(RETURNS)
FITS: dict[object, object] = {}


def given(spec, returns, scale=1.0):
    """The realised variances of the dates of `returns`, for models that ask for them."""
    if type(spec).__name__ not in REALIZED:
        return {}
    return {"realized": scale**2 * RANGES.reindex(returns.index)}


def fit_of(spec):
    if spec not in FITS:
        FITS[spec] = spec.fit(PAST, **given(spec, PAST))
    return FITS[spec]


def update(fit, returns):
    return fit.update(returns, **given(fit.spec, returns))


def test_every_published_model_is_under_contract():
    assert set(SPECS) | ROLES | ELSEWHERE == set(package.__all__)


@every
def test_spec_is_a_frozen_value(spec):
    same = replace(spec)
    assert same == spec
    assert hash(same) == hash(spec)
    assert same is not spec
    for field in fields(spec):
        with pytest.raises((FrozenInstanceError, TypeError)):
            setattr(spec, field.name, None)
    assert not hasattr(spec, "__dict__")
    assert pickle.loads(pickle.dumps(spec)) == spec


@every
def test_sigma_is_positive_and_as_long_as_the_returns(spec):
    fit = fit_of(spec)
    for path in (fit.sigma, fit.z):
        pd.testing.assert_index_equal(path.index, PAST.index)
    assert (fit.sigma > 0.0).all()
    mean = fit.forecast().mean
    np.testing.assert_allclose(mean + fit.sigma * fit.z, PAST, rtol=1e-12, atol=1e-15)
    assert fit.spec == spec
    assert fit.diagnostics.converged
    # a unit-variance innovation: 500 of them have mean square 1 within four standard errors
    assert np.mean(fit.z**2) == pytest.approx(1.0, abs=4 * np.std(fit.z**2) / np.sqrt(500))


@every
def test_fit_is_frozen_and_its_arrays_too(spec):
    fit = fit_of(spec)
    with pytest.raises((FrozenInstanceError, TypeError)):
        fit.state = None
    with pytest.raises(ValueError, match="read-only"):
        fit.forecast(2).sigma[0] = 1.0
    fit.params["omega"] = 99.0
    assert fit.params.get("omega") != 99.0
    assert repr(spec) in repr(fit)
    assert "0x" not in repr(fit)


@every
def test_a_fit_survives_pickling(spec):
    fit = fit_of(spec)
    again = pickle.loads(pickle.dumps(fit))
    assert again.params == fit.params
    np.testing.assert_array_equal(again.forecast(3).sigma, fit.forecast(3).sigma)


@every
@pytest.mark.parametrize("factor", [100.0, 1.0 / 1024.0])
def test_scale_equivariance(spec, factor):
    if getattr(spec, "initial", None) is not None:
        # a variance that was given scales by hand
        scaled = replace(spec, initial=spec.initial * factor**2).fit(PAST * factor)
    else:
        scaled = spec.fit(PAST * factor, **given(spec, PAST, factor))
    # estimates agree to the optimiser's tolerance, the rest exactly
    tolerance = 1e-4 if scaled.params else 1e-12
    np.testing.assert_allclose(scaled.sigma, factor * fit_of(spec).sigma, rtol=tolerance)
    np.testing.assert_allclose(
        scaled.forecast(3).sigma, factor * fit_of(spec).forecast(3).sigma, rtol=tolerance
    )


@every
def test_fitting_does_not_depend_on_the_name_or_the_caller_later(spec):
    mine = PAST.copy()
    mine.name = "BTC"
    data = given(spec, PAST)
    fit = spec.fit(mine, **data)
    before = fit.forecast().sigma[0]
    mine.iloc[:] = 0.5
    for series in data.values():
        series.iloc[:] = 0.5
    assert fit.forecast().sigma[0] == before == fit_of(spec).forecast().sigma[0]
    np.testing.assert_array_equal(fit.at(dict(fit.params)).sigma, fit_of(spec).sigma)


def whole(spec, params):
    """The whole history filtered at once, with the start that the past implied."""
    from quant.volatility._fit import FitDiagnostics, fitted
    from quant.volatility._record import Sample

    sample = Sample(RETURNS, RANGES if given(spec, RETURNS) else None)
    return fitted(fit_of(spec).origin, params, sample, FitDiagnostics())


@every
def test_update_equals_filtering_the_whole_history(spec):
    fit = fit_of(spec)
    reference = whole(spec, fit.params)
    at_once = update(fit, NEW)
    in_pieces = update(update(update(fit, NEW.iloc[:1]), NEW.iloc[1:60]), NEW.iloc[60:])
    pd.testing.assert_index_equal(at_once.sigma.index, NEW.index)
    np.testing.assert_allclose(at_once.sigma, reference.sigma.iloc[500:], rtol=1e-12)
    np.testing.assert_allclose(in_pieces.sigma, reference.sigma.iloc[560:], rtol=1e-12)
    for moved in (at_once, in_pieces):
        np.testing.assert_allclose(moved.forecast(3).sigma, reference.forecast(3).sigma, rtol=1e-12)
        assert moved.params == fit.params
        assert moved.loglikelihood == fit.loglikelihood
        assert moved.diagnostics == fit.diagnostics
        assert moved.forecast().as_of == NEW.index[-1]
        pd.testing.assert_frame_equal(moved.param_cov(), fit.param_cov())


@every
@pytest.mark.parametrize("cut", [0, 40, 99])
def test_no_look_ahead(spec, cut):
    fit = fit_of(spec)
    nonsense = NEW.copy()
    nonsense.iloc[cut:] = 0.3 * (-1.0) ** np.arange(len(NEW) - cut)
    ranges = given(spec, NEW)
    for series in ranges.values():
        series.iloc[cut:] = 0.09
    honest, spoiled = update(fit, NEW), fit.update(nonsense, **ranges)
    np.testing.assert_array_equal(honest.sigma.iloc[: cut + 1], spoiled.sigma.iloc[: cut + 1])
    if cut < 99:
        assert not np.isclose(honest.sigma.iloc[cut + 1], spoiled.sigma.iloc[cut + 1], rtol=1e-3)


@every
def test_at_its_own_parameters_a_fit_is_itself(spec):
    fit = fit_of(spec)
    assert fit.at(dict(fit.params)) is fit
    if fit.params:
        name = next(n for n in fit.params if n in {"omega", "alpha", "daily", "scale"})
        moved = {**fit.params, name: fit.params[name] * 1.01}
        other = fit.at(moved)
        assert other.params == moved
        if not given(spec, PAST):  # the others maximise no likelihood
            assert other.loglikelihood < fit.loglikelihood
        assert other.loglikelihood != fit.loglikelihood
        assert not other.param_cov().to_numpy().any()
        back = other.at(dict(fit.params))
        np.testing.assert_array_equal(back.sigma, fit.sigma)
        # the compiled engine sums in another order than the filter
        assert back.loglikelihood == pytest.approx(fit.loglikelihood, rel=1e-13)
        updated = update(update(fit, NEW.iloc[:5]), NEW.iloc[5:]).at(moved)
        np.testing.assert_allclose(updated.sigma, whole(spec, moved).sigma.iloc[505:], rtol=1e-12)
    with pytest.raises(InputError, match=r"params: expected the names .*, got .*nonsense"):
        fit.at({**fit.params, "nonsense": 1.0})


@every
@pytest.mark.parametrize("kind", ["robust", "hessian", "opg"])
def test_parameter_covariance_is_labelled_and_positive(spec, kind):
    fit = fit_of(spec)
    covariance = fit.param_cov(kind)
    assert list(covariance.index) == list(covariance.columns) == list(fit.params)
    if len(covariance):
        np.testing.assert_allclose(covariance, covariance.T, rtol=1e-6)
        assert np.linalg.eigvalsh(covariance.to_numpy()).min() > -1e-12
        assert (np.diag(covariance) > 0.0).all() or fit.diagnostics.on_bound


@every
def test_simulation_is_deterministic_under_its_seed(spec):
    fit = fit_of(spec)
    paths = fit.simulate(50, 3, seed=5)
    assert paths.shape == (50, 3)
    np.testing.assert_array_equal(paths, fit.simulate(50, 3, seed=5))
    assert not np.array_equal(paths, fit.simulate(50, 3, seed=6))
    z = fit.distribution.rvs((50, 3), seed=5)
    np.testing.assert_array_equal(paths, fit.propagate(z))


@every
def test_simulated_variance_agrees_with_the_forecast(spec):
    fit, n = fit_of(spec), 40_000
    forecast = fit.forecast(4)
    squares = (fit.simulate(n, 4, seed=2) - forecast.mean) ** 2
    # four standard errors of the mean of the squares, plus the 2,000 paths behind AVGARCH's own
    error = squares.std(axis=0) / np.sqrt(n)
    own = 0.01 * forecast.sigma**2 if isinstance(spec, RecursiveModel) else 0.0
    assert (np.abs(squares.mean(axis=0) - forecast.sigma**2) < 4.0 * error + own).all()
    assert forecast.sigma_total == pytest.approx(np.sqrt((forecast.sigma**2).sum()))


@every
def test_propagation_starts_from_the_forecast_and_follows_the_shocks(spec):
    fit = fit_of(spec)
    z = np.array([[1.0, 0.0], [-2.0, 0.0]])
    out = fit.propagate(z)
    one = fit.forecast()
    np.testing.assert_allclose(out[:, 0], one.mean + one.sigma[0] * z[:, 0], rtol=1e-12)
    np.testing.assert_allclose(out[:, 1], one.mean, atol=1e-15)
    both = fit.propagate(np.array([[-2.0, 1.0]]))
    if given(spec, PAST):  # a shock to the return is no news of the realised variance
        np.testing.assert_allclose(both[0], fit.forecast(2).sigma * [-2.0, 1.0], rtol=1e-12)
        return
    after = fit.update(pd.Series([out[1, 0]], index=[NEW.index[0]]))
    np.testing.assert_allclose(both[0, 1], one.mean + after.forecast().sigma[0], rtol=1e-10)


@without_exception
def test_too_little_or_unmoving_data_is_refused(spec):
    with pytest.raises(InsufficientDataError, match=r"returns: expected at least .*, got 0"):
        spec.fit(RETURNS.iloc[:0], **given(spec, RETURNS.iloc[:0]))
    with pytest.raises(InsufficientDataError, match=r"returns: expected at least .*, got 1"):
        spec.fit(RETURNS.iloc[:1], **given(spec, RETURNS.iloc[:1]))
    for constant in (0.0, 0.001):
        with pytest.raises(
            InputError, match=r"returns: expected returns that vary, got a constant"
        ):
            spec.fit(PAST * 0.0 + constant, **given(spec, PAST))
    stale = PAST * (np.arange(500) % 25 == 0)
    with pytest.raises(InputError, match=r"the same value in 96% of 500 periods"):
        spec.fit(stale, **given(spec, PAST))


@without_exception
def test_prices_handed_in_as_returns_are_refused_and_loud_returns_are_not(spec):
    prices = 100.0 * np.exp(PAST.cumsum())
    with pytest.raises(
        InputError,
        match=r"returns: expected log returns, got positive numbers around \d+.*; these look like "
        r"prices: use log_returns\(prices\)",
    ):
        spec.fit(prices, **given(spec, PAST))
    # in percent, and so steep that half of them lie above the threshold: one fall is enough
    steep = 100.0 * PAST + 1.0
    assert (steep > 0.5).mean() > 0.5 > (steep < 0.0).mean() > 0.0
    spec.fit(steep, **given(spec, PAST, 100.0))


@without_exception
def test_what_is_no_history_of_returns_is_refused_by_name(spec):
    ranges = given(spec, PAST)
    twice = PAST.set_axis(PAST.index[:1].append(PAST.index[:-1]))
    words = PAST.astype(object)
    words.iloc[3] = "n/a"
    for bad, message in (
        (twice, r"returns: expected unique dates, got a duplicate at 2020-01-01; use clean_prices"),
        (PAST.iloc[::-1], r"returns: expected ascending dates, got unsorted ones; use sort_index"),
        (words, r"returns: expected numbers, got dtype\('O'\); convert them"),
        (list(PAST), r"returns: expected a pandas Series or DataFrame, got list; use log_returns"),
        (PAST.to_frame(), r"returns: expected the Series of one asset, got 1 columns"),
    ):
        with pytest.raises(InputError, match=message):
            spec.fit(bad, **ranges)


@without_exception
def test_dates_and_numbers_of_another_kind_change_nothing(spec):
    plain = spec.fit(PAST, **given(spec, PAST)).forecast().sigma[0]
    data = {"returns": PAST, **given(spec, PAST)}
    for other in (
        {name: series.tz_localize("UTC") for name, series in data.items()},
        {name: series.reset_index(drop=True) for name, series in data.items()},
        {name: series.astype(object) for name, series in data.items()},
    ):
        assert spec.fit(**other).forecast().sigma[0] == plain
    # whole numbers are numbers: twentieths of a percent here
    grid = (PAST * 2000).round().astype(int)
    ranges = given(spec, PAST, 2000.0)
    whole_numbers = spec.fit(grid, **ranges).forecast().sigma[0]
    assert whole_numbers == spec.fit(grid.astype(float), **ranges).forecast().sigma[0]


@pytest.mark.parametrize(
    "spec",
    [
        model(distribution=law)
        for model in (GARCH, GJRGARCH, EGARCH, APARCH, FIGARCH)
        for law in ("t", "skewt")
    ],
    ids=repr,
)
def test_a_student_law_is_not_fitted_where_its_likelihood_is_unbounded(spec):
    mostly = PAST.where(np.arange(500) % 4 == 0, 0.0)
    with pytest.raises(
        InputError, match=r"vary for the law '.*', got the same value in 75% of 500"
    ):
        spec.fit(mostly)


def told(spec, returns, ranges):
    """Fit, and check that the answer is one, or that an error says why there is none."""
    error = None
    try:
        fit = spec.fit(returns, **ranges)
    except (InsufficientDataError, ConvergenceError) as refusal:
        error = refusal
    if isinstance(error, InsufficientDataError):
        assert len(returns) < 101
        assert "expected at least" in str(error)
    elif error is not None:
        reasons = ("arch had to keep within", "a next volatility of", "no maximum")
        assert any(reason in str(error) for reason in reasons)
        assert "look for an outlier" in str(error)
        assert error.best is None or not error.best.diagnostics.converged
    else:
        assert fit.diagnostics.converged
        # ten times the largest return is no volatility of these data
        assert 0.0 < fit.forecast().sigma[0] < 10.0 * np.abs(returns).max()
        assert np.isfinite(fit.loglikelihood)
        assert fit.diagnostics.zero_share == np.mean(returns == 0.0)


def with_outlier(spec, place):
    """A return of 60 standard deviations, and the range of its day."""
    returns, ranges = PAST.copy(), given(spec, PAST)
    returns.iloc[place] = -60.0 * PAST.std()
    for series in ranges.values():
        series.iloc[place] = 3600.0 * series.mean()
    return returns, ranges


@without_exception
def test_the_day_after_an_outlier_has_a_volatility_or_a_reason_why_not(spec):
    told(spec, *with_outlier(spec, -1))


@pytest.mark.slow
@without_exception
@pytest.mark.parametrize("place", [0, 250])
def test_an_outlier_is_answered_or_refused_with_its_reason(spec, place):
    told(spec, *with_outlier(spec, place))


@pytest.mark.slow
@without_exception
def test_extreme_histories_are_answered_or_refused_with_their_reason(spec):
    short = PAST.iloc[:60]
    told(spec, short, given(spec, short))
    loud, ranges = PAST.copy(), given(spec, PAST)
    loud.iloc[250:] *= 100.0
    for series in ranges.values():
        series.iloc[250:] *= 1e4
    told(spec, loud, ranges)
    half = PAST.where(np.random.default_rng(2).random(500) < 0.5, 0.0)
    told(spec, half, given(spec, PAST))
    # near-constant: a drift, and a ten-thousandth of it in noise
    steady = 0.01 + 1e-4 * PAST / PAST.std() * 0.01
    told(spec, steady, given(spec, PAST))
    swing = pd.Series(np.where(np.arange(500) % 2, 0.01, -0.01), index=PAST.index)
    told(spec, swing, given(spec, PAST))


@every
def test_bad_returns_are_refused_with_their_date(spec):
    for bad in (np.nan, np.inf):
        spoiled = PAST.copy()
        spoiled.iloc[7] = bad
        with pytest.raises(InputError, match=rf"expected finite numbers, got {bad} at 2020-01-08"):
            spec.fit(spoiled, **given(spec, PAST))
        with pytest.raises(InputError, match=r"expected finite numbers"):
            fit_of(spec).update(NEW * bad, **given(spec, NEW))
    with pytest.raises(InputError, match=r"expected a pandas Series"):
        spec.fit(PAST.to_numpy(), **given(spec, PAST))
    with pytest.raises(InputError, match=r"expected the Series of one asset, got 1 columns"):
        spec.fit(PAST.to_frame(), **given(spec, PAST))
    with pytest.raises(
        InputError, match=r"returns: expected dates after 2021-05-14, got 2021-05-14"
    ):
        update(fit_of(spec), PAST.iloc[-1:])
    for horizon in (0, 1.5):
        with pytest.raises(InputError, match=r"horizon: expected a whole number of at least 1"):
            fit_of(spec).forecast(horizon)


@every
def test_realized_variances_are_asked_for_by_the_models_they_drive_and_by_no_other(spec):
    if not given(spec, PAST):
        ignored = spec.fit(PAST, realized=RANGES)
        np.testing.assert_array_equal(ignored.sigma, fit_of(spec).sigma)
        np.testing.assert_array_equal(
            fit_of(spec).update(NEW, realized=RANGES).sigma, fit_of(spec).update(NEW).sigma
        )
        return
    name = type(spec).__name__
    for fit in (lambda: spec.fit(PAST), lambda: fit_of(spec).update(NEW)):
        with pytest.raises(InputError, match=rf"realized: expected .* {name} .*, got None; pass"):
            fit()
    with pytest.raises(InputError, match=r"realized: expected the 500 dates .* at 2021-05-15"):
        spec.fit(PAST, realized=RANGES)
    with pytest.raises(InputError, match=r"realized: expected the 100 dates .* at 2021-05-15"):
        fit_of(spec).update(NEW, realized=RANGES.iloc[501:])
    with pytest.raises(InputError, match=r"realized: expected variances of at least 0, got -"):
        spec.fit(PAST, realized=-RANGES.iloc[:500])
    with pytest.raises(InputError, match=r"realized: expected finite numbers, got nan at 2020"):
        spec.fit(PAST, realized=np.nan * RANGES.iloc[:500])
    with pytest.raises(InputError, match=r"realized: expected a pandas Series, got ndarray"):
        spec.fit(PAST, realized=RANGES.to_numpy())


@every
def test_no_warning_and_no_warning_filter_is_left_behind(spec):
    # what the libraries do when they are first imported is not ours
    spec.fit(PAST, **given(spec, PAST))
    filters = list(warnings.filters)
    spec.fit(PAST, **given(spec, PAST))
    assert warnings.filters == filters


@pytest.mark.parametrize("spec", [GARCH(), HAR(), RangeVolatility()], ids=repr)
def test_thousands_of_updates_keep_the_data_and_nothing_else(spec):
    first = fit_of(spec)
    days = pd.date_range(PAST.index[-1], periods=5001)[1:]
    draw = np.random.default_rng(9)
    shocks = pd.Series(draw.normal(0.0, 0.01, days.size), index=days)
    x = pd.Series(1e-4 * draw.chisquare(9, days.size) / 9, index=days)
    fit, ranges = first, bool(given(spec, PAST))
    for t in range(days.size):
        fit = fit.update(shocks.iloc[t : t + 1], realized=x.iloc[t : t + 1] if ranges else None)
    at_once = first.update(shocks, realized=x if ranges else None)
    assert fit.forecast(3).sigma == pytest.approx(at_once.forecast(3).sigma, rel=1e-12)
    assert fit.sigma.iloc[-1] == pytest.approx(at_once.sigma.iloc[-1], rel=1e-12)
    # a date and a number or two for each update, the sample of the estimation aside
    assert len(fit.record.later) <= 32
    data = days.size * 8 * (3 if ranges else 2)
    assert len(pickle.dumps(fit)) < len(pickle.dumps(first)) + 1.1 * data + 32 * 3000
    again = pickle.loads(pickle.dumps(fit))
    np.testing.assert_array_equal(again.forecast(3).sigma, fit.forecast(3).sigma)
    name = next(iter(fit.params))
    moved = {**fit.params, name: 1.01 * fit.params[name]}
    there = at_once.at(moved).forecast().sigma
    np.testing.assert_array_equal(again.at(moved).forecast().sigma, fit.at(moved).forecast().sigma)
    assert fit.at(moved).forecast().sigma == pytest.approx(there, rel=1e-12)
    assert there != pytest.approx(fit.forecast().sigma, rel=1e-6)
    np.testing.assert_array_equal(again.param_cov(), fit.param_cov())
    np.testing.assert_array_equal(first.param_cov(), fit.param_cov())
