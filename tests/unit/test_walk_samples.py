"""Filtered simulation read block by block, against the same forecasts made one by one."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pytest

import quant as q
from quant.risk._walk_forward import walk_forward
from quant.volatility._window_filters import Innovations
from tests.strategies import daily, garch_returns

N = 420
WINDOW = 150
RETURNS = garch_returns(N, seed=5)
MEASURES = (
    q.VaR(0.99),
    q.VaR(0.95, rank="lower"),
    q.VaR(0.98, rank="predictive"),
    q.ES(0.975),
    q.ES(0.99, max_move=0.01),
    q.ES(0.5, max_move=0.004),
)
FILTERS = {
    "ewma": q.EWMA(half_life=20),
    "ewma given": q.EWMA(half_life=20, initial=2e-4),
    "garch": q.GARCH(),
    "garch zero": q.GARCH(mean="zero", startup="sample"),
    "gjr t": q.GJRGARCH(distribution="t"),
    "gjr skewt": q.GJRGARCH(distribution="skewt", startup="fcp"),
    "garch ged": q.GARCH(distribution="ged", startup="sample"),
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


def fhs(volatility: q.VolatilityModel, window: int | None = WINDOW):
    return q.FilteredHistoricalSimulation(volatility=volatility, window=window, n_paths=200)


def compared(estimator, returns=RETURNS, **options):
    options = {"measures": MEASURES, "start": returns.index[-90], **options}
    together = walk_forward(estimator, returns, **options)
    plain = walk_forward(OneByOne(estimator), returns, **options)
    pd.testing.assert_frame_equal(together, plain, check_exact=True)
    return together


@pytest.mark.parametrize("side", ["long", "short"])
@pytest.mark.parametrize("name", FILTERS)
def test_samples_read_together_give_the_bits_of_the_plain_loop(name, side):
    compared(fhs(FILTERS[name], window=300), side=side)


@pytest.mark.parametrize("refit_every", [7, 40, 400])
@pytest.mark.parametrize("step", [1, 3])
@pytest.mark.parametrize("name", ["ewma", "gjr t"])
def test_between_refits_the_filter_moves_on_as_updates_do(name, step, refit_every):
    compared(fhs(FILTERS[name]), refit_every=refit_every, step=step)


def test_steps_longer_than_the_window():
    compared(
        fhs(q.EWMA(half_life=5), window=20),
        step=33,
        refit_every=100,
        measures=(q.VaR(0.9), q.ES(0.9)),
    )


def test_any_number_of_workers_gives_the_same_bits():
    estimator = fhs(FILTERS["gjr t"])
    one, two = (
        walk_forward(estimator, RETURNS, measures=MEASURES, start=RETURNS.index[-70], n_jobs=n)
        for n in (1, 2)
    )
    pd.testing.assert_frame_equal(one, two, check_exact=True)


def test_it_is_the_block_that_answers(monkeypatch):
    def refused(self, returns, realized=None):
        raise AssertionError("fitted alone")

    monkeypatch.setattr(q.FilteredHistoricalSimulation, "fit", refused)
    monkeypatch.setattr(q.FilteredHistoricalSimulation, "fit_many", refused)
    walk_forward(fhs(FILTERS["gjr t"]), RETURNS, measures=MEASURES)
    model = q.MarginModel(fhs(FILTERS["ewma"]), q.ES(0.975), adjustments=(q.Buffer(0.25),))
    model.history(RETURNS, start=RETURNS.index[-50])


def test_pieces_are_bounded_however_long_the_blocks():
    spec = fhs(FILTERS["ewma"], window=100)
    returns = np.random.default_rng(3).normal(0.0, 0.01, 5_000)
    pieces = list(spec.walk_samples(returns, (tuple(range(100, 5_000)),), 1, "long"))
    assert sum(len(piece) for piece in pieces) == 4_900
    assert max(piece.size for piece in pieces) <= 2**16


@pytest.mark.parametrize(
    ("estimator", "horizon"),
    [
        (fhs(q.EWMA(half_life=20)), 2),
        (fhs(q.EWMA(half_life=20), window=None), 1),
        (fhs(q.RollingVolatility(window=60)), 1),
        (fhs(q.GARCH(engine="arch")), 1),
        (fhs(q.GARCH(), window=40), 1),
    ],
)
def test_what_cannot_be_read_together_goes_forecast_by_forecast(estimator, horizon):
    blocks = tuple((o,) for o in range(200, 210))
    assert estimator.walk_samples(RETURNS.to_numpy(), blocks, horizon, "long") is None


def test_a_measure_of_ones_own_goes_forecast_by_forecast():
    @dataclass(frozen=True)
    class Mean:
        level: float = 0.5

        def __call__(self, forecast):
            return q.RiskEstimate(float(forecast.loss.losses.mean()), self, forecast)

    table = compared(fhs(q.EWMA(half_life=20)), measures=(Mean(), q.VaR(0.95)))
    assert table.shape[1] == 5


STILL = np.where(np.arange(N) < 200, RETURNS.to_numpy(), 0.0)


@pytest.mark.parametrize(
    ("volatility", "values"),
    [
        (q.GARCH(), STILL),
        (q.EWMA(half_life=20), STILL),
        (q.EWMA(half_life=20), np.where(np.arange(N) % 40 == 0, 0.01, 0.0)),
        (q.GARCH(distribution="t"), np.where(np.arange(N) % 4 == 0, RETURNS.to_numpy(), 0.0)),
        (q.EWMA(half_life=20), np.exp(RETURNS.cumsum().to_numpy()) * 40.0),
    ],
)
def test_what_is_refused_on_the_way_is_refused_in_the_same_words(volatility, values):
    said = []
    for estimator in (fhs(volatility), OneByOne(fhs(volatility))):
        with pytest.raises(q.InputError) as refusal:
            walk_forward(estimator, daily(values), measures=(q.VaR(0.95),))
        said.append(str(refusal.value))
    assert said[0] == said[1]


def test_a_tail_beyond_the_window_is_refused_as_by_one_forecast():
    with pytest.raises(q.InsufficientDataError, match="level of VaR: expected at least 1000"):
        q.backtest(fhs(q.GARCH()), RETURNS, level=0.999)


def test_a_return_of_no_size_known_to_money_goes_forecast_by_forecast():
    values = RETURNS.to_numpy().copy()
    values[300] = 900.0
    blocks = tuple((o,) for o in range(280, 310))
    assert fhs(q.EWMA(half_life=20)).walk_samples(values, blocks, 1, "short") is None


def test_a_filter_of_ones_own_may_offer_its_innovations():
    @dataclass(frozen=True)
    class Constant:
        sigma: float = 0.01

        def fit(self, returns, realized=None):
            raise AssertionError("fitted alone")

        def innovations(self, returns, blocks, window):
            ends = np.array([o for block in blocks for o in block])
            ones = np.ones(len(ends))
            return Innovations(
                returns / self.sigma, ends - window, 0.0 * ones, self.sigma * ones, window
            )

    own = walk_forward(fhs(Constant()), RETURNS, measures=MEASURES)
    plain = walk_forward(q.HistoricalSimulation(WINDOW), RETURNS, measures=MEASURES)
    np.testing.assert_allclose(own.iloc[:, 1:-1], plain.iloc[:, 1:-1], rtol=1e-12)


@pytest.mark.parametrize("adjustments", [(q.Buffer(0.25),), (q.LongRunFloor(years=1.0),)])
def test_a_margin_history_is_that_of_the_plain_loop(adjustments):
    together, plain = (
        q.MarginModel(estimator, q.ES(0.975), horizon=1, adjustments=adjustments).history(
            RETURNS, start=RETURNS.index[-60], side="short", refit_every=5
        )
        for estimator in (fhs(q.GARCH()), OneByOne(fhs(q.GARCH())))
    )
    pd.testing.assert_frame_equal(together.components, plain.components, check_exact=True)


def test_overwriting_the_future_changes_nothing_before_it():
    nonsense = RETURNS.copy()
    nonsense.iloc[400:] = np.random.default_rng(0).uniform(-0.3, 0.3, N - 400)
    estimator = replace(fhs(FILTERS["gjr t"]), seed=1)
    origins = tuple((o,) for o in range(380, 401))
    honest, tampered = (
        np.vstack(list(estimator.walk_samples(r.to_numpy()[:400], origins, 1, "long")))
        for r in (RETURNS, nonsense)
    )
    np.testing.assert_array_equal(honest, tampered)
    after = np.vstack(list(estimator.walk_samples(nonsense.to_numpy(), ((410,),), 1, "long")))
    assert np.abs(after[0] - honest[-1]).max() > 0.01
