from __future__ import annotations

import types
from dataclasses import dataclass, replace
from typing import get_args

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

mpl.use("Agg")

import matplotlib.pyplot as plt
from matplotlib.collections import PolyCollection

import quant as q
from quant.backtesting import Backtest
from quant.backtesting._adequacy import Adequacy
from quant.collateral import CollateralSchedule, CollateralTier
from quant.collateral._schedules import Status
from quant.errors import InputError
from quant.margin import MarginHistory, MarginSchedule
from quant.margin._schedule import MarginRow
from quant.margin.base import MarginComponent, MarginRate
from quant.plotting import plot
from quant.plotting._collateral_schedule import _LOOKS
from quant.plotting._coverage_path import _quantile
from quant.volatility import EWMA

DAYS = pd.date_range("2024-03-01", periods=40, freq="D")


@pytest.fixture(autouse=True)
def closed_figures():
    plt.close("all")
    yield
    plt.close("all")


@pytest.fixture
def backtest() -> Backtest:
    loss = np.linspace(-0.03, 0.05, 40)
    return Backtest.from_arrays(
        loss=loss, var=np.full(40, 0.04), es=np.full(40, 0.045), level=0.99, dates=DAYS, side="long"
    )


def rate(value: float, side: str) -> MarginRate:
    estimate = types.SimpleNamespace(as_of=DAYS[-1], std_error=0.01)
    return MarginRate((MarginComponent("base", value),), side, estimate)


def row(asset: str, side: str, initial: float | None) -> MarginRow:
    if initial is None:
        return MarginRow(asset, side, "short history", "120 returns, 500 needed")
    return MarginRow(asset, side, "model", "", rate(initial, side), rate(0.6 * initial, side))


@pytest.fixture
def schedule() -> MarginSchedule:
    rates = {"BTC": (0.20, 0.25), "NEW": (None, None), "ETH": (0.30, 0.40)}
    rows = [
        row(asset, side, value)
        for asset, values in rates.items()
        for side, value in zip(("long", "short"), values, strict=True)
    ]
    return MarginSchedule(tuple(rows), None)


@pytest.fixture
def history() -> MarginHistory:
    components = pd.DataFrame(
        {"base": np.linspace(0.05, 0.1, 40), "Cap": np.linspace(0.0, -0.04, 40)}, index=DAYS
    )
    return MarginHistory(components, "short")


@dataclass
class Fit:
    """A volatility fit of somebody else's class."""

    sigma: pd.Series
    z: pd.Series


@pytest.fixture
def fit() -> Fit:
    return Fit(pd.Series(0.02, index=DAYS), pd.Series(np.linspace(-2, 3, 40), index=DAYS))


@pytest.fixture
def haircuts() -> CollateralSchedule:
    tiers = {
        "USDC": 0.005,
        "BTC": (CollateralTier(10.0, 0.09), CollateralTier(haircut=0.15)),
        "ETH": (CollateralTier(2.5, 0.12),),
        "NEW": 1.0,
        "FLAT": 1.0,
    }
    status = {"BTC": "model", "ETH": "model", "NEW": "short history", "FLAT": "no model"}
    return CollateralSchedule(tiers, status)


@dataclass
class Cover:
    """Stands for a coverage."""

    margin_after: np.ndarray
    weights: np.ndarray
    counted_equity: float = 4_000.0
    coverage_ratio: float = 1.5

    @property
    def account(self) -> object:
        return types.SimpleNamespace(quote="USD")

    @property
    def scenarios(self) -> object:
        return types.SimpleNamespace(weights=self.weights, horizon=2)

    @property
    def shortfall_probability(self) -> float:
        return float(self.weights[self.margin_after < 0.0].sum())

    @property
    def expected_uncovered_loss(self) -> float:
        return float(self.weights @ np.maximum(-self.margin_after, 0.0))


@pytest.fixture
def adequacy() -> Adequacy:
    returns = pd.Series(np.linspace(-0.2, 0.1, len(DAYS)), index=DAYS)
    return q.backtest_margin(pd.Series(0.1, index=DAYS), returns, level=0.99)


@pytest.fixture
def cover() -> Cover:
    after = np.linspace(-1_000.0, 5_000.0, 101)
    weights = np.linspace(1.0, 3.0, 101)
    return Cover(after, weights / weights.sum())


RESULTS = ["backtest", "adequacy", "schedule", "history", "fit", "haircuts", "cover"]


def labels(ax: plt.Axes) -> list[str]:
    return [text.get_text() for text in ax.get_legend().get_texts()]


def ticks(ax: plt.Axes, axis: str) -> list[str]:
    ax.figure.canvas.draw()
    return [tick.get_text() for tick in getattr(ax, f"get_{axis}ticklabels")()]


@pytest.mark.parametrize("name", RESULTS)
def test_the_axes_come_back_titled_labelled_and_drawable(name, request):
    ax = plot(request.getfixturevalue(name))
    assert ax.get_title(loc="left")
    assert any("%" in label for label in (ax.get_xlabel(), ax.get_ylabel()))
    assert ax.get_legend() is not None
    ax.figure.canvas.draw()


@pytest.mark.parametrize("name", RESULTS)
def test_given_axes_are_used_and_nothing_else_is_touched(name, request):
    figure, (mine, other) = plt.subplots(1, 2)
    before = dict(mpl.rcParams)
    assert plot(request.getfixturevalue(name), ax=mine) is mine
    assert plt.get_fignums() == [figure.number]
    assert not other.has_data()
    assert dict(mpl.rcParams) == before


def test_a_backtest_marks_the_losses_above_the_var(backtest):
    ax = plot(backtest)
    assert ax.get_title(loc="left") == "99% VaR, long side: 5 breaches in 40 losses, 0.4 expected"
    lines = {line.get_label(): line for line in ax.get_lines()}
    assert lines["breach"].get_ydata() == pytest.approx(backtest.loss[backtest.breaches])
    assert lines["99% VaR"].get_ydata() == pytest.approx(backtest.var)
    assert lines["99% ES"].get_ydata() == pytest.approx(backtest.es)
    assert "loss over 1 period, % of value" in ax.get_ylabel()


def test_a_backtest_is_drawn_with_its_calibration_below(backtest):
    bt = replace(backtest, pit=np.linspace(0.0, 1.0, backtest.n_obs))
    figure = plot(bt).figure
    _, cumulative, pit = figure.axes
    lines = {line.get_label(): line for line in cumulative.get_lines()}
    assert lines["breaches so far"].get_ydata()[-1] == backtest.n_breaches
    assert lines["expected"].get_ydata()[-1] == pytest.approx(backtest.expected_breaches)
    band = cumulative.collections[0].get_paths()[0].vertices[:, 1]
    assert band.max() == binom.ppf(0.975, backtest.n_obs, 0.01)
    assert sum(bar.get_height() for bar in pit.patches if bar.get_width() < 0.1) == bt.n_obs
    plt.close(figure)
    assert len(plot(backtest).figure.axes) == 2
    _, alone = plt.subplots()
    assert plot(bt, alone) is alone
    assert len(alone.figure.axes) == 1


def test_the_binomial_band_is_that_of_scipy():
    trials = np.arange(1.0, 600.0)
    for probability in (0.01, 0.05):
        for level in (0.025, 0.975):
            ours = _quantile(level, trials, probability)
            np.testing.assert_array_equal(ours, binom.ppf(level, trials, probability))


def test_an_adequacy_marks_what_was_not_covered(adequacy):
    ax = plot(adequacy)
    segments = {c.get_label(): c for c in ax.collections}["shortfall"].get_segments()
    assert len(segments) == adequacy.n_shortfalls > 0
    assert segments[0][:, 1] == pytest.approx([adequacy.posted.iloc[0], adequacy.loss.iloc[0]])


def test_a_backtest_without_es_breaches_or_dates_is_drawn_in_its_own_unit():
    ax = plot(Backtest.from_arrays(loss=[1e5, -2e5], var=[3e5, 3e5], level=0.975, horizon=2))
    assert labels(ax) == ["loss", "97.5% VaR"]
    assert ax.get_title(loc="left") == "97.5% VaR: 0 breaches in 2 losses, 0.05 expected"
    assert ax.get_ylabel() == "loss over 2 periods, unit of the input"
    assert not any("%" in text for text in ticks(ax, "y"))
    assert ax.get_xlabel() == "period"


def test_percent_labels_say_exactly_where_they_stand(backtest):
    ax = plot(backtest)
    texts = ticks(ax, "y")
    assert [float(text.replace("−", "-").rstrip("%")) / 100 for text in texts] == pytest.approx(
        ax.get_yticks()
    )


def test_dates_with_a_time_zone_are_drawn_in_local_time(backtest):
    zoned = Backtest.from_arrays(
        loss=backtest.loss, var=backtest.var, level=0.99, dates=DAYS.tz_localize("Asia/Tokyo")
    )
    line = next(line for line in plot(zoned).get_lines() if line.get_label() == "99% VaR")
    assert pd.Timestamp(line.get_xdata()[0]) == DAYS[0]


def test_periods_are_dates_too(fit):
    periods = Fit(fit.sigma.to_period("D"), fit.z.to_period("D"))
    assert ticks(plot(periods), "x") == ticks(plot(fit), "x")


def test_a_volatility_fit_shows_sigma_over_the_size_of_the_innovations(fit):
    ax = plot(fit)
    assert ax.get_lines()[0].get_ydata() == pytest.approx(fit.sigma.to_numpy())
    tops = [segment[1, 1] for segment in ax.collections[0].get_segments()]
    assert tops == pytest.approx(np.abs(fit.sigma * fit.z).to_numpy())


def test_a_fit_of_ours_is_named_by_its_model():
    returns = pd.Series(np.random.default_rng(2).normal(0, 0.02, 40), index=DAYS)
    assert plot(EWMA(half_life=11).fit(returns)).get_title(loc="left").startswith("EWMA: ")


def test_a_schedule_has_a_bar_per_rate_and_a_remark_where_there_is_none(schedule):
    ax = plot(schedule)
    bars = {bars.get_label(): [bar.get_width() for bar in bars] for bars in ax.containers}
    assert bars["initial, long"] == pytest.approx([0.20, 0.30])
    assert bars["maintenance, short"] == pytest.approx([0.15, 0.24])
    assert ticks(ax, "y") == ["BTC", "NEW", "ETH"]
    remarks = [text for text in ax.texts if "short history" in text.get_text()]
    assert [text.get_text() for text in remarks] == ["long: short history", "short: short history"]
    assert all(round(text.xy[1]) == 1 for text in remarks)
    low, high = sorted(ax.get_ylim())
    assert all(low < text.xy[1] < high for text in remarks)
    assert ax.get_title(loc="left") == "Margin rates as of 2024-04-09"


def test_a_schedule_without_any_rate_still_shows_every_asset():
    rows = tuple(row("NEW", side, None) for side in ("long", "short"))
    ax = plot(MarginSchedule(rows, None))
    assert ticks(ax, "y") == ["NEW"]
    assert len([text for text in ax.texts if "short history" in text.get_text()]) == 2


def test_a_history_stacks_increases_and_reductions_under_the_rate(history):
    ax = plot(history)
    assert labels(ax) == ["base", "Cap", "rate"]
    line = next(line for line in ax.get_lines() if line.get_label() == "rate")
    assert line.get_ydata() == pytest.approx(history.value.to_numpy())
    heights = [
        np.concatenate([path.vertices[:, 1] for path in part.get_paths()])
        for part in ax.collections
        if isinstance(part, PolyCollection)
    ]
    assert max(part.max() for part in heights) == pytest.approx(0.1)
    assert min(part.min() for part in heights) == pytest.approx(-0.04)
    assert "short side: 6.00% at the end" in ax.get_title(loc="left")


def test_haircuts_have_a_bar_per_tier(haircuts):
    ax = plot(haircuts)
    bars = {bars.get_label(): [bar.get_width() for bar in bars] for bars in ax.containers}
    assert bars == {
        "model": [0.09, 0.15, 0.12],
        "policy": [0.005],
        "short history": [1.0],
        "no model": [1.0],
    }
    names = ["USDC", "BTC, up to 10", "BTC, beyond", "ETH, up to 2.5", "NEW", "FLAT"]
    assert ticks(ax, "y") == names


def test_every_status_of_a_haircut_has_a_look():
    assert set(get_args(Status)) == set(_LOOKS)


def test_a_coverage_shows_the_weight_of_the_scenarios_that_fall_short(cover):
    ax = plot(cover)
    mass = {bars.get_label(): sum(bar.get_height() for bar in bars) for bars in ax.containers}
    assert mass["short"] == pytest.approx(cover.shortfall_probability)
    assert mass["covered"] == pytest.approx(1.0 - cover.shortfall_probability)
    short = next(bars for bars in ax.containers if bars.get_label() == "short")
    assert max(bar.get_x() + bar.get_width() for bar in short) < 1e-9
    assert "after 2 periods, USD" in ax.get_xlabel()


@pytest.mark.parametrize("after", [0.0, 5.0, -5.0])
def test_a_coverage_that_no_scenario_moves_is_drawn(after):
    plot(Cover(np.full(4, after), np.full(4, 0.25))).figure.canvas.draw()


@pytest.mark.parametrize("result", [3.0, "a string", pd.Series([1.0]), np.zeros(3), None])
def test_what_cannot_be_drawn_is_refused_with_what_can(result):
    with pytest.raises(InputError, match="result: expected one of Backtest, verdicts of"):
        plot(result)
    assert plt.get_fignums() == []


@pytest.fixture
def forecasts(backtest) -> dict[str, Backtest]:
    # the second is never breached, and never the better of the two where the first says more
    return {"ours": backtest, "theirs": replace(backtest, var=backtest.var + 0.02, es=None)}


def test_a_murphy_diagram_has_a_curve_per_forecast_and_their_distances_below(forecasts):
    diagram = q.murphy_diagram(forecasts)
    top = plot(diagram)
    curves = {line.get_label(): line.get_ydata() for line in top.get_lines()}
    assert {name: list(curve) for name, curve in curves.items()} == {
        name: list(diagram.scores[name]) for name in forecasts
    }
    (below,) = [ax for ax in top.figure.axes if ax is not top]
    distance = next(line for line in below.get_lines() if line.get_label() == "theirs")
    assert np.allclose(distance.get_ydata(), curves["theirs"] - curves["ours"])
    assert "97" not in top.get_title(loc="left")
    assert "99% VaR" in top.get_title(loc="left")
    top.figure.canvas.draw()


def test_one_forecast_has_no_distance_and_given_axes_take_no_second(backtest, forecasts):
    assert len(plot(q.murphy_diagram(backtest)).figure.axes) == 1
    _, ax = plt.subplots()
    assert plot(q.murphy_diagram(forecasts), ax) is ax
    assert len(ax.figure.axes) == 1


def test_verdicts_show_the_pvalue_each_test_decides_by(backtest):
    verdicts = q.battery(backtest, n_sims=99)
    ax = plot(verdicts)
    drawn = {}
    for points in ax.collections:
        if points.get_label().startswith(("rejected", "not rejected")):
            for x, y in points.get_offsets():
                drawn[ax.get_yticklabels()[int(y)].get_text()] = (x, points.get_label()[:3])
    assert drawn == {
        name: (
            pytest.approx(max(test.decision_pvalue, 1e-5)),
            "rej" if test.rejected(0.05) else "not",
        )
        for name, test in verdicts.results
    }
    assert "could not run" in ax.get_title(loc="left")
    ax.figure.canvas.draw()


def test_a_bet_against_forecasts_shows_its_wealth_by_date(backtest):
    result = q.e_backtest(backtest, measure="VaR")
    ax = plot(result)
    wealth = next(line for line in ax.get_lines() if line.get_label() == "wealth")
    assert np.allclose(wealth.get_ydata(), result.extras["process"])
    assert (wealth.get_xdata() == DAYS.to_numpy()).all()
    levels = {line.get_ydata()[0] for line in ax.get_lines() if line.get_label()[:5] == "alarm"}
    assert levels == {2.0, 5.0, 10.0}
    ax.figure.canvas.draw()


def test_other_test_results_have_no_picture(backtest):
    with pytest.raises(InputError, match="got TestResult"):
        plot(q.kupiec(backtest))
