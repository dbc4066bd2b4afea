"""Estimators that step themselves through history, faster than forecast by forecast."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import pandas as pd

from quant._typing import Matrix, Side, Vector
from quant.risk._observed import Observed
from quant.risk.base import Measure, RiskEstimator


@runtime_checkable
class Walker(Protocol):
    """An estimator that can be stepped through history faster than forecast by forecast.

    It is handed all returns, and must read of each origin o what comes before it, returns[:o]. None
    sends the engine forecast by forecast.
    """

    def walk(
        self,
        returns: pd.Series,
        origins: Sequence[int],
        horizon: int,
        side: Side,
        measures: Sequence[Measure],
    ) -> Matrix | None:
        """Return the measures (K, M) of the forecasts made at the ascending origins."""
        ...

    def walk_cdf(
        self,
        returns: pd.Series,
        origins: Sequence[int],
        horizon: int,
        side: Side,
        losses: Vector,
    ) -> Vector | None:
        """Return the probability (K,) each of these forecasts gives to at most a loss (K,)."""
        ...


def measures_at_once(
    estimator: RiskEstimator,
    observed: Observed,
    origins: Sequence[int],
    measures: Sequence[Measure],
    horizon: int,
    side: Side,
) -> Matrix | None:
    """Return the measures (K, M) of an estimator that steps itself through history, or None."""
    if not isinstance(estimator, Walker) or observed.realized is not None:
        return None
    return estimator.walk(observed.returns, origins, horizon, side, measures)


def table_at_once(
    estimator: RiskEstimator,
    observed: Observed,
    origins: Sequence[int],
    measures: Sequence[Measure],
    losses: Vector,
    horizon: int,
    side: Side,
) -> tuple[Vector, ...] | None:
    """Return measures, the losses (K,) that followed, and their probabilities (K,); or None."""
    values = measures_at_once(estimator, observed, origins, measures, horizon, side)
    if values is None or not isinstance(estimator, Walker):
        return None
    pit = estimator.walk_cdf(observed.returns, origins, horizon, side, losses)
    return None if pit is None else (*values.T, losses, pit)
