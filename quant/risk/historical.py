"""Historical simulation: the past moves, each as likely as any other."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Self

import numpy as np
import pandas as pd

from quant import _checks
from quant._typing import Side
from quant.distributions.empirical import Empirical
from quant.risk._return_loss import loss_of
from quant.risk._stretches import stretches
from quant.risk.base import LossForecast, estimation_window, keep_window, window_moved_on

__all__ = ["HistoricalSimulation"]


@dataclass(frozen=True, slots=True)
class HistoricalSimulation:
    r"""Loss law that gives each past move of the window the same weight.

    .. math:: L_i = 1 - \exp(R_i) \text{ (long)}, \quad \exp(R_i) - 1 \text{ (short)}

    with :math:`R_i` the log return over `horizon` consecutive periods.

    Parameters
    ----------
    window : int or None
        Periods looked back; None uses all that is handed in.

    Notes
    -----
    Over more than one period the moves are sums over overlapping stretches. They keep the level
    unbiased but are dependent, so that n / horizon of them count as independent in standard errors.

    References
    ----------
    Hull (2018), Risk Management and Financial Institutions, chapter 13.

    Examples
    --------
    >>> import quant as q
    >>> returns = q.log_returns(q.load_sample("markets"))["SP500"].dropna()
    >>> loss = q.HistoricalSimulation(window=500).fit(returns).forecast(horizon=1, side="long")
    >>> loss.n_obs
    500
    """

    window: int | None = None

    def __post_init__(self) -> None:
        keep_window(self, self.window)

    def fit(self, returns: pd.Series, realized: pd.Series | None = None) -> HistoricalFit:
        """Keep the last `window` returns."""
        del realized  # losses of the past stand as they are
        return HistoricalFit(self, estimation_window(returns, self.window, type(self).__name__))


@dataclass(frozen=True, slots=True, eq=False)
class HistoricalFit:
    """Historical simulation with its window of returns."""

    spec: HistoricalSimulation
    returns: pd.Series = field(repr=False)

    def forecast(self, horizon: int = 1, side: Side = "long") -> LossForecast:
        """Return the law of the loss of the next `horizon` periods on one side."""
        _checks.side(side)
        moves = stretches(self.returns.to_numpy(dtype=np.float64), horizon).sum(axis=1)
        return LossForecast(
            loss=Empirical(loss_of(moves, side)),
            as_of=self.returns.index[-1],
            horizon=horizon,
            n_obs=max(1, len(self.returns) // horizon),
            side=side,
            labels=self.returns.index[horizon - 1 :],
        )

    def update(self, returns: pd.Series, realized: pd.Series | None = None) -> Self:
        """Return the fit with the window moved on by the new returns."""
        del realized
        return type(self)(self.spec, window_moved_on(self.returns, returns, self.spec.window))
