from __future__ import annotations

import numpy as np
import pytest

from quant.backtesting import Backtest, haas, kupiec, time_until_first_failure
from quant.errors import InputError


def of(breaches: object, level: float = 0.99, **fields: object) -> Backtest:
    loss = np.asarray(breaches, dtype=float)
    return Backtest.from_arrays(loss=loss, var=np.full(loss.size, 0.5), level=level, **fields)


def at(days: list[int], trials: int = 250) -> np.ndarray:
    return np.isin(np.arange(1, trials + 1), days).astype(float)


def test_one_breach_is_the_time_until_it():
    bt = of(at([40]))
    gap = haas(bt, variant="independence")
    assert gap.statistic == pytest.approx(time_until_first_failure(bt).statistic)
    assert haas(bt).statistic == pytest.approx(gap.statistic + kupiec(bt).statistic)


def test_gaps_are_counted_from_before_the_first_loss():
    # breaches on days 1, 2 and 12: gaps 1, 1 and 10
    p = 0.01
    expected = 2 * (-2 * np.log(p)) - 2 * (np.log(p) + 9 * np.log(0.99))
    expected += 2 * (np.log(0.1) + 9 * np.log(0.9))
    assert haas(of(at([1, 2, 12])), variant="independence").statistic == pytest.approx(expected)


def test_without_a_breach_there_is_no_gap():
    result = haas(of(at([])), variant="independence")
    assert (*result, result.dof) == (0.0, 1.0, 0)
    assert result.extras["exact_pvalue"] == 1.0
    mixed = haas(of(at([])))
    assert mixed.statistic == pytest.approx(-500 * np.log(0.99))
    assert mixed.dof == 1


def test_breaches_every_day_are_an_answer():
    result = haas(of(np.ones(250)))
    assert np.isfinite(result.statistic)
    assert result.extras["exact_pvalue"] == 1 / 10_001


def test_prudence_fails_only_where_asked_for():
    bt = of(np.zeros(1000))
    assert haas(bt).rejected()
    assert not haas(bt, alternative="under").rejected(0.9)
    assert haas(bt, alternative="over").rejected()


def test_clusters_fail_and_even_spacing_does_not():
    assert haas(of(at([100, 101, 102, 103, 104]))).rejected(0.001)
    assert not haas(of(at([50, 130, 220]))).rejected(0.2)


def test_the_exact_value_agrees_with_a_dense_simulation():
    bt = of(np.random.default_rng(2).random(250) < 0.04, 0.95)
    rng = np.random.default_rng(7)
    n = 2000
    pvalue = haas(bt).pvalue
    more = sum(
        haas(of(row, 0.95), n_sims=1).pvalue <= pvalue for row in rng.random((n, 250)) < 0.05
    )
    exact = haas(bt).extras["exact_pvalue"]
    assert abs(more / n - exact) < 4 * np.sqrt(exact * (1 - exact) * (1 / n + 1 / 10_000))


def test_the_same_seed_gives_the_same_bits():
    bt = of(at([3, 50, 60]))
    assert haas(bt, seed=4).extras == haas(bt, seed=4).extras
    assert haas(bt, seed=4).extras != haas(bt, seed=5).extras
    assert haas(bt, n_sims=500).extras["simulations"] == 500


def test_overlap_is_merged():
    bt = of(np.random.default_rng(4).random(250) < 0.05, 0.95, horizon=5, step=1)
    assert haas(bt).extras["subsamples"] == 5


def test_unknown_options_are_refused():
    with pytest.raises(InputError, match="variant: expected one of 'mixed', 'independence'"):
        haas(of(at([3])), variant="pof")
    with pytest.raises(InputError, match="n_sims: expected a whole number of at least 1"):
        haas(of(at([3])), n_sims=0)
