"""Anti-procyclicality tools against the rule and worked paths."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

import quant as q
from quant.margin._waterfall import fold
from quant.margin.base import MarginComponent, MarginContext
from quant.risk._observed import Observed
from quant.risk._return_loss import ReturnLoss
from tests.strategies import daily

RAW = [80.0, 80.0, 100.0, 160.0, 120.0]


def context(previous=None, **facts) -> MarginContext:
    day = pd.Timestamp("2020-01-01")
    return MarginContext(
        as_of=day,
        horizon=1,
        measure=q.VaR(0.99),
        side="long",
        returns=daily(np.array([0.01, -0.01])),
        previous=previous,
        **facts,
    )


def path(*adjustments) -> list[float]:
    posted, totals = None, []
    for raw in RAW:
        components = fold(MarginComponent("base", raw), adjustments, context(previous=posted))
        posted = sum(c.rate for c in components)
        totals.append(posted)
    return totals


def test_tools_on_one_raw_path():
    # P03 (after Murphy, Vasios and Vause): with replenishment 0 the buffer is the exhaustible rule
    exhaustible = path(q.Buffer(0.25, replenishment=0.0))
    floor = path(q.Floor(110.0))
    assert exhaustible == pytest.approx([100.0, 100.0, 100.0, 160.0, 150.0], abs=1e-9)
    assert floor == pytest.approx([110.0, 110.0, 110.0, 160.0, 120.0], abs=1e-9)
    for totals, ratio in ((RAW, 2.0), (floor, 1.45454545455), (exhaustible, 1.6)):
        assert max(totals) / min(totals) == pytest.approx(ratio, abs=1e-9)
    for totals in (floor, exhaustible):
        assert np.mean(totals) / np.mean(RAW) - 1 == pytest.approx(0.12962962963, abs=1e-9)


def test_the_buffer_full_half_depleted_and_depleted():
    # C06: raw 100, buffer 25 %: 125 full, 112.5 half depleted, 100 depleted
    buffer = q.Buffer(0.25, replenishment=0.0)
    for previous, total in (
        (None, 125.0),
        (200.0, 125.0),
        (112.5, 112.5),
        (100.0, 100.0),
        (60.0, 100.0),
    ):
        assert 100.0 + buffer(100.0, context(previous=previous)) == total


def test_the_buffer_refills_at_its_rate():
    assert 100.0 + q.Buffer(0.25)(100.0, context(previous=110.0)) == pytest.approx(111.1)
    assert 100.0 + q.Buffer(0.25, replenishment=0.1)(100.0, context(previous=120.0)) == 125.0


@dataclass(frozen=True)
class Gaussian:
    """An estimator whose loss is normal with the standard deviation of the returns it is given."""

    def fit(self, returns):
        return GaussianFit(returns)


@dataclass(frozen=True, eq=False)
class LinearNormal:
    sigma: float

    def cdf(self, x):
        return q.Normal().cdf(np.asarray(x) / self.sigma)

    def ppf(self, level):
        return self.sigma * q.Normal().ppf(level)

    def tail_mean(self, level):
        return self.sigma * q.Normal().tail_mean(level)


@dataclass(frozen=True, eq=False)
class GaussianFit:
    returns: pd.Series

    def forecast(self, horizon=1, side="long"):
        law = LinearNormal(float(self.returns.std(ddof=0)))
        return q.LossForecast(loss=law, as_of=self.returns.index[-1], horizon=horizon, side=side)


def two_regimes() -> pd.Series:
    """Ten years of sd 2 %, with 250 days of sd 6 % in them, each exactly."""
    calm, wild = np.tile([0.02, -0.02], 1000), np.tile([0.06, -0.06], 125)
    return daily(np.concatenate([calm, wild, calm]))


def test_a_floor_from_ten_years_lifts_a_lower_margin():
    # C08: margin 80 now, 95 with ten-year volatility: 95
    returns = two_regimes()
    model = q.MarginModel(
        estimator=Gaussian(),
        measure=q.VaR(0.99),
        adjustments=(q.LongRunFloor(estimator=Gaussian(), years=10.0),),
    )
    recent = model.rate(returns.iloc[-500:])
    assert recent.components[1].rate == 0.0
    longer = q.evolve(model, {"adjustments.0.years": 20.0})
    floor = q.LongRunFloor(estimator=Gaussian(), years=20.0).prepare(
        longer._charge.context(Observed(returns), "long", None)
    )
    assert floor(80.0, context(exposure=95.0 / floor.rate)) == pytest.approx(15.0, abs=1e-9)
    assert "11.6 of 20 years" in longer.rate(returns).notes


@pytest.mark.parametrize(
    ("on", "expected"),
    # MARGIN 4.1 (C07): sd 2 % now, 6 % in stress, normal, 99 %, weight 25 %: 10.50, 8.06, 6.98 %
    [("observations", 0.1050), ("variance", 0.0806), ("volatility", 0.0698), ("rate", 0.0698)],
)
def test_the_place_of_the_stress_weight_decides_the_margin(on, expected):
    returns = two_regimes()

    @dataclass(frozen=True)
    class Recent(Gaussian):
        def fit(self, returns):
            return GaussianFit(returns.iloc[-500:])

    law = ReturnLoss(q.Normal(), 0.0, 0.02, "long")
    stressed = q.StressedWeight(on=on, estimator=Gaussian())
    model = q.MarginModel(estimator=Recent(), measure=q.VaR(0.99), adjustments=(stressed,))
    if on in ("variance", "volatility"):
        # these two read a volatility off the law itself: hand it one that states it
        base = q.LossForecast(loss=law, side="long")
        given = q.LossForecast(loss=ReturnLoss(q.Normal(), 0.0, 0.06, "long"), side="long")
        scale, _ = stressed._blend(context(forecast=base), given)
        assert scale * 2.326347874 * 0.02 == pytest.approx(expected, abs=5e-5)
        return
    rate = model.rate(returns)
    assert rate.value == pytest.approx(expected, abs=5e-5)
    assert stressed.stressed_returns(returns).std(ddof=0) == pytest.approx(0.06)
    assert "stressed" in rate.notes
