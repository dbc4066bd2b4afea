"""A rate never below what ten years of history ask for."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from quant import _checks
from quant.margin._waterfall import AtLeast
from quant.margin.base import MarginContext
from quant.risk.base import RiskEstimator
from quant.risk.historical import HistoricalSimulation

__all__ = ["LongRunFloor"]

_DAYS_PER_YEAR = 365.25


@dataclass(frozen=True, slots=True)
class LongRunFloor:
    """Lift the running value to the same measure over a long history.

    Parameters
    ----------
    estimator : RiskEstimator
        Fitted to the last `years` of returns; it must look at all of them alike, not through a
        fast filter.
    years : float
        Length of the look-back in calendar years.

    Notes
    -----
    The component's note says how many years there really were: a coin listed four years ago has a
    floor from four years.

    References
    ----------
    European Union (2013), Delegated Regulation 153/2013, Article 28(1)(c).

    Examples
    --------
    >>> import quant as q
    >>> q.LongRunFloor().years
    10.0
    """

    estimator: RiskEstimator = HistoricalSimulation()
    years: float = 10.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "years", _checks.positive("years", self.years))

    def prepare(self, context: MarginContext) -> AtLeast:
        """Return the floor at the measure of the long history."""
        begin = context.as_of - pd.Timedelta(days=self.years * _DAYS_PER_YEAR)
        past = context.returns[context.returns.index > begin]
        forecast = context.fit(self.estimator, past).forecast(context.horizon, context.side)
        used = forecast.labels if isinstance(forecast.labels, pd.DatetimeIndex) else past.index
        had = (context.as_of - used[0]) / pd.Timedelta(days=_DAYS_PER_YEAR)
        note = f"{had:.1f} of {self.years:g} years"
        rate = context.measure(forecast).value
        return AtLeast(type(self).__name__, rate, note, forecast.converged)

    def __call__(self, running: float, context: MarginContext) -> float:
        """Return what is missing to the floor."""
        return self.prepare(context)(running, context)
