"""Filtered historical simulation: past innovations at today's volatility."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Self

import pandas as pd

from quant import _checks
from quant._typing import Matrix, Side, Vector
from quant.distributions.empirical import Empirical
from quant.errors import InsufficientDataError
from quant.risk._draws import Rows, date_weights, drawn_rows, each_once, innovation_variance
from quant.risk._redrawing import Redrawn
from quant.risk._refits import WindowFilters, volatility_fits
from quant.risk._return_loss import LARGEST_MOVE, loss_of
from quant.risk._screen import may_be_refused
from quant.risk._volatility_error import parameter_error
from quant.risk.base import (
    LossForecast,
    estimation_window,
    keep_draws,
    keep_window,
    realized_window,
)
from quant.volatility.base import VolatilityFit, VolatilityModel

__all__ = ["FilteredHistoricalSimulation"]


@dataclass(frozen=True, slots=True)
class FilteredHistoricalSimulation:
    r"""Loss law made of the standardised innovations of the window at the forecast volatility.

    .. math:: R^{(i)}_{T+1} = \mu + \sigma_{T+1} z_i, \quad z_i = (r_i - \mu) / \sigma_i

    Parameters
    ----------
    volatility : VolatilityModel
        The filter; :math:`\sigma_i` is what it knew one period before i.
    window : int or None
        Periods the filter is fitted to and innovations are taken from; None uses all.
    n_paths : int
        Paths drawn for horizons above one.
    seed : int
        Seed of the draws; the same draws serve every date and both sides.

    Notes
    -----
    One period ahead the law is exact: each innovation once, no simulation. Over more periods,
    innovations are drawn with replacement and the volatility is updated inside each path; log
    returns are summed and turned into a loss at the end. Innovations are used as they are, neither
    recentred nor rescaled. Over more than one period, standard errors follow each innovation into
    the paths that drew it (the infinitesimal jackknife).

    References
    ----------
    Barone-Adesi, Giannopoulos and Vosper (1999), VaR without correlations for portfolios of
    derivative securities, Journal of Futures Markets 19, section 2.

    Examples
    --------
    >>> import quant as q
    >>> returns = q.log_returns(q.load_sample("markets"))["SP500"].dropna()
    >>> fhs = q.FilteredHistoricalSimulation(volatility=q.EWMA(half_life=33), window=1000)
    >>> fhs.fit(returns).forecast(horizon=1, side="short").n_obs
    1000
    """

    volatility: VolatilityModel
    window: int | None = 1000
    n_paths: int = 10_000
    seed: int = 0

    def __post_init__(self) -> None:
        keep_window(self, self.window)
        keep_draws(self, self.n_paths, self.seed)

    def fit(self, returns: pd.Series, realized: pd.Series | None = None) -> FilteredFit:
        """Fit the filter to the window and standardise its returns.

        Parameters
        ----------
        returns : Series (T,)
            Log returns, decimal, per period.
        realized : Series (T,), optional
            Realised variances of the same dates, for a filter that is driven by them.
        """
        kept = estimation_window(returns, self.window, type(self).__name__)
        volatility = self.volatility.fit(kept, realized_window(returns, realized, kept))
        return FilteredFit(self, volatility, volatility.z)

    def fit_many(self, pasts: Sequence[pd.Series]) -> Iterator[FilteredFit]:
        """Yield the fit to each past; what `fit` returns, made together where that is faster."""
        for volatility in volatility_fits(self.volatility, pasts, self.window, type(self).__name__):
            yield FilteredFit(self, volatility, volatility.z)

    def walk_samples(
        self, returns: Vector, blocks: Sequence[Sequence[int]], horizon: int, side: Side
    ) -> Iterator[Matrix] | None:
        """Return the losses (k, window) behind the forecasts of many origins, some at a time.

        Origin o sees returns[:o]; those of one block share an estimation, made at the first of
        them. None where forecast by forecast is the way: over several periods, without a window,
        with a filter that does not run over many windows, or near one that `fit` refuses.
        """
        window, begin = self.window, blocks[0][0] - (self.window or 0)
        if window is None or horizon != 1 or begin < 0:
            return None
        if not isinstance(self.volatility, WindowFilters):
            return None
        past = returns[begin : blocks[-1][-1]]
        if may_be_refused(past, window):
            return None
        shifted = [[origin - begin for origin in block] for block in blocks]
        found = self.volatility.innovations(past, shifted, window)
        if found is None or not found.largest_move() < LARGEST_MOVE:
            return None
        return (loss_of(moves, side) for moves in found.moves())


@dataclass(frozen=True, slots=True, eq=False)
class FilteredFit:
    """A fitted filter and the innovations of the window."""

    spec: FilteredHistoricalSimulation
    volatility: VolatilityFit
    z: pd.Series = field(repr=False)

    def forecast(self, horizon: int = 1, side: Side = "long") -> LossForecast:
        """Return the law of the loss of the next `horizon` periods on one side."""
        horizon = _checks.count("horizon", horizon)
        _checks.side(side)
        if horizon > len(self.z):
            raise InsufficientDataError(
                f"horizon: expected at most the {len(self.z)} innovations of the window, got "
                f"{horizon}; shorten the horizon or lengthen the window"
            )
        paths = _Paths(self.z, side, None if horizon == 1 else (self.spec, horizon))
        return LossForecast(
            loss=paths(self.volatility, 1.0),
            as_of=self.volatility.forecast(1).as_of,
            horizon=horizon,
            n_obs=max(1, len(self.z) // horizon),
            side=side,
            labels=self.z.index if horizon == 1 else pd.RangeIndex(self.spec.n_paths, name="path"),
            parameter_error=parameter_error(self.volatility, paths),
            driver_dates=None if horizon == 1 else paths.dates,
            periods=len(self.z),
            mean_variance=None if horizon == 1 else paths.mean_variance,
        )

    def update(self, returns: pd.Series, realized: pd.Series | None = None) -> Self:
        """Return the fit moved on by new returns, parameters kept, window moved on."""
        _checks.later(returns, self.z.index[-1])
        volatility = self.volatility.update(returns, realized)
        z = pd.concat([self.z, volatility.z])
        return type(self)(
            self.spec, volatility, z if self.spec.window is None else z.iloc[-self.spec.window :]
        )

    def redrawn(self, drawn: Redrawn) -> Self:
        """Return the fit another sample would have given: its parameters and its innovations."""
        return type(self)(self.spec, drawn.volatility, drawn.possible)


@dataclass(frozen=True, slots=True, eq=False)
class _Paths:
    """The loss law of the paths that the innovations of a window make; None draws each once."""

    z: pd.Series
    side: Side
    drawn: tuple[FilteredHistoricalSimulation, int] | None

    def __call__(self, volatility: VolatilityFit, scale: float) -> Empirical:
        # Innovations move with the parameters that standardise them, while both are at hand.
        known = volatility.z.index.equals(self.z.index)
        z = (volatility.z if known else self.z).to_numpy()
        moves = scale * volatility.propagate(z[self._rows()].T).sum(axis=1)
        return Empirical(loss_of(moves, self.side))

    def dates(self, weights: Vector) -> pd.Series:
        """Return the weights of paths as weights of the dates whose innovations they drew."""
        return date_weights(weights, self._rows(), self.z**2)

    def mean_variance(self, values: Vector) -> float:
        """Return the sampling variance of the mean of a number per path."""
        return innovation_variance(values, self._rows(), len(self.z))

    def _rows(self) -> Rows:
        if self.drawn is None:
            return each_once(len(self.z))
        spec, horizon = self.drawn
        return drawn_rows(spec.seed, len(self.z), spec.n_paths, horizon)
