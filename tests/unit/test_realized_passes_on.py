"""Realised variances reach the volatility model through every layer, and only those of the past."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

import quant as q
from quant.risk._walk_forward import walk_forward
from tests.strategies import daily

HAR = q.HAR(week=7, month=30)
FHS = q.FilteredHistoricalSimulation(volatility=HAR, window=300, n_paths=200)
PARAMETRIC = q.ParametricRisk(volatility=HAR, window=300, n_paths=200)
RANGES = q.FilteredHistoricalSimulation(
    volatility=q.RangeVolatility(window=20), window=300, n_paths=200
)
each = pytest.mark.parametrize(
    "estimator", [FHS, PARAMETRIC, RANGES], ids=["filtered", "parametric", "ranges"]
)


def markets(n=480, seed=8):
    rng = np.random.default_rng(seed)
    y = np.full(n, -8.0)
    for t in range(30, n):
        mean = -0.8 + 0.4 * y[t - 1] + 0.3 * y[t - 7 : t].mean() + 0.2 * y[t - 30 : t].mean()
        y[t] = mean + 0.4 * rng.standard_normal()
    x = np.exp(y)
    return daily(np.sqrt(1.2 * x) * rng.standard_normal(n)), daily(x)


RETURNS, X = markets()
CUT = 440
WILD = X.copy()
WILD.iloc[CUT:] = X.max() * 30.0


def number(estimator, returns, realized, horizon=1):
    return q.ES(0.95)(estimator.fit(returns, realized).forecast(horizon)).value


@each
def test_an_estimator_fits_its_model_to_the_realized_variances_of_its_window(estimator):
    value = number(estimator, RETURNS, X)
    window = number(estimator, RETURNS.iloc[-300:], X.iloc[-300:])
    assert value == window
    spoiled = X.copy()
    spoiled.iloc[:180] = 1.0
    assert number(estimator, RETURNS, spoiled) == value
    spoiled.iloc[-1] *= 20.0
    assert number(estimator, RETURNS, spoiled) > 1.05 * value
    with pytest.raises(q.InputError, match=r"realized: expected the realised variances that"):
        estimator.fit(RETURNS)
    with pytest.raises(q.InputError, match=r"realized: expected the 480 dates of the returns"):
        estimator.fit(RETURNS, X.iloc[1:])


@each
@pytest.mark.parametrize("horizon", [1, 3])
def test_an_update_moves_on_with_the_new_realized_variances(estimator, horizon):
    fit = estimator.fit(RETURNS.iloc[:400], X.iloc[:400])
    at_once = fit.update(RETURNS.iloc[400:], X.iloc[400:])
    pieces = fit.update(RETURNS.iloc[400:401], X.iloc[400:401])
    pieces = pieces.update(RETURNS.iloc[401:], X.iloc[401:])
    values = [q.ES(0.95)(f.forecast(horizon)).value for f in (at_once, pieces)]
    assert values[0] == pytest.approx(values[1], rel=1e-12)
    wild = fit.update(RETURNS.iloc[400:], WILD.iloc[400:])
    assert q.ES(0.95)(wild.forecast(horizon)).value > 1.2 * values[0]
    with pytest.raises(q.InputError, match=r"realized: expected .* is driven by, got None"):
        fit.update(RETURNS.iloc[400:])


@each
def test_each_row_of_a_walk_is_the_plain_loop(estimator):
    table = walk_forward(
        estimator, RETURNS, measures=(q.VaR(0.95),), start=RETURNS.index[470], realized=X
    )
    for end, row in table.iterrows():
        t = RETURNS.index.get_loc(end)
        loss = estimator.fit(RETURNS.iloc[:t], X.iloc[:t]).forecast()
        assert row.iloc[1] == q.VaR(0.95)(loss).value
    assert len(table) == 10


@each
@pytest.mark.parametrize("refit_every", [1, 15])
def test_a_backtest_sees_the_realized_variances_of_the_past_only(estimator, refit_every):
    honest, tampered = (
        q.backtest(
            estimator,
            RETURNS,
            level=0.95,
            start=RETURNS.index[430],
            refit_every=refit_every,
            realized=x,
        )
        for x in (X, WILD)
    )
    n = CUT - 430
    assert np.array_equal(honest.var[: n + 1], tampered.var[: n + 1])
    assert np.array_equal(honest.es[: n + 1], tampered.es[: n + 1])
    # the loss that ends at CUT + 1 is the first whose forecast may know the tampered date
    assert tampered.var[n + 1] != honest.var[n + 1]
    assert np.array_equal(honest.loss, tampered.loss)


@each
def test_the_number_has_an_error_and_its_drivers(estimator):
    fit = estimator.fit(RETURNS, X)
    estimate = q.ES(0.95)(fit.forecast())
    assert 0.0 < estimate.std_error < 0.5 * estimate.value
    moved = q.ES(0.95)(
        fit.update(daily([0.01], "2030-01-01"), daily([1e-4], "2030-01-01")).forecast()
    )
    assert 0.0 < moved.std_error < 0.5 * moved.value
    if estimator is PARAMETRIC:
        assert estimate.drivers.index.isin(RETURNS.index[-30:]).all()
        assert estimate.drivers.sum() == pytest.approx(0.9, abs=0.25)


def test_the_bits_do_not_depend_on_the_workers():
    tables = [
        walk_forward(
            FHS,
            RETURNS,
            measures=(q.ES(0.95),),
            start=RETURNS.index[460],
            horizon=2,
            refit_every=6,
            realized=X,
            n_jobs=n,
        )
        for n in (1, 2)
    ]
    pd.testing.assert_frame_equal(*tables, check_exact=True)


@pytest.mark.parametrize("side", ["long", "short"])
def test_a_margin_knows_the_realized_variances_of_the_past_only(side):
    model = q.MarginModel(
        FHS,
        q.ES(0.95),
        adjustments=(
            q.LongRunFloor(estimator=q.evolve(FHS, {"window": None}), years=1.0),
            q.StressedWeight(on="observations", window=100, estimator=PARAMETRIC_100),
            q.Buffer(0.25),
        ),
    )
    options = {"side": side, "start": RETURNS.index[430], "refit_every": 10}
    honest = model.history(RETURNS, realized=X, **options)
    tampered = model.history(RETURNS, realized=WILD, **options)
    until = RETURNS.index[CUT]
    pd.testing.assert_frame_equal(honest.components[:until], tampered.components[:until])
    after = honest.value.index > until
    assert (honest.value[after] != tampered.value[after]).all()
    latest = model.rate(RETURNS.iloc[:-1], side=side, realized=X.iloc[:-1])
    again = model.history(RETURNS, side=side, start=RETURNS.index[-1], realized=X)
    assert again.value.iloc[-1] == latest.value
    with pytest.raises(q.InputError, match=r"realized: expected .* is driven by, got None"):
        model.rate(RETURNS, side=side)


def test_an_adjustment_fits_a_stretch_with_the_realized_variances_of_its_dates():
    context = q.MarginContext(
        as_of=RETURNS.index[-1],
        horizon=1,
        measure=q.ES(0.95),
        side="long",
        returns=RETURNS,
        realized=X,
    )
    stretch = RETURNS.iloc[60:160]
    fit = context.fit(PARAMETRIC_100, stretch)
    alone = PARAMETRIC_100.fit(stretch, X.iloc[60:160])
    assert q.ES(0.95)(fit.forecast()).value == q.ES(0.95)(alone.forecast()).value


PARAMETRIC_100 = q.ParametricRisk(volatility=q.RangeVolatility(window=20), window=None, n_paths=200)


def test_a_schedule_gives_each_asset_its_own_realized_variances():
    other, y = markets(seed=9)
    panel = pd.DataFrame({"BTC": RETURNS, "ETH": other.iloc[100:]})
    variances = pd.DataFrame({"ETH": y, "BTC": X})
    for model in (q.MarginModel(FHS, q.ES(0.95)), q.HaircutModel(FHS, q.ES(0.95))):
        schedule = model.schedule(panel, realized=variances, progress=False)
        alone = model.rate(other.iloc[100:], realized=y.iloc[100:]).value
        if isinstance(model, q.MarginModel):
            assert schedule["ETH", "long"].initial.value == alone
            assert model.schedule(panel, progress=False)["ETH", "long"].status == "no model"
            part = model.schedule(panel, realized=variances[["BTC"]], progress=False)
            assert part["BTC", "short"].status == "model"
            assert "realized: expected" in part["ETH", "short"].reason
        else:
            assert schedule.haircut("ETH") == alone
            part = model.schedule(panel, realized=variances[["BTC"]], progress=False)
            assert part.haircut("ETH") == 1.0


def test_a_calibration_hands_them_on_and_keeps_the_holdout_unseen():
    model = q.MarginModel(FHS, q.ES(0.95))
    options = {
        "grid": {"estimator.volatility.form": ["log", "level"]},
        "start": RETURNS.index[400],
        "holdout": RETURNS.index[CUT],
        "refit_every": 10,
    }
    honest = q.calibrate(model, RETURNS, realized=X, **options)
    tampered = q.calibrate(model, RETURNS, realized=WILD, **options)
    pd.testing.assert_frame_equal(honest.table, tampered.table)
    assert honest.holdout.score != tampered.holdout.score
    assert honest.provenance["realized"] != tampered.provenance["realized"]
    assert (
        "realized"
        not in q.calibrate(
            q.MarginModel(q.HistoricalSimulation(window=300), q.ES(0.95)),
            RETURNS,
            **(options | {"grid": {"estimator.window": [300]}}),
        ).provenance
    )


def test_an_estimator_that_knows_returns_alone_goes_on_working():
    @dataclass(frozen=True)
    class Plain:
        def fit(self, returns):
            return q.HistoricalSimulation(window=100).fit(returns)

    assert q.backtest(Plain(), RETURNS, level=0.95, start=RETURNS.index[470]).n_obs == 10
    same = [
        q.backtest(
            q.HistoricalSimulation(window=100), RETURNS, start=RETURNS.index[470], realized=x
        )
        for x in (None, X)
    ]
    assert np.array_equal(same[0].var, same[1].var)
