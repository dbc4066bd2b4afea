"""What every adjustment and every margin model promises."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pandas as pd
import pytest

import quant as q
from quant import margin
from tests.strategies import garch_returns

RETURNS = garch_returns(700, seed=21)
ADJUSTMENTS = (
    q.Floor(0.05),
    q.Cap(0.06),
    q.Buffer(0.25),
    q.StressedWeight(on="observations", window=100),
    q.StressedWeight(on="variance", window=100),
    q.StressedWeight(on="volatility", window=100),
    q.StressedWeight(on="rate", window=100),
    q.StressedWeight(on="observations", period=("2015-03-01", "2015-09-01")),
    q.LongRunFloor(years=1.5),
    q.RoundUp(0.0025),
)
BARE = q.MarginModel(
    estimator=q.FilteredHistoricalSimulation(
        volatility=q.EWMA(half_life=20), window=300, n_paths=500
    ),
    measure=q.ES(0.95),
    horizon=2,
)


def with_(*adjustments) -> q.MarginModel:
    return q.evolve(BARE, {"adjustments": adjustments})


def test_every_published_adjustment_is_covered():
    published = {
        name
        for name in margin.__all__
        if dataclasses.is_dataclass(getattr(margin, name))
        and "__call__" in vars(getattr(margin, name))
    }
    assert published == {type(a).__name__ for a in ADJUSTMENTS}


@pytest.mark.parametrize("adjustment", ADJUSTMENTS, ids=repr)
@pytest.mark.parametrize("side", ["long", "short"])
def test_components_sum_to_the_total_and_name_the_step(adjustment, side):
    rate = with_(adjustment).rate(RETURNS, side=side, previous=0.08)
    base = BARE.rate(RETURNS, side=side)
    assert rate.components[0] == base.components[0]
    assert rate.components[1].name == type(adjustment).__name__
    assert rate.value == sum(c.rate for c in rate.components)
    assert rate.as_of == RETURNS.index[-1]


@pytest.mark.parametrize("adjustment", ADJUSTMENTS, ids=repr)
def test_an_adjustment_is_homogeneous_in_the_exposure(adjustment):
    model = with_(adjustment)
    one = model.rate(RETURNS, previous=0.07)
    many = model.rate(RETURNS, previous=0.07, exposure=2.5e6)
    assert many.value == pytest.approx(one.value, rel=1e-9)
    assert many.amount(-2.5e6) == pytest.approx(2.5e6 * one.value, rel=1e-9)


@pytest.mark.parametrize("adjustment", ADJUSTMENTS, ids=repr)
def test_a_history_is_the_loop_of_rates(adjustment):
    model = with_(adjustment)
    history = model.history(RETURNS, start=RETURNS.index[690])
    posted, loop = None, []
    for t in range(690, 700):
        posted = model.rate(RETURNS.iloc[:t], previous=posted)
        loop.append(posted.value)
    assert np.array_equal(history.value.to_numpy(), np.array(loop))
    assert np.allclose(history.components.sum(axis=1), history.value, atol=1e-15)


def test_a_history_is_the_same_for_any_number_of_workers():
    model = with_(*ADJUSTMENTS)
    one, two = (
        model.history(RETURNS, start=RETURNS.index[640], refit_every=7, n_jobs=n) for n in (1, 2)
    )
    pd.testing.assert_frame_equal(one.components, two.components, check_exact=True)


def test_floors_caps_and_steps_are_what_they_say():
    assert with_(q.Floor(0.5)).rate(RETURNS).value == 0.5
    capped = with_(q.Cap(0.01)).rate(RETURNS)
    assert capped.value == pytest.approx(0.01, abs=1e-15)
    assert capped.notes == "Cap: binds: the level of the measure is not met"
    assert with_(q.Cap(0.9)).rate(RETURNS).notes == ""
    stepped = with_(q.RoundUp(0.0025)).rate(RETURNS)
    assert stepped.value >= BARE.rate(RETURNS).value
    assert round(stepped.value / 0.0025, 9) == round(stepped.value / 0.0025)
    assert with_(q.Floor(0.05), q.RoundUp(0.0025)).rate(RETURNS).components[2].rate < 0.0025


def test_anti_procyclical_tools_never_lower_the_margin():
    base = BARE.rate(RETURNS).value
    for tool in (q.Buffer(0.25), q.LongRunFloor(years=1.0), q.Floor(0.001)):
        for previous in (None, 0.5 * base, 2.0 * base):
            assert with_(tool).rate(RETURNS, previous=previous).value >= base


def test_two_of_a_kind_keep_two_names():
    rate = with_(q.Floor(0.01), q.Floor(0.5)).rate(RETURNS)
    assert [c.name for c in rate.components] == ["base", "Floor", "Floor 2"]


def test_a_callable_of_the_user_is_an_adjustment():
    def surcharge(running, context):
        return 0.1 * running if context.side == "short" else 0.0

    long, short = (with_(surcharge).rate(RETURNS, side=s) for s in ("long", "short"))
    assert long.components[1].rate == 0.0
    assert short.components[1].rate == pytest.approx(0.1 * short.components[0].rate)


def test_a_users_adjustment_that_needs_the_law_is_told_how_in_a_history():
    def from_law(running, context):
        return context.require_forecast("from_law").loss.ppf(0.999) - running

    assert with_(from_law).rate(RETURNS).value > BARE.rate(RETURNS).value
    with pytest.raises(q.InputError, match=r"forecast: expected by from_law.*prepare\(context\)"):
        with_(from_law).history(RETURNS, start=RETURNS.index[695])


def test_an_increment_that_is_no_number_is_refused():
    with pytest.raises(q.InputError, match="expected a finite increment from function, got nan"):
        with_(lambda running, context: math.nan).rate(RETURNS)


def test_models_are_frozen_equal_by_value_and_hashable():
    assert with_(*ADJUSTMENTS) == with_(*ADJUSTMENTS)
    assert len({with_(*ADJUSTMENTS), with_(*ADJUSTMENTS), BARE}) == 2
    with pytest.raises(dataclasses.FrozenInstanceError):
        BARE.horizon = 3


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: q.Floor(-0.1), "rate: expected a number of at least 0"),
        (lambda: q.Floor("2 %"), "rate: expected a number, got '2 %'"),
        (lambda: q.Cap(0.0), "rate: expected a number above 0"),
        (lambda: q.Buffer(math.nan), "weight: expected a finite number"),
        (lambda: q.StressedWeight(on="vol"), "on: expected one of 'observations'"),
        (lambda: q.StressedWeight(on="rate", weight=25), r"weight: expected a number in \[0, 1\]"),
        (lambda: q.StressedWeight(on="rate", period=("2020-02-01", "2020-01-01")), "swap them"),
        (lambda: q.LongRunFloor(years=0), "years: expected a number above 0"),
        (lambda: q.RoundUp(-1), "step: expected a number above 0"),
        (lambda: q.evolve(BARE, {"horizon": 0}), "horizon: expected a whole number"),
        (lambda: q.evolve(BARE, {"maintenance": q.evolve(BARE, {"maintenance": BARE})}), "drop it"),
    ],
)
def test_a_field_outside_its_range_is_refused(make, message):
    with pytest.raises(q.InputError, match=message):
        make()


def test_a_stress_period_outside_the_past_is_refused():
    weight = q.StressedWeight(on="rate", period=("2030-01-01", "2030-06-01"))
    with pytest.raises(
        q.InsufficientDataError, match="period: expected dates inside 2015-01-01 to"
    ):
        with_(weight).rate(RETURNS)


def test_a_schedule_keeps_every_asset_and_both_sides():
    panel = pd.DataFrame(
        {
            "OLD": RETURNS,
            "NEW": RETURNS.iloc[-50:],
            "FLAT": RETURNS * 0.0,
            "GAPPY": RETURNS.where(np.arange(700) % 7 < 5),
        }
    )
    model = q.evolve(BARE, {"maintenance": q.evolve(BARE, {"horizon": 1})})
    schedule = model.schedule(panel, progress=False)
    frame = schedule.to_frame()
    assert [(r.asset, r.side) for r in schedule] == [
        (a, s) for a in panel for s in ("long", "short")
    ]
    assert list(frame["status"])[::2] == ["model", "short history", "no model", "model"]
    assert frame.loc[("NEW", "long"), "initial"] is pd.NA
    assert "expected at most the 50 returns" in frame.loc[("NEW", "long"), "reason"]
    assert "expected variation" in frame.loc[("FLAT", "short"), "reason"]
    old = schedule["OLD", "long"]
    assert old.maintenance.value < old.initial.value
    assert frame.loc[("OLD", "long"), "initial"] != frame.loc[("OLD", "short"), "initial"]
    assert frame.loc[("OLD", "long"), "max_leverage"] == pytest.approx(1 / old.initial.value)
    assert schedule["GAPPY", "long"].initial.value == model.rate(panel["GAPPY"].dropna()).value
    with pytest.raises(q.InputError, match="asset: expected one of OLD, NEW, FLAT, GAPPY"):
        schedule["DOGE", "long"]


def test_a_maintenance_that_is_not_below_initial_says_so():
    model = q.evolve(BARE, {"maintenance": q.evolve(BARE, {"horizon": 10})})
    row = model.schedule(RETURNS.to_frame(), progress=False).rows[0]
    assert "is not below initial" in row.reason


def test_a_schedule_carries_the_last_one_forward():
    model = with_(q.Buffer(0.25, replenishment=0.0))
    panel = RETURNS.to_frame()
    before = model.schedule(panel.iloc[:690], progress=False)
    after = model.schedule(panel, previous=before, progress=False)
    fresh = model.schedule(panel, progress=False)
    expected = model.rate(RETURNS, previous=before["asset", "long"].initial)
    assert after["asset", "long"].initial.value == expected.value
    assert fresh["asset", "long"].initial.value >= after["asset", "long"].initial.value


def test_haircuts_are_fractions_and_the_ineligible_say_why():
    panel = pd.DataFrame({"OLD": RETURNS, "NEW": RETURNS.iloc[-50:]})
    model = q.HaircutModel(
        estimator=BARE.estimator, measure=q.VaR(0.99), horizon=3, adjustments=(q.Buffer(0.25),)
    )
    schedule = model.schedule(panel, progress=False)
    frame = schedule.to_frame().set_index("asset")
    assert list(frame["status"]) == ["model", "short history"]
    assert schedule.haircut("OLD") == model.rate(RETURNS).value
    assert 0.0 < schedule.haircut("OLD") < 1.0
    assert schedule.haircut("NEW") == 1.0
    assert "expected at most the 50 returns" in frame.loc["NEW", "reason"]


def test_a_haircut_of_everything_is_refused_with_the_advice():
    model = q.HaircutModel(
        estimator=BARE.estimator, measure=q.VaR(0.99), adjustments=(q.Floor(1.0),)
    )
    with pytest.raises(q.InputError, match=r"haircut: expected a fraction below 1, got 1.0000"):
        model.rate(RETURNS)
    schedule = model.schedule(RETURNS.to_frame(), progress=False)
    assert schedule.to_frame()["status"].tolist() == ["no model"]


def test_a_haircut_is_never_negative():
    rising = garch_returns(400, seed=1, scale=1e-4) + 0.02
    model = q.HaircutModel(estimator=q.HistoricalSimulation(window=300), measure=q.VaR(0.99))
    rate = model.rate(rising)
    assert rate.components[0].rate < 0.0
    assert rate.value == pytest.approx(0.0, abs=1e-18)


RISING = pd.Series(
    np.random.default_rng(0).uniform(0.001, 0.01, 300), pd.date_range("2020-01-01", periods=300)
)


def test_a_buffer_on_an_asset_that_only_rises_takes_nothing_off():
    estimator, measure = q.HistoricalSimulation(window=100), q.VaR(0.9)
    bare = q.MarginModel(estimator, measure).rate(RISING).value
    assert bare < 0.0
    buffered = q.MarginModel(estimator, measure, adjustments=(q.Buffer(0.25),)).rate(RISING)
    assert buffered.value == bare


def test_a_history_of_haircuts_keeps_their_bounds():
    model = q.HaircutModel(q.HistoricalSimulation(window=100), q.VaR(0.9))
    history = model.history(RISING, start=RISING.index[290])
    assert (history.value == 0.0).all()
    assert (history.components["zero"] > 0.0).all()
    assert "zero" not in model.history(RETURNS, start=RETURNS.index[690]).components
    whole = q.HaircutModel(
        q.HistoricalSimulation(window=100), q.VaR(0.9), adjustments=(q.Floor(1.2),)
    )
    with pytest.raises(q.InputError, match=r"haircut: expected a fraction below 1, got 1\.2"):
        whole.history(RETURNS, start=RETURNS.index[690])


def test_a_stressed_period_is_read_in_the_time_zone_of_the_returns():
    model = with_(q.StressedWeight(on="observations", period=("2015-03-01", "2015-09-01")))
    assert model.rate(RETURNS.tz_localize("UTC")).value == model.rate(RETURNS).value


def test_stressed_observations_are_the_mixture_of_two_samples():
    weight = q.StressedWeight(on="observations", weight=0.3, window=100)
    model = q.MarginModel(q.HistoricalSimulation(window=300), q.ES(0.95), adjustments=(weight,))
    current, stressed = RETURNS.to_numpy()[-300:], weight.stressed_returns(RETURNS).to_numpy()
    law = q.Empirical(
        -np.expm1(np.concatenate((current, stressed))),
        weights=np.repeat([0.7 / 300, 0.3 / 100], [300, 100]),
    )
    assert model.rate(RETURNS).value == pytest.approx(law.tail_mean(0.95), rel=1e-12)


def test_the_stressed_stretch_has_the_largest_variance_not_the_largest_drift():
    r = RETURNS.iloc[:300] * 0.01
    r.iloc[50:100] += 0.03
    r.iloc[200:250] *= 100.0
    stretch = q.StressedWeight(on="rate", window=50).stressed_returns(r)
    assert stretch.index[0] == r.index[200]


def test_a_long_run_floor_forgets_what_is_older_than_its_years():
    r = RETURNS.iloc[:700].copy()
    r.iloc[:300] *= 10.0  # more than a year before the end
    floor = q.MarginModel(
        q.HistoricalSimulation(window=100), q.VaR(0.95), adjustments=(q.LongRunFloor(years=1.0),)
    )
    year = q.MarginModel(q.HistoricalSimulation(window=365), q.VaR(0.95))
    bare = q.MarginModel(q.HistoricalSimulation(window=100), q.VaR(0.95))
    assert floor.rate(r).value == max(year.rate(r).value, bare.rate(r).value)


def test_maintenance_follows_its_own_last_rate():
    held = q.Buffer(1.0, replenishment=0.0)
    model = q.evolve(BARE, {"maintenance": q.evolve(BARE, {"horizon": 1, "adjustments": (held,)})})
    panel = RETURNS.to_frame()
    before = model.schedule(panel.iloc[:690], progress=False)["asset", "long"]
    after = model.schedule(panel, previous=model.schedule(panel.iloc[:690], progress=False))
    alone = model.maintenance.rate(RETURNS, previous=before.maintenance)
    assert after["asset", "long"].maintenance.value == alone.value
    assert alone.value != model.maintenance.rate(RETURNS, previous=before.initial).value


def test_an_initial_rate_stands_where_maintenance_has_none():
    longer = q.evolve(BARE, {"estimator.window": 5000})
    row = (
        q.evolve(BARE, {"maintenance": longer}).schedule(RETURNS.to_frame(), progress=False).rows[0]
    )
    assert row.status == "model"
    assert row.initial.value == BARE.rate(RETURNS).value
    assert row.maintenance is None
    assert "no maintenance: window: expected at most the 700 returns" in row.reason
