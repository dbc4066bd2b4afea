"""Coverage control: the recursion, its timing, its guarantee, and what is refused."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import quant as q
from quant.risk._coverage_control import Control, Rule
from quant.risk._walk_forward import walk_forward
from tests.strategies import daily, garch_returns

RETURNS = garch_returns(900, seed=21)
HS = q.HistoricalSimulation(window=200)
RISK = q.ConformalRisk(estimator=HS, level=0.95, gamma=0.01, calibration=300, refit_every=7)


def naive(returns, side, level=0.95, gamma=0.01, calibration=300, window=200, refit=7):
    """Return VaR of the next period and the working miss rate, period by period, from scratch."""
    miss, scores = 1.0 - level, []
    needed = round(1.0 / (1.0 - level))

    def limit_at(t):
        estimated = max(t // refit * refit, window)
        fit = HS.fit(returns.iloc[:estimated])
        fit = fit.update(returns.iloc[estimated:t]) if t > estimated else fit
        var = q.VaR(level)(fit.forecast(1, side)).value
        scale = -math.log1p(-var) if side == "long" else math.log1p(var)
        k = max(1, math.floor((len(scores) + 1) * miss + 1e-9))
        return scale, sorted(scores)[-k] * scale if len(scores) >= needed else math.inf

    for t in range(len(returns) - calibration, len(returns)):
        scale, limit = limit_at(t)
        move = returns.iloc[t] * (-1.0 if side == "long" else 1.0)
        if len(scores) >= needed:
            miss += gamma * (1.0 - level - (move > limit))
        scores.append(move / scale)
    limit = limit_at(len(returns))[1]
    return (-math.expm1(-limit) if side == "long" else math.expm1(limit)), miss


@pytest.mark.parametrize("side", ["long", "short"])
def test_the_recursion_is_the_plain_one(side):
    fit = RISK.fit(RETURNS)
    var, miss = naive(RETURNS, side)
    assert fit.working_level(side) == pytest.approx(1.0 - miss, rel=1e-13)
    assert q.VaR(0.95)(fit.forecast(1, side)).value == pytest.approx(var, rel=1e-12)


def test_a_breach_lowers_the_working_miss_rate_and_a_quiet_day_raises_it_a_little():
    fit = RISK.fit(RETURNS)
    var = q.VaR(0.95)(fit.forecast()).value
    day = RETURNS.index[-1] + pd.Timedelta(days=1)
    for loss, change in ((var + 1e-9, 0.01 * (1.0 - 0.05)), (var - 1e-9, -0.01 * 0.05)):
        moved = fit.update(pd.Series([math.log1p(-loss)], index=[day]))
        assert moved.working_level() - fit.working_level() == pytest.approx(change, rel=1e-9)


def test_expected_shortfall_is_scaled_with_var():
    inner = q.ParametricRisk(volatility=q.EWMA(half_life=20), window=200)
    fit = q.ConformalRisk(estimator=inner, level=0.95, calibration=300).fit(RETURNS)
    law, within = fit.forecast().loss, fit.inner.forecast()
    moves = [-math.log1p(-x) for x in (law.ppf(0.95), law.tail_mean(0.95))]
    own = [-math.log1p(-m(within).value) for m in (q.VaR(0.95), q.ES(0.95))]
    assert moves[1] / moves[0] == pytest.approx(own[1] / own[0], rel=1e-12)
    assert moves[0] != pytest.approx(own[0], rel=1e-3)


def test_updates_are_a_fit_of_the_whole_where_one_chain_is_walked():
    chain = q.evolve(RISK, {"calibration": None, "refit_every": 1000})
    whole = chain.fit(RETURNS)
    moved = chain.fit(RETURNS.iloc[:800]).update(RETURNS.iloc[800:801])
    moved = moved.update(RETURNS.iloc[801:])
    for side in ("long", "short"):
        assert moved.working_level(side) == whole.working_level(side)
        assert moved.breach_rate(side) == whole.breach_rate(side)
        assert moved.forecast(1, side).loss.rows == whole.forecast(1, side).loss.rows


@pytest.mark.parametrize("calibration", [300, None])
def test_a_walk_forward_is_the_plain_loop(calibration):
    risk = q.ConformalRisk(estimator=HS, level=0.95, gamma=0.01, calibration=calibration)
    start = RETURNS.index[870]
    table = walk_forward(risk, RETURNS, measures=(q.VaR(0.95), q.ES(0.95)), start=start)
    for end in table.index[::14]:
        past = RETURNS[: end - pd.Timedelta(days=1)]
        forecast = risk.fit(past).forecast()
        assert table.loc[end, repr(q.VaR(0.95))] == q.VaR(0.95)(forecast).value
        assert table.loc[end, repr(q.ES(0.95))] == q.ES(0.95)(forecast).value


def adversarial(kind: str, n: int = 3000) -> np.ndarray:
    rng = np.random.default_rng(8)
    z = rng.standard_normal(n) * 0.01
    if kind == "break":
        z[n // 2 :] *= 12.0
    elif kind == "trend":
        z *= np.exp(np.linspace(0.0, 4.0, n))
    elif kind == "calm":
        z *= np.exp(np.linspace(3.0, -3.0, n))
    elif kind == "crash every day":
        z = -0.001 * np.exp(np.linspace(0.0, 6.0, n))
    return z


@pytest.mark.parametrize("kind", ["iid", "break", "trend", "calm", "crash every day"])
@pytest.mark.parametrize("side", ["long", "short"])
@pytest.mark.parametrize("level", [0.99, 0.9])
def test_the_long_run_breach_rate_is_guaranteed_whatever_the_market_does(kind, side, level):
    gamma = 0.05
    returns = adversarial(kind) * (1.0 if side == "long" else -1.0)
    # as blind a yardstick as there is: a constant, known from the first days
    rule = Rule(level, gamma, 250, math.log(10.0))
    fresh = Control(rule, side, pd.Series(dtype=float, index=daily(returns).index[:0]), 1.0 - level)
    control = fresh.after(daily(returns), np.full(returns.size, 0.01))
    alpha, periods = 1.0 - level, control.periods
    bound = (max(alpha, 1.0 - alpha) + gamma) / (gamma * periods)
    assert periods == returns.size - round(1.0 / alpha)
    assert abs(control.breaches / periods - alpha) <= bound + 1e-12
    assert bound < 0.01


def test_the_guarantee_is_read_off_issued_forecasts_and_not_only_off_the_state():
    risk = q.ConformalRisk(estimator=HS, level=0.95, gamma=0.05, calibration=None)
    values = adversarial("break", 1200)
    # from the first forecast on, 200 and 20 days in
    bt = q.backtest(risk, daily(values), level=0.95, start="2015-08-09", refit_every=250)
    bound = (0.95 + 0.05) / (0.05 * bt.n_obs)
    assert abs(bt.n_breaches / bt.n_obs - 0.05) <= bound + 1e-12
    plain = q.backtest(HS, daily(values), level=0.95, start="2015-08-09")
    assert abs(plain.n_breaches / plain.n_obs - 0.05) > bound


def test_a_working_rate_below_zero_is_clipped_and_says_so():
    quiet = np.random.default_rng(2).standard_normal(700) * 0.01
    risk = q.ConformalRisk(estimator=HS, level=0.99, gamma=0.05, calibration=300)
    fit = risk.fit(daily(quiet))
    crash = pd.Series([-0.5], index=[daily(quiet).index[-1] + pd.Timedelta(days=1)])
    fit = fit.update(crash)
    assert fit.working_level("long") > 1.0
    assert "(clipped)" in repr(fit)
    assert fit.forecast(1, "long").loss.ppf(0.99) == 1.0
    assert q.VaR(0.99)(fit.forecast(1, "long")).std_error == 0.0
    rise = fit.update(pd.Series([1.5], index=[crash.index[0] + pd.Timedelta(days=1)]))
    assert rise.forecast(1, "short").loss.ppf(0.99) == pytest.approx(9.0)
    assert rise.forecast(1, "short").loss.tail_mean(0.99) == pytest.approx(9.0)


def test_the_standard_error_is_that_of_the_rank_of_the_scores():
    forecast = RISK.fit(RETURNS).forecast()
    estimate = q.VaR(0.95)(forecast)
    assert 0.02 < estimate.std_error / estimate.value < 0.3
    assert estimate.drivers.sum() == 1.0
    assert estimate.drivers.index[0] in RETURNS.index[-300:]


def test_the_interval_is_that_of_the_scores_at_the_level_asked_for():
    fit = RISK.fit(RETURNS)
    forecast = fit.forecast()
    ahead = fit.inner.forecast(1, "long")
    yardstick = q.VaR(0.95)(ahead)
    scale = -math.log1p(-yardstick.value)
    losses = -np.expm1(-fit.long.scores.to_numpy() * scale)
    ordered = np.sort(losses)[::-1]
    # ranks 8 and 24 of 300: binom.ppf(0.025) and binom.ppf(0.975) + 1 of Binomial(300, 0.05)
    own = q.VaR(0.95)(q.LossForecast(q.Empirical(losses), n_obs=300))
    assert own.interval() == pytest.approx((ordered[23], ordered[7]))
    estimate = q.VaR(0.95)(forecast)
    low, high = estimate.interval()
    # wider, by the error of the yardstick
    assert low < ordered[23] < ordered[7] < high
    relative = 1.96 * yardstick.std_error / yardstick.value
    assert high - own.value < ordered[7] - own.value + 1.3 * relative * own.value
    shortfall = q.ES(0.95)(forecast)
    assert shortfall.interval()[0] < shortfall.value < shortfall.interval()[1]
    # the working rate moves what is issued, not what is known of the level
    lowered = replace(fit, long=replace(fit.long, miss=0.5 * fit.long.miss))
    assert lowered.forecast().loss.ppf(0.95) > estimate.value
    assert q.VaR(0.95)(lowered.forecast()).interval() == (low, high)


def test_the_interval_holds_what_is_issued_and_ends_at_the_largest_loss():
    fit = RISK.fit(RETURNS)
    shut = replace(fit, long=replace(fit.long, miss=-0.01), short=replace(fit.short, miss=-0.01))
    for side, largest in (("long", 1.0), ("short", 9.0)):
        estimate = q.VaR(0.95)(shut.forecast(1, side))
        assert estimate.interval()[1] == pytest.approx(estimate.value) == pytest.approx(largest)
        assert estimate.interval()[0] == q.VaR(0.95)(fit.forecast(1, side)).interval()[0]
    few = q.ConformalRisk(estimator=HS, level=0.99, calibration=250).fit(RETURNS)
    assert q.VaR(0.99)(few.forecast()).interval()[1] == 1.0
    assert q.VaR(0.99)(few.forecast(1, "short")).interval()[1] == pytest.approx(9.0)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"level": 1.0}, r"level: expected a number in \(0, 1\)"),
        ({"gamma": 0.0}, "gamma: expected a number above 0, got 0"),
        ({"calibration": 99}, "calibration: expected a whole number of at least 100, got 99"),
        ({"refit_every": 0}, "refit_every: expected a whole number of at least 1"),
        ({"max_move": -1.0}, "max_move: expected a number above 0"),
        (
            {"calibration": None, "estimator": q.HistoricalSimulation()},
            "calibration: expected a number of periods for an estimator without a window",
        ),
    ],
)
def test_a_field_out_of_range_is_refused(fields, message):
    with pytest.raises(q.InputError, match=message):
        q.ConformalRisk(**({"estimator": HS, "level": 0.99} | fields))


def test_questions_that_coverage_control_cannot_answer_are_refused():
    fit = RISK.fit(RETURNS)
    with pytest.raises(q.InputError, match="horizon: expected 1, got 2; ConformalRisk counts"):
        fit.forecast(2)
    with pytest.raises(q.InputError, match=r"level: expected 0\.95, where the law is known"):
        q.VaR(0.99)(fit.forecast())
    with pytest.raises(q.InsufficientDataError, match="got 200 and 300 more to calibrate on"):
        RISK.fit(RETURNS.iloc[:499])
    rising = daily(np.abs(RETURNS.to_numpy()) + 0.001)
    with pytest.raises(q.InputError, match="estimator: expected a VaR above 0 to scale, got -0"):
        RISK.fit(rising)
    with pytest.raises(q.InputError, match="returns: expected dates after"):
        fit.update(RETURNS.iloc[-1:])
