"""Sizes that discreteness leaves attainable, by enumerating every outcome under the null."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.special import bdtr

from quant._typing import Vector
from quant.backtesting import (
    Backtest,
    TestResult,
    kupiec,
    time_until_first_failure,
    traffic_light,
)
from quant.backtesting._transitions import orders

SIZE = 0.05
Attainable = Callable[[int, float], float]


def largest_tail(values: Vector, law: Vector) -> float:
    """Return the largest probability below SIZE of {value >= v}, over all v."""
    order = np.argsort(-values)
    values, reached = values[order], np.cumsum(law[order])
    last_of_its_ties = np.append(np.diff(values) < -1e-9 * np.maximum(np.abs(values[1:]), 1e-3), 1)
    tails = reached[last_of_its_ties.astype(bool)]
    return float(max(tails[tails < SIZE], default=0.0))


def _counts(days: int, level: float) -> Vector:
    law: Vector = np.diff(bdtr(np.arange(days + 1.0), days, 1.0 - level), prepend=0.0)
    return law


def _of_breaches(breaches: Vector, level: float) -> Backtest:
    return Backtest.from_arrays(loss=breaches, var=np.full(breaches.size, 0.5), level=level)


def _by_count(test: Callable[[Backtest], TestResult]) -> Attainable:
    def size(days: int, level: float) -> float:
        results = (test(_of_breaches(np.arange(days) < x, level)) for x in range(days + 1))
        return float(_counts(days, level)[[result.rejected(SIZE) for result in results]].sum())

    return size


def _first_failure(days: int, level: float) -> float:
    law = (1.0 - level) * level ** np.arange(days)
    outcomes = np.vstack([np.eye(days), np.zeros(days)])
    results = [time_until_first_failure(_of_breaches(row, level)) for row in outcomes]
    return float(np.append(law, level**days)[[result.rejected(SIZE) for result in results]].sum())


def _order(days: int, level: float) -> float:
    """Return the size given the number of breaches, over the law of that number."""
    placed = (orders(days, x) for x in range(days + 1))
    return float(_counts(days, level) @ [largest_tail(o.ratios, o.law) for o in placed])


def _count_and_order(days: int, level: float) -> float:
    values, law = [], []
    for x, chance in enumerate(_counts(days, level)):
        if chance < 1e-15:
            continue
        coverage = kupiec(_of_breaches(np.arange(days) < x, level)).statistic
        placed = orders(days, x)
        values.append(coverage + placed.ratios)
        law.append(chance * placed.law)
    return largest_tail(np.concatenate(values), np.concatenate(law))


ATTAINABLE: dict[str, Attainable] = {
    "kupiec": _by_count(kupiec),
    "traffic_light": _by_count(traffic_light),
    "time_until_first_failure": _first_failure,
    "christoffersen": _order,
    "conditional_coverage": _count_and_order,
}
