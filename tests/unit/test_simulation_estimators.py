"""Age-weighted and volatility-scaled simulation, case by case."""

from __future__ import annotations

import numpy as np
import pytest

import quant as q
from quant.risk._redrawing import Redrawn
from tests.strategies import daily, garch_returns

RETURNS = garch_returns(400, seed=8)
PLAIN = q.HistoricalSimulation(window=300)


def scaled(**fields):
    return q.VolatilityScaledSimulation(
        **{"volatility": q.EWMA(half_life=20), "window": 300} | fields
    )


def moves_of(estimator, horizon=1, returns=RETURNS):
    return np.log1p(-estimator.fit(returns).forecast(horizon).loss.losses)


def test_a_long_half_life_is_plain_historical_simulation():
    aged = q.AgeWeightedSimulation(half_life=1e9, window=300).fit(RETURNS).forecast(2)
    plain = PLAIN.fit(RETURNS).forecast(2)
    assert np.array_equal(aged.loss.losses, plain.loss.losses)
    assert aged.loss.weights == pytest.approx(np.full(299, 1 / 299), rel=1e-6)
    assert q.ES(0.95)(aged).value == pytest.approx(q.ES(0.95)(plain).value, rel=1e-6)
    assert q.ES(0.95)(aged).std_error == pytest.approx(q.ES(0.95)(plain).std_error, rel=1e-3)


def test_weights_halve_with_each_half_life():
    weights = q.AgeWeightedSimulation(half_life=7).fit(RETURNS).forecast(3).loss.weights
    assert weights.sum() == pytest.approx(1.0, abs=1e-14)
    assert weights[-1] / weights[-8] == pytest.approx(2.0, rel=1e-12)


def test_a_half_life_that_forgets_all_but_a_few_is_wider_and_says_so():
    long, short = (
        q.VaR(0.95)(q.AgeWeightedSimulation(half_life=h, window=300).fit(RETURNS).forecast())
        for h in (1000, 10)
    )
    assert not long.extrapolated
    assert not q.VaR(0.95)(PLAIN.fit(RETURNS).forecast()).extrapolated
    assert q.AgeWeightedSimulation(half_life=10).fit(RETURNS).forecast().n_obs == 400
    tiny = q.VaR(0.95)(q.AgeWeightedSimulation(half_life=5).fit(RETURNS).forecast())
    assert tiny.extrapolated
    assert repr(tiny).endswith("fraction, extrapolated)")
    assert short.interval(0.95)[1] > long.interval(0.95)[1]


@pytest.mark.parametrize("half_life", [0, -3, float("nan")])
def test_a_half_life_is_above_zero(half_life):
    with pytest.raises(q.InputError, match="half_life: expected a"):
        q.AgeWeightedSimulation(half_life=half_life)


def test_full_damping_is_plain_historical_simulation():
    for horizon in (1, 3):
        losses = scaled(damping=1.0).fit(RETURNS).forecast(horizon).loss.losses
        assert np.array_equal(losses, PLAIN.fit(RETURNS).forecast(horizon).loss.losses)


def test_half_damping_is_the_mean_of_the_two_volatilities():
    # r (s_now + s_i) / (2 s_i): Gurrola-Perez and Murphy (2015)
    fit = scaled(damping=0.5).fit(RETURNS)
    now = fit.volatility.forecast(1).sigma[0]
    then = fit.sigma.to_numpy()
    expected = RETURNS.to_numpy()[-300:] * (now + then) / (2.0 * then)
    assert moves_of(scaled(damping=0.5)) == pytest.approx(expected, rel=1e-9, abs=1e-12)


def test_a_move_is_scaled_by_what_was_known_before_it():
    r = RETURNS.copy()
    r.iloc[-1] = -0.4
    fit = scaled().fit(r)
    before = fit.sigma.iloc[-1]
    assert fit.forecast().loss.losses[-1] == pytest.approx(
        -np.expm1(-0.4 * fit.volatility.forecast(1).sigma[0] / before), rel=1e-9
    )
    assert before < 0.05


def test_without_a_mean_one_period_is_the_filtered_simulation():
    filtered = q.FilteredHistoricalSimulation(volatility=q.EWMA(half_life=20), window=300)
    assert scaled().fit(RETURNS).forecast().loss.losses == pytest.approx(
        filtered.fit(RETURNS).forecast().loss.losses, rel=1e-10, abs=1e-14
    )


def test_several_periods_have_the_variance_of_the_model():
    # shocks without serial correlation: the variance of the sum is the sum of the forecasts'
    rng = np.random.default_rng(3)
    r = daily(rng.standard_normal(4000) * np.where(np.arange(4000) < 3900, 0.01, 0.05))
    estimator = q.VolatilityScaledSimulation(volatility=q.GARCH(mean="zero"), window=4000)
    fit = estimator.fit(r)
    moves = np.log1p(-fit.forecast(5).loss.losses)
    ahead = fit.volatility.forecast(5)
    assert ahead.sigma[4] < 0.99 * ahead.sigma[0]
    assert moves.std() == pytest.approx(ahead.sigma_total, rel=0.06)


def test_a_damping_lies_between_none_and_all():
    with pytest.raises(q.InputError, match=r"damping: expected a number in \[0, 1\], got 1.5"):
        scaled(damping=1.5)


@pytest.mark.parametrize(
    "estimator", [q.AgeWeightedSimulation(half_life=50, window=300), scaled()], ids=repr
)
def test_a_horizon_beyond_the_window_and_a_level_beyond_the_sample_are_refused(estimator):
    fit = estimator.fit(RETURNS)
    with pytest.raises(q.InsufficientDataError, match="horizon: expected at most the 300 returns"):
        fit.forecast(301)
    with pytest.raises(q.InsufficientDataError, match="expected at least 1000 observations"):
        q.ES(0.999)(fit.forecast())


def test_a_parametric_tail_past_its_sample_says_so():
    risk = q.ParametricRisk(volatility=q.EWMA(half_life=20), window=300, n_paths=1000)
    fit = risk.fit(RETURNS.iloc[:350])
    for horizon in (1, 3):
        forecast = fit.forecast(horizon)
        assert not q.VaR(0.996)(forecast).extrapolated
        assert q.VaR(0.998)(forecast).extrapolated
        assert not q.ES(0.99)(fit.update(RETURNS.iloc[350:]).forecast(horizon)).extrapolated


GIVEN = q.EWMA(half_life=20, initial=4e-4)  # nothing is estimated


@pytest.mark.parametrize(
    "estimator",
    [
        q.AgeWeightedSimulation(half_life=50, window=300),
        q.VolatilityScaledSimulation(volatility=GIVEN, window=None),
        q.VolatilityScaledSimulation(volatility=GIVEN, window=None, damping=0.3),
        q.FilteredHistoricalSimulation(volatility=GIVEN, window=None, n_paths=200),
        q.CornishFisher(volatility=GIVEN, window=None),
        q.ParametricRisk(volatility=GIVEN, window=None, n_paths=None),
    ],
    ids=repr,
)
@pytest.mark.parametrize("horizon", [1, 3])
@pytest.mark.parametrize("side", ["long", "short"])
def test_without_estimates_an_update_is_the_fit_of_the_whole(estimator, horizon, side):
    moved = estimator.fit(RETURNS.iloc[:310]).update(RETURNS.iloc[310:]).forecast(horizon, side)
    whole = estimator.fit(RETURNS).forecast(horizon, side)
    for measure in (q.VaR(0.95), q.ES(0.95)):
        assert measure(moved).value == pytest.approx(measure(whole).value, rel=1e-12)


@pytest.mark.parametrize(
    "estimator", [PLAIN, q.AgeWeightedSimulation(half_life=50, window=300), scaled()], ids=repr
)
def test_a_stretch_is_named_by_its_last_period(estimator):
    shocked = RETURNS.copy()
    shocked.iloc[350] = -0.6
    drivers = q.ES(0.98)(estimator.fit(shocked).forecast(3)).drivers
    assert {*RETURNS.index[350:353]} <= {*drivers.index}
    assert RETURNS.index[349] not in drivers.index


@pytest.mark.parametrize("damping", [0.0, 0.4])
def test_its_own_innovations_redraw_the_same_law(damping):
    fit = q.VolatilityScaledSimulation(volatility=GIVEN, window=300, damping=damping).fit(RETURNS)
    again = fit.redrawn(Redrawn(fit.volatility, fit.volatility.z, fit.volatility.z))
    expected = fit.forecast(2).loss.losses
    assert again.forecast(2).loss.losses == pytest.approx(expected, rel=1e-12)
