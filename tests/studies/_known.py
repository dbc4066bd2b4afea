"""Known parameters: one long path, origins a horizon apart, so that breaches are independent."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

import quant as q
from quant._typing import Side
from quant.risk import _quantile_kernels as kernels
from tests.studies._nested import HORIZONS, LEVELS, SIDES, series
from tests.studies._rate_cells import Cell, Place, counted, generator
from tests.studies._truths import Truth

_START = 1000
_SHARED = 40  # neighbours that share the draws of their paths: 2 % more variance in the count
_PATHS = 1999  # 1 - level of 2,000 is whole: the k-th worst is passed with probability k / 2,000


@dataclass(frozen=True, slots=True)
class Known:
    """A fit moved to the parameters its world was made with.

    Attributes
    ----------
    world : callable
        Returns the truth for a level and a side.
    fit : callable
        Turns (level, side, returns) into the fit at the true parameters.
    of_level : bool
        Whether world and fit are others for every level and side.
    """

    name: str
    world: Callable[[float, Side], Truth]
    fit: Callable[[float, Side, Any], Any]
    horizons: tuple[int, ...] = HORIZONS
    origins: int = 4000
    of_level: bool = False

    def cells(self, seed: int, levels: tuple[float, ...] = LEVELS) -> Iterator[Cell]:
        """Yield the cells of every level, horizon and side."""
        for h in self.horizons:
            if not self.of_level:
                yield from self._walked(h, levels, SIDES, seed)
                continue
            for level in levels:
                for side in SIDES:
                    yield from self._walked(h, (level,), (side,), seed)

    def _walked(
        self, h: int, levels: tuple[float, ...], sides: tuple[Side, ...], seed: int
    ) -> Iterator[Cell]:
        rng = generator(seed, self.name, h, levels, sides)
        world = self.world(levels[0], sides[0])
        r = series(world.windows(rng, 1, _START + h * self.origins)[0][0])
        fit = self.fit(levels[0], sides[0], r.iloc[:_START])
        breaches = {Place(a, h, s): 0 for a in levels for s in sides}
        values = r.to_numpy()
        for k in range(self.origins):
            now = slice(_START + k * h, _START + (k + 1) * h)
            ahead = _with_seed(fit, k // _SHARED) if h > 1 else fit
            for side in sides:
                law = ahead.forecast(h, side)
                loss = math.expm1(values[now].sum()) * (-1.0 if side == "long" else 1.0)
                for level in levels:
                    breaches[Place(level, h, side)] += loss > q.VaR(level)(law).value
            fit = fit.update(r.iloc[now])
        for place, count in breaches.items():
            p = 1.0 - place.level
            yield counted(self.name, place, int(count), self.origins, p, seed)


def at(params: dict[str, float], spec: Any) -> Callable[[float, Side, Any], Any]:
    """Return what fits a specification and then moves its volatility to known parameters."""

    def fit(level: float, side: Side, returns: Any) -> Any:
        fitted = spec.fit(returns)
        if hasattr(spec, "n_paths"):
            fitted = replace(fitted, spec=replace(spec, n_paths=_PATHS))
        filtered = "filtered" if hasattr(fitted, "filtered") else "volatility"  # it may be optional
        return replace(fitted, **{filtered: fitted.volatility.at(params)})

    return fit


def quantiles_at(
    spec: Callable[[float], Any], known: Callable[[float, Side], tuple[Truth, dict[str, float]]]
) -> Callable[[float, Side, Any], Any]:
    """Return what fits a quantile recursion and then moves it to known parameters."""

    def fit(level: float, side: Side, returns: Any) -> Any:
        fitted = spec(level).fit(returns)
        tail = fitted.tail(side)
        powers = np.array(tail.dynamics.powers, dtype=np.float64)
        params = np.array([known(level, side)[1][name] for name in tail.dynamics.names])
        point = tail.points[0].copy()
        point[: params.size] = params / tail.scale**powers
        # a recursion that forgets nothing starts where its world did
        code, first = tail.dynamics.code, known(level, side)[0].start / tail.scale
        start = np.full(len(tail.points), kernels.begin(code, point, first))
        points = np.tile(point, (len(tail.points), 1))
        state = float(kernels.advance(code, points, start, tail.losses, 1.0 - level)[0])
        return replace(fitted, **{side: replace(tail, points=points, starts=start, state=state)})

    return fit


def _with_seed(fit: Any, seed: int) -> Any:
    return replace(fit, spec=replace(fit.spec, seed=seed)) if hasattr(fit, "spec") else fit
