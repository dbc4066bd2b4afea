"""Estimators: windows, sides, horizons, and what each refuses."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import quant as q
from tests.strategies import daily, garch_returns

RETURNS = garch_returns(1200, seed=4)


def test_a_window_longer_than_the_data_is_refused():
    with pytest.raises(q.InsufficientDataError, match="window: expected at most the 1200 returns"):
        q.HistoricalSimulation(window=1201).fit(RETURNS)


def test_a_constant_series_is_refused_with_its_dates():
    with pytest.raises(
        q.InputError, match="expected variation, got the constant 0 from 2015-01-01"
    ):
        q.HistoricalSimulation().fit(daily(np.zeros(50)))


def test_nan_is_refused_with_its_date_and_the_remedy():
    broken = RETURNS.copy()
    broken.iloc[7] = np.nan
    with pytest.raises(q.InputError, match="got nan at 2015-01-08; use align_returns"):
        q.HistoricalSimulation().fit(broken)


@pytest.mark.parametrize("horizon", [0, -1, 1.5, True])
def test_a_horizon_that_is_no_positive_whole_number_is_refused(horizon):
    fit = q.HistoricalSimulation().fit(RETURNS)
    with pytest.raises(q.InputError, match="horizon: expected a whole number of at least 1"):
        fit.forecast(horizon)


def test_a_horizon_beyond_the_window_is_refused():
    fit = q.HistoricalSimulation(window=20).fit(RETURNS)
    with pytest.raises(q.InsufficientDataError, match="horizon: expected at most the 20 returns"):
        fit.forecast(21)


def test_a_filtered_horizon_beyond_the_window_is_refused():
    fhs = q.FilteredHistoricalSimulation(volatility=q.EWMA(half_life=5), window=20, n_paths=100)
    fit = fhs.fit(RETURNS)
    assert fit.forecast(20).horizon == 20
    with pytest.raises(
        q.InsufficientDataError, match=r"horizon: expected at most the 20 innovations .* got 21"
    ):
        fit.forecast(21)


def test_sides_are_the_two_money_losses_of_the_same_moves():
    fit = q.HistoricalSimulation(window=500).fit(RETURNS)
    r = RETURNS.to_numpy()[-500:]
    assert np.allclose(fit.forecast(1, "long").loss.losses, 1 - np.exp(r), atol=1e-15)
    assert np.allclose(fit.forecast(1, "short").loss.losses, np.exp(r) - 1, atol=1e-15)


def test_mirrored_returns_swap_the_sides_of_log_moves_but_not_of_money():
    up, down = (q.HistoricalSimulation().fit(s) for s in (RETURNS, -RETURNS))
    long, short = (
        q.VaR(0.99)(down.forecast(1, "long")).value,
        q.VaR(0.99)(up.forecast(1, "short")).value,
    )
    assert -math.log1p(-long) == pytest.approx(math.log1p(short), abs=1e-12)
    assert short > long


def test_filtered_one_period_law_is_exact_and_needs_no_draws():
    few, many = (
        q.FilteredHistoricalSimulation(
            volatility=q.EWMA(half_life=20), window=500, n_paths=n, seed=n
        )
        for n in (100, 1000)
    )
    a, b = (e.fit(RETURNS).forecast(1, "long").loss.losses for e in (few, many))
    assert np.array_equal(a, b)
    assert a.size == 500


def test_a_filtered_forecast_follows_the_present_volatility():
    calm, wild = RETURNS.copy(), RETURNS.copy()
    calm.iloc[-20:] *= 0.2
    wild.iloc[-20:] *= 3.0
    fhs = q.FilteredHistoricalSimulation(volatility=q.EWMA(half_life=10), window=1000)
    low, high = (q.ES(0.99)(fhs.fit(s).forecast(1, "long")).value for s in (calm, wild))
    assert high > 3.0 * low


def test_multi_period_paths_are_the_same_for_both_sides_and_every_run():
    fhs = q.FilteredHistoricalSimulation(volatility=q.EWMA(half_life=20), window=500, n_paths=2000)
    fit = fhs.fit(RETURNS)
    long, short = (fit.forecast(5, side).loss.losses for side in ("long", "short"))
    assert np.allclose(-np.log1p(-long), -np.log1p(short), atol=1e-12)
    assert np.array_equal(long, fhs.fit(RETURNS).forecast(5, "long").loss.losses)


def test_parametric_normal_is_the_closed_form():
    risk = q.ParametricRisk(volatility=q.EWMA(half_life=20), window=None)
    fit = risk.fit(RETURNS)
    sigma = fit.volatility.forecast(1).sigma[0]
    value = q.VaR(0.99)(fit.forecast(1, "long")).value
    assert value == pytest.approx(-math.expm1(-2.326347874040841 * sigma), rel=1e-12)


def test_an_update_equals_the_forecast_made_with_the_parameters_kept():
    fhs = q.FilteredHistoricalSimulation(volatility=q.EWMA(half_life=20, initial=4e-4), window=None)
    whole = fhs.fit(RETURNS).forecast(1, "long")
    stepped = (
        fhs.fit(RETURNS.iloc[:1100]).update(RETURNS.iloc[1100:1150]).update(RETURNS.iloc[1150:])
    )
    moved = stepped.forecast(1, "long")
    assert np.allclose(moved.loss.losses, whole.loss.losses, rtol=1e-12, atol=0)
    assert moved.as_of == whole.as_of == RETURNS.index[-1]
    assert list(moved.labels) == list(whole.labels)


def test_an_update_with_a_date_already_seen_is_refused():
    fit = q.HistoricalSimulation(window=100).fit(RETURNS.iloc[:200])
    with pytest.raises(q.InputError, match="returns: expected dates after 2015-07-19"):
        fit.update(RETURNS.iloc[199:210])


def test_parameter_error_enters_the_standard_error():
    risk = q.ParametricRisk(volatility=q.GARCH(), window=None)
    loss = risk.fit(RETURNS).forecast(1, "long")
    estimate = q.VaR(0.99)(loss)
    assert 0.0 < estimate.std_error < 0.3 * estimate.value
    low, high = estimate.interval(0.95)
    assert low < estimate.value < high
    # doubling the sample of the same series shrinks the error of estimation
    longer = garch_returns(4800, seed=4)
    more = q.VaR(0.99)(risk.fit(longer).forecast(1, "long"))
    assert more.std_error / more.value < 0.8 * estimate.std_error / estimate.value


def test_an_update_moves_the_window_of_innovations_on():
    fhs = q.FilteredHistoricalSimulation(volatility=q.EWMA(half_life=20), window=300)
    moved = fhs.fit(RETURNS.iloc[:1100]).update(RETURNS.iloc[1100:]).forecast(1)
    assert list(moved.labels) == list(RETURNS.index[-300:])
    assert moved.n_obs == 300


def test_filtered_paths_add_up_independent_draws():
    # one draw blown up by sqrt(5) would keep its tail; the sum of five thins it
    fhs = q.FilteredHistoricalSimulation(volatility=q.EWMA(half_life=1e6), window=None)
    fit = fhs.fit(RETURNS)
    z = fit.z.to_numpy()
    kurtosis = np.mean((z - z.mean()) ** 4) / z.var() ** 2 - 3.0
    moves = np.log1p(-fit.forecast(5, "long").loss.losses)
    summed = np.mean((moves - moves.mean()) ** 4) / moves.var() ** 2 - 3.0
    assert moves.std() == pytest.approx(
        math.sqrt(5.0) * fit.volatility.forecast(1).sigma[0], rel=0.05
    )
    assert summed < 0.5 * kurtosis


@pytest.mark.parametrize("law", ["t", "skewt", "ged"])
def test_paths_move_smoothly_with_the_shape_of_the_law(law):
    # draws by rejection jump with the shape: a nudge of nu would redraw every path
    risk = q.ParametricRisk(volatility=q.GARCH(distribution=law), window=None, n_paths=2000)
    fit = risk.fit(RETURNS)
    params = dict(fit.volatility.params)
    nudged = fit.volatility.at(params | {"nu": params["nu"] * (1.0 + 1e-6)})
    here, there = (
        dataclasses.replace(fit, volatility=v).forecast(2, "long").loss.losses
        for v in (fit.volatility, nudged)
    )
    assert np.abs(there - here).max() < 1e-4
    for seed in range(3):
        loss = replace(risk, seed=seed).fit(RETURNS).forecast(5, "long")
        for measure in (q.VaR(0.99), q.ES(0.99)):
            assert measure(loss).std_error < 0.5 * measure(loss).value


def test_returns_must_be_ascending_and_unique():
    with pytest.raises(q.InputError, match="expected ascending dates"):
        q.HistoricalSimulation().fit(RETURNS.iloc[::-1])
    with pytest.raises(q.InputError, match="got a duplicate at 2015-01-01"):
        q.HistoricalSimulation().fit(pd.concat([RETURNS.iloc[:1], RETURNS]))


def test_a_short_under_a_student_filter_says_how_much_its_bound_contributes():
    loss = q.ParametricRisk(volatility=q.GARCH(distribution="t"), window=None).fit(RETURNS)
    one = loss.forecast(1, "short")
    with pytest.raises(q.InputError, match="max_move: expected a bound on the move"):
        q.ES(0.99, max_move=None)(one)
    estimate = q.ES(0.99)(one)
    assert estimate.beyond_max_move > 0.0
    assert estimate.share_beyond > 0.0
    assert "from moves beyond max_move" in repr(estimate)
    assert q.ES(0.99, max_move=None)(loss.forecast(1, "long")).share_beyond == 0.0
    # over several periods the draws are finite, but what they are drawn from is not
    with pytest.raises(q.InputError, match="max_move: expected a bound on the move"):
        q.ES(0.99, max_move=None)(loss.forecast(3, "short"))
    assert q.ES(0.99, max_move=0.05)(loss.forecast(3, "short")).share_beyond > 0.1


def test_the_mean_of_the_model_moves_the_loss():
    drift = RETURNS + 0.01
    fit = q.ParametricRisk(volatility=q.GARCH(), window=None).fit(drift)
    ahead = fit.volatility.forecast(1)
    assert ahead.mean > 0.005
    value = q.VaR(0.99)(fit.forecast(1, "short")).value
    assert value == pytest.approx(
        math.expm1(ahead.mean + 2.326347874040841 * ahead.sigma[0]), rel=1e-12
    )


def test_the_delta_method_uses_the_whole_covariance():
    from quant.risk._parameter_error import ParameterError

    covariance = np.array([[0.04, 0.03], [0.03, 0.09]])

    def law_at(v):
        return q.Empirical(np.array([2.0 * v[0] - 3.0 * v[1]]))

    error = ParameterError(law_at, np.array([1.0, 1.0]), lambda: covariance)
    gradient = np.array([2.0, -3.0])
    variance = error.variance(lambda law: float(law.losses[0]))
    assert variance == pytest.approx(gradient @ covariance @ gradient, rel=1e-9)


def test_the_delta_method_steps_to_one_side_at_the_edge_of_the_parameters():
    from quant.risk._parameter_error import ParameterError

    def law_at(v):
        if v[0] < 0.0:
            raise q.InputError("alpha: expected a number of at least 0, got less; raise it")
        return q.Empirical(5.0 * v)

    error = ParameterError(law_at, np.array([0.0]), lambda: np.array([[0.01]]))
    assert error.variance(lambda law: float(law.losses[0])) == pytest.approx(25.0 * 0.01)


def test_the_error_of_a_moving_average_is_that_of_its_mean_square():
    # equal weights on w normal squares: the volatility has relative error 1 / sqrt(2 w)
    r = daily(np.random.default_rng(3).standard_normal(4000) * 0.02)
    risk = q.ParametricRisk(volatility=q.RollingVolatility(window=1000), window=None)
    loss = risk.fit(r).forecast(1, "long")
    sigma = -math.log1p(-q.VaR(0.99)(loss).value)
    relative = q.VaR(0.99)(loss).std_error / (math.exp(-sigma) * sigma)
    # the kurtosis and the squares are the sample's own: a few percent off 1 / sqrt(2000)
    assert relative == pytest.approx(1.0 / math.sqrt(2000.0), rel=0.08)


def test_more_paths_reach_no_further_into_the_tail_than_the_innovations():
    fhs = q.FilteredHistoricalSimulation(volatility=q.EWMA(half_life=10), window=60)
    fit = fhs.fit(RETURNS)
    for horizon in (1, 2, 5):
        with pytest.raises(q.InsufficientDataError, match="expected at least 100 observations"):
            q.ES(0.99)(fit.forecast(horizon))


LAWS = (
    q.Normal(),
    q.StudentT(nu=4.0),
    q.SkewStudentT(nu=5.0, skew=-0.2),
    q.GED(nu=1.2),
    q.JumpMixture.innovation(probability=0.005, jump=-6.0, jump_sigma=1.5),
)


@pytest.mark.parametrize("law", LAWS, ids=repr)
@pytest.mark.parametrize("side", ["long", "short"])
def test_any_law_of_innovations_makes_a_loss_law(law, side):
    risk = q.ParametricRisk(volatility=q.EWMA(half_life=20), distribution=law, window=None)
    fit = risk.fit(RETURNS)
    sigma = fit.volatility.forecast(1).sigma[0]
    z = law.ppf(0.01) if side == "long" else law.ppf(0.99)
    expected = -math.expm1(sigma * z) if side == "long" else math.expm1(sigma * z)
    assert q.VaR(0.99)(fit.forecast(1, side)).value == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("law", LAWS, ids=repr)
def test_without_paths_several_periods_have_the_summed_variance_of_the_model(law):
    risk = q.ParametricRisk(volatility=q.GARCH(), distribution=law, window=None, n_paths=None)
    fit = risk.fit(RETURNS)
    ahead = fit.volatility.forecast(10)
    total = math.sqrt(sum(s * s for s in ahead.sigma))
    assert abs(total / (math.sqrt(10.0) * ahead.sigma[0]) - 1.0) > 0.02  # not sqrt(horizon)
    loss = fit.forecast(10, "long")
    move = 10.0 * ahead.mean + total * law.ppf(0.01)
    assert q.VaR(0.99)(loss).value == pytest.approx(-math.expm1(move), rel=1e-12)
    assert loss.n_obs == len(RETURNS)
    assert q.VaR(0.99)(loss).std_error > 0.0


def test_closed_form_and_paths_agree_where_variance_does_not_answer_to_shocks():
    flat = q.EWMA(half_life=1e7)
    for horizon in (2, 10):
        exact, drawn = (
            q.ES(0.99)(
                q.ParametricRisk(volatility=flat, window=None, n_paths=n)
                .fit(RETURNS)
                .forecast(horizon, "short")
            )
            for n in (None, 40_000)
        )
        # what separates them is the Monte Carlo error alone; both carry that of the level
        level, both = exact.std_error, drawn.std_error
        monte_carlo = math.sqrt(both**2 - level**2)
        assert 0.0 < monte_carlo < 0.02 * exact.value
        assert abs(drawn.value - exact.value) < 4.0 * monte_carlo


def test_more_paths_shrink_the_error_of_simulation():
    errors = []
    for n_paths in (1_000, 16_000):
        risk = q.ParametricRisk(volatility=q.EWMA(half_life=20), window=None, n_paths=n_paths)
        forecast = risk.fit(RETURNS).forecast(5)
        assert forecast.n_obs == n_paths
        errors.append(q.VaR(0.99)(replace(forecast, parameter_error=None)).std_error)
    assert errors[1] == pytest.approx(errors[0] / 4.0, rel=0.4)
