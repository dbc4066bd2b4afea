"""What several forecasts say together, and how far they may err."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

import numpy as np
import pandas as pd

from quant._typing import Vector
from quant.distributions.quantiles import Quantiles
from quant.errors import InputError, QuantError
from quant.risk._combination_weights import Weights
from quant.risk._law_intervals import possible
from quant.risk._reading import Reader, weighted
from quant.risk._standard_errors import largest_loss
from quant.risk.base import LossForecast, Measure, RiskEstimate, RiskEstimator

Answer = TypeVar("Answer")
Ends: TypeAlias = tuple[float, float]


@dataclass(frozen=True, slots=True, eq=False)
class Together:
    """Members read as one; they see the same data, and are taken to err together."""

    read: Reader
    weights: Weights
    members: tuple[RiskEstimator, ...]
    forecasts: tuple[LossForecast, ...]

    def law(self) -> Quantiles:
        """Return the combined law."""
        readings = [self.read(forecast) for forecast in self.forecasts]
        var = float(self.weights.var @ np.array([reading.var for reading in readings]))
        gaps = [reading.es - reading.var for reading in readings if reading.es is not None]
        known = len(gaps) == len(readings)
        es = var + float(self.weights.gap @ np.array(gaps)) if known else None
        return Quantiles([(self.read.level, var, es)])

    def std_error(self, measure: Measure) -> float:
        """Return the members' own standard errors, weighted as the members are."""
        of_var, of_es = self._made_of(measure)
        error = of_var * self._var_error() if of_var else 0.0
        return error + of_es * self._es_error() if of_es else error

    def interval(self, measure: Measure, confidence: float) -> Ends:
        """Return the ends of the members' own intervals, weighted as the members are."""
        of_var, of_es = self._made_of(measure)
        var = self._var_ends(confidence) if of_var else (0.0, 0.0)
        es = self._es_ends(confidence) if of_es else (0.0, 0.0)
        low, high = (of_var * a + of_es * b for a, b in zip(var, es, strict=True))
        return low, high

    def drivers(self) -> pd.Series:
        """Return the members' drivers, weighted."""
        return weighted(self.weights.var, [self.read.drivers(f) for f in self.forecasts])

    def _var_error(self) -> float:
        return self._mean(self.weights.var, self._error_of_var)

    def _es_error(self) -> float:
        of_es = self._mean(self.weights.gap, self._error_of_es)
        if self._alike:
            return of_es
        return abs(of_es + self._mean(self.weights.var - self.weights.gap, self._error_of_var))

    def _error_of_var(self, i: int) -> float:
        return self._ask(i, self.read.var, lambda own: own.std_error)

    def _error_of_es(self, i: int) -> float:
        return self._ask(i, self.read.es, lambda own: own.std_error)

    def _var_ends(self, confidence: float) -> Ends:
        return self._mean_ends(
            self.weights.var,
            lambda i: self._ask(i, self.read.var, lambda own: own.interval(confidence)),
        )

    def _es_ends(self, confidence: float) -> Ends:
        def of_es(i: int) -> Ends:
            return self._ask(i, self.read.es, lambda own: own.interval(confidence))

        if self._alike:
            return self._mean_ends(self.weights.gap, of_es)

        def apart(i: int) -> Ends:
            ends = self._ask(i, self.read.var, lambda own: own.interval(confidence)), of_es(i)
            low, high = (self._moved(i, var, es) for var, es in zip(*ends, strict=True))
            return low, high

        heard = np.where(self.weights.var + self.weights.gap > 0.0, 1.0, 0.0)
        low, high = self._mean_ends(heard, apart)
        value = self.law().tail_mean(self.read.level)
        largest = max(largest_loss(self.forecasts[0], self.read.max_move), value)
        # a gap that narrows as VaR errs does not keep the value out of its own interval
        return possible((min(low, value), max(high, value)), self.forecasts[0], largest)

    def _moved(self, i: int, var: float, es: float) -> float:
        """Return what a member adds to ES where its VaR and ES are at one end of theirs.

        VaR goes no further than the ES above it.
        """
        below = min(var, es)
        if below == -math.inf:
            return below
        gap = 0.0 if below == es else es - below
        parts = ((self.weights.var[i], below), (self.weights.gap[i], gap))
        return sum(float(weight) * part for weight, part in parts if weight != 0.0)

    @property
    def _alike(self) -> bool:
        """Whether members weigh in ES less VaR as they do in VaR: then ES is their average."""
        return bool(np.array_equal(self.weights.var, self.weights.gap))

    def _made_of(self, measure: Measure) -> tuple[float, float]:
        """Return the shares of VaR and ES in a measure: all and nothing of these two."""
        known = all(self.read.knows_es(forecast) for forecast in self.forecasts)
        es = 1.0 if known else None
        both, rest = (
            measure(LossForecast(Quantiles([(self.read.level, var, es)]))).value
            for var in (1.0, 0.0)
        )
        if min(both - rest, rest) < 0.0:
            raise InputError(
                f"measure: expected one that grows with VaR and with ES, got {measure!r}; members "
                "err in these: ask for the error of either"
            )
        return both - rest, rest

    def _mean(self, weights: Vector, answer: Callable[[int], float]) -> float:
        """Return the weighted sum of what members answer; who has no weight is not asked."""
        return sum(float(w) * answer(i) for i, w in enumerate(weights) if w != 0.0)

    def _mean_ends(self, weights: Vector, answer: Callable[[int], Ends]) -> Ends:
        answers = [(float(w), answer(i)) for i, w in enumerate(weights) if w != 0.0]
        return sum(w * low for w, (low, _) in answers), sum(w * high for w, (_, high) in answers)

    def _ask(
        self,
        i: int,
        reading: Callable[[LossForecast], RiskEstimate],
        question: Callable[[RiskEstimate], Answer],
    ) -> Answer:
        """Return what a member says of its error, or refuse in its name."""
        try:
            return question(reading(self.forecasts[i]))
        except QuantError as refusal:
            raise type(refusal)(
                f"estimators: expected members that know their error, got {self.members[i]!r}, "
                f"which refuses: {refusal}"
            ) from refusal
