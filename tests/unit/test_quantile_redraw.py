"""Redrawn samples of quantile recursions, the errors they make, and searches that look twice."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

import quant as q
from quant import _numerics
from quant.errors import InsufficientDataError
from quant.risk import _quantile_kernels as kernels
from quant.risk._quantile_redraw import RedrawnError, redrawn_ratios
from quant.risk._quantile_scales import with_scales
from quant.risk._walk_forward import walk_forward
from tests.strategies import garch_returns

RETURNS = garch_returns(700, seed=21)
VAR = q.VaR(0.975)


@pytest.fixture(scope="module")
def fit():
    return q.CAViaR(level=0.975, window=500).fit(RETURNS.iloc[:600])


def test_one_sample_drives_the_path_and_another_is_scored():
    rng = np.random.default_rng(3)
    x, y = rng.standard_normal(400), 2.0 * rng.standard_normal(400)
    point = np.array([0.05, 0.9, 0.2])
    var, _ = kernels.paths(kernels.SYMMETRIC, point[None, :], np.array([2.0]), x, 0.05)
    found = kernels.score_beside(kernels.SYMMETRIC, point, x, y, 0.05, 2.0, 0.0)
    assert found == pytest.approx(_numerics.tick(y, var[0], 0.95).mean(), rel=1e-12)
    own = kernels.mean_score(kernels.SYMMETRIC, point, x, 0.05, 2.0, 0.0)
    assert own == kernels.score_beside(kernels.SYMMETRIC, point, x, x, 0.05, 2.0, 0.0)


def test_a_breach_of_the_scored_loss_does_not_move_a_state_that_breaches_move():
    point = np.array([0.95, 0.05, 2.0, 2.6])
    x, y = np.array([0.1, 0.1, 0.1]), np.array([9.0, 0.1, 0.1])
    var, es = kernels.paths(kernels.SCORE_DRIVEN, point[None, :], np.zeros(1), x, 0.05)
    found = kernels.score_beside(kernels.SCORE_DRIVEN, point, x, y, 0.05, 0.0, 0.0)
    assert found == pytest.approx(_numerics.fz0(y, var[0], es[0], 0.95).mean(), rel=1e-12)


def test_ratios_are_drawn_with_their_quantile_at_one_and_the_tail_asked_for():
    rng = np.random.default_rng(1)
    sample = rng.standard_t(5, 20_000) / 2.0
    tail = 0.02
    drawn = redrawn_ratios(sample, 1.0, tail, rng)
    share = (drawn > 1.0).mean()
    assert share == pytest.approx(tail, abs=4.0 * math.sqrt(tail / drawn.size))
    # without an ES the index is that of the 6 % largest of the sample
    ordered = np.sort(sample)[-1201:]
    index = np.log(ordered[1:] / ordered[0]).mean()
    assert np.log(drawn[drawn > 1.0]).mean() == pytest.approx(index, rel=0.2)
    known = redrawn_ratios(sample, 1.25, tail, rng)
    midway = 0.5 * (index + 0.2)
    assert np.log(known[known > 1.0]).mean() == pytest.approx(midway, rel=0.2)
    assert np.median(drawn) == pytest.approx(np.median(sample), abs=0.02)


def test_where_gains_reach_into_the_tail_the_sample_itself_is_drawn():
    sample = np.append(-np.ones(98), [1.0, 2.0])
    drawn = redrawn_ratios(sample, 1.0, 0.05, np.random.default_rng(2))
    assert set(drawn) <= set(sample)


def test_the_error_is_what_the_replicates_stay_within():
    def law(value):
        return q.Quantiles([(0.975, value, None)])

    steps = np.linspace(0.01, 1.0, 100)
    error = RedrawnError(law(0.05), lambda: [law(0.05 * math.exp(-s)) for s in steps])

    def number(held):
        return held.ppf(0.975)

    reach = np.quantile(steps, 0.95)
    assert math.sqrt(error.variance(number)) == pytest.approx(0.05 * reach / 1.959964, rel=1e-6)
    low, high = error.interval(number, 0.8)
    # as far up as down, though every replicate is lower
    assert math.log(0.05 / low) == pytest.approx(np.quantile(steps, 0.8))
    assert low * high == pytest.approx(0.05**2)


def test_errors_of_a_gain_add():
    def law(value):
        return q.Quantiles([(0.975, value, None)])

    error = RedrawnError(law(-0.01), lambda: [law(-0.01 + s) for s in np.linspace(-0.02, 0.03, 51)])

    def number(held):
        return held.ppf(0.975)

    reach = np.quantile(np.abs(np.linspace(-0.02, 0.03, 51)), (0.8, 0.95))
    assert error.interval(number, 0.8) == pytest.approx((-0.01 - reach[0], -0.01 + reach[0]))
    assert math.sqrt(error.variance(number)) == pytest.approx(reach[1] / 1.959964, rel=1e-6)


def test_a_var_that_great_gains_have_made_negative_has_an_error(fit):
    tail = fit.tail("long")
    # half of each gain off the VaR: after a great one it is a gain itself
    points = tail.points.copy()
    points[:, 2] = -0.5
    moved = replace(tail, points=points).update(np.array([0.3]))
    assert moved.law.ppf(0.975) < 0.0
    laws = [law.ppf(0.975) for law in moved.redrawn(25, 0)]
    assert np.isfinite(laws).all()
    assert min(laws) < 0.0
    low, high = moved.parameter_error().interval(lambda law: law.ppf(0.975), 0.9)
    assert low < moved.law.ppf(0.975) < high


def test_replicates_are_made_from_where_the_market_stands():
    fit = q.CAViaR(0.95, "symmetric absolute value", window=500).fit(RETURNS.iloc[:600])
    crash = RETURNS.iloc[600:603].copy()
    crash[:] = -5.0 * RETURNS.std()
    later = fit.update(crash)
    for moved in (fit, later):
        value = q.VaR(0.95)(moved.forecast(1, "short")).value
        laws = [law.ppf(0.95) for law in moved.tail("short").redrawn(60, 0)]
        assert np.median(laws) == pytest.approx(value, rel=0.1)
    assert value > 3.0 * q.VaR(0.95)(fit.forecast(1, "short")).value
    again = [law.ppf(0.95) for law in later.tail("short").redrawn(60, 0)]
    assert again == laws
    assert [law.ppf(0.95) for law in later.tail("short").redrawn(60, 1)] != laws


@pytest.mark.parametrize("name", ["asymmetric Laplace", "GARCH-FZ", "one-factor GAS"])
def test_every_redrawn_pair_is_a_pair(name):
    tail = q.JointVaRES(level=0.95, dynamics=name, window=500).fit(RETURNS).tail("short")
    for law in tail.redrawn(25, 0):
        assert 0.0 < law.ppf(0.95) <= law.tail_mean(0.95)


def test_a_bootstrap_of_a_recursion_redraws_the_recursion():
    spec = q.CAViaR(level=0.975, window=500)
    risk = q.BootstrapRisk(estimator=spec, n_boot=40, seed=5).fit(RETURNS)
    estimate = VAR(risk.forecast(1, "short"))
    own = [law.ppf(0.975) for law in spec.fit(RETURNS).tail("short").redrawn(40, 5)]
    assert estimate.std_error == pytest.approx(np.std(own, ddof=1), rel=1e-12)
    assert estimate.interval(0.9) == pytest.approx(tuple(np.quantile(own, [0.05, 0.95])))


def test_the_scales_of_a_path_are_those_with_the_lowest_score():
    rng = np.random.default_rng(4)
    x, tail = rng.standard_t(6, 800), 0.05
    start = np.array([[0.9, 0.02, 0.5, 0.6]])
    for kind in (kernels.SQUARED, kernels.SCORE_DRIVEN):
        solved = with_scales(kind, start, x, tail, 20)[0]

        def score(point, kind=kind):
            return kernels.mean_score(kind, point, x, tail, kernels.begin(kind, point, 1.0), 0.0)

        assert score(solved) < score(start[0])
        if kind == kernels.SQUARED:
            for move in (0.97, 1.03):
                assert score(solved * np.array([1.0, 1.0, move, 1.0])) > score(solved)
                assert score(solved * np.array([1.0, 1.0, 1.0, move])) > score(solved)


def test_forecasts_of_a_search_that_did_not_settle_say_so(fit):
    assert fit.diagnostics("long").converged
    assert fit.forecast().converged
    doubtful = replace(fit.long, diagnostics=replace(fit.long.diagnostics, converged=False))
    forecast = replace(fit, long=doubtful).forecast()
    assert not forecast.converged
    assert "not converged" in repr(VAR(forecast))
    assert "not converged" not in repr(VAR(fit.forecast()))


def test_a_walk_says_which_searches_did_not_settle():
    spec = q.JointVaRES(level=0.975, dynamics="one-factor GAS", window=500)
    measures, start = (VAR, q.ES(0.975)), RETURNS.index[680]
    table = walk_forward(spec, RETURNS, measures=measures, start=start, refit_every=10)
    settled = [spec.fit(RETURNS.iloc[:end]).diagnostics("long").converged for end in (680, 690)]
    assert not all(settled)
    assert table["converged"].tolist() == [said for said in settled for _ in range(10)]
    bt = q.backtest(spec, RETURNS, level=0.975, start=start, refit_every=10)
    assert bt.converged.tolist() == table["converged"].tolist()
    assert bt.to_frame()["converged"].sum() == 10 * sum(settled)
    assert f"not converged behind {10 * settled.count(False)} forecasts" in repr(bt)


def test_a_walk_whose_searches_settled_has_nothing_to_say(fit):
    spec, start = q.CAViaR(0.975, window=500), RETURNS.index[600]
    plain = walk_forward(spec, RETURNS, measures=(VAR,), start=start, refit_every=1000)
    assert fit.diagnostics("long").converged
    assert "converged" not in plain
    assert q.backtest(spec, RETURNS, level=0.975, start=start, refit_every=1000).converged is None


def test_an_interval_that_no_redrawn_sample_lies_outside_of_is_refused(fit):
    estimate = VAR(fit.forecast())
    assert estimate.interval(0.99)[1] > estimate.interval(0.95)[1]
    with pytest.raises(InsufficientDataError, match=r"confidence: expected at most 0.995 with 199"):
        estimate.interval(0.999)
