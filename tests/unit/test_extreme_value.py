"""Extreme value tails on filtered returns."""

from __future__ import annotations

import dataclasses
import math
import pickle

import numpy as np
import pytest

import quant as q
from quant.risk._tail_diagnostics import hill
from quant.risk._two_tails import TwoTails
from tests.strategies import daily, garch_returns

RETURNS = garch_returns(900, seed=11)
SKEWED = daily(np.random.default_rng(4).gamma(2.0, 0.01, 900) - 0.02)
LAW = TwoTails.fit(np.random.default_rng(2).standard_t(4, 600), exceed_share=0.1)


def test_the_law_is_empirical_between_the_thresholds_and_pareto_beyond():
    assert LAW.cdf(LAW.lower.ppf(0.99) * -1.0) == pytest.approx(0.01)
    assert LAW.ppf(0.99) == LAW.upper.ppf(0.99)
    assert LAW.ppf(1.0 - 0.995) == pytest.approx(-LAW.lower.ppf(0.995), rel=1e-10)
    assert LAW.ppf(0.5) == pytest.approx(float(np.median(LAW.body)), abs=0.02)
    z = np.linspace(-8.0, 8.0, 801)
    p = LAW.cdf(z)
    assert (np.diff(p) > 0.0).all()
    np.testing.assert_allclose(LAW.ppf(p), z, atol=1e-8)
    edges = np.array([LAW.body[0], LAW.body[-1]])
    np.testing.assert_allclose(LAW.cdf(edges), [0.1, 0.9])
    np.testing.assert_allclose(LAW.cdf(np.nextafter(edges, [-9, 9])), [0.1, 0.9])


@pytest.mark.parametrize("level", [0.03, 0.4, 0.9, 0.99])
def test_the_tail_mean_of_the_law_is_the_integral_of_its_quantiles(level):
    points = level + (1.0 - level) * (np.arange(400_000) + 0.5) / 400_000
    assert LAW.tail_mean(level) == pytest.approx(float(np.mean(LAW.ppf(points))), rel=2e-4)


def test_repeated_innovations_in_the_body_are_a_jump():
    z = np.random.default_rng(1).normal(size=400)
    z[50:120] = 0.0
    law = TwoTails.fit(z, exceed_share=0.1)
    assert law.cdf(0.0) - law.cdf(-1e-12) > 0.17
    assert law.ppf(law.cdf(0.0) - 0.05) == 0.0


def test_longs_and_shorts_have_tails_of_their_own():
    fit = q.ExtremeValue(window=None).fit(SKEWED)
    mirrored = q.ExtremeValue(window=None).fit(-SKEWED)
    assert fit.tail("long").xi < -0.1 < fit.tail("short").xi + 0.05
    for mine, other in (("long", "short"), ("short", "long")):
        assert mirrored.tail(other).xi == pytest.approx(fit.tail(mine).xi, rel=1e-9)
    moves = {side: q.VaR(0.99)(fit.forecast(1, side)).value for side in ("long", "short")}
    back = {side: q.VaR(0.99)(mirrored.forecast(1, side)).value for side in ("long", "short")}
    assert moves["short"] > 1.5 * moves["long"]
    assert math.log1p(moves["short"]) == pytest.approx(-math.log1p(-back["long"]), rel=1e-9)


def test_without_a_filter_the_tail_is_that_of_the_returns():
    fit = q.ExtremeValue(window=600, exceed_share=0.05).fit(RETURNS)
    r = RETURNS.to_numpy()[-600:]
    direct = q.GPDTail.fit(-r, threshold=np.sort(-r)[-31])
    move = -math.log1p(-q.VaR(0.995)(fit.forecast()).value)
    assert move == pytest.approx(direct.ppf(0.995), rel=1e-8)
    assert fit.tail().xi == pytest.approx(direct.xi, abs=1e-8)
    later = fit.update(daily(np.array([-0.2]), start="2030-01-01"))
    assert later.forecast().as_of == daily(np.array([0.0]), start="2030-01-01").index[0]
    assert q.VaR(0.99)(later.forecast()).value == q.VaR(0.99)(fit.forecast()).value


def test_many_fits_are_the_fits_one_by_one():
    pasts = [RETURNS.iloc[:n] for n in (600, 700)]
    for volatility in (None, q.GARCH(), q.EWMA(half_life=20)):
        evt = q.ExtremeValue(volatility=volatility, window=500)
        for many, past in zip(evt.fit_many(pasts), pasts, strict=True):
            alone = evt.fit(past)
            assert q.ES(0.99)(many.forecast()).value == q.ES(0.99)(alone.forecast()).value


def test_several_periods_are_simulated_and_not_scaled_by_the_root_of_time():
    calm = RETURNS.copy()
    calm.iloc[-1] = -0.12
    fit = q.ExtremeValue(volatility=q.GARCH(), window=None, n_paths=4000).fit(calm)
    one, ten = (q.VaR(0.95)(fit.forecast(h)).value for h in (1, 10))
    assert ten < 0.97 * math.sqrt(10.0) * one  # volatility falls back from the shock
    again = q.ExtremeValue(volatility=q.GARCH(), window=None, n_paths=4000, seed=1).fit(calm)
    other = q.VaR(0.95)(again.forecast(10)).value
    assert other != ten
    assert other == pytest.approx(ten, rel=0.1)


def test_errors_of_the_filter_and_of_the_tail_add_up():
    evt = q.ExtremeValue(volatility=q.EWMA(half_life=20), window=800)
    fit = evt.fit(RETURNS)
    forecast = fit.forecast()
    whole = q.VaR(0.99)(forecast).std_error
    error = forecast.parameter_error
    tail_only = dataclasses.replace(
        error, covariance=lambda: np.pad(error.covariance()[1:, 1:], ((1, 0), (1, 0)))
    )
    tail = q.VaR(0.99)(dataclasses.replace(forecast, parameter_error=tail_only)).std_error
    assert 0.0 < tail < whole
    assert pickle.loads(pickle.dumps(forecast)).parameter_error is not None


@pytest.mark.parametrize("volatility", [None, q.EWMA(half_life=60)], ids=["bare", "filtered"])
@pytest.mark.parametrize("horizon", [1, 4])
def test_a_tail_on_its_bound_has_a_standard_error_that_goes_with_its_interval(volatility, horizon):
    even = daily(0.01 * np.random.default_rng(5).uniform(-1.0, 1.0, 300))
    fit = q.ExtremeValue(window=None, volatility=volatility, n_paths=2000).fit(even)
    assert fit.tail("long").on_bound
    for measure in (q.VaR(0.99), q.ES(0.99)):
        estimate = measure(fit.forecast(horizon, "long"))
        low, high = estimate.interval(0.95)
        assert low < estimate.value < high
        assert 0.7 < estimate.std_error / ((high - low) / 3.92) < 1.1


@pytest.mark.parametrize("horizon", [1, 3])
def test_a_level_beyond_the_sample_is_flagged_as_extrapolated(horizon):
    fit = q.ExtremeValue(volatility=q.EWMA(half_life=20), window=800).fit(RETURNS)
    forecast = fit.forecast(horizon)
    assert not q.VaR(0.998)(forecast).extrapolated
    assert q.VaR(0.999)(forecast).extrapolated
    assert q.ES(0.999)(forecast).extrapolated


def test_threshold_diagnostics_show_the_tail_over_thresholds():
    fit = q.ExtremeValue(volatility=q.EWMA(half_life=20), window=None).fit(RETURNS)
    table = fit.threshold_diagnostics("short", shares=(0.05, 0.1, 0.2))
    assert list(table.index) == [45, 90, 180]
    assert (np.diff(table["threshold"]) < 0.0).all()
    row = table.loc[90]
    assert row["xi"] == fit.tail("short").xi
    assert row["xi_std_error"] == fit.tail("short").std_errors()["xi"]
    assert row["hill"] == hill(fit.z.to_numpy(), 90)
    assert row["mean_excess"] == pytest.approx(fit.tail("short").excesses.mean())
    with pytest.raises(q.InputError, match=r"shares: expected a number in \(0, 0.5\), got 0.5"):
        fit.threshold_diagnostics(shares=(0.5,))


def test_hill_finds_the_index_of_a_pareto_law_and_needs_positive_losses():
    losses = np.random.default_rng(3).pareto(2.5, 20_000) + 1.0
    assert hill(losses, 4000) == pytest.approx(0.4, abs=4 * 0.4 / math.sqrt(4000))
    with pytest.raises(q.InputError, match="k: expected fewer losses than there are positive"):
        hill(losses - 2.0, 15_000)


def test_a_tail_without_a_mean_is_refused_with_what_to_change():
    rng = np.random.default_rng(8)
    wild = daily(np.where(rng.random(900) < 0.5, -1.0, 1.0) * rng.pareto(0.6, 900) * 1e-3)
    with pytest.raises(q.InputError, match=r"exceed_share: .* tail has a mean, got 0.1 with xi = "):
        q.ExtremeValue(window=900).fit(wild)


def test_too_few_exceedances_are_refused():
    with pytest.raises(
        q.InsufficientDataError, match=r"exceed_share: .* at least 10 of 500 .* with 5;"
    ):
        q.ExtremeValue(window=500, exceed_share=0.01).fit(RETURNS)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"exceed_share": 0.5}, r"exceed_share: expected a number in \(0, 0.5\), got 0.5"),
        ({"window": 1}, "window: expected a whole number of at least 2"),
        ({"n_paths": 10}, "n_paths: expected a whole number of at least 100"),
    ],
)
def test_fields_that_make_no_sense_are_refused(fields, message):
    with pytest.raises(q.InputError, match=message):
        q.ExtremeValue(**fields)


def test_a_short_has_no_unbounded_shortfall_under_a_polynomial_tail():
    fit = q.ExtremeValue(volatility=q.EWMA(half_life=20), window=None).fit(
        daily(np.random.default_rng(1).standard_t(3, 2000) * 0.01)
    )
    assert fit.tail("short").xi > 0.0
    with pytest.raises(q.InputError, match="max_move: expected a bound on the move"):
        q.ES(0.99, max_move=None)(fit.forecast(1, "short"))
    assert q.ES(0.99, max_move=None)(fit.forecast(1, "long")).value < 1.0


@pytest.mark.parametrize("volatility", [None, q.EWMA(half_life=20)], ids=["bare", "filtered"])
def test_a_bootstrap_draws_the_tails_anew(volatility):
    evt = q.ExtremeValue(volatility=volatility, window=600)
    plain = q.VaR(0.99)(evt.fit(RETURNS).forecast())
    drawn = q.VaR(0.99)(q.BootstrapRisk(evt, n_boot=40).fit(RETURNS).forecast())
    assert drawn.value == plain.value
    # two estimates of one error, the second from forty replicates: within a factor of two
    assert 0.5 < drawn.std_error / plain.std_error < 2.0


@pytest.mark.parametrize("side", ["long", "short"])
def test_the_filter_gives_mean_and_volatility_and_the_side_its_own_tail(side):
    # McNeil and Frey (2000): mu + sigma_{T+1} z_q, the tail of the side asked
    drifting = RETURNS + 0.01
    fit = q.ExtremeValue(volatility=q.GARCH(), window=600).fit(drifting.iloc[:899])
    fit = fit.update(drifting.iloc[899:])
    ahead = fit.volatility.forecast(1)
    assert ahead.mean > 0.005
    sign = -1.0 if side == "long" else 1.0
    move = ahead.mean + sign * ahead.sigma[0] * fit.tail(side).ppf(0.99)
    loss = q.VaR(0.99)(fit.forecast(1, side)).value
    assert loss == pytest.approx(sign * math.expm1(move), rel=1e-12)
    garch = q.GARCH().fit(drifting.iloc[299:899]).update(drifting.iloc[899:])
    assert ahead.sigma[0] == pytest.approx(garch.forecast(1).sigma[0], rel=1e-12)


def test_several_periods_without_a_filter_are_sums_of_draws_of_the_tails():
    fit = q.ExtremeValue(window=None, n_paths=20_000).fit(SKEWED)
    r = SKEWED.to_numpy()
    drawn = np.random.default_rng(1).choice(r, size=(200_000, 4)).sum(axis=1)
    for side, sign in (("long", -1.0), ("short", 1.0)):
        direct = np.quantile(sign * drawn, 0.95)
        move = sign * math.log1p(sign * q.VaR(0.95)(fit.forecast(4, side)).value)
        assert move == pytest.approx(direct, rel=0.03)
