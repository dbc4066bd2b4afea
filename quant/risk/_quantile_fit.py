"""A fit that knows the next period's quantile at one level, for both sides."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import pandas as pd

from quant import _checks
from quant._typing import Side
from quant.errors import InputError
from quant.risk._quantile_dynamics import Dynamics
from quant.risk._quantile_tail import QuantileTail
from quant.risk.base import LossForecast, estimation_window
from quant.volatility.base import FitDiagnostics


@dataclass(frozen=True, slots=True, eq=False)
class QuantileFit:
    """A quantile recursion for either side, each with its own parameters.

    Attributes
    ----------
    name : str
        The estimator, for messages.
    long, short : QuantileTail
    as_of : pandas.Timestamp
        Last date whose return was used.
    """

    name: str
    long: QuantileTail
    short: QuantileTail
    as_of: pd.Timestamp

    @classmethod
    def of(
        cls, name: str, dynamics: Dynamics, level: float, window: int | None, returns: pd.Series
    ) -> Self:
        """Fit both sides to the last `window` returns."""
        kept = estimation_window(returns, window, name)
        r = kept.to_numpy(dtype=np.float64)
        long = QuantileTail.fit(dynamics, level, r, "long")
        return cls(name, long, QuantileTail.fit(dynamics, level, r, "short"), kept.index[-1])

    def forecast(self, horizon: int = 1, side: Side = "long") -> LossForecast:
        """Return what is known of the loss of the next period on one side."""
        if _checks.count("horizon", horizon) > 1:
            raise InputError(
                f"horizon: expected 1 for {self.name}, got {horizon}; its recursion has no law to "
                "draw the next periods from: use FilteredHistoricalSimulation, or fit returns "
                "over longer bars"
            )
        tail = self.tail(side)
        return LossForecast(
            loss=tail.law,
            as_of=self.as_of,
            horizon=1,
            n_obs=tail.losses.size,
            side=side,
            parameter_error=tail.parameter_error(),
            converged=tail.diagnostics.converged,
        )

    def redrawn_forecasts(
        self, horizon: int, side: Side, n_boot: int, seed: int
    ) -> Iterator[LossForecast]:
        """Yield what would be forecast at the estimates of redrawn samples, from here on."""
        forecast = self.forecast(horizon, side)
        for law in self.tail(side).redrawn(n_boot, seed):
            yield replace(forecast, loss=law, parameter_error=None)

    def update(self, returns: pd.Series, realized: pd.Series | None = None) -> Self:
        """Return the fit moved on by new returns, parameters kept."""
        del realized
        later = _checks.later(returns, self.as_of)
        r = later.to_numpy(dtype=np.float64)
        return type(self)(self.name, self.long.update(r), self.short.update(r), later.index[-1])

    def tail(self, side: Side = "long") -> QuantileTail:
        """Return the recursion of one side."""
        return self.long if _checks.side(side) == "long" else self.short

    def params(self, side: Side = "long") -> Mapping[str, float]:
        """Return the estimates of one side by name, for losses in decimals."""
        return self.tail(side).params

    def param_cov(self, side: Side = "long") -> pd.DataFrame:
        """Return the sandwich covariance of the estimates of one side."""
        tail = self.tail(side)
        names = list(tail.dynamics.names)
        return pd.DataFrame(tail.param_cov(), index=names, columns=names)

    def diagnostics(self, side: Side = "long") -> FitDiagnostics:
        """Return what the search of one side said."""
        return self.tail(side).diagnostics


def keep_level(spec: object, level: float) -> None:
    """Store the level of a specification: above one half, where quantiles are losses."""
    kept = _checks.between("level", _checks.level(level), 0.5, 1.0, low_open=True, high_open=True)
    object.__setattr__(spec, "level", kept)
