"""Historical simulation in one pass, against the same forecasts made one by one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import quant as q
from quant.risk._tail_rule import HELD, TailRule, rolling_numbers
from quant.risk._walk_forward import walk_forward
from tests.strategies import daily, garch_returns

N = 420
MEASURES = (
    q.VaR(0.99),
    q.VaR(0.95, rank="lower"),
    q.VaR(0.98, rank="predictive"),
    q.VaR(0.4),
    q.ES(0.975),
    q.ES(0.99),
    q.ES(0.99, max_move=0.01),
    q.ES(0.5, max_move=0.004),
)
SERIES = {
    "heavy": garch_returns(N, seed=5),
    "ties": garch_returns(N, seed=6).round(2),
    "wandering": daily(np.cumsum(np.random.default_rng(1).standard_normal(N)) * 0.002),
    "rising": daily(np.linspace(-0.3, 0.3, N)),
    "falling": daily(np.linspace(0.3, -0.3, N)),
    "still": daily(np.where(np.arange(N) % 90 < 85, 0.0, 0.01)),
}


@dataclass(frozen=True)
class OneByOne:
    """An estimator without its own way through history."""

    estimator: q.RiskEstimator

    @property
    def window(self):
        return self.estimator.window

    def fit(self, returns: pd.Series):
        return self.estimator.fit(returns)


@pytest.mark.parametrize("side", ["long", "short"])
@pytest.mark.parametrize("horizon", [1, 3, 10])
@pytest.mark.parametrize("name", SERIES)
def test_one_pass_gives_the_bits_of_the_plain_loop(name, horizon, side):
    estimator = q.HistoricalSimulation(window=120)
    options = {"measures": MEASURES, "horizon": horizon, "side": side}
    at_once = walk_forward(estimator, SERIES[name], **options)
    plain = walk_forward(OneByOne(estimator), SERIES[name], **options)
    pd.testing.assert_frame_equal(at_once, plain, check_exact=True)


def test_it_is_the_one_pass_that_answers():
    returns = SERIES["heavy"]
    spec = q.HistoricalSimulation(window=120)
    values = spec.walk(returns, range(120, N), 1, "long", MEASURES)
    assert values is not None
    assert values.shape == (N - 120, len(MEASURES))
    assert q.HistoricalSimulation().walk(returns, range(120, N), 1, "long", MEASURES) is None
    assert spec.walk(returns, range(120, N), 121, "long", MEASURES) is None


def test_a_measure_of_ones_own_goes_forecast_by_forecast():
    @dataclass(frozen=True)
    class Mean:
        level: float = 0.5

        def __call__(self, forecast):
            return q.RiskEstimate(float(forecast.loss.losses.mean()), self, forecast)

    spec = q.HistoricalSimulation(window=120)
    assert spec.walk(SERIES["heavy"], range(120, N), 1, "long", (Mean(),)) is None
    table = walk_forward(spec, SERIES["heavy"], measures=(Mean(), q.VaR(0.95)))
    assert table.iloc[0, 1] == pytest.approx(-np.expm1(SERIES["heavy"].iloc[:120]).mean())


@pytest.mark.parametrize(
    ("returns", "message"),
    [
        (pd.concat([SERIES["heavy"].iloc[:200], SERIES["still"].iloc[200:] * 0.0]), "variation"),
        (np.exp(SERIES["heavy"].cumsum()) * 40.0, "these look like prices"),
    ],
)
def test_what_fit_refuses_on_the_way_is_refused(returns, message):
    with pytest.raises(q.InputError, match=message):
        walk_forward(q.HistoricalSimulation(window=120), returns, measures=(q.VaR(0.95),))


def test_a_tail_beyond_the_window_is_refused_as_by_one_forecast():
    with pytest.raises(q.InsufficientDataError, match="level of VaR: expected at least 1000"):
        q.backtest(q.HistoricalSimulation(window=120), SERIES["heavy"], level=0.999)


def test_a_margin_history_is_that_of_the_plain_loop():
    for measure in (q.VaR(0.98), q.ES(0.975)):
        at_once, plain = (
            q.MarginModel(
                estimator, measure, horizon=2, adjustments=(q.Buffer(0.25), q.Floor(0.05))
            ).history(SERIES["heavy"], start=SERIES["heavy"].index[200], side="short")
            for estimator in (
                q.HistoricalSimulation(window=120),
                OneByOne(q.HistoricalSimulation(window=120)),
            )
        )
        pd.testing.assert_frame_equal(at_once.components, plain.components, check_exact=True)


@pytest.mark.parametrize("horizon", [1, 3])
def test_origins_may_lie_unevenly(horizon):
    spec, daily_ = q.HistoricalSimulation(window=120), range(120, N)
    chosen = [120, 121, 121, 125, 200, N - 1]
    every = spec.walk(SERIES["heavy"], daily_, horizon, "long", MEASURES)
    some = spec.walk(SERIES["heavy"], chosen, horizon, "long", MEASURES)
    weekly = spec.walk(SERIES["heavy"], daily_[::5], horizon, "long", MEASURES)
    np.testing.assert_array_equal(some, every[np.array(chosen) - 120])
    np.testing.assert_array_equal(weekly, every[::5])


def test_a_loss_beyond_every_number_sends_it_forecast_by_forecast():
    wild = SERIES["heavy"].copy()
    wild.iloc[300] = 1e3
    spec = q.HistoricalSimulation(window=120)
    assert spec.walk(wild, range(120, N), 1, "long", MEASURES) is None


@pytest.mark.parametrize("step", [1, 7])
@pytest.mark.parametrize("shape", ["noise", "random walk", "rising", "falling", "still", "ties"])
def test_a_history_longer_than_a_piece(shape, step):
    noise = np.random.default_rng(2).standard_t(3, 2 * HELD + 500)
    losses = {
        "noise": noise,
        "random walk": np.cumsum(noise),
        "rising": np.arange(noise.size) * 0.1,
        "falling": np.arange(noise.size) * -0.1,
        "still": np.where(np.arange(noise.size) % 90 < 85, 0.0, 0.01),
        "ties": noise.round(),
    }[shape]
    size, rules = 40, (TailRule(rank=1), TailRule(rank=3), TailRule(tail=2.0))
    ends = range(size, losses.size + 1, step)
    found = rolling_numbers(lambda stretch: losses[stretch], size, ends, rules)
    windows = np.lib.stride_tricks.sliding_window_view(losses, size)[::step]
    worst = np.sort(windows, axis=1)[:, ::-1]
    want = np.stack([worst[:, 0], worst[:, 2], (worst[:, 0] + worst[:, 1]) / 2.0], axis=1)
    np.testing.assert_array_equal(found, want)


@given(
    st.one_of(
        st.lists(st.sampled_from([-2.0, -1.0, 0.0, 0.5, 1.0, 3.0]), min_size=12, max_size=120),
        st.lists(st.floats(-10.0, 10.0), min_size=12, max_size=120),
    ),
    st.integers(2, 12),
    st.integers(1, 12),
    st.integers(1, 5),
)
def test_ranks_and_tails_of_any_stream(values, size, rank, step):
    rank = min(rank, size)
    losses = np.array(values)
    ends = range(size, losses.size + 1, step)
    rules = (TailRule(rank=rank), TailRule(tail=rank - 0.25), TailRule(tail=rank - 0.25, cap=0.75))
    found = rolling_numbers(lambda stretch: losses[stretch], size, ends, rules)
    for row, end in zip(found, ends, strict=True):
        worst = np.sort(losses[end - size : end])[::-1]
        assert row[0] == worst[rank - 1]
        for number, top in zip(row[1:], (worst, np.minimum(worst, 0.75)), strict=True):
            tail = max(1.0, rank - 0.25)
            whole = int(tail)
            part = (tail - whole) * top[whole] if tail > whole else 0.0
            assert number == pytest.approx((top[:whole].sum() + part) / tail, rel=1e-14, abs=1e-14)
