"""What a walk through history reads off each forecast."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from quant.distributions.quantiles import Quantiles
from quant.risk.base import LossForecast, Measure


@dataclass(frozen=True, slots=True)
class Row:
    """Reads measures, the realised loss and its probability; None where the law is not known."""

    losses: Mapping[int, float]
    measures: tuple[Measure, ...]

    def __call__(self, forecast: LossForecast, origin: int) -> tuple[float | None, ...]:
        loss = self.losses[origin]
        values = (_value(measure, forecast) for measure in self.measures)
        law = forecast.loss
        return (*values, loss, None if isinstance(law, Quantiles) else float(law.cdf(loss)))


@runtime_checkable
class Selective(Protocol):
    """A measure that some laws cannot answer."""

    def answered_by(self, forecast: LossForecast) -> bool:
        """Say whether the law of the forecast is known well enough for the measure."""
        ...


def _value(measure: Measure, forecast: LossForecast) -> float | None:
    if isinstance(measure, Selective) and not measure.answered_by(forecast):
        return None
    return measure(forecast).value
