"""Returns taken as independent draws of one law: a filter that does not filter."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Self

import numpy as np
import pandas as pd

from quant import _checks
from quant._typing import Matrix
from quant.volatility.base import VolatilityForecast


@dataclass(frozen=True, slots=True, eq=False)
class Unfiltered:
    """Returns divided by one number, so that their tails are fitted on a scale near 1."""

    sigma: float
    as_of: pd.Timestamp
    z: pd.Series = field(repr=False)

    @classmethod
    def of(cls, returns: pd.Series) -> Self:
        """Return the returns of a window over their root mean square."""
        sigma = float(np.sqrt(np.mean(returns.to_numpy(dtype=np.float64) ** 2)))
        return cls(sigma, returns.index[-1], returns / sigma)

    def forecast(self, horizon: int = 1) -> VolatilityForecast:
        """Return the same volatility for every period."""
        return VolatilityForecast(self.as_of, np.full(horizon, self.sigma))

    def propagate(self, z: Matrix) -> Matrix:
        """Return the returns that shocks make: no shock changes the next."""
        return self.sigma * z

    def update(self, returns: pd.Series, realized: pd.Series | None = None) -> Self:
        """Return the same law at a later date."""
        del realized
        later = _checks.later(returns, self.as_of)
        return type(self)(self.sigma, later.index[-1], self.z)
