"""Sizes by enumeration: how often a correct model is rejected at a nominal 5 %."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy.special import bdtr

from quant.backtesting import Backtest, christoffersen, conditional_coverage, kupiec

pytestmark = pytest.mark.slow


def of(row: np.ndarray, level: float) -> Backtest:
    return Backtest.from_arrays(loss=row.astype(float), var=np.full(row.size, 0.5), level=level)


# attainable sizes of Kupiec's test at 99 %, to the digit quoted (METHODS D6, computed elsewhere)
@pytest.mark.parametrize(
    "trials, exact, asymptotic", [(250, 0.014, 0.095), (500, 0.020, 0.071), (1000, 0.043, 0.055)]
)
def test_kupiec(trials, exact, asymptotic):
    law = np.diff(bdtr(np.arange(trials + 1), trials, 0.01), prepend=0.0)
    results = [kupiec(of(np.arange(trials) < x, 0.99)) for x in range(trials + 1)]
    chi_square = law[[result.pvalue < 0.05 for result in results]].sum()
    enumerated = law[[result.extras["exact_pvalue"] < 0.05 for result in results]].sum()
    assert round(enumerated, 3) == exact
    assert round(chi_square, 3) == asymptotic


def test_exact_versions_never_reject_more_often_than_they_say():
    n = 12
    table = np.array(list(itertools.product([0, 1], repeat=n)))
    for level in (0.7, 0.9):
        p = 1.0 - level
        hits = table.sum(axis=1)
        chance = p**hits * (1 - p) ** (n - hits)
        independence = np.empty(len(table))
        coverage = np.empty(len(table))
        for i, row in enumerate(table):
            independence[i] = christoffersen(of(row, level)).extras["exact_pvalue"]
            coverage[i] = conditional_coverage(of(row, level)).extras["exact_pvalue"]
        for significance in (0.01, 0.05, 0.1, 0.25):
            # conditional on the number of breaches, hence for any breach probability
            for x in range(n + 1):
                assert np.mean(independence[hits == x] <= significance) <= significance + 1e-12
            assert chance[coverage <= significance].sum() <= significance + 1e-12
        # and the values are attained: every one is the probability of doing no better than it
        for value in np.unique(coverage.round(12)):
            assert chance[coverage <= value + 1e-9].sum() == pytest.approx(value, abs=1e-8)
