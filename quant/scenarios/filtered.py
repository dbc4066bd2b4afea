"""Filtered joint scenarios: past dates drawn for all assets, each at its own volatility."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd

from quant._typing import FloatArray, Vector
from quant.risk._draws import Rows, date_weights, drawn_rows, each_once, innovation_variance
from quant.risk.base import keep_draws, keep_window
from quant.scenarios import _filters
from quant.scenarios._filters import Filters
from quant.scenarios.base import BLOCK, Scenarios
from quant.volatility.base import VolatilityModel

__all__ = ["FilteredScenarios"]


@dataclass(frozen=True, slots=True)
class FilteredScenarios:
    r"""Past joint innovations at today's volatilities: multivariate filtered simulation.

    .. math::
        r^{(i)}_{a,T+k} = \mu_a + \sigma^{(i)}_{a,T+k} z_{a,t_k}, \quad
        z_{a,t} = (r_{a,t} - \mu_a) / \sigma_{a,t}

    Parameters
    ----------
    volatility : VolatilityModel
        The filter of every asset; each has its own parameters and its own path.
    window : int or None
        Periods the filters are fitted to and dates are drawn from; None uses all.
    n_paths : int
        Paths drawn for horizons above one.
    seed : int
        Seed of the draws; the same draws serve every date.

    Notes
    -----
    A step of a path draws one date t, the same for all assets, so that past dependence is kept,
    that of the tail included, without a model of it; each asset scales its innovation of that date
    by its own volatility, which answers to it. One period ahead the law is exact: each date once,
    no simulation. With a single asset this is `FilteredHistoricalSimulation`, draw by draw.

    Dependence is that of the whole window, all dates alike: correlations do not react to the latest
    moves (`CorrelatedScenarios` with DCC). The dates behind a number: within a path, each by the
    sum of its squared innovations over the assets. `RealizedGARCH` draws measurement errors on the
    way with a seed of its own, for each asset, path and step apart.

    References
    ----------
    Barone-Adesi, Giannopoulos and Vosper (1999), VaR without correlations for portfolios of
    derivative securities, Journal of Futures Markets 19.

    Examples
    --------
    Oil against an oil company over two days: the hedge shows in the components, which add up.

    >>> import quant as q
    >>> prices = q.load_sample("markets")[["WTI", "XOM"]]
    >>> joint = q.align_returns(q.log_returns(prices), how="intersection")
    >>> model = q.FilteredScenarios(volatility=q.EWMA(half_life=33), window=1000)
    >>> scenarios = model.fit(joint).forecast(horizon=2)
    >>> scenarios.returns.shape
    (10000, 2)
    >>> spread = q.Account([q.Spot("WTI", 200.0), q.Spot("XOM", -100.0)])
    >>> estimate = q.ES(0.99)(spread.loss(scenarios, prices.dropna().iloc[-1]))
    >>> (estimate.components / estimate.value).round(2).to_dict()
    {'Spot WTI': 1.12, 'Spot XOM': -0.12}
    """

    volatility: VolatilityModel
    window: int | None = 1000
    n_paths: int = 10_000
    seed: int = 0

    def __post_init__(self) -> None:
        keep_window(self, self.window)
        keep_draws(self, self.n_paths, self.seed)

    def fit(
        self, returns: pd.DataFrame, realized: pd.DataFrame | None = None
    ) -> FilteredScenariosFit:
        """Fit the filters to the window and standardise its returns.

        Parameters
        ----------
        returns : DataFrame (T, N)
            Log returns, decimal, per period, without blanks.
        realized : DataFrame (T, N), optional
            Realised variances of the same dates, for filters that are driven by them.

        Raises
        ------
        InputError
            If the panel holds a blank (`align_returns`, `proxy_returns`), unsorted dates, or an
            asset the filter refuses; the message names it.
        InsufficientDataError
            If the window is longer than the history.
        """
        name = type(self).__name__
        return FilteredScenariosFit(
            self, _filters.fitted(self.volatility, returns, realized, self.window, name)
        )


@dataclass(frozen=True, slots=True, eq=False)
class FilteredScenariosFit:
    """Fitted filters and the joint innovations of the window.

    Attributes
    ----------
    spec : FilteredScenarios
    filters : Filters
        A volatility fit per asset and the innovations (W, N).
    """

    spec: FilteredScenarios
    filters: Filters

    def forecast(self, horizon: int = 1) -> Scenarios:
        """Return joint moves over the next `horizon` periods.

        Assets are worked through one after the other over the same rows: paths by steps by assets
        never exist at once.
        """
        rows = self._rows(horizon)
        z = self.filters.z.to_numpy()
        moves = np.empty((rows.shape[1], z.shape[1]), order="F")
        for j in range(z.shape[1]):
            shocks = np.take(np.ascontiguousarray(z[:, j]), rows)
            moves[:, j] = self.filters.moves_of(j, shocks.T).sum(axis=1)
        once, drawn = horizon == 1, _Draws(self, horizon)
        return Scenarios(
            moves,
            self.filters.assets,
            horizon,
            labels=self.filters.z.index if once else pd.RangeIndex(len(moves), name="path"),
            as_of=self.filters.as_of,
            period=self.filters.period,
            n_obs=len(z) // horizon,
            driver_dates=None if once else drawn.dates,
            mean_variance=None if once else drawn.mean_variance,
        )

    def paths(self, horizon: int = 1) -> Iterator[FloatArray]:
        """Return the rows of the forecast step by step, in blocks (s, horizon, N), s <= 256."""
        rows = self._rows(horizon)
        z = self.filters.z.to_numpy()
        return (
            self.filters.moves(z[rows[:, start : start + BLOCK].T], first=start)
            for start in range(0, rows.shape[1], BLOCK)
        )

    def update(self, returns: pd.DataFrame, realized: pd.DataFrame | None = None) -> Self:
        """Return the fit moved on by new rows, parameters kept, window moved on."""
        return type(self)(self.spec, self.filters.update(returns, realized, self.spec.window))

    def _rows(self, horizon: int) -> Rows:
        size = len(self.filters.z)
        if self.filters.steps(horizon) == 1:
            return each_once(size)
        return drawn_rows(self.spec.seed, size, self.spec.n_paths, horizon)


@dataclass(frozen=True, slots=True, eq=False)
class _Draws:
    """Which dates the paths drew, and what that says of numbers of the paths."""

    fit: FilteredScenariosFit
    horizon: int

    def dates(self, weights: Vector) -> pd.Series:
        """Return the weights of paths as weights of the dates they drew."""
        squares = (self.fit.filters.z**2).sum(axis=1)
        return date_weights(weights, self.fit._rows(self.horizon), squares)

    def mean_variance(self, values: Vector) -> float:
        """Return the sampling variance of the mean of a number per path."""
        return innovation_variance(values, self.fit._rows(self.horizon), len(self.fit.filters.z))
