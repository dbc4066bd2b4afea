from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import linprog

from quant.backtesting._quantile_line import quantile_line


def loss(b: np.ndarray, y: np.ndarray, x: np.ndarray, p: float, weights: np.ndarray) -> float:
    away = y - x @ b
    return float(np.sum(weights * np.where(away > 0.0, p * away, (p - 1.0) * away)))


def by_linear_programming(y, x, p, weights):
    answer = linprog(
        -y,
        A_eq=x.T,
        b_eq=(1.0 - p) * (x.T @ weights),
        bounds=[(0.0, w) for w in weights],
        method="highs",
    )
    return -answer.eqlin.marginals


@pytest.mark.parametrize("columns", [1, 2])
@pytest.mark.parametrize("p", [0.01, 0.03, 0.4, 0.93])
def test_no_line_is_better(p, columns) -> None:
    for seed in range(20):
        rng = np.random.default_rng(seed)
        n = int(rng.integers(40, 400))
        x = np.column_stack((np.ones(n), -np.exp(rng.normal(size=n))))[:, :columns]
        y = rng.standard_t(3, n) * np.abs(x[:, -1])
        weights = rng.uniform(0.3, 2.0, n)
        ours, theirs = quantile_line(y, x, p, weights), by_linear_programming(y, x, p, weights)
        assert ours is not None
        assert loss(ours, y, x, p, weights) <= loss(theirs, y, x, p, weights) * (1 + 1e-12)
        np.testing.assert_allclose(ours, theirs, rtol=1e-6, atol=1e-8)


def test_ties_and_other_designs_are_left_to_linear_programming() -> None:
    x = np.column_stack((np.ones(20), np.arange(20.0)))
    weights = np.ones(20)
    assert quantile_line(3.0 - 2.0 * x[:, 1], x, 0.3, weights) is None
    assert quantile_line(np.arange(20.0), np.ones((20, 2)), 0.3, weights) is None
    assert quantile_line(np.arange(20.0), np.column_stack((x, x[:, 1] ** 2)), 0.3, weights) is None
