"""The waterfall: a base estimate and the adjustments applied to it in the written order."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import pandas as pd

from quant import _checks
from quant._typing import Matrix, Side
from quant.errors import InputError
from quant.margin._history import MarginHistory
from quant.margin.base import Adjustment, MarginComponent, MarginContext, MarginRate
from quant.risk._at_once import measures_at_once
from quant.risk._observed import Observed
from quant.risk._samples import numbers_of, only_ranks
from quant.risk._walk_forward import minimum_history, plan, walk
from quant.risk.base import LossForecast, Measure, RiskEstimate, RiskEstimator

Components: TypeAlias = tuple[MarginComponent, ...]
Seen: TypeAlias = tuple[MarginComponent, tuple[Adjustment, ...]]


def _unbounded(components: Components, as_of: pd.Timestamp) -> Components:
    del as_of
    return components


@dataclass(frozen=True, slots=True)
class Charge:
    """What sets a rate: an estimator, a measure of its forecasts and the adjustments.

    `bound` keeps the total within what a rate of its kind may be, or refuses it.
    """

    estimator: RiskEstimator
    measure: Measure
    horizon: int
    adjustments: tuple[Adjustment, ...]
    bound: Callable[[Components, pd.Timestamp], Components] = _unbounded

    def rate(
        self,
        observed: Observed,
        *,
        side: Side,
        previous: float | MarginRate | None,
        exposure: float = 1.0,
        market: Mapping[str, float] | None = None,
    ) -> MarginRate:
        """Return the rate that applies after the last period observed."""
        _checks.side(side)
        exposure = abs(_checks.real("exposure", exposure))
        if exposure == 0.0:
            raise InputError("exposure: expected money at risk, got 0; pass 1 for a rate")
        forecast = observed.fit(self.estimator).forecast(self.horizon, side)
        estimate = self.measure(forecast)
        posted = None if previous is None else _checks.nonnegative("previous", float(previous))
        context = replace(self.context(observed, side, forecast), exposure=exposure, market=market)
        prepared = prepare(self.adjustments, context)
        context = replace(context, previous=None if posted is None else posted * exposure)
        components = self.bound(fold(_base(estimate), prepared, context), context.as_of)
        return MarginRate(components, side, estimate)

    def context(
        self, observed: Observed, side: Side, forecast: LossForecast | None
    ) -> MarginContext:
        """Return what the adjustments may know after the last period observed."""
        return MarginContext(
            as_of=observed.returns.index[-1],
            horizon=self.horizon,
            measure=self.measure,
            side=side,
            returns=observed.returns,
            realized=observed.realized,
            forecast=forecast,
        )

    @property
    def prepares(self) -> bool:
        """Whether an adjustment works something out of each forecast beforehand."""
        return any(hasattr(adjustment, "prepare") for adjustment in self.adjustments)

    def history(
        self,
        observed: Observed,
        *,
        side: Side,
        start: object,
        refit_every: int,
        n_jobs: int,
        previous: float | MarginRate | None,
        progress: bool,
    ) -> MarginHistory:
        """Return the rates through time, by the first period each applies to.

        The base and what the adjustments prepare are worked out first, on any number of workers;
        then the adjustments are folded in date order, each date handed the total posted before.
        """
        index = _checks.returns(observed.returns).index
        _checks.side(side)
        n_jobs = _checks.workers(n_jobs)
        origins = plan(
            index,
            start=start,
            horizon=1,
            step=1,
            refit_every=_checks.count("refit_every", refit_every),
            minimum=minimum_history(self.estimator, start),
        )
        bases = None
        if not self.prepares:
            bases = measures_at_once(
                self.estimator, observed, origins.positions, (self.measure,), self.horizon, side
            )
        if bases is not None:
            seen = [_settled(float(base), self.adjustments) for base in bases[:, 0]]
        else:
            seen = walk(
                self.estimator,
                observed,
                origins,
                _BaseAndPrepared(self, observed, side),
                horizon=self.horizon,
                side=side,
                n_jobs=n_jobs,
                progress=progress,
            )
        posted = None if previous is None else _checks.nonnegative("previous", float(previous))
        rows, converged = [], []
        for origin, (base, prepared) in zip(origins.positions, seen, strict=True):
            context = replace(
                self.context(observed.between(0, origin), side, None), previous=posted
            )
            components = self.bound(fold(base, prepared, context), context.as_of)
            rows.append({component.name: component.rate for component in components})
            converged.append(all(component.converged for component in components))
            posted = sum(component.rate for component in components)
        dates = index[list(origins.positions)]
        table = pd.DataFrame(rows, index=dates).fillna(0.0)
        return MarginHistory(table, side, pd.Series(converged, index=dates, name="converged"))


def _base(estimate: RiskEstimate) -> MarginComponent:
    return MarginComponent("base", estimate.value, converged=estimate.forecast.converged)


def _settled(base: float, adjustments: tuple[Adjustment, ...]) -> Seen:
    """Return the base of an estimator that searches for nothing, beside the adjustments."""
    return MarginComponent("base", base), adjustments


@dataclass(frozen=True, slots=True)
class _BaseAndPrepared:
    charge: Charge
    observed: Observed
    side: Side

    def __call__(self, forecast: LossForecast, origin: int) -> Seen:
        context = self.charge.context(self.observed.between(0, origin), self.side, forecast)
        return _base(self.charge.measure(forecast)), prepare(self.charge.adjustments, context)

    @property
    def reads_samples(self) -> bool:
        """Whether worst losses give the base, and no adjustment prepares on a forecast."""
        return only_ranks((self.charge.measure,)) and not self.charge.prepares

    def of_samples(self, losses: Matrix, origins: Sequence[int], side: Side) -> list[Seen]:
        """Return base and adjustments of each forecast, whose sample is a row of `losses`."""
        del origins
        bases: list[float] = numbers_of(losses, (self.charge.measure,), side)[:, 0].tolist()
        return [_settled(base, self.charge.adjustments) for base in bases]


def prepare(adjustments: Sequence[Adjustment], context: MarginContext) -> tuple[Adjustment, ...]:
    """Return the adjustments with whatever they need from the forecast and the past worked out."""
    return tuple(a.prepare(context) if hasattr(a, "prepare") else a for a in adjustments)


def fold(
    base: MarginComponent, adjustments: Sequence[Adjustment], context: MarginContext
) -> tuple[MarginComponent, ...]:
    """Return base and increments, as fractions of the exposure, in the written order."""
    components = [base]
    running = base.rate * context.exposure
    taken: Counter[str] = Counter()
    for adjustment in adjustments:
        name = getattr(adjustment, "name", type(adjustment).__name__)
        taken[name] += 1
        increment = float(adjustment(running, context))
        if not math.isfinite(increment):
            raise InputError(
                f"adjustments: expected a finite increment from {name}, got {increment} at "
                f"{_checks.stamp(context.as_of)}; check its fields"
            )
        label = name if taken[name] == 1 else f"{name} {taken[name]}"
        note = getattr(adjustment, "note", "")
        note = note(increment) if callable(note) else note
        converged = bool(getattr(adjustment, "converged", True))
        components.append(MarginComponent(label, increment / context.exposure, note, converged))
        running += increment
    return tuple(components)


@dataclass(frozen=True, slots=True)
class AtLeast:
    """A prepared adjustment: lifts the running value to a rate."""

    name: str
    rate: float
    note: str = ""
    converged: bool = True

    def __call__(self, running: float, context: MarginContext) -> float:
        """Return what is missing to the rate."""
        return max(0.0, self.rate * context.exposure - running)


@dataclass(frozen=True, slots=True)
class Blend:
    """A prepared adjustment: replaces the running value by scale x running + rate x exposure."""

    name: str
    scale: float
    rate: float
    note: str = ""
    converged: bool = True

    def __call__(self, running: float, context: MarginContext) -> float:
        """Return the difference to the blended value."""
        return (self.scale - 1.0) * running + self.rate * context.exposure
