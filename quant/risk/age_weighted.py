"""Age-weighted simulation: the past moves, the recent ones likelier."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Self

import numpy as np
import pandas as pd

from quant import _checks
from quant._typing import Side
from quant.distributions.empirical import Empirical
from quant.risk._return_loss import loss_of
from quant.risk._stretches import overlapping_sums
from quant.risk.base import LossForecast, estimation_window, keep_window, window_moved_on

__all__ = ["AgeWeightedSimulation"]


@dataclass(frozen=True, slots=True)
class AgeWeightedSimulation:
    r"""Loss law that gives each past move of the window a weight that decays with its age.

    .. math:: w_i = \lambda^{n - i} (1 - \lambda) / (1 - \lambda^n), \quad
        \lambda = 0.5^{1 / half\_life}

    for the i-th oldest of n moves.

    Parameters
    ----------
    half_life : float
        Observations until a move has lost half its weight; 138.3 is lambda = 0.995.
    window : int or None
        Periods looked back; None uses all that is handed in.

    Raises
    ------
    InputError
        If `half_life` is not above zero.

    Notes
    -----
    VaR is the first loss from the worst at which the cumulated weight reaches 1 - level, without
    interpolation (Hull); Boudoukh, Richardson and Whitelaw interpolate between midpoints. ES takes
    the remainder of the weight from that loss.

    The sample is worth 1 / sum w^2 moves, however long the window: 99 at lambda = 0.98, so that a
    99 % quantile rests on one or two of them. An estimate beyond what they are worth says
    `extrapolated`. Over more than one period the moves are sums over overlapping stretches, of the
    age of their last period; in the far tail they are too few (see `HistoricalSimulation`).

    References
    ----------
    Boudoukh, Richardson and Whitelaw (1998), The best of both worlds, Risk 11.
    Hull (2018), Risk Management and Financial Institutions, section 13.3.

    Examples
    --------
    >>> import quant as q
    >>> returns = q.log_returns(q.load_sample("markets"))["SP500"].dropna()
    >>> aged = q.AgeWeightedSimulation(half_life=138, window=1000)
    >>> q.VaR(0.99)(aged.fit(returns).forecast()).extrapolated
    False
    """

    half_life: float
    window: int | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "half_life", _checks.positive("half_life", self.half_life))
        keep_window(self, self.window)

    def fit(self, returns: pd.Series, realized: pd.Series | None = None) -> AgeWeightedFit:
        """Keep the last `window` returns."""
        del realized  # losses of the past stand as they are
        return AgeWeightedFit(self, estimation_window(returns, self.window, type(self).__name__))


@dataclass(frozen=True, slots=True, eq=False)
class AgeWeightedFit:
    """Age-weighted simulation with its window of returns."""

    spec: AgeWeightedSimulation
    returns: pd.Series = field(repr=False)

    def forecast(self, horizon: int = 1, side: Side = "long") -> LossForecast:
        """Return the law of the loss of the next `horizon` periods on one side."""
        _checks.side(side)
        moves = overlapping_sums(self.returns.to_numpy(dtype=np.float64), horizon)
        decay = 0.5 ** (1.0 / self.spec.half_life)
        weights = decay ** np.arange(moves.size - 1.0, -1.0, -1.0)
        return LossForecast(
            loss=Empirical(loss_of(moves, side), weights / weights.sum()),
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
