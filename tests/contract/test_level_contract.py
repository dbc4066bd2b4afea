"""What an estimator that is fitted at one level promises: one period, both sides, that level."""

from __future__ import annotations

import dataclasses
import math
import pickle

import numpy as np
import pytest

import quant as q
from quant.risk._walk_forward import walk_forward
from tests.strategies import daily, garch_returns

RETURNS = garch_returns(600, seed=31)
CUT = 560
AT_ONE_LEVEL = (
    q.CAViaR(level=0.95, window=300),
    q.CAViaR(level=0.975, dynamics="symmetric absolute value", window=300),
    q.CAViaR(level=0.95, dynamics="indirect GARCH", window=300),
    q.CAViaR(level=0.95, dynamics="adaptive", window=300),
    q.JointVaRES(level=0.95, window=300),
    q.JointVaRES(level=0.95, dynamics="one-factor GAS", window=300),
    q.JointVaRES(level=0.975, dynamics="asymmetric Laplace", window=300),
)
everyone = pytest.mark.parametrize("estimator", AT_ONE_LEVEL, ids=repr)
both_sides = pytest.mark.parametrize("side", ["long", "short"])


def measures(estimator):
    """Return what can be read off its forecasts."""
    both = isinstance(estimator, q.JointVaRES)
    return (q.VaR(estimator.level), q.ES(estimator.level))[: 1 + both]


@everyone
def test_a_specification_is_frozen_equal_by_value_and_hashable(estimator):
    assert dataclasses.replace(estimator) == estimator
    assert hash(dataclasses.replace(estimator)) == hash(estimator)
    with pytest.raises(dataclasses.FrozenInstanceError):
        estimator.level = 0.9


@everyone
@both_sides
def test_a_forecast_states_what_it_is_and_answers_at_its_level(estimator, side):
    forecast = estimator.fit(RETURNS).forecast(1, side)
    assert (forecast.horizon, forecast.side, forecast.unit) == (1, side, "fraction")
    assert forecast.as_of == RETURNS.index[-1]
    assert forecast.n_obs == 300
    assert forecast.loss.levels == (estimator.level,)
    values = []
    for measure in measures(estimator):
        estimate = measure(forecast)
        values.append(estimate.value)
        assert estimate.std_error > 0.0
        low, high = estimate.interval(0.9)
        assert low < estimate.value < high
        again = pickle.loads(pickle.dumps(estimate))
        assert (again.value, again.std_error) == (estimate.value, estimate.std_error)
    assert values == sorted(values)
    assert 0.0 < values[0] < 1.0


@everyone
def test_what_it_was_not_fitted_for_is_refused(estimator):
    fit = estimator.fit(RETURNS)
    with pytest.raises(q.InputError, match=rf"horizon: expected 1 for {type(estimator).__name__}"):
        fit.forecast(2)
    with pytest.raises(q.InputError, match=rf"level: expected {estimator.level}, where the law"):
        q.VaR(0.99)(fit.forecast())


@everyone
@both_sides
def test_doubled_log_returns_double_the_log_move(estimator, side):
    one, two = (
        q.VaR(estimator.level)(estimator.fit(s).forecast(1, side)).value
        for s in (RETURNS, 2.0 * RETURNS)
    )
    moves = [-math.log1p(-v) if side == "long" else math.log1p(v) for v in (one, two)]
    # money losses and the adaptive steepness are not free of scale; a fit of theirs may move on
    exact = isinstance(estimator, q.CAViaR) and estimator.dynamics != "adaptive"
    assert moves[1] == pytest.approx(2.0 * moves[0], rel=1e-9 if exact else 0.35)


@everyone
def test_an_update_moves_on_and_keeps_the_parameters(estimator):
    fit = estimator.fit(RETURNS.iloc[:500])
    moved = fit.update(RETURNS.iloc[500:501]).update(RETURNS.iloc[501:550])
    at_once = fit.update(RETURNS.iloc[500:550])
    assert moved.forecast().as_of == RETURNS.index[549]
    measure = q.VaR(estimator.level)
    for side in ("long", "short"):
        assert moved.params(side) == fit.params(side)
        a, b = (measure(f.forecast(1, side)).value for f in (moved, at_once))
        assert a == pytest.approx(b, rel=1e-12)
    assert measure(moved.forecast()).value != measure(fit.forecast()).value


@everyone
@pytest.mark.parametrize(
    ("returns", "error", "message"),
    [
        (RETURNS.iloc[:1], q.InsufficientDataError, "expected at least 2 observations, got 1"),
        (RETURNS.iloc[:250], q.InsufficientDataError, "window: expected at most the 250 returns"),
        (RETURNS * 0.0, q.InputError, "expected variation"),
        (RETURNS.replace(RETURNS.iloc[3], math.inf), q.InputError, "got inf at 2015-01-04"),
        (RETURNS.to_numpy(), q.InputError, "expected a pandas Series"),
        (100.0 * np.exp(RETURNS.cumsum()), q.InputError, "these look like prices"),
    ],
)
def test_what_cannot_be_estimated_is_refused(estimator, returns, error, message):
    with pytest.raises(error, match=message):
        estimator.fit(returns)


@everyone
def test_the_same_specification_and_data_give_the_same_bits(estimator):
    a, b = (estimator.fit(RETURNS) for _ in range(2))
    for side in ("long", "short"):
        assert a.forecast(1, side).loss.rows == b.forecast(1, side).loss.rows


@everyone
def test_a_forecast_answers_to_the_data_it_is_given(estimator):
    stressed = daily(np.concatenate([RETURNS.to_numpy()[:560], 3.0 * RETURNS.to_numpy()[560:]]))
    fit = estimator.fit(RETURNS.iloc[:560])
    calm, wild = (
        q.VaR(estimator.level)(fit.update(s.iloc[560:]).forecast()).value
        for s in (RETURNS, stressed)
    )
    assert wild > calm


@everyone
@both_sides
def test_it_sees_the_past_only(estimator, side):
    nonsense = RETURNS.copy()
    nonsense.iloc[CUT:] = np.random.default_rng(0).normal(0.5, 2.0, len(RETURNS) - CUT)
    options = {
        "measures": measures(estimator),
        "start": RETURNS.index[540],
        "end": RETURNS.index[CUT + 12],
        "refit_every": 10,
        "side": side,
    }
    honest = walk_forward(estimator, RETURNS, **options)
    tampered = walk_forward(estimator, nonsense, **options)
    forecasts = [repr(measure) for measure in measures(estimator)]
    before = honest["as_of"] < RETURNS.index[CUT]
    assert before.sum() == CUT - 540 + 1
    assert honest[before][forecasts].equals(tampered[before][forecasts])
    assert not honest[~before][forecasts].equals(tampered[~before][forecasts])


@everyone
def test_a_fit_prints_in_one_line(estimator):
    text = repr(estimator.fit(RETURNS))
    assert "\n" not in text
    assert " at 0x" not in text  # an address is another in every run
