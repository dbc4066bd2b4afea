from __future__ import annotations

import numpy as np
import pytest

from quant.backtesting import Backtest, time_until_first_failure


def first_at(day: int | None, trials: int = 250, level: float = 0.99) -> Backtest:
    loss = (np.arange(1, trials + 1) == day).astype(float)
    return Backtest.from_arrays(loss=loss, var=np.full(trials, 0.5), level=level)


def test_a_breach_on_the_first_day_is_the_limit_of_the_formula():
    assert time_until_first_failure(first_at(1)).statistic == pytest.approx(-2 * np.log(0.01))


def test_without_a_breach_the_wait_is_longer_than_the_sample():
    result = time_until_first_failure(first_at(None))
    assert result.extras["first_failure"] is None
    assert result.statistic == pytest.approx(-500 * np.log(0.99))
    late = time_until_first_failure(first_at(None), alternative="over")
    assert late.extras["exact_pvalue"] == pytest.approx(0.99**250)
    assert time_until_first_failure(first_at(None), alternative="under").extras[
        "exact_pvalue"
    ] == pytest.approx(1.0)


@pytest.mark.parametrize("day", [1, 7, 100, 250])
def test_one_sided_values_are_geometric_tails(day):
    early, late = (
        time_until_first_failure(first_at(day), alternative=side).extras["exact_pvalue"]
        for side in ("under", "over")
    )
    assert early == pytest.approx(1 - 0.99**day, abs=1e-12)
    assert late == pytest.approx(0.99 ** (day - 1), abs=1e-12)


@pytest.mark.parametrize("trials, level", [(60, 0.9), (250, 0.99)])
def test_the_exact_value_never_rejects_more_often_than_it_says(trials, level):
    p = 1 - level
    law = np.append(p * level ** np.arange(trials), level**trials)
    days = [*range(1, trials + 1), None]
    for side in ("two-sided", "under", "over"):
        results = [
            time_until_first_failure(first_at(day, trials, level), alternative=side) for day in days
        ]
        values = np.array([result.extras["exact_pvalue"] for result in results])
        for significance in (0.01, 0.05, 0.25, 0.6):
            assert law[values <= significance].sum() <= significance + 1e-12
        for value in values[::17]:
            assert law[values <= value + 1e-12].sum() == pytest.approx(value, abs=1e-9)


def test_later_breaches_do_not_matter():
    loss = np.zeros(250)
    loss[[3, 100]] = 1.0
    bt = Backtest.from_arrays(loss=loss, var=np.full(250, 0.5), level=0.99)
    assert tuple(time_until_first_failure(bt)) == tuple(time_until_first_failure(first_at(4)))
