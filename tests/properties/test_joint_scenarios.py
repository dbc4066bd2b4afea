"""What joint scenarios, components and proxies keep, whatever the numbers."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import quant as q
from tests.strategies import garch_returns, levels

ASSETS = ["A", "B", "C"]
RETURNS = pd.DataFrame(
    {name: garch_returns(300, seed) for name, seed in zip(ASSETS, (1, 2, 3), strict=True)}
)
PRICES = dict.fromkeys(ASSETS, 1.0)
SHAPE = {"window": 200, "n_paths": 400}
MODELS = (
    q.FilteredScenarios(q.EWMA(half_life=20), **SHAPE),
    q.CorrelatedScenarios(q.EWMA(half_life=20), q.EWMACovariance(half_life=40), **SHAPE),
    q.CopulaScenarios(q.EWMA(half_life=20), q.GaussianCopula(), **SHAPE),
)
SCENARIOS = [model.fit(RETURNS).forecast(2) for model in MODELS]

scenarios = st.sampled_from(SCENARIOS)
positions = st.lists(st.floats(-1e3, 1e3), min_size=3, max_size=3).filter(
    lambda units: max(abs(u) for u in units) > 1.0
)


def loss(moves: q.Scenarios, units: list[float]) -> q.LossForecast:
    held = [q.Spot(asset, units) for asset, units in zip(ASSETS, units, strict=True)]
    return q.Account(held).loss(moves, PRICES)


@settings(max_examples=30)
@given(scenarios, positions, levels)
def test_components_sum_to_the_measure_and_lie_within_the_parts(moves, units, level):
    forecast = loss(moves, units)
    size = np.abs(units).max()
    for measure in (q.VaR(level), q.VaR(level, rank="lower"), q.ES(level)):
        estimate = measure(forecast)
        assert estimate.components.sum() == pytest.approx(estimate.value, abs=1e-12 * size)
        assert (estimate.components <= forecast.parts.max() + 1e-12 * size).all()
        assert (estimate.components >= forecast.parts.min() - 1e-12 * size).all()


@settings(max_examples=30)
@given(scenarios, positions, levels, st.floats(0.1, 10.0))
def test_components_grow_with_the_account(moves, units, level, factor):
    for measure in (q.VaR(level), q.ES(level)):
        one = measure(loss(moves, units)).components
        many = measure(loss(moves, [factor * u for u in units])).components
        np.testing.assert_allclose(many, factor * one, rtol=1e-9, atol=1e-9 * np.abs(units).max())


@settings(max_examples=30)
@given(scenarios, positions, positions, levels)
def test_expected_shortfall_of_two_accounts_is_at_most_the_sum(moves, one, two, level):
    both = [a + b for a, b in zip(one, two, strict=True)]
    es = [q.ES(level)(loss(moves, units)).value for units in (one, two, both)]
    assert es[2] <= es[0] + es[1] + 1e-9


@settings(max_examples=20)
@given(st.sampled_from(MODELS), st.floats(0.01, 5.0), st.integers(1, 4))
def test_scaled_returns_scale_the_moves(model, factor, horizon):
    one, many = (model.fit(r).forecast(horizon).returns for r in (RETURNS, factor * RETURNS))
    np.testing.assert_allclose(many, factor * one, rtol=1e-6, atol=1e-9 * factor)


@settings(max_examples=30)
@given(st.integers(0, 290), st.integers(0, 1000), st.floats(0.1, 10.0))
def test_a_proxy_fills_every_blank_nothing_else_and_in_the_units_of_the_asset(listed, seed, factor):
    given_panel = RETURNS.copy()
    given_panel.iloc[:listed, 2] = np.nan
    filled, report = q.proxy_returns(given_panel, {"C": "A"}, seed=seed)
    assert not filled.isna().to_numpy().any()
    pd.testing.assert_frame_equal(filled.iloc[listed:], RETURNS.iloc[listed:])
    pd.testing.assert_frame_equal(filled[["A", "B"]], RETURNS[["A", "B"]])
    assert report.loc["C", "filled"] == listed
    scaled, told = q.proxy_returns(
        given_panel.assign(C=factor * given_panel["C"]), {"C": "A"}, seed=seed
    )
    np.testing.assert_allclose(scaled["C"], factor * filled["C"], rtol=1e-9, atol=1e-15)
    assert told.loc["C", "beta"] == pytest.approx(factor * report.loc["C", "beta"], rel=1e-9)
