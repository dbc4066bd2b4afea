"""What sets a number: scenarios or dates with their weights, the heaviest first."""

from __future__ import annotations

import numpy as np
import pandas as pd

from quant._typing import Vector
from quant.risk.base import LossForecast


def driver_series(weights: Vector, forecast: LossForecast) -> pd.Series:
    """Return weights of scenarios by date or label, without those that do not count."""
    if forecast.driver_dates is not None:
        series = forecast.driver_dates(weights)
    else:
        labels = forecast.labels if forecast.labels is not None else pd.RangeIndex(weights.size)
        series = pd.Series(weights, index=labels, name="weight")
    return series[series > 0.0].sort_values(ascending=False, kind="stable")


def parametric_drivers(forecast: LossForecast) -> pd.Series:
    """Return the share of each past date in the variance behind a law that is no sample."""
    if forecast.variance_share is None:
        return pd.Series(dtype=np.float64, name="weight")
    share = forecast.variance_share()
    return share[share > 0.0].sort_values(ascending=False, kind="stable")
