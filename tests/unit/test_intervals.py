"""The law of an error that multiplies, and what an interval is made of."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import chi2, norm

import quant as q
from quant.risk._combination_weights import Weights
from quant.risk._combined_law import Together
from quant.risk._intervals import scale_interval
from quant.risk._parameter_error import Likely, ParameterError
from quant.risk._reading import Reader
from tests.strategies import daily


def test_the_interval_of_a_volatility_is_that_of_a_sample_variance():
    # of n normal draws with known mean the variance is a chi-square variable over n, and the
    # volatility has the relative standard error 1 / sqrt(2 n)
    n, sigma = 60, 0.02
    low, high = scale_interval(sigma, sigma / math.sqrt(2.0 * n), 0.9)
    assert low == pytest.approx(sigma * math.sqrt(n / chi2.ppf(0.95, n)), rel=1e-12)
    assert high == pytest.approx(sigma * math.sqrt(n / chi2.ppf(0.05, n)), rel=1e-12)


def test_small_errors_are_normal():
    for error in (1e-3, 1e-5, 1e-7):
        low, high = scale_interval(1.0, error, 0.95)
        assert (1.0 - low) / error == pytest.approx(1.959963984540054, rel=4.0 * error + 1e-6)
        assert (high - 1.0) / error == pytest.approx(1.959963984540054, rel=4.0 * error + 1e-6)
    assert scale_interval(1.0, 0.0, 0.95) == (1.0, 1.0)
    low, high = scale_interval(-0.01, 0.002, 0.95)
    assert (low + high) / 2 == pytest.approx(-0.01)


@pytest.mark.parametrize("confidence", [0.05, 0.5, 0.95, 0.999])
def test_the_ends_move_without_a_jump_through_zero_and_to_the_least_degree_of_freedom(
    confidence,
):
    error = 0.002
    for value, step in ((0.0, 1e-12), (error * math.sqrt(2.0), 1e-9)):
        below, above = (
            scale_interval(value + sign * step, error, confidence) for sign in (-1.0, 1.0)
        )
        assert below == pytest.approx(above, rel=1e-4)
    # at 0 a normal error is all there is, from either side
    reach = error * norm.ppf(0.5 + 0.5 * confidence)
    assert scale_interval(1e-12, error, confidence) == pytest.approx((-reach, reach), rel=1e-4)


@pytest.mark.parametrize("move", [-1e-9, 1e-9])
def test_a_quantile_next_to_zero_has_an_interval_on_either_side(move):
    returns = daily(0.01 * q.Normal().rvs(500, seed=2) + 0.002)
    fit = q.ParametricRisk(volatility=q.GARCH(), window=500).fit(returns)
    forecast = fit.forecast()
    at = float(forecast.loss.cdf(0.0))
    estimate = q.VaR(at + move)(forecast)
    assert abs(estimate.value) < 1e-10
    low, high = estimate.interval(0.95)
    assert high == pytest.approx(-low, rel=1e-3)
    assert high == pytest.approx(1.959963984540054 * estimate.std_error, rel=1e-3)


@pytest.mark.parametrize("error", [1e-6, 0.01, 0.3, 1.0, 1.5, 5.0, 50.0, 1e200])
def test_whatever_the_error_the_interval_holds_the_value_and_grows_with_confidence(error):
    ends = [scale_interval(1.0, error, c) for c in (0.01, 0.1, 0.5, 0.9, 0.95, 0.999)]
    low, high = np.transpose(ends)
    assert (low <= 1.0).all()
    assert (high >= 1.0).all()
    assert (np.diff(low) <= 0.0).all()
    assert (np.diff(high) >= 0.0).all()
    assert np.isfinite(ends).all()


def test_draws_are_read_as_quantiles_and_the_rest_widens_them():
    def law_at(v):
        return q.Empirical(np.array([v[0] + v[1]]))

    def number(law):
        return float(law.losses[0])

    drawn = np.column_stack([np.full(1001, 2.0), np.linspace(3.0, 7.0, 1001)])
    estimate = np.array([2.0, 4.0])
    covariance = np.diag([0.25, 9.0])
    rest = [np.zeros((2, 2)), np.diag([0.25, 0.0])]
    sure, unsure = (
        ParameterError(law_at, estimate, lambda: covariance, Likely(lambda: drawn, lambda r=r: r))
        for r in rest
    )
    assert sure.interval(number, 0.9) == pytest.approx((2.0 + 3.2, 2.0 + 6.8))
    low, high = scale_interval(6.0, 0.5, 0.9)
    expected = (6.0 - math.hypot(0.8, 6.0 - low), 6.0 + math.hypot(2.8, high - 6.0))
    assert unsure.interval(number, 0.9) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("measure", [q.VaR(0.99), q.ES(0.99)])
def test_members_err_together_in_the_interval_of_their_average(measure):
    returns = daily(0.01 * q.StudentT(nu=5.0).rvs(500, seed=3))
    members = (
        q.HistoricalSimulation(400),
        q.ParametricRisk(volatility=q.EWMA(half_life=40), window=400),
    )
    joint = measure(q.CombinedRisk(members, level=0.99).fit(returns).forecast()).interval(0.9)
    each = [measure(m.fit(returns).forecast()).interval(0.9) for m in members]
    assert joint == pytest.approx(np.mean(each, axis=0), rel=1e-9)


def test_a_fitted_law_has_the_error_of_its_likelihood_and_a_gaussian_one_that_of_the_sandwich():
    returns = daily(0.01 * q.StudentT(nu=5.0).rvs(600, seed=8))
    kinds = {
        q.GARCH(distribution="t"): "hessian",
        q.GARCH(): "robust",
    }
    for model, kind in kinds.items():
        fit = q.ParametricRisk(volatility=model, window=600).fit(returns)
        covariance = fit.forecast().parameter_error.covariance()
        assert np.array_equal(covariance, fit.volatility.param_cov(kind).to_numpy())
    given = q.ParametricRisk(
        volatility=q.GARCH(distribution="t"), distribution=q.StudentT(nu=4.0), window=600
    ).fit(returns)
    covariance = given.forecast().parameter_error.covariance()
    assert np.array_equal(covariance, given.volatility.param_cov("robust").to_numpy())


class _Two:
    """A combination of two members that weigh differently in VaR and in ES less VaR."""

    def __init__(self, *losses, var=(0.5, 0.5), gap=(0.5, 0.5), level=0.99):
        members = tuple(
            q.LossForecast(q.Empirical(np.asarray(x)), n_obs=len(x), side="long") for x in losses
        )
        weights = Weights(np.array(var), np.array(gap))
        specs = tuple(q.HistoricalSimulation(len(x)) for x in losses)
        together = Together(Reader(level, math.log(10.0)), weights, specs, members)
        self.members = members
        self.forecast = q.LossForecast(
            together.law(),
            side="long",
            interval_of=together.interval,
            std_error_of=together.std_error,
        )


@pytest.mark.parametrize("measure", [q.VaR(0.99), q.ES(0.99)])
@pytest.mark.parametrize("top", [0.0, 0.02])
def test_a_combination_whose_es_is_its_var_has_the_interval_of_its_equal_members(measure, top):
    loss = np.concatenate([np.full(150, -0.01), np.full(100, top)])
    two = _Two(loss, loss)
    member = measure(two.members[0]).interval(0.95)
    assert measure(two.forecast).interval(0.95) == pytest.approx(member, rel=1e-9)


def test_an_open_end_of_var_leaves_the_es_of_unequal_weights_its_own_end():
    # 250 losses do not bound their quantile at 99 %; their tail mean has an end all the same
    losses = [0.01 * q.StudentT(nu=5.0).rvs(250, seed=s) for s in (1, 2)]
    two = _Two(*losses, var=(0.8, 0.2), gap=(0.3, 0.7))
    var, es = (m(two.forecast).interval(0.95) for m in (q.VaR(0.99), q.ES(0.99)))
    ends = [q.ES(0.99)(member).interval(0.95)[1] for member in two.members]
    assert var[1] == math.inf
    # VaR is at most ES: at the open end it is taken there, weighted as VaR is
    assert es[1] == pytest.approx(0.8 * ends[0] + 0.2 * ends[1], rel=1e-12)
    assert es[0] < q.ES(0.99)(two.forecast).value < es[1]


@pytest.mark.parametrize(("side", "largest"), [("long", 1.0), ("short", 9.0)])
def test_no_end_lies_beyond_the_largest_loss_that_counts(side, largest):
    def law_at(v):
        return q.Quantiles([(0.99, float(v[0]), float(v[0]) + 0.1)])

    estimate = np.array([0.8])
    error = ParameterError(law_at, estimate, lambda: np.array([[0.6**2]]))
    forecast = q.LossForecast(law_at(estimate), side=side, parameter_error=error)
    low, high = q.ES(0.99)(forecast).interval(0.95)
    assert scale_interval(0.9, 0.6, 0.95)[1] > 9.0
    assert low < 0.9 < high == pytest.approx(largest)
    var = q.VaR(0.99)(forecast).interval(0.95)[1]
    assert var == 1.0 if side == "long" else var > 9.0
    money = q.LossForecast(law_at(estimate), side=side, parameter_error=error, unit="USD")
    assert q.ES(0.99)(money).interval(0.95)[1] > 9.0
    beyond = q.ES(0.99, max_move=0.1)(forecast)  # stated, and so not cut where it is
    assert beyond.interval(0.95)[0] < beyond.value <= beyond.interval(0.95)[1]
