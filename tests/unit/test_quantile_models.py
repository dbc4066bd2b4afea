"""CAViaR and joint VaR and ES: searches, states, errors, refusals."""

from __future__ import annotations

import math
import pickle

import numpy as np
import pytest

import quant as q
from quant.risk import _quantile_kernels as kernels
from quant.risk._quantile_dynamics import JOINT, QUANTILES
from quant.risk._quantile_error import bandwidth
from tests.strategies import daily, garch_returns

RETURNS = garch_returns(700, seed=21)
CAVIARS = [q.CAViaR(level=0.95, dynamics=name, window=500) for name in QUANTILES]
JOINTS = [q.JointVaRES(level=0.95, dynamics=name, window=500) for name in JOINT]
every = pytest.mark.parametrize("spec", CAVIARS + JOINTS, ids=lambda spec: spec.dynamics)


@pytest.fixture(scope="module")
def fits():
    """Fits of all recursions to the first 600 returns."""
    return {spec: spec.fit(RETURNS.iloc[:600]) for spec in CAVIARS + JOINTS}


@every
def test_no_random_point_scores_lower_than_the_fit(spec, fits):
    for side in ("long", "short"):
        tail = fits[spec].tail(side)
        code, best = tail.dynamics.code, tail.points[0]
        free = len(tail.dynamics.names)
        rng = np.random.default_rng(7)
        for spread in (0.003, 0.03, 0.3):
            for _ in range(300):
                point = best.copy()
                point[:free] *= np.exp(spread * rng.standard_normal(free))
                start = kernels.begin(code, point, tail.starts[0])
                found = kernels.mean_score(code, point, tail.losses, 0.05, start, 0.0)
                # FZ0 with an indicator inside the recursion has cliffs: nothing finds every crack
                slack = 3e-3 if spec.dynamics in ("one-factor GAS", "adaptive") else 1e-6
                assert found > tail.score - slack


@every
def test_in_sample_breaches_are_those_of_the_level(spec, fits):
    for side in ("long", "short"):
        tail = fits[spec].tail(side)
        var, es = kernels.paths(
            tail.dynamics.code, tail.points[:1], tail.starts[:1], tail.losses, 0.05
        )
        # the first-order condition of the scores: 25 of 500, each estimate may spend one or two
        assert abs((tail.losses > var[0]).sum() - 25) <= 6
        if isinstance(spec, q.JointVaRES):
            beyond = tail.losses[tail.losses > var[0]] / es[0][tail.losses > var[0]]
            assert beyond.mean() == pytest.approx(1.0, abs=0.15)


@every
def test_an_update_is_the_recursion_over_the_whole_path(spec, fits):
    fit = fits[spec]
    moved = fit.update(RETURNS.iloc[600:620]).update(RETURNS.iloc[620:])
    for side in ("long", "short"):
        tail = fit.tail(side)
        r = RETURNS.iloc[600:].to_numpy()
        raw = -r if side == "long" else r
        if isinstance(spec, q.JointVaRES):
            raw = -np.expm1(-raw) if side == "long" else np.expm1(raw)
        x = np.concatenate([tail.losses, raw / tail.scale])
        whole = kernels.advance(tail.dynamics.code, tail.points[:1], tail.starts[:1], x, 0.05)
        assert moved.tail(side).state == pytest.approx(whole[0], rel=1e-12)
        assert moved.params(side) == fit.params(side)
    assert moved.forecast().as_of == RETURNS.index[-1]
    with pytest.raises(q.InputError, match="expected dates after"):
        moved.update(RETURNS.iloc[-5:])


@every
def test_the_forecast_is_read_off_the_state(spec, fits):
    for side in ("long", "short"):
        tail = fits[spec].tail(side)
        var, es = kernels.read(tail.dynamics.code, tail.points[0], tail.state)
        forecast = fits[spec].forecast(1, side)
        value = q.VaR(0.95)(forecast).value
        if isinstance(spec, q.JointVaRES):
            assert value == pytest.approx(tail.scale * var)
            assert q.ES(0.95)(forecast).value == pytest.approx(tail.scale * es)
        else:
            sign = -1.0 if side == "long" else 1.0
            assert value == pytest.approx(sign * math.expm1(sign * tail.scale * var))
            with pytest.raises(q.InputError, match="has its VaR only"):
                q.ES(0.95)(forecast)


@every
def test_parameters_scale_with_the_unit_of_the_returns(spec, fits):
    if isinstance(spec, q.JointVaRES) or spec.dynamics == "adaptive":
        return  # money losses are not linear in log returns; G has a unit
    double = spec.fit(2.0 * RETURNS.iloc[:600])
    powers = dict(zip(QUANTILES[spec.dynamics].names, QUANTILES[spec.dynamics].powers, strict=True))
    for name, value in fits[spec].params().items():
        assert double.params()[name] == pytest.approx(2.0 ** powers[name] * value, rel=1e-9)


@every
def test_parameters_in_decimals_make_the_same_path(spec, fits):
    tail = fits[spec].tail("long")
    code, scale = tail.dynamics.code, tail.scale
    point = np.array([*tail.params.values(), *([1000.0] if spec.dynamics == "adaptive" else [])])
    start = tail.starts[0] * (scale if spec.dynamics not in ("one-factor GAS", "GARCH-FZ") else 1)
    var, es = kernels.paths(code, point[None, :], np.array([start]), scale * tail.losses, 0.05)
    unit_var, unit_es = kernels.paths(code, tail.points[:1], tail.starts[:1], tail.losses, 0.05)
    np.testing.assert_allclose(var, scale * unit_var, rtol=1e-9)
    np.testing.assert_allclose(es, scale * unit_es, rtol=1e-9)


@every
def test_errors_are_there_and_reach_the_forecast(spec, fits):
    for side in ("long", "short"):
        covariance = fits[spec].param_cov(side)
        assert list(covariance.index) == list(fits[spec].params(side))
        assert np.linalg.eigvalsh(covariance.to_numpy())[0] >= -1e-12
        estimate = q.VaR(0.95)(fits[spec].forecast(1, side))
        assert 0.0 < estimate.std_error < 2.0 * estimate.value
        low, high = estimate.interval(0.9)
        assert low < estimate.value < high


@every
def test_the_search_is_the_same_every_time_and_stores(spec, fits):
    again = spec.fit(RETURNS.iloc[:600])
    for side in ("long", "short"):
        assert again.params(side) == fits[spec].params(side)
        stored = pickle.loads(pickle.dumps(fits[spec].forecast(1, side)))
        assert stored.loss.rows == fits[spec].forecast(1, side).loss.rows
        assert q.VaR(0.95)(stored).std_error == q.VaR(0.95)(fits[spec].forecast(1, side)).std_error


def test_the_two_sides_are_fitted_apart():
    skewed = RETURNS.copy()
    skewed[skewed < 0.0] *= 2.0
    spec = q.CAViaR(level=0.95, window=500)
    fit, mirrored = spec.fit(skewed), spec.fit(-skewed)
    assert fit.params("long") == mirrored.params("short")
    assert fit.params("long") != fit.params("short")
    long, short = (q.VaR(0.95)(fit.forecast(1, side)).value for side in ("long", "short"))
    assert long > 1.3 * short


def test_an_asymmetric_slope_tells_gains_from_losses():
    # a market whose quantile answers to losses alone
    rng = np.random.default_rng(5)
    r, quantile = np.empty(4000), 0.03
    for t in range(r.size):
        r[t] = quantile / 1.645 * rng.standard_normal()
        quantile = 0.002 + 0.8 * quantile + 0.5 * max(-r[t], 0.0)
    params = q.CAViaR(level=0.95, window=None).fit(daily(r, start="1990-01-01")).params("long")
    assert params["loss"] == pytest.approx(0.5, abs=0.2)
    assert abs(params["gain"]) < 0.15
    assert params["persistence"] == pytest.approx(0.8, abs=0.12)


@every
def test_horizons_and_levels_it_was_not_fitted_for_are_refused(spec, fits):
    fit = fits[spec]
    with pytest.raises(q.InputError, match=r"horizon: expected 1 for .*, got 5; .* use Filtered"):
        fit.forecast(5)
    with pytest.raises(q.InputError, match=r"level: expected 0.95, where the law is known, got"):
        q.VaR(0.99)(fit.forecast())
    with pytest.raises(q.InputError, match="side: expected one of 'long', 'short'"):
        fit.forecast(1, "flat")


@pytest.mark.parametrize(
    ("returns", "level", "error", "message"),
    [
        (RETURNS.iloc[:90], 0.99, q.InsufficientDataError, "at least 100 observations for 0.99"),
        (RETURNS * 0.0 + 0.01, 0.95, q.InputError, "expected variation"),
        (RETURNS.abs() * 0.1 + 1e-4, 0.95, q.InputError, "level: expected losses of a long beyond"),
    ],
)
def test_what_cannot_be_fitted_is_refused(returns, level, error, message):
    for cls in (q.CAViaR, q.JointVaRES):
        with pytest.raises(error, match=message):
            cls(level=level, window=None).fit(returns)


@pytest.mark.parametrize("cls", [q.CAViaR, q.JointVaRES])
def test_fields_that_make_no_sense_are_refused(cls):
    with pytest.raises(q.InputError, match=r"level: expected a number in \(0.5, 1\), got 0.05"):
        cls(level=0.05)
    with pytest.raises(q.InputError, match=r"write 0.99 for 99 %"):
        cls(level=99)
    with pytest.raises(q.InputError, match=r"dynamics: expected one of .*, got 'GARCH'"):
        cls(dynamics="GARCH")


@pytest.mark.parametrize("spec", [CAVIARS[0], JOINTS[1]], ids=lambda spec: spec.dynamics)
def test_a_backtest_steps_it_through_history(spec):
    bt = q.backtest(spec, RETURNS, level=0.95, refit_every=50)
    assert bt.pit is None
    assert (bt.es is None) == isinstance(spec, q.CAViaR)
    assert bt.n_obs == 200
    assert 0 < bt.n_breaches < 25
    assert np.ptp(bt.var) > 0.0
    plain = spec.fit(RETURNS.iloc[:550]).update(RETURNS.iloc[550:560]).forecast()
    assert bt.var[60] == q.VaR(0.95)(plain).value


def test_the_band_of_the_density_is_that_of_hall_and_sheather():
    gaps = np.random.default_rng(1).standard_normal(1000)
    at, tail = -1.6448536269514722, 0.05
    density = math.exp(-0.5 * at * at) / math.sqrt(2 * math.pi)
    share = 1000 ** (-1 / 3) * 1.96 ** (2 / 3) * (1.5 * density**2 / (2 * at * at + 1)) ** (1 / 3)
    law = q.Normal()
    spread = np.median(np.abs(gaps - np.median(gaps))) / 0.6745
    expected = spread * (law.ppf(tail + share) - law.ppf(tail - share))
    assert bandwidth(gaps, tail) == pytest.approx(expected, rel=1e-3)
    assert bandwidth(gaps, 1e-4) > 0.0


@pytest.mark.parametrize("end", ["2012-12-31", "2018-12-28"])
def test_the_default_joint_recursion_is_found_on_real_returns(end):
    returns = q.log_returns(q.load_sample("markets"))["SP500"].dropna()[:end]
    fit = q.JointVaRES().fit(returns)
    for side in ("long", "short"):
        tail = fit.tail(side)
        points, starts = tail.points[:1], tail.starts[:1]
        var, _ = kernels.paths(tail.dynamics.code, points, starts, tail.losses, 0.025)
        # the first-order condition of the score in the scale of VaR: 25 of 1,000
        assert abs((tail.losses > var[0]).sum() - 25) <= 2


def test_the_one_factor_recursion_is_searched_below_its_first_cliffs():
    # a single search of 120 starts ended 4.6 and 7.5 higher, and said no less
    returns = q.log_returns(q.load_sample("markets"))["SP500"].dropna().iloc[500:1500]
    fit = q.JointVaRES(level=0.975, dynamics="one-factor GAS", window=1000).fit(returns)
    assert 1000.0 * fit.long.score < 735.5
    assert 1000.0 * fit.short.score < 837.6


def test_a_spike_does_not_turn_a_variance_negative():
    # a negative persistence fits one spike, and has no root the day after the next
    spiked = RETURNS.copy()
    spiked.iloc[-40] = 60.0 * float(RETURNS.std())
    fit = q.JointVaRES(level=0.975, dynamics="GARCH-FZ", window=500).fit(spiked)
    later = fit.update(daily(np.array([0.6, -0.6, 0.001]), start="2030-01-01"))
    for side in ("long", "short"):
        assert fit.params(side)["persistence"] >= 0.0
        for each in (fit, later):
            estimate = q.ES(0.975)(each.forecast(1, side))
            assert math.isfinite(estimate.value)
            assert math.isfinite(estimate.std_error)
    point = np.array([-0.1, 1.0, 0.5, 0.6])
    assert not kernels.admissible(kernels.SQUARED, point)
