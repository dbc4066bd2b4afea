"""The engine: timing of losses, refit schedule, overlap, and equality for any number of workers."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import quant as q
from quant.risk._walk_forward import plan, walk_forward
from tests.strategies import garch_returns

RETURNS = garch_returns(400, seed=2)
HS = q.HistoricalSimulation(window=250)


def test_each_row_is_the_plain_loop():
    table = walk_forward(HS, RETURNS, measures=(q.VaR(0.95),), horizon=2, side="short")
    for end, row in table.iterrows():
        t = RETURNS.index.get_loc(end)
        past = RETURNS.iloc[: t - 1]
        assert row["as_of"] == past.index[-1]
        loss = HS.fit(past).forecast(2, "short")
        assert row.iloc[1] == q.VaR(0.95)(loss).value
        assert row["loss"] == pytest.approx(np.expm1(RETURNS.iloc[t - 1 : t + 1].sum()), abs=1e-15)
        assert row["pit"] == loss.loss.cdf(row["loss"])
    assert len(table) == 75
    assert (np.diff(RETURNS.index.get_indexer(table.index)) == 2).all()


def test_start_is_the_end_of_the_first_loss_period():
    start = RETURNS.index[300]
    for horizon in (1, 5):
        table = walk_forward(HS, RETURNS, measures=(), start=start, horizon=horizon)
        assert table.index[0] == start
        assert table["as_of"].iloc[0] == RETURNS.index[300 - horizon]


def test_an_end_is_the_end_of_the_last_loss_period():
    table = walk_forward(HS, RETURNS, measures=(), end=RETURNS.index[300])
    assert table.index[-1] == RETURNS.index[300]


def test_refits_are_counted_in_periods_from_the_first_origin():
    origins = plan(RETURNS.index, start=None, horizon=2, step=2, refit_every=5, minimum=380)
    assert origins.blocks == ((380, 382, 384), (386, 388), (390, 392, 394), (396, 398))


def test_any_number_of_workers_gives_the_same_bits():
    fhs = q.FilteredHistoricalSimulation(volatility=q.GARCH(), window=250, n_paths=500)
    tables = [
        walk_forward(
            fhs, RETURNS, measures=(q.VaR(0.95), q.ES(0.95)), horizon=2, refit_every=30, n_jobs=n
        )
        for n in (1, 2)
    ]
    pd.testing.assert_frame_equal(*tables, check_exact=True)


def test_a_start_before_the_window_is_full_is_refused():
    with pytest.raises(
        q.InsufficientDataError, match="start: expected at least 250 returns before"
    ):
        walk_forward(HS, RETURNS, measures=(), start=RETURNS.index[100])


def test_a_start_after_the_data_is_refused():
    with pytest.raises(
        q.InsufficientDataError, match="start: expected at least 1 returns from it on"
    ):
        walk_forward(HS, RETURNS, measures=(), start="2030-01-01")


def test_a_start_that_is_no_date_is_refused():
    with pytest.raises(q.InputError, match="start: expected a date, got 'soon'"):
        walk_forward(HS, RETURNS, measures=(), start="soon")


def test_a_start_with_a_zone_the_returns_lack_is_refused():
    with pytest.raises(q.InputError, match="start: expected a date without a time zone"):
        q.backtest(
            q.HistoricalSimulation(window=100), RETURNS, start=pd.Timestamp("2015-09-01", tz="UTC")
        )


def test_an_estimator_without_a_window_needs_a_start():
    with pytest.raises(q.InputError, match="start: expected a date, got None"):
        walk_forward(q.HistoricalSimulation(), RETURNS, measures=())


def test_backtest_of_a_margin_model_tests_its_bare_measure():
    model = q.MarginModel(estimator=HS, measure=q.ES(0.975), horizon=3, adjustments=(q.Floor(0.9),))
    bt = q.backtest(model, RETURNS, side="short")
    assert (bt.level, bt.horizon, bt.step, bt.side) == (0.975, 3, 3, "short")
    assert bt.var.max() < 0.5
    assert (bt.es >= bt.var).all()


def test_backtest_of_a_model_reads_the_rank_that_it_posts():
    for rank in ("sample", "lower", "predictive"):
        measure = q.VaR(0.98, rank=rank)
        model = q.MarginModel(q.HistoricalSimulation(window=100), measure)
        posted = model.history(RETURNS, start=RETURNS.index[150])
        tested = q.backtest(model, RETURNS, start=RETURNS.index[150])
        assert np.array_equal(tested.var, posted.value.to_numpy()), rank
    haircut = q.HaircutModel(q.HistoricalSimulation(window=100), q.VaR(0.98, rank="lower"))
    assert q.backtest(haircut, RETURNS, start=RETURNS.index[150]).level == 0.98


def test_backtest_is_of_one_asset():
    with pytest.raises(q.InputError, match="returns: expected a Series of one asset"):
        q.backtest(HS, RETURNS.to_frame())


def test_a_haircut_model_is_backtested_as_a_margin_model_is():
    returns = pd.Series(
        np.random.default_rng(5).normal(0.0, 0.02, 400), pd.date_range("2020-01-01", periods=400)
    )
    parts = (q.HistoricalSimulation(window=250), q.VaR(0.95))
    haircut = q.backtest(q.HaircutModel(*parts, horizon=2), returns)
    margin = q.backtest(q.MarginModel(*parts, horizon=2), returns)
    assert (haircut.level, haircut.horizon) == (0.95, 2)
    np.testing.assert_array_equal(haircut.var, margin.var)
