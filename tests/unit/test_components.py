"""Contributions of positions to VaR and ES."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import quant as q

# R21: a delta book of two assets, zero-mean normal, 99 %; source: Euler allocation
DELTA = np.array([100.0, -60.0])
COVARIANCE = np.array([[0.04**2, 0.7 * 0.04 * 0.05], [0.7 * 0.04 * 0.05, 0.05**2]])
VAR, COMPONENTS = 6.66164651829, np.array([6.17420896817, 0.487437550119])


def delta_book(n: int, seed: int) -> q.LossForecast:
    moves = np.random.default_rng(seed).multivariate_normal([0.0, 0.0], COVARIANCE, n)
    parts = pd.DataFrame(-moves * DELTA, columns=["long", "hedge"])
    losses = parts.to_numpy().sum(axis=1)
    return q.LossForecast(loss=q.Empirical(losses), parts=parts, n_obs=n)


def test_components_of_a_normal_book_are_the_euler_ones():
    # ES of a normal loss is VaR times phi(z) / (z (1 - level)), and so is each component
    loss = delta_book(400_000, seed=7)
    ratio = 2.66521422 / 2.32634787
    for measure, factor in ((q.VaR(0.99), 1.0), (q.ES(0.99), ratio)):
        found = measure(loss).components
        np.testing.assert_allclose(found, factor * COMPONENTS, atol=0.15)
        assert found.sum() == pytest.approx(measure(loss).value, rel=1e-12)


def test_the_components_of_var_are_steadier_than_those_of_one_scenario():
    hedges, single = [], []
    for seed in range(40):
        loss = delta_book(10_000, seed)
        estimate = q.VaR(0.99)(loss)
        hedges.append(estimate.components["hedge"])
        single.append(loss.parts["hedge"][estimate.drivers.index[0]])
    assert np.std(hedges) < 0.3 * np.std(single)
    error = np.std(hedges) / np.sqrt(len(hedges))
    assert abs(np.mean(hedges) - COMPONENTS[1]) < 4 * error


@pytest.mark.parametrize("n", [100, 101, 399, 400, 1000])
@pytest.mark.parametrize("level", [0.9, 0.975, 0.99])
@pytest.mark.parametrize("weighted", [False, True])
def test_components_sum_to_the_measure(n, level, weighted):
    rng = np.random.default_rng(n)
    parts = pd.DataFrame(rng.standard_t(3, (n, 3)), columns=list("abc"))
    weights = rng.random(n) if weighted else None
    law = q.Empirical(
        parts.to_numpy().sum(axis=1), None if weights is None else weights / weights.sum()
    )
    loss = q.LossForecast(loss=law, parts=parts)
    for measure in (q.VaR(level), q.VaR(level, rank="lower"), q.ES(level)):
        if weighted and level > 0.98 and n < 400:
            continue  # too few
        estimate = measure(loss)
        assert estimate.components.sum() == pytest.approx(estimate.value, rel=1e-9)


def test_a_short_tail_is_the_one_scenario():
    parts = pd.DataFrame({"a": np.arange(100.0), "b": -0.5 * np.arange(100.0) ** 1.1})
    loss = q.LossForecast(loss=q.Empirical(parts.to_numpy().sum(axis=1)), parts=parts)
    estimate = q.VaR(0.97)(loss)
    np.testing.assert_allclose(
        estimate.components, parts.loc[estimate.drivers.index[0]], rtol=1e-12
    )


def test_ties_at_the_quantile_are_averaged_whole():
    parts = pd.DataFrame({"a": [1.0, 0.0] * 200, "b": [0.0, 1.0] * 200})
    loss = q.LossForecast(loss=q.Empirical(np.ones(400)), parts=parts)
    estimate = q.VaR(0.9)(loss)
    assert estimate.components.sum() == pytest.approx(1.0)
    assert estimate.components["a"] == pytest.approx(0.5)


def test_a_peg_that_breaks_once_in_two_hundred_is_blind_for_var_and_seen_by_es():
    # J08: probability 0.5 %, jump 10 %; source: two-point mixture
    parts = pd.DataFrame({"USDC": np.repeat([0.1, 0.0], [1, 199])})
    loss = q.LossForecast(loss=q.Empirical(parts["USDC"].to_numpy()), parts=parts)
    assert q.VaR(0.99)(loss).value == 0.0
    assert q.VaR(0.99)(loss).components["USDC"] == 0.0
    assert q.ES(0.99)(loss).value == pytest.approx(0.05, abs=1e-12)
    assert q.ES(0.99)(loss).components["USDC"] == pytest.approx(0.05, abs=1e-12)
    assert q.ES(0.995)(loss).value == pytest.approx(0.1, abs=1e-12)
