"""Coverage control: the long-run breach rate and the bound that holds for any losses whatever."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

import quant as q
from tests.studies._nested import LEVELS, SIDES, series
from tests.studies._rate_cells import Cell, Place, bounded, generator

_GAMMA = 0.02
_PERIODS = 1600
_START = 1000


@dataclass(frozen=True, slots=True)
class Guarantee:
    """One chain of updates of ConformalRisk over a hostile path, and its proved bound."""

    name: str
    estimator: q.RiskEstimator
    path: Callable[[np.random.Generator, int], np.ndarray]
    gamma: float = _GAMMA

    def cells(self, seed: int, levels: tuple[float, ...] = LEVELS) -> Iterator[Cell]:
        """Yield the cells of every level and side."""
        r = series(self.path(generator(seed, self.name), _START + _PERIODS))
        for level in levels:
            spec = q.ConformalRisk(self.estimator, level, gamma=self.gamma, calibration=500)
            fit = spec.fit(r.iloc[:_START])
            working = {side: 1.0 - fit.working_level(side) for side in SIDES}
            before = {side: fit.forecast(1, side) for side in SIDES}
            breaches = dict.fromkeys(SIDES, 0)
            for t in range(_START, len(r)):
                move = float(r.iloc[t])
                for side in SIDES:
                    loss = -np.expm1(move) if side == "long" else np.expm1(move)
                    breaches[side] += bool(loss > q.VaR(level)(before[side]).value)
                fit = fit.update(r.iloc[t : t + 1])
                before = {side: fit.forecast(1, side) for side in SIDES}
            for side in SIDES:
                first = working[side]
                bound = (max(first, 1.0 - first) + self.gamma) / (self.gamma * _PERIODS)
                place = Place(level, 1, side)
                yield bounded(self.name, place, int(breaches[side]), _PERIODS, bound, seed)


def leaping(rng: np.random.Generator, n: int) -> np.ndarray:
    """Return moves whose size leaps between quiet stretches and wild ones with a trend."""
    wild = (np.arange(n) // 700) % 2 == 1
    z = rng.standard_t(4, size=n)
    return np.where(wild, 0.03 * z - 0.004, 0.006 * z)
