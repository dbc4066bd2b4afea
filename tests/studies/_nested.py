"""Estimated models: breach rates over independent windows, forecasts and outcomes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

import quant as q
from quant._typing import Side
from tests.studies._rate_cells import Cell, Place, compared, generator
from tests.studies._truths import Truth

LEVELS = (0.95, 0.975, 0.99)
SIDES: tuple[Side, Side] = ("long", "short")
HORIZONS = (1, 2, 5, 10)
_TOGETHER = 32


@dataclass(frozen=True, slots=True)
class Nested:
    """An estimator in its world.

    Attributes
    ----------
    estimator : callable
        Returns the specification for a level.
    world : callable
        Returns the truth for a level and a side.
    n : int
        Returns handed to the estimator.
    replications, outcomes : int
        Windows of either run, and outcomes drawn after each.
    of_level, of_side : bool
        Whether specification or world is another for every level, or side.
    exact : callable or None
        Returns the probability of a breach one period ahead, where it is known without simulation.
    judged : callable
        Turns a fit into the one that is judged.
    """

    name: str
    estimator: Callable[[float], Any]
    world: Callable[[float, Side], Truth]
    n: int = 1000
    horizons: tuple[int, ...] = HORIZONS
    replications: int = 1000
    outcomes: int = 400
    of_level: bool = False
    of_side: bool = False
    exact: Callable[[float], float] | None = None
    judged: Callable[[Any], Any] = lambda fit: fit

    def cells(self, seed: int, levels: tuple[float, ...] = LEVELS) -> Iterator[Cell]:
        """Yield the cells of every level, horizon and side."""
        for together in [(level,) for level in levels] if self.of_level else [levels]:
            for sides in [(side,) for side in SIDES] if self.of_side else [SIDES]:
                yield from self._group(together, sides, seed)

    def _group(self, levels: Sequence[float], sides: Sequence[Side], seed: int) -> Iterator[Cell]:
        expectation = self._rates(levels, sides, generator(seed, self.name, levels, sides, 0), True)
        run = self._rates(levels, sides, generator(seed, self.name, levels, sides, 1), False)
        for place, column in expectation.items():
            known = self.exact(place.level) if self.exact and place.horizon == 1 else None
            other = run[place]
            yield compared(self.name, place, column, other, self.outcomes, seed, exact=known)

    def _rates(
        self,
        levels: Sequence[float],
        sides: Sequence[Side],
        rng: np.random.Generator,
        probabilities: bool,
    ) -> dict[Place, np.ndarray]:
        """Return the breach rate after each window; one period ahead, its probability if asked."""
        estimator, world = self.estimator(levels[0]), self.world(levels[0], sides[0])
        places = [Place(a, h, s) for a in levels for h in self.horizons for s in sides]
        found: dict[Place, list[np.ndarray]] = {place: [] for place in places}
        for done in range(0, self.replications, _TOGETHER):
            size = min(_TOGETHER, self.replications - done)
            windows, state = world.windows(rng, size, self.n)
            seeds = rng.integers(2**31, size=size).tolist()
            fits = [
                _reseeded(self.judged(fit), own)
                for fit, own in zip(fits_of(estimator, windows), seeds, strict=True)
            ]
            moves = world.ahead(rng, state, self.outcomes, max(self.horizons)).cumsum(axis=0)
            for h in self.horizons:
                for side in sides:
                    laws = [fit.forecast(h, side) for fit in fits]
                    r = moves[h - 1]
                    losses = -np.expm1(r) if side == "long" else np.expm1(r)
                    for level in levels:
                        var = np.array([q.VaR(level)(law).value for law in laws])
                        known = probabilities and h == 1
                        found[Place(level, h, side)].append(
                            world.beyond(var, state, side)
                            if known
                            else (losses > var[:, None]).mean(axis=1)
                        )
        return {place: np.concatenate(parts) for place, parts in found.items()}


def series(values: np.ndarray) -> pd.Series:
    return pd.Series(values, pd.date_range("2000-01-01", periods=len(values)), copy=False)


def fits_of(estimator: Any, windows: np.ndarray) -> list[Any]:
    """Return the fit to each row of the windows."""
    pasts = [series(row) for row in windows]
    if hasattr(estimator, "fit_many"):
        return list(estimator.fit_many(pasts))
    return [estimator.fit(past) for past in pasts]


def _reseeded(fit: Any, seed: int) -> Any:
    """Return the fit with draws of its own: shared ones would err together in every window."""
    spec = fit.spec if hasattr(fit, "spec") else None
    if spec is None or not hasattr(spec, "n_paths"):
        return fit
    return replace(fit, spec=replace(spec, seed=seed))
