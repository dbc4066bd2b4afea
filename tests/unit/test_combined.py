"""Combinations: what is averaged, how weights are found, and what is refused."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

import quant as q
from quant.risk._combination_weights import Record, Weights, minimum_score, relative_score
from tests.strategies import garch_returns

RETURNS = garch_returns(700, seed=17)
HS = q.HistoricalSimulation(window=250)
FHS = q.FilteredHistoricalSimulation(volatility=q.EWMA(half_life=20), window=250)
NORMAL = q.ParametricRisk(volatility=q.EWMA(half_life=20), window=250)
LEVEL = 0.95


def combined(weighting, *members, **fields):
    return q.CombinedRisk(
        estimators=members or (HS, FHS, NORMAL), level=LEVEL, weighting=weighting, **fields
    )


@pytest.mark.parametrize("horizon", [1, 4])
@pytest.mark.parametrize("side", ["long", "short"])
def test_equal_weights_are_the_plain_average(horizon, side):
    forecast = combined("equal").fit(RETURNS).forecast(horizon, side)
    for measure in (q.VaR(LEVEL), q.ES(LEVEL)):
        own = [measure(m.fit(RETURNS).forecast(horizon, side)) for m in (HS, FHS, NORMAL)]
        estimate = measure(forecast)
        assert estimate.value == pytest.approx(np.mean([e.value for e in own]), rel=1e-12)
        # the members err together: their errors add up
        assert estimate.std_error == pytest.approx(np.mean([e.std_error for e in own]), rel=1e-9)
    assert forecast.horizon == horizon


def test_drivers_are_those_of_the_members():
    drivers = q.ES(LEVEL)(combined("equal", HS, FHS).fit(RETURNS).forecast()).drivers
    parts = [q.ES(LEVEL)(m.fit(RETURNS).forecast()).drivers for m in (HS, FHS)]
    assert drivers.sum() == pytest.approx(1.0)
    both = parts[0].add(parts[1], fill_value=0.0) / 2.0
    pd.testing.assert_series_equal(
        drivers.sort_index(), both.sort_index(), check_names=False, check_freq=False
    )


@pytest.mark.parametrize("weighting", ["relative_score", "minimum_score"])
def test_weights_are_found_on_forecasts_made_without_their_own_loss(weighting):
    risk = combined(weighting, calibration=200, refit_every=50)
    fit = risk.fit(RETURNS)
    columns = {"var": [], "es": []}
    for member in risk.estimators:
        rows = {"var": [], "es": []}
        for t in range(500, 700):
            start = max(t // 50 * 50, 250)
            own = member.fit(RETURNS.iloc[:start])
            own = own.update(RETURNS.iloc[start:t]) if t > start else own
            forecast = own.forecast(1, "short")
            rows["var"].append(q.VaR(LEVEL)(forecast).value)
            rows["es"].append(q.ES(LEVEL)(forecast).value)
        for name in rows:
            columns[name].append(rows[name])
    var, es = (np.array(columns[name]).T for name in ("var", "es"))
    loss = np.expm1(RETURNS.to_numpy()[500:])
    weigh = {"relative_score": relative_score, "minimum_score": minimum_score}[weighting]
    expected = weigh(Record(loss, var, es - var, LEVEL))
    assert fit.weights("short")["var"].to_numpy() == pytest.approx(expected.var, abs=1e-9)
    assert fit.weights("short")["gap"].to_numpy() == pytest.approx(expected.gap, abs=1e-9)
    assert not np.allclose(fit.weights("short")["var"], fit.weights("long")["var"])


def record(n=2000, seed=5, gap=True):
    """Return losses with two good forecasters whose errors cancel and one that is far off."""
    rng = np.random.default_rng(seed)
    sigma = 0.01 * np.exp(0.5 * np.sin(np.arange(n) / 60.0))
    loss = sigma * rng.standard_normal(n)
    noise = np.exp(0.15 * np.cos(np.arange(n) / 9.0))
    scale = np.column_stack([sigma * noise, sigma / noise, np.full(n, 0.03)])
    z, es = q.Normal().ppf(LEVEL), q.Normal().tail_mean(LEVEL)
    return Record(loss, z * scale, (es - z) * scale if gap else None, LEVEL)


@pytest.mark.parametrize("gap", [True, False])
def test_scored_weights_prefer_those_who_forecast_well(gap):
    past = record(gap=gap)
    for weights in (relative_score(past), minimum_score(past)):
        assert weights.var.sum() == pytest.approx(1.0)
        assert weights.gap.sum() == pytest.approx(1.0)
        assert (weights.var >= 0.0).all()
        assert weights.var[2] < 0.15
        assert past.score(weights) <= past.score(Weights.equal(3))
    alone = [past.score(Weights(one, one)) for one in np.eye(3)]
    assert past.score(minimum_score(past)) < min(alone)


def test_minimum_score_weights_are_at_least_as_good_as_any_on_a_grid():
    past = record(n=400)
    best = past.score(minimum_score(past))
    steps = np.linspace(0.0, 1.0, 11)
    grid = [np.array([a, b, 1 - a - b]) for a in steps for b in steps if a + b <= 1.0 + 1e-12]
    assert best <= min(past.score(Weights(w, u)) for w in grid for u in grid[::3]) + 1e-9


@pytest.mark.parametrize("gap", [True, False])
def test_slopes_of_the_score_are_its_differences(gap):
    past, share = record(n=300, gap=gap), np.array([0.5, 0.3, 0.2])
    slopes = past.gradient(Weights(share, share))
    for i in range(3):
        step = 1e-7 * np.eye(3)[i]
        up, down = (past.score(Weights(share + s, share)) for s in (step, -step))
        assert slopes[0][i] == pytest.approx((up - down) / 2e-7, rel=1e-4, abs=1e-8)
        up, down = (past.score(Weights(share, share + s)) for s in (step, -step))
        assert slopes[1][i] == pytest.approx((up - down) / 2e-7, rel=1e-4, abs=1e-8)


def test_members_that_score_alike_share_alike():
    one = record()
    alike = Record(one.loss, one.var[:, [0, 0]], one.gap[:, [0, 0]], LEVEL)
    assert relative_score(alike).var == pytest.approx([0.5, 0.5])


def test_many_fits_are_the_single_ones():
    risk = combined("relative_score", HS, NORMAL, calibration=100)
    ends = (660, 680, 700)
    for fit, end in zip(risk.fit_many([RETURNS.iloc[:e] for e in ends]), ends, strict=True):
        alone = risk.fit(RETURNS.iloc[:end])
        assert fit.forecast().loss.rows == alone.forecast().loss.rows


def test_weights_are_kept_by_updates():
    risk = combined("minimum_score", HS, NORMAL, calibration=100)
    fit = risk.fit(RETURNS.iloc[:650])
    moved = fit.update(RETURNS.iloc[650:])
    pd.testing.assert_frame_equal(moved.weights("long"), fit.weights("long"))
    assert moved.forecast().as_of == RETURNS.index[-1]
    assert moved.forecast().loss.rows != fit.forecast().loss.rows


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"estimators": (HS,)}, "estimators: expected at least 2, got 1; one needs no weights"),
        ({"level": 99}, r"level: expected a number in \(0, 1\), got 99"),
        ({"weighting": "best"}, "weighting: expected one of 'equal', 'relative_score'"),
        (
            {"weighting": "minimum_score", "calibration": 19},
            "calibration: expected a whole number of at least 20, got 19",
        ),
        ({"refit_every": 0}, "refit_every: expected a whole number of at least 1"),
        ({"max_move": 0.0}, "max_move: expected a number above 0"),
    ],
)
def test_a_field_out_of_range_is_refused(fields, message):
    with pytest.raises(q.InputError, match=message):
        q.CombinedRisk(**({"estimators": (HS, FHS), "level": LEVEL} | fields))


def test_what_cannot_be_combined_is_refused():
    risk = combined("relative_score", HS, NORMAL, calibration=100)
    with pytest.raises(q.InputError, match="horizon: expected 1 for weights scored on one period"):
        risk.fit(RETURNS).forecast(2)
    with pytest.raises(q.InputError, match=r"level: expected 0\.95, where the law is known"):
        q.ES(0.99)(risk.fit(RETURNS).forecast())
    with pytest.raises(q.InsufficientDataError, match="got 250 and 100 more to calibrate on"):
        risk.fit(RETURNS.iloc[:349])
    rising = RETURNS.abs() + 0.001
    with pytest.raises(q.InputError, match=r"expected an ES above 0 to score, got -0.* of Histori"):
        risk.fit(rising)


@pytest.mark.parametrize("side", ["long", "short"])
def test_a_forecast_takes_the_weights_of_its_side_and_those_of_the_gap_apart(side):
    fit = combined("minimum_score", calibration=200).fit(RETURNS)
    weights = fit.weights(side)
    assert not np.allclose(weights["var"], weights["gap"], atol=0.01)
    own = [m.fit(RETURNS).forecast(1, side) for m in (HS, FHS, NORMAL)]
    var, es = (np.array([m(f).value for f in own]) for m in (q.VaR(LEVEL), q.ES(LEVEL)))
    expected = weights["var"].to_numpy() @ var
    assert q.VaR(LEVEL)(fit.forecast(1, side)).value == pytest.approx(expected, rel=1e-12)
    expected += weights["gap"].to_numpy() @ (es - var)
    assert q.ES(LEVEL)(fit.forecast(1, side)).value == pytest.approx(expected, rel=1e-12)


def test_a_member_is_read_with_the_errors_of_the_measures():
    from quant.risk._reading import Reader

    fhs = q.FilteredHistoricalSimulation(volatility=q.EWMA(half_life=20), window=300, n_paths=500)
    for horizon in (1, 3):
        forecast = fhs.fit(RETURNS).forecast(horizon, "short")
        read = Reader(0.95, np.log(10.0))
        for own, measure in ((read.var(forecast), q.VaR(0.95)), (read.es(forecast), q.ES(0.95))):
            estimate = measure(forecast)
            assert (own.value, own.std_error) == (estimate.value, estimate.std_error)
            assert own.interval(0.9) == estimate.interval(0.9)


SMALL = q.ParametricRisk(volatility=q.EWMA(half_life=20), window=150)
MEMBERS = (
    q.ParametricRisk(volatility=q.GARCH(), window=400),
    q.HistoricalSimulation(window=400),
    q.AgeWeightedSimulation(half_life=100, window=400),
    q.FilteredHistoricalSimulation(volatility=q.EWMA(half_life=20), window=400, n_paths=500),
    q.CornishFisher(volatility=q.EWMA(half_life=20), window=400),
    q.ExtremeValue(volatility=q.EWMA(half_life=20), window=400),
    q.BootstrapRisk(HS, n_boot=60),
    q.BootstrapRisk(SMALL, n_boot=60),
    q.ConformalRisk(SMALL, level=LEVEL, calibration=120),
    q.ConformalRisk(q.BootstrapRisk(SMALL, n_boot=60), level=LEVEL, calibration=120),
    q.CAViaR(level=LEVEL, window=400),
    q.JointVaRES(level=LEVEL, window=400),
    q.CombinedRisk((HS, NORMAL), level=LEVEL),
)


ANSWERED = [
    pytest.param(member, measure, id=f"{measure!r}-{repr(member)[:60]}")
    for measure in (q.VaR(LEVEL), q.ES(LEVEL))
    for member in MEMBERS
    if not (isinstance(member, q.CAViaR) and isinstance(measure, q.ES))  # it knows no ES
]


@pytest.mark.parametrize(("member", "measure"), ANSWERED)
def test_equal_members_together_answer_as_one_of_them(member, measure):
    alone = measure(member.fit(RETURNS).forecast(1, "short"))
    both = measure(combined("equal", member, member).fit(RETURNS).forecast(1, "short"))
    assert both.value == pytest.approx(alone.value, rel=1e-15)
    assert both.std_error == pytest.approx(alone.std_error, rel=1e-15)
    assert both.interval(0.9) == pytest.approx(alone.interval(0.9), rel=1e-15)
    assert alone.std_error > 0.0


def test_equal_members_of_unequal_weight_answer_as_one_of_them():
    member = q.BootstrapRisk(HS, n_boot=60)
    fit = combined("equal", member, member).fit(RETURNS)
    tilted = dataclasses.replace(fit, long=Weights(np.array([0.7, 0.3]), np.array([0.2, 0.8])))
    for measure in (q.VaR(LEVEL), q.ES(LEVEL)):
        alone, both = (measure(f.forecast()) for f in (member.fit(RETURNS), tilted))
        assert both.std_error == pytest.approx(alone.std_error, rel=1e-9)
        assert both.interval(0.9) == pytest.approx(alone.interval(0.9), rel=1e-9)


def test_a_measure_made_of_both_has_the_errors_of_both():
    @dataclasses.dataclass(frozen=True)
    class Between(q.VaR):
        """Twice the VaR and half of the ES."""

        def __call__(self, forecast):
            value = 2.0 * q.VaR(self.level)(forecast).value + 0.5 * q.ES(self.level)(forecast).value
            return q.RiskEstimate(value, self, forecast)

    forecast = combined("equal", HS, q.BootstrapRisk(HS, n_boot=60)).fit(RETURNS).forecast()
    var, es, between = (m(forecast) for m in (q.VaR(LEVEL), q.ES(LEVEL), Between(LEVEL)))
    assert between.std_error == pytest.approx(2.0 * var.std_error + 0.5 * es.std_error)
    ends = zip(var.interval(0.9), es.interval(0.9), strict=True)
    assert between.interval(0.9) == pytest.approx([2.0 * a + 0.5 * b for a, b in ends])


def test_a_member_that_refuses_is_named_and_one_without_weight_is_not_asked():
    few = q.BootstrapRisk(HS, n_boot=20)
    fit = combined("equal", HS, few).fit(RETURNS)
    estimate = q.VaR(LEVEL)(fit.forecast())
    with pytest.raises(
        q.InsufficientDataError,
        match=r"estimators: .* got BootstrapRisk\(.*, which "
        r"refuses: confidence: expected at most 0\.9 with 20 replicates, got 0\.95; raise n_boot",
    ):
        estimate.interval(0.95)
    alone = dataclasses.replace(fit, long=Weights(np.array([1.0, 0.0]), np.array([1.0, 0.0])))
    for measure in (q.VaR(LEVEL), q.ES(LEVEL)):
        own = measure(HS.fit(RETURNS).forecast())
        assert measure(alone.forecast()).interval(0.95) == own.interval(0.95)
