"""What every risk estimator promises."""

from __future__ import annotations

import dataclasses
import math
import pickle

import numpy as np
import pandas as pd
import pytest

import quant as q
from quant import risk
from tests.contract.test_level_contract import AT_ONE_LEVEL
from tests.strategies import daily, garch_returns

RETURNS = garch_returns(600, seed=31)
ESTIMATORS = (
    q.HistoricalSimulation(window=300),
    q.AgeWeightedSimulation(half_life=100, window=300),
    q.VolatilityScaledSimulation(volatility=q.EWMA(half_life=20), window=300),
    q.VolatilityScaledSimulation(volatility=q.GARCH(), window=300, damping=0.5),
    q.CornishFisher(window=300),
    q.CornishFisher(volatility=q.EWMA(half_life=20), window=300),
    q.CornishFisher(volatility=q.GARCH(), window=300),
    q.FilteredHistoricalSimulation(volatility=q.EWMA(half_life=20), window=300, n_paths=2000),
    q.FilteredHistoricalSimulation(volatility=q.GJRGARCH(), window=300, n_paths=2000),
    q.ParametricRisk(volatility=q.EWMA(half_life=20), window=300, n_paths=2000),
    q.ParametricRisk(volatility=q.GARCH(distribution="t"), window=300, n_paths=2000),
    q.ExtremeValue(volatility=q.EWMA(half_life=20), window=300, n_paths=2000),
    q.ExtremeValue(volatility=q.GJRGARCH(), window=300, n_paths=2000),
    q.ParametricRisk(volatility=q.GARCH(distribution="t"), window=300, n_paths=None),
    q.BootstrapRisk(q.HistoricalSimulation(window=300), n_boot=60),
    q.BootstrapRisk(
        q.FilteredHistoricalSimulation(volatility=q.GARCH(), window=300, n_paths=2000), n_boot=60
    ),
    q.BootstrapRisk(
        q.ParametricRisk(volatility=q.EWMA(half_life=20), window=300, n_paths=2000), n_boot=60
    ),
    q.ConformalRisk(q.HistoricalSimulation(window=180), level=0.95, calibration=120),
    q.CombinedRisk(
        (q.HistoricalSimulation(300), q.ParametricRisk(q.EWMA(20), window=300, n_paths=2000)),
        level=0.95,
    ),
)
everyone = pytest.mark.parametrize("estimator", ESTIMATORS, ids=repr)
LEVELS = (0.9, 0.95, 0.975)
ONE_PERIOD = (q.ConformalRisk,)


def levels_of(estimator):
    """Return the levels an estimator can be asked for: one that holds a level knows no other."""
    return (estimator.level,) if hasattr(estimator, "level") else LEVELS


def refused(estimator, horizon):
    """Say whether the horizon is above what the estimator forecasts, and see that it refuses."""
    if horizon == 1 or not isinstance(estimator, ONE_PERIOD):
        return False
    with pytest.raises(q.InputError, match=f"horizon: expected 1, got {horizon}"):
        estimator.fit(RETURNS).forecast(horizon)
    return True


def test_every_published_estimator_is_covered():
    published = {n for n in risk.__all__ if hasattr(getattr(risk, n), "fit")} - {"RiskEstimator"}
    assert published == {type(e).__name__ for e in (*ESTIMATORS, *AT_ONE_LEVEL)}


@everyone
def test_a_specification_is_frozen_equal_by_value_and_hashable(estimator):
    assert dataclasses.replace(estimator) == estimator
    assert hash(dataclasses.replace(estimator)) == hash(estimator)
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(estimator, dataclasses.fields(estimator)[0].name, 2)


@everyone
@pytest.mark.parametrize("horizon", [1, 4])
@pytest.mark.parametrize("side", ["long", "short"])
def test_a_forecast_states_what_it_is_and_is_a_distribution(estimator, horizon, side):
    if refused(estimator, horizon):
        return
    loss = estimator.fit(RETURNS).forecast(horizon, side)
    assert (loss.horizon, loss.side, loss.unit) == (horizon, side, "fraction")
    assert loss.as_of == RETURNS.index[-1]
    assert loss.n_obs > 0
    levels = levels_of(estimator)
    quantiles = np.array([loss.loss.ppf(level) for level in levels])
    assert (np.diff(quantiles) > 0).all()
    for level in levels:
        var, es = q.VaR(level)(loss), q.ES(level)(loss)
        assert es.value >= var.value
        assert es.std_error > 0.0
        assert var.std_error > 0.0
        low, high = es.interval(0.9)
        assert low < es.value < high
        low, high = var.interval(0.9)
        assert low <= var.value <= high
    if side == "long":
        assert quantiles[-1] < 1.0


@everyone
@pytest.mark.parametrize("horizon", [1, 3])
def test_drivers_are_weights(estimator, horizon):
    if refused(estimator, horizon):
        return
    loss = estimator.fit(RETURNS).forecast(horizon, "long")
    for measure in (q.VaR(0.95), q.ES(0.95)):
        drivers = measure(loss).drivers
        assert not drivers.empty
        assert (drivers > 0.0).all()
        assert drivers.sum() <= 1.0 + 1e-12


@everyone
@pytest.mark.parametrize("side", ["long", "short"])
def test_doubled_log_returns_double_the_log_move(estimator, side):
    one, two = (estimator.fit(s).forecast(1, side) for s in (RETURNS, 2.0 * RETURNS))
    moves = [
        -math.log1p(-q.VaR(0.95)(f).value) if side == "long" else math.log1p(q.VaR(0.95)(f).value)
        for f in (one, two)
    ]
    # an estimated model is scale-free up to where its optimiser stops; an average of losses is
    # not the loss of an average of moves
    rel = 3e-2 if isinstance(estimator, q.CombinedRisk) else 1e-4
    assert moves[1] == pytest.approx(2.0 * moves[0], rel=rel)


@everyone
def test_an_update_moves_on_and_keeps_the_parameters(estimator):
    fit = estimator.fit(RETURNS.iloc[:500])
    moved = fit.update(RETURNS.iloc[500:501]).update(RETURNS.iloc[501:550])
    at_once = fit.update(RETURNS.iloc[500:550])
    assert moved.forecast().as_of == RETURNS.index[549]
    horizon = 1 if isinstance(estimator, ONE_PERIOD) else 2
    for side in ("long", "short"):
        a, b = (q.ES(0.95)(f.forecast(horizon, side)).value for f in (moved, at_once))
        assert a == pytest.approx(b, rel=1e-12)
    assert q.ES(0.95)(moved.forecast()).value != q.ES(0.95)(fit.forecast()).value


@everyone
@pytest.mark.parametrize(
    ("returns", "error", "message"),
    [
        (RETURNS.iloc[:0], q.InsufficientDataError, "expected at least 2 observations, got 0"),
        (RETURNS.iloc[:1], q.InsufficientDataError, "expected at least 2 observations, got 1"),
        (RETURNS.iloc[:250], q.InsufficientDataError, "window: expected at most the 250 returns"),
        (RETURNS * 0.0, q.InputError, "expected variation"),
        (RETURNS.replace(RETURNS.iloc[3], math.inf), q.InputError, "got inf at 2015-01-04"),
        (RETURNS.to_numpy(), q.InputError, "expected a pandas Series"),
    ],
)
def test_what_cannot_be_estimated_is_refused(estimator, returns, error, message):
    with pytest.raises(error, match=message):
        estimator.fit(returns)


@everyone
def test_the_same_specification_and_data_give_the_same_bits(estimator):
    horizons = (1,) if isinstance(estimator, ONE_PERIOD) else (1, 5)
    a, b = (
        [q.ES(0.95)(estimator.fit(RETURNS).forecast(h, "short")).value for h in horizons]
        for _ in range(2)
    )
    assert a == b


@everyone
def test_a_forecast_answers_to_the_data_it_is_given(estimator):
    stressed = daily(np.concatenate([RETURNS.to_numpy()[:560], 3.0 * RETURNS.to_numpy()[560:]]))
    calm, wild = (q.ES(0.95)(estimator.fit(s).forecast()).value for s in (RETURNS, stressed))
    assert wild > calm


def test_a_users_own_estimator_works_without_registration():
    @dataclasses.dataclass(frozen=True)
    class Worst:
        """The worst loss ever seen, and nothing else."""

        def fit(self, returns: pd.Series):
            return q.HistoricalSimulation(window=100).fit(returns)

    bt = q.backtest(Worst(), RETURNS, level=0.95, start=RETURNS.index[400])
    assert bt.n_obs == 200


@everyone
def test_a_fit_prints_in_one_line(estimator) -> None:
    text = repr(estimator.fit(RETURNS))
    assert "\n" not in text
    assert " at 0x" not in text  # an address is another in every run


@everyone
@pytest.mark.parametrize("horizon", [1, 3])
def test_a_forecast_and_what_is_read_off_it_can_be_stored(estimator, horizon):
    if refused(estimator, horizon):
        return
    estimate = q.ES(0.95)(estimator.fit(RETURNS).forecast(horizon, "short"))
    again = pickle.loads(pickle.dumps(estimate))
    assert again.value == estimate.value
    assert again.std_error == estimate.std_error
    pd.testing.assert_series_equal(again.drivers, estimate.drivers)


@everyone
@pytest.mark.parametrize("horizon", [1, 3])
def test_drivers_are_dates_of_the_past(estimator, horizon):
    if refused(estimator, horizon):
        return
    drivers = q.ES(0.95)(estimator.fit(RETURNS).forecast(horizon, "long")).drivers
    members = getattr(estimator, "estimators", (getattr(estimator, "estimator", estimator),))
    drawn = (q.ParametricRisk, q.ExtremeValue)
    if horizon > 1 and any(isinstance(member, drawn) for member in members):
        return  # paths drawn from a law have no dates
    assert isinstance(drivers.index, pd.DatetimeIndex)
    assert drivers.index.isin(RETURNS.index).all()
    assert (np.diff(drivers.to_numpy()) <= 0.0).all()


def test_the_dates_behind_several_periods_are_those_of_the_shocks():
    shocked = RETURNS.copy()
    shocked.iloc[450] = -0.5
    fhs = q.FilteredHistoricalSimulation(volatility=q.EWMA(half_life=20), window=300)
    drivers = q.ES(0.99)(fhs.fit(shocked).forecast(4, "long")).drivers
    assert drivers.index[0] == RETURNS.index[450]
    assert drivers.iloc[0] > 0.5
    assert drivers.sum() == pytest.approx(1.0)


@everyone
def test_prices_handed_in_as_returns_are_refused(estimator):
    with pytest.raises(q.InputError, match=r"these look like prices: use log_returns"):
        estimator.fit(100.0 * np.exp(RETURNS.cumsum()))


@everyone
@pytest.mark.parametrize("horizon", [1, 3])
def test_a_faster_way_through_history_gives_the_same_numbers(estimator, horizon):
    if not hasattr(estimator, "walk"):
        return
    measures = (q.VaR(0.95), q.VaR(0.99, rank="lower"), q.ES(0.975))
    origins = range(len(RETURNS) - 40, len(RETURNS))
    values = estimator.walk(RETURNS, origins, horizon, "short", measures)
    for origin, row in zip(origins, values, strict=True):
        forecast = estimator.fit(RETURNS.iloc[:origin]).forecast(horizon, "short")
        assert row == pytest.approx([m(forecast).value for m in measures], rel=1e-15)


@everyone
@pytest.mark.parametrize("refit_every", [1, 7])
def test_samples_made_together_are_those_of_single_forecasts(estimator, refit_every):
    if not hasattr(estimator, "walk_samples"):
        return
    origins = range(len(RETURNS) - 40, len(RETURNS))
    blocks = [origins[i : i + refit_every] for i in range(0, len(origins), refit_every)]
    pieces = estimator.walk_samples(RETURNS.to_numpy(), blocks, 1, "short")
    rows = iter(np.vstack(list(pieces)))
    for block in blocks:
        fit = estimator.fit(RETURNS.iloc[: block[0]])
        for seen, origin in zip((block[0], *block), block, strict=False):
            fit = fit if origin == seen else fit.update(RETURNS.iloc[seen:origin])
            np.testing.assert_array_equal(next(rows), fit.forecast(1, "short").loss.losses)
