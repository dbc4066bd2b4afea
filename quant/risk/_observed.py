"""The returns of one asset with the realised variances of their dates, sliced together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import pandas as pd

from quant import _checks
from quant.risk.base import RiskEstimator, RiskFit


@dataclass(frozen=True, slots=True, eq=False)
class Observed:
    """What an estimator is handed: returns and, when there are any, realised variances.

    An estimator written for returns alone need not know of the others: it is handed them only
    where the caller has them.
    """

    returns: pd.Series
    realized: pd.Series | None = None

    def __post_init__(self) -> None:
        if self.realized is not None:
            _checks.returns(self.returns, minimum=1)
            _checks.realized(self.returns, self.realized)

    def between(self, start: int, stop: int) -> Self:
        """Return the periods from position `start` to before `stop`."""
        realized = None if self.realized is None else self.realized.iloc[start:stop]
        return type(self)(self.returns.iloc[start:stop], realized)

    def fit(self, estimator: RiskEstimator) -> RiskFit:
        """Return the estimator fitted to these periods."""
        if self.realized is None:
            return estimator.fit(self.returns)
        return estimator.fit(self.returns, self.realized)

    def move(self, fit: RiskFit) -> RiskFit:
        """Return the fit moved on by these periods."""
        if self.realized is None:
            return fit.update(self.returns)
        return fit.update(self.returns, self.realized)


def of_column(
    panel: pd.DataFrame, realized: pd.DataFrame | None, column: object
) -> tuple[pd.Series, pd.Series | None]:
    """Return one asset's returns on its own dates, and its realised variances of them if known."""
    own = panel[column].dropna()
    if realized is None or column not in realized.columns:
        return own, None
    return own, realized[column].reindex(own.index)
