"""What every scenario model promises."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

import quant.scenarios
from quant.errors import InputError

ROLES = {"ScenarioModel", "Scenarios"}
MODELS = [getattr(quant.scenarios, name) for name in quant.scenarios.__all__ if name not in ROLES]
ASSETS = ["BTC", "ETH", "USDC"]


def panel(rows: int = 300, seed: int = 3) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    common = rng.standard_t(5, (rows, 1))
    moves = 0.02 * (common + rng.standard_normal((rows, 3)) * [0.5, 0.8, 0.1])
    return pd.DataFrame(
        moves, index=pd.date_range("2020-01-01", periods=rows, freq="D"), columns=ASSETS
    )


@pytest.fixture(params=MODELS, ids=lambda model: model.__name__)
def model(request):
    return request.param()


def test_the_list_of_models_is_not_empty():
    assert MODELS


def test_models_are_frozen_and_equal_by_value(model):
    assert model == type(model)()
    assert hash(model) == hash(type(model)())
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
    assert 1 <= scenarios.n_obs <= max(rows, len(history))
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
    changed.iloc[-1] = 7.7
    first, second = (model.fit(h).forecast(horizon=2).returns for h in (history, changed))
    assert not np.array_equal(first, second)


def test_permuting_assets_permutes_columns(model):
    history = panel()
    order = ["USDC", "BTC", "ETH"]
    plain = model.fit(history).forecast(horizon=3)
    permuted = model.fit(history[order]).forecast(horizon=3)
    assert permuted.assets == tuple(order)
    np.testing.assert_allclose(permuted.returns, plain.restrict(order).returns, rtol=0, atol=1e-15)


def test_assets_keep_the_same_dates(model):
    """A column that copies another must stay its copy in every row."""
    history = panel()
    history["twin"] = history["BTC"]
    scenarios = model.fit(history).forecast(horizon=3)
    at = [scenarios.assets.index(name) for name in ("BTC", "twin")]
    np.testing.assert_array_equal(scenarios.returns[:, at[0]], scenarios.returns[:, at[1]])


def test_blanks_are_refused_and_align_returns_is_named(model):
    history = panel()
    history.iloc[7, 1] = np.nan
    with pytest.raises(InputError, match=r"nan in ETH at 2020-01-08; use align_returns"):
        model.fit(history)


def test_a_series_is_refused(model):
    with pytest.raises(InputError, match="returns: expected a DataFrame"):
        model.fit(panel()["BTC"])


@pytest.mark.parametrize("horizon", [0, -1, 1.5, True])
def test_a_horizon_that_is_not_a_positive_whole_number_is_refused(model, horizon):
    with pytest.raises(InputError, match="horizon: expected a whole number"):
        model.fit(panel()).forecast(horizon=horizon)


def test_update_refuses_a_date_it_has_seen(model):
    history = panel()
    with pytest.raises(InputError, match="expected dates after 2020-10-26"):
        model.fit(history).update(history.iloc[-1:])


def test_update_moves_as_of_on(model):
    history = panel()
    moved = model.fit(history.iloc[:-5]).update(history.iloc[-5:])
    assert moved.forecast(horizon=1).as_of == history.index[-1]
