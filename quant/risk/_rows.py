"""What a walk through history reads off each forecast."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np

from quant._typing import Matrix, Side
from quant.distributions.quantiles import Quantiles
from quant.risk._samples import numbers_of, only_ranks, shares_of
from quant.risk.base import LossForecast, Measure


@dataclass(frozen=True, slots=True)
class Row:
    """Reads measures, the realised loss, its probability and whether the search converged.

    None stands where the law is not known.
    """

    losses: Mapping[int, float]
    measures: tuple[Measure, ...]

    def __call__(self, forecast: LossForecast, origin: int) -> tuple[float | None, ...]:
        loss = self.losses[origin]
        values = (_value(measure, forecast) for measure in self.measures)
        law = forecast.loss
        pit = None if isinstance(law, Quantiles) else float(law.cdf(loss))
        return (*values, loss, pit, forecast.converged)

    @property
    def reads_samples(self) -> bool:
        """Whether each measure depends on a sample through its worst losses alone."""
        return only_ranks(self.measures)

    def of_samples(
        self, losses: Matrix, origins: Sequence[int], side: Side
    ) -> list[tuple[float | None, ...]]:
        """Return the row of each forecast, whose sample is a row of `losses`."""
        followed = np.array([self.losses[origin] for origin in origins])
        numbers = numbers_of(losses, self.measures, side)
        table = np.column_stack((numbers, followed, shares_of(losses, followed)))
        return [(*row, True) for row in table.tolist()]


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
