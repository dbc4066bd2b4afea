"""Bootstrap errors: whose law is forecast, what is redrawn, and when."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

import quant as q
from quant.risk._redrawing import innovations_redrawn
from quant.risk._resampling import resampled
from tests.strategies import daily, garch_returns

RETURNS = garch_returns(700, seed=4)
GARCH = q.GARCH()
HS = q.HistoricalSimulation(window=500)
FILTERED = (
    q.FilteredHistoricalSimulation(volatility=GARCH, window=500),
    q.ParametricRisk(volatility=GARCH, window=500),
    q.VolatilityScaledSimulation(volatility=GARCH, window=500),
    q.CornishFisher(volatility=q.EWMA(half_life=30), window=500),
    q.ExtremeValue(volatility=GARCH, window=500),
)


@pytest.mark.parametrize("inner", [HS, *FILTERED], ids=lambda e: type(e).__name__)
def test_the_forecast_is_that_of_the_estimator_and_the_error_is_like_its_own(inner):
    fit, alone = q.BootstrapRisk(inner, n_boot=60).fit(RETURNS), inner.fit(RETURNS)
    for measure, side in ((q.VaR(0.975), "long"), (q.ES(0.95), "short")):
        ours, own = measure(fit.forecast(1, side)), measure(alone.forecast(1, side))
        assert ours.value == own.value
        pd.testing.assert_series_equal(ours.drivers, own.drivers)
        # two ways to one error, of which one has drawn 60 samples
        assert 0.4 < ours.std_error / own.std_error < 2.0
        low, high = ours.interval(0.9)
        assert low < ours.value < high
        assert high - low == pytest.approx(2 * 1.645 * ours.std_error, rel=0.45)


def test_nothing_is_drawn_before_an_error_is_asked_for(monkeypatch):
    from quant.risk import bootstrap

    def refuse(*_: object) -> None:
        raise AssertionError("drawn")

    monkeypatch.setattr(bootstrap, "resampled", refuse)
    estimate = q.VaR(0.95)(q.BootstrapRisk(HS).fit(RETURNS).forecast())
    assert estimate.value > 0.0
    with pytest.raises(AssertionError, match="drawn"):
        _ = estimate.std_error


def test_the_seed_decides_the_bits():
    one, same, other = (
        q.VaR(0.95)(q.BootstrapRisk(FILTERED[0], n_boot=40, seed=s).fit(RETURNS).forecast())
        for s in (1, 1, 2)
    )
    assert one.std_error == same.std_error
    assert one.std_error != other.std_error
    assert one.value == other.value


def test_each_replicate_is_a_refit_put_to_the_actual_returns():
    inner = FILTERED[0]
    fit = inner.fit(RETURNS)
    volatility = fit.volatility
    z = volatility.z.to_numpy()
    standard = (z - z.mean()) / z.std()
    rows = np.random.default_rng(9).integers(0, 500, size=(20, 500))
    paths = volatility.resimulate(standard[rows])
    drawn = list(innovations_redrawn(fit, fit, RETURNS.iloc[-500:], 20, 9))
    for k in (0, 7, 19):
        refit = GARCH.fit(pd.Series(paths[k], index=RETURNS.index[-500:]))
        assert dict(drawn[k].volatility.params) == pytest.approx(dict(refit.params), rel=1e-9)
        expected = volatility.at(refit.params).forecast(1)
        assert drawn[k].volatility.forecast(1).sigma[0] == expected.sigma[0]
        # its innovations are those of a law that the sample leaves open, not of a resample
        assert np.unique(drawn[k].z).size == 500
        law = drawn[k].forecast(1, "long").loss
        moves = expected.mean + expected.sigma[0] * drawn[k].z.to_numpy()
        assert law.losses == pytest.approx(-np.expm1(moves))


@pytest.mark.parametrize("volatility", [GARCH, q.EWMA(half_life=30)], ids=repr)
def test_replicates_have_innovations_of_the_scale_of_the_actual_ones(volatility):
    # the filter errs in its scale by itself: innovations that erred in theirs too, and whose tail
    # beyond the worst made them wider on average, doubled the errors of losses over many periods
    inner = q.FilteredHistoricalSimulation(volatility=volatility, window=200)
    fit = inner.fit(RETURNS)
    z = fit.z.to_numpy()
    for drawn in innovations_redrawn(fit, fit, RETURNS.iloc[-200:], 20, 3):
        assert drawn.z.mean() == pytest.approx(z.mean(), abs=1e-12)
        assert drawn.z.std(ddof=0) == pytest.approx(z.std(), rel=1e-12)
        assert drawn.z.max() != z.max()


def test_replicated_losses_over_many_periods_lie_about_the_estimate():
    inner = q.FilteredHistoricalSimulation(volatility=GARCH, window=200, n_paths=1000)
    long = q.BootstrapRisk(inner, n_boot=60).fit(RETURNS.iloc[:350]).forecast(10)
    estimate = q.ES(0.95)(long)
    drawn = [q.ES(0.95)(f).value for f in long.replicates()]
    # unscaled innovations gave 1.09 here; the median of 60 errs by a sixth of their spread, 0.15
    assert np.median(drawn) / estimate.value == pytest.approx(1.0, abs=0.05)


def test_the_sample_is_simulated_from_where_it_began():
    # the innovations of the sample itself give back the sample
    fit = q.GJRGARCH().fit(RETURNS)
    again = fit.resimulate(fit.z.to_numpy()[None, :])[0]
    assert again == pytest.approx(RETURNS.to_numpy(), abs=1e-14)
    moved = fit.update(daily(np.array([0.2, -0.1]), start="2018-01-01"))
    assert moved.resimulate(fit.z.to_numpy()[None, :])[0] == pytest.approx(again, abs=1e-14)
    n = len(RETURNS)
    for width in (n - 1, n + 2):  # after an update too it is the estimation sample that is redrawn
        with pytest.raises(q.InputError, match=rf"z: expected {n} columns.*, got {width}; pass"):
            moved.resimulate(np.zeros((3, width)))
    with pytest.raises(q.InputError, match="z: expected two dimensions"):
        fit.resimulate(fit.z.to_numpy())
    har = q.HAR(form="level").fit(RETURNS, RETURNS**2)
    with pytest.raises(q.InputError, match=r"resimulate: expected a variance driven by returns"):
        har.resimulate(np.zeros((3, n)))


def test_updates_keep_the_replicated_parameters_and_move_their_state():
    risk = q.BootstrapRisk(FILTERED[1], n_boot=40)
    fit = risk.fit(RETURNS.iloc[:600])
    moved = fit.update(RETURNS.iloc[600:650]).update(RETURNS.iloc[650:])
    at_once = fit.update(RETURNS.iloc[600:])
    a, b = (q.ES(0.95)(f.forecast()).interval(0.9) for f in (moved, at_once))
    assert a == pytest.approx(b, rel=1e-12)
    replicas = list(moved.forecast().replicates())
    before = list(fit.forecast().replicates())
    assert len(replicas) == 40
    assert all(r.as_of == RETURNS.index[-1] for r in replicas)
    assert replicas[3].loss.sigma != before[3].loss.sigma


def test_the_error_of_a_moving_average_is_that_of_its_mean_square():
    # equal weights on w normal squares: the volatility has relative error 1 / sqrt(2 w)
    r = daily(np.random.default_rng(3).standard_normal(1500) * 0.02)
    inner = q.ParametricRisk(volatility=q.RollingVolatility(window=500), window=1000)
    estimate = q.VaR(0.99)(q.BootstrapRisk(inner, n_boot=150).fit(r).forecast())
    sigma = -math.log1p(-estimate.value)
    relative = estimate.std_error / (math.exp(-sigma) * sigma)
    # the error of 150 replicates is 6 %, that of the sample's own kurtosis a few percent
    assert relative == pytest.approx(1.0 / math.sqrt(1000.0), rel=0.25)
    fit = q.BootstrapRisk(inner, n_boot=30).fit(r.iloc[:1400])
    a, b = (
        q.VaR(0.99)(f.forecast()).std_error
        for f in (fit.update(r.iloc[1400:]), fit.update(r.iloc[1400:1450]).update(r.iloc[1450:]))
    )
    assert a == pytest.approx(b, rel=1e-12)


@pytest.mark.parametrize("block", [1, 20])
def test_resampled_returns_come_in_blocks_of_their_mean_length(block):
    sample = daily(np.arange(400.0))
    drawn = list(resampled(sample, block, 300, seed=1))
    assert len(drawn) == 300
    follows = np.concatenate([np.diff(s.to_numpy()) % 400 == 1 for s in drawn])
    # a block goes on with probability 1 - 1 / block, or starts anew just there by chance
    expected = 1.0 - 1.0 / block + 1.0 / (block * 400)
    assert follows.mean() == pytest.approx(expected, abs=5 * np.sqrt(0.25 / follows.size))
    assert all(s.index.equals(sample.index) for s in drawn[:3])
    counts = np.bincount(np.concatenate(drawn).astype(int), minlength=400)
    assert counts.min() > 200
    assert counts.max() < 420


def test_blocks_widen_the_error_of_clustered_losses():
    clustered = daily(np.repeat(np.random.default_rng(5).standard_t(5, 100) * 0.01, 10))
    inner = q.HistoricalSimulation(window=1000)
    narrow, wide = (
        q.ES(0.95)(q.BootstrapRisk(inner, n_boot=200, block=b).fit(clustered).forecast()).std_error
        for b in (1, 30)
    )
    assert wide > 2.0 * narrow


def test_a_sample_that_does_not_converge_is_refitted_alone(monkeypatch):
    fit = q.ParametricRisk(volatility=GARCH, window=500).fit(RETURNS)

    def stubborn(self, windows):
        if len(windows) > 1:
            raise q.ConvergenceError("fit: expected to converge", best=None)
        return original(self, windows)

    original = q.GARCH.fit_windows
    plain = [f.volatility.params for f in innovations_redrawn(fit, fit, RETURNS[-500:], 5, 0)]
    monkeypatch.setattr(q.GARCH, "fit_windows", stubborn)
    alone = [f.volatility.params for f in innovations_redrawn(fit, fit, RETURNS[-500:], 5, 0)]
    assert plain == alone


def test_what_cannot_be_drawn_anew_is_refused():
    realized = (RETURNS**2).rolling(5, min_periods=1).mean().rename("realized") + 1e-6
    har = q.FilteredHistoricalSimulation(volatility=q.HAR(form="level"), window=500)
    with pytest.raises(q.InputError, match="estimator: expected a volatility driven by returns"):
        q.BootstrapRisk(har).fit(RETURNS, realized)
    with pytest.raises(q.InputError, match="n_boot: expected a whole number of at least 20"):
        q.BootstrapRisk(HS, n_boot=10)
    with pytest.raises(q.InputError, match="block: expected a whole number of at least 1"):
        q.BootstrapRisk(HS, block=0)
    estimate = q.VaR(0.95)(q.BootstrapRisk(HS, n_boot=20).fit(RETURNS).forecast())
    with pytest.raises(q.InsufficientDataError, match=r"confidence: expected at most 0\.9 with 20"):
        estimate.interval(0.95)
