"""Histories of breaches by position, against the same as zeros and ones."""

from __future__ import annotations

import numpy as np
import pytest

from quant.backtesting import Backtest
from quant.backtesting._breach_rows import BreachRows, independent_breaches


def dense(rows: BreachRows) -> np.ndarray:
    table = np.zeros((rows.n_rows, rows.n_obs), dtype=bool)
    table[rows.row, rows.position] = True
    return table


def test_an_observed_history_is_one_row():
    bt = Backtest.from_arrays(loss=[1.0, 0.0, 0.0, 1.0, 1.0, 0.0], var=[0.5] * 6, level=0.9)
    rows = BreachRows.of(bt)
    assert rows.position.tolist() == [0, 3, 4]
    assert rows.gaps.tolist() == [1, 3, 1]
    assert rows.counts.tolist() == [3.0]
    assert rows.starts.tolist() == [0, 3]


@pytest.mark.parametrize("probability", [0.01, 0.05, 0.6, 0.97])
def test_draws_are_independent_breaches(probability):
    n_obs, n_sims = 40, 4000
    rows = independent_breaches(n_obs, probability, n_sims, 3)
    table = dense(rows)
    assert rows.row.size == table.sum()  # no position twice
    np.testing.assert_array_equal(rows.counts, table.sum(axis=1))
    four = 4.0 * np.sqrt(probability * (1 - probability) / n_sims)  # standard errors
    assert np.abs(table.mean(axis=0) - probability).max() < four + 1e-3
    both = (table[:, 1:] & table[:, :-1]).mean()
    assert both == pytest.approx(probability**2, abs=four / 3)
    assert (table[1:, 0] & table[:-1, -1]).mean() == pytest.approx(probability**2, abs=four)


def test_gaps_start_anew_in_every_history():
    rows = independent_breaches(30, 0.1, 200, 1)
    expected = np.concatenate(
        [np.diff(np.flatnonzero(history), prepend=-1) for history in dense(rows)]
    )
    np.testing.assert_array_equal(rows.gaps, expected)


def test_draws_are_shared():
    assert independent_breaches(30, 0.1, 200, 1) is independent_breaches(30, 0.1, 200, 1)
    with pytest.raises(ValueError, match="read-only"):
        independent_breaches(30, 0.1, 200, 1).position[0] = 3
