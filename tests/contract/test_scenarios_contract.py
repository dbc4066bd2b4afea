"""What every scenario model promises."""

from __future__ import annotations

import dataclasses
import pickle

import numpy as np
import pandas as pd
import pytest
from threadpoolctl import threadpool_limits

import quant as q
import quant.scenarios
from quant.errors import InputError, InsufficientDataError

ROLES = {"ScenarioModel", "Scenarios"}
ASSETS = ["BTC", "ETH", "USDC"]
SMALL = {"window": 250, "n_paths": 1_000}
EXACT = (
    q.HistoricalScenarios(),
    q.HistoricalScenarios(window=200),
    q.FilteredScenarios(q.EWMA(half_life=20), **SMALL),
    q.FilteredScenarios(q.GJRGARCH(), seed=3, **SMALL),
)
SINGULAR = q.CorrelatedScenarios(q.EWMA(half_life=20), q.EWMACovariance(half_life=50), **SMALL)
LAWS = (
    q.CorrelatedScenarios(q.GARCH(), q.CCC(), q.StudentT(nu=5.0), **SMALL),
    q.CorrelatedScenarios(q.EWMA(half_life=20), q.DCC(recursion="aielli"), seed=3, **SMALL),
    q.CopulaScenarios(q.EWMA(half_life=20), q.GaussianCopula(), **SMALL),
    q.CopulaScenarios(q.GARCH(distribution="t"), q.StudentTCopula(nu=4.0), "fitted", **SMALL),
    q.CopulaScenarios(
        q.EWMA(half_life=20), q.GaussianCopula(margins="uniforms"), q.StudentT(nu=6.0), **SMALL
    ),
)
MODELS = (*EXACT, SINGULAR, *LAWS)


def panel(rows: int = 300, seed: int = 3) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    common = rng.standard_t(5, (rows, 1))
    moves = 0.02 * (common + rng.standard_normal((rows, 3)) * [0.5, 0.8, 0.1])
    return pd.DataFrame(
        moves, index=pd.date_range("2020-01-01", periods=rows, freq="D"), columns=ASSETS
    )


@pytest.fixture(params=MODELS, ids=repr)
def model(request):
    return request.param


def test_every_published_model_is_covered():
    assert {type(model).__name__ for model in MODELS} == {*quant.scenarios.__all__} - ROLES


def test_models_are_frozen_and_equal_by_value(model):
    assert model == dataclasses.replace(model)
    assert hash(model) == hash(dataclasses.replace(model))
    field = dataclasses.fields(model)[0].name
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(model, field, 1)


@pytest.mark.parametrize("horizon", [1, 5])
def test_a_forecast_has_a_column_per_asset_and_weights_that_sum_to_one(model, horizon):
    history = panel()
    scenarios = model.fit(history).forecast(horizon=horizon)
    rows = len(scenarios.weights)
    assert scenarios.returns.shape == (rows, 3)
    assert len(scenarios.labels) == rows
    assert scenarios.assets == tuple(ASSETS)
    assert scenarios.horizon == horizon
    assert scenarios.weights.sum() == pytest.approx(1.0, abs=1e-12)
    assert scenarios.as_of == history.index[-1]
    assert scenarios.period == pd.Timedelta(days=1)
    assert 1 <= scenarios.n_obs <= max(rows, len(history) // horizon)
    assert not scenarios.returns.flags.writeable
    assert not scenarios.weights.flags.writeable


@pytest.mark.parametrize("horizon", [1, 3])
def test_paths_come_in_blocks_of_256_and_add_up_to_the_forecast(model, horizon):
    fit = model.fit(panel(600))
    blocks = list(fit.paths(horizon))
    assert all(len(block) == 256 for block in blocks[:-1])
    assert 0 < len(blocks[-1]) <= 256
    assert {block.shape[1:] for block in blocks} == {(horizon, 3)}
    sums = np.concatenate(blocks).sum(axis=1)
    np.testing.assert_allclose(sums, fit.forecast(horizon=horizon).returns, rtol=0, atol=1e-14)


def test_the_same_model_and_data_give_the_same_bits(model):
    first, second = (model.fit(panel()).forecast(horizon=4).returns for _ in range(2))
    assert first.tobytes() == second.tobytes()


def test_what_happens_after_as_of_changes_nothing(model):
    history = panel()
    cut = 250
    changed = history.copy()
    changed.iloc[cut:] = 7.7
    before = model.fit(history.iloc[:cut])
    after = model.fit(changed.iloc[:cut])
    assert before.forecast(horizon=2).returns.tobytes() == after.forecast(2).returns.tobytes()
    view = history.iloc[:cut]
    fit = model.fit(view)
    expected = fit.forecast(horizon=2).returns
    history.iloc[:] = 7.7  # a fit must own its data: what changes later is not its business
    np.testing.assert_array_equal(fit.forecast(horizon=2).returns, expected)


def test_the_last_return_does_change_the_forecast(model):
    history = panel()
    changed = history.copy()
    changed.iloc[-1] = 0.1
    first, second = (model.fit(h).forecast(horizon=2).returns for h in (history, changed))
    assert not np.array_equal(first, second)


@pytest.mark.parametrize("model", EXACT, ids=repr)
def test_permuting_assets_permutes_columns(model):
    history = panel()
    order = ["USDC", "BTC", "ETH"]
    plain = model.fit(history).forecast(horizon=3)
    permuted = model.fit(history[order]).forecast(horizon=3)
    assert permuted.assets == tuple(order)
    np.testing.assert_allclose(permuted.returns, plain.restrict(order).returns, rtol=0, atol=1e-15)


@pytest.mark.parametrize("model", [SINGULAR, *LAWS], ids=repr)
def test_permuting_assets_permutes_the_law(model):
    history = panel()
    order = ["USDC", "BTC", "ETH"]
    model = dataclasses.replace(model, n_paths=20_000)
    plain, permuted = (model.fit(h).forecast(2) for h in (history, history[order]))
    one, two = plain.restrict(order).returns, permuted.returns
    for power in (1.0, 0.5):  # variances and products, and what outliers do not rule
        a, b = (np.sign(r) * np.abs(r) ** power for r in (one, two))
        np.testing.assert_allclose(np.corrcoef(a.T), np.corrcoef(b.T), rtol=0, atol=0.06)
    spread = [np.quantile(r, 0.9, axis=0) - np.quantile(r, 0.1, axis=0) for r in (one, two)]
    np.testing.assert_allclose(spread[0], spread[1], rtol=0.05)


@pytest.mark.parametrize("model", [*EXACT, SINGULAR], ids=repr)
def test_assets_keep_the_same_dates(model):
    """A column that copies another must stay its copy in every row."""
    history = panel()
    history["twin"] = history["BTC"]
    scenarios = model.fit(history).forecast(horizon=3)
    at = [scenarios.assets.index(name) for name in ("BTC", "twin")]
    first, second = scenarios.returns[:, at].T
    np.testing.assert_allclose(first, second, rtol=0, atol=0 if model in EXACT else 1e-7)


@pytest.mark.parametrize("model", LAWS, ids=repr)
def test_a_law_that_needs_an_inverse_refuses_a_twin_by_name(model):
    history = panel()
    history["twin"] = history["BTC"]
    with pytest.raises(InputError, match="singular matrix, BTC and twin closest"):
        model.fit(history)


@pytest.mark.parametrize("threads", [1, 2])
def test_the_bits_do_not_depend_on_the_threads_of_blas(model, threads):
    with threadpool_limits(limits=threads, user_api="blas"):
        here = model.fit(panel()).forecast(horizon=2).returns
    assert here.tobytes() == model.fit(panel()).forecast(horizon=2).returns.tobytes()


def test_one_update_equals_many(model):
    history = panel()
    fit = model.fit(history.iloc[:260])
    at_once = fit.update(history.iloc[260:])
    step_by_step = fit.update(history.iloc[260:261]).update(history.iloc[261:])
    one, two = (f.forecast(horizon=2).returns for f in (at_once, step_by_step))
    np.testing.assert_allclose(one, two, rtol=1e-12, atol=1e-16)
    assert not np.array_equal(one, fit.forecast(horizon=2).returns)


def test_fits_and_forecasts_can_be_stored(model):
    fit = model.fit(panel())
    scenarios = fit.forecast(horizon=2)
    for again in (
        pickle.loads(pickle.dumps(fit)).forecast(2),
        pickle.loads(pickle.dumps(scenarios)),
    ):
        np.testing.assert_array_equal(again.returns, scenarios.returns)
        assert again.assets == scenarios.assets


def test_a_fit_prints_in_one_line(model):
    assert "\n" not in repr(model) + repr(model.fit(panel()).forecast())


def test_components_of_an_account_add_up(model):
    account = q.Account(
        [q.LinearContract("BTC", 2.0, entry=100.0), q.InverseContract("ETH", -300.0, entry=10.0)],
        {"USDC": 500.0, "ETH": 3.0},
    )
    scenarios = model.fit(panel(600)).forecast(horizon=2)
    loss = account.loss(scenarios, {"BTC": 100.0, "ETH": 10.0, "USDC": 1.0})
    for measure in (q.VaR(0.95), q.VaR(0.98), q.ES(0.95), q.ES(0.98)):
        estimate = measure(loss)
        assert estimate.value > 0.0
        assert estimate.components.sum() == pytest.approx(estimate.value, rel=1e-12)
        assert list(estimate.components.index) == list(loss.parts.columns)
        assert estimate.std_error > 0.0
        assert 0.0 < estimate.drivers.sum() <= 1.0 + 1e-12


def test_a_horizon_beyond_the_history_is_refused(model):
    with pytest.raises(InsufficientDataError, match=r"horizon: expected at most the \d+ .*got 301"):
        model.fit(panel()).forecast(horizon=301)


def test_a_window_beyond_the_history_is_refused(model):
    if model.window is None:
        model = dataclasses.replace(model, window=250)
    with pytest.raises(InsufficientDataError, match="window: expected at most the 100 returns"):
        model.fit(panel(100))


def test_blanks_are_refused_and_align_returns_is_named(model):
    history = panel()
    history.iloc[7, 1] = np.nan
    with pytest.raises(
        InputError, match=r"nan in ETH at 2020-01-08; use align_returns or proxy_returns"
    ):
        model.fit(history)


def test_a_series_is_refused(model):
    with pytest.raises(InputError, match="returns: expected a DataFrame"):
        model.fit(panel()["BTC"])


@pytest.mark.parametrize("horizon", [0, -1, 1.5, True])
def test_a_horizon_that_is_not_a_positive_whole_number_is_refused(model, horizon):
    fit = model.fit(panel())
    for asked in (fit.forecast, fit.paths):  # when called, not when the first path is taken
        with pytest.raises(InputError, match="horizon: expected a whole number"):
            asked(horizon=horizon)


def test_update_refuses_a_date_it_has_seen(model):
    history = panel()
    with pytest.raises(InputError, match="expected dates after 2020-10-26"):
        model.fit(history).update(history.iloc[-1:])


def test_update_moves_as_of_on(model):
    history = panel()
    moved = model.fit(history.iloc[:-5]).update(history.iloc[-5:])
    assert moved.forecast(horizon=1).as_of == history.index[-1]
