"""Extreme value theory on filtered returns: peaks over a threshold at today's volatility."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Self

import numpy as np
import pandas as pd

from quant import _checks
from quant._typing import Side
from quant.distributions.gpd_tail import GPDTail
from quant.risk._redrawing import Redrawn
from quant.risk._refits import volatility_fits
from quant.risk._tail_diagnostics import SHARES, threshold_table
from quant.risk._tail_error import TailLaw, tail_error
from quant.risk._two_tails import TwoTails
from quant.risk._unfiltered import Unfiltered
from quant.risk.base import (
    LossForecast,
    estimation_window,
    keep_draws,
    keep_window,
    realized_window,
)
from quant.volatility.base import VolatilityFit, VolatilityModel

__all__ = ["ExtremeValue"]


@dataclass(frozen=True, slots=True)
class ExtremeValue:
    r"""Loss law whose innovations have generalised Pareto tails, at the forecast volatility.

    .. math::
        R_{T+1} = \mu + \sigma_{T+1} Z, \quad
        P(-Z > x) = \zeta \left(1 + \xi \frac{x - u}{\beta}\right)^{-1/\xi}, \; x \ge u

    Parameters
    ----------
    volatility : VolatilityModel or None
        The filter that standardises the returns; None takes returns as they are: the
        unconditional tail.
    window : int or None
        Periods the filter and the tails are fitted to; None uses all.
    exceed_share : float
        Share of the innovations, at either end, that lie beyond the threshold, in (0, 0.5). At
        least 10 must; McNeil and Frey take a tenth of 1,000.
    n_paths : int
        Paths drawn for horizons above one.
    seed : int
        Seed of the draws; the same draws serve every date and both sides.

    Raises
    ------
    InsufficientDataError
        If fewer than 10 innovations exceed a threshold.
    InputError
        If a tail has xi >= 1: its mean is infinite.

    Notes
    -----
    Longs and shorts have separate tails. Between the thresholds the law is the empirical one. Over
    more than one period innovations are drawn from this law and the volatility is updated inside
    each path. With xi > 0 a short's mean loss is infinite; ES then rests on its `max_move`.
    Standard errors join those of the filter and of the tail of the side asked, the threshold kept;
    of a shape on its bound, -1/2, where the information means nothing, they are those of the draws
    behind the interval.
    Intervals over one period hold the quantiles of the number over 500 tails drawn from what the
    excesses say of them (`GPDTail.likely`), widened by the delta-method error of the filter: the
    error of a far tail is skewed, and an estimate plus and minus its standard error misses from
    below. Over several periods they are those of the paths, widened by the standard error.
    `fit.tail(side).var_interval` has the profile-likelihood interval of the innovation alone.
    `fit.threshold_diagnostics()` shows what other thresholds would have given.

    References
    ----------
    McNeil and Frey (2000), Estimation of tail-related risk measures for heteroscedastic financial
    time series: an extreme value approach, Journal of Empirical Finance 7, section 2.

    Examples
    --------
    >>> import quant as q
    >>> returns = q.log_returns(q.load_sample("markets"))["SP500"].dropna()
    >>> evt = q.ExtremeValue(volatility=q.EWMA(half_life=33), window=1000)
    >>> fit = evt.fit(returns)
    >>> q.VaR(0.999)(fit.forecast()).value > q.VaR(0.99)(fit.forecast()).value
    True
    >>> len(fit.tail("long").excesses)
    100
    """

    volatility: VolatilityModel | None = None
    window: int | None = 1000
    exceed_share: float = 0.1
    n_paths: int = 10_000
    seed: int = 0

    def __post_init__(self) -> None:
        keep_window(self, self.window)
        share = _checks.between(
            "exceed_share", self.exceed_share, 0.0, 0.5, low_open=True, high_open=True
        )
        object.__setattr__(self, "exceed_share", share)
        keep_draws(self, self.n_paths, self.seed)

    def fit(self, returns: pd.Series, realized: pd.Series | None = None) -> ExtremeValueFit:
        """Fit the filter to the window, then a tail to either end of its innovations.

        Parameters
        ----------
        returns : Series (T,)
            Log returns, decimal, per period.
        realized : Series (T,), optional
            Realised variances of the same dates, for a filter that is driven by them.
        """
        kept = estimation_window(returns, self.window, type(self).__name__)
        if self.volatility is None:
            return self._on(Unfiltered.of(kept))
        return self._on(self.volatility.fit(kept, realized_window(returns, realized, kept)))

    def fit_many(self, pasts: Sequence[pd.Series]) -> Iterator[ExtremeValueFit]:
        """Yield the fit to each past; what `fit` returns, made together where that is faster."""
        if self.volatility is None:
            yield from (self.fit(past) for past in pasts)
            return
        for fit in volatility_fits(self.volatility, pasts, self.window, type(self).__name__):
            yield self._on(fit)

    def _on(self, filtered: VolatilityFit | Unfiltered) -> ExtremeValueFit:
        law = TwoTails.fit(filtered.z.to_numpy(dtype=np.float64), self.exceed_share)
        return ExtremeValueFit(self, filtered, law, filtered.z)


@dataclass(frozen=True, slots=True, eq=False)
class ExtremeValueFit:
    """A fitted filter with the law of its innovations."""

    spec: ExtremeValue
    filtered: VolatilityFit | Unfiltered
    innovations: TwoTails = field(repr=False)
    z: pd.Series = field(repr=False)

    def forecast(self, horizon: int = 1, side: Side = "long") -> LossForecast:
        """Return the law of the loss of the next `horizon` periods on one side."""
        horizon = _checks.count("horizon", horizon)
        _checks.side(side)
        law = TailLaw(self.innovations, horizon, side, self.spec.n_paths, self.spec.seed)
        filtered = self.filtered
        return LossForecast(
            loss=law(filtered, 1.0),
            as_of=filtered.forecast(1).as_of,
            horizon=horizon,
            n_obs=self.spec.n_paths if horizon > 1 else len(self.z),
            side=side,
            periods=len(self.z),
            parameter_error=tail_error(filtered, law),
            variance_share=None if isinstance(filtered, Unfiltered) else filtered.variance_share,
        )

    def update(self, returns: pd.Series, realized: pd.Series | None = None) -> Self:
        """Return the fit moved on by new returns, the parameters of filter and tails kept."""
        moved = self.filtered.update(returns, realized)
        return type(self)(self.spec, moved, self.innovations, self.z)

    @property
    def volatility(self) -> VolatilityFit | None:
        """The fitted filter, if there is one."""
        return None if isinstance(self.filtered, Unfiltered) else self.filtered

    def redrawn(self, drawn: Redrawn) -> Self:
        """Return the fit another sample would have given: its filter, and tails of its z."""
        z = drawn.residuals
        law = TwoTails.fit(z.to_numpy(dtype=np.float64), self.spec.exceed_share)
        return type(self)(self.spec, drawn.volatility, law, z)

    def tail(self, side: Side = "long") -> GPDTail:
        """Return the fitted tail of the innovations that a position on one side loses by."""
        return self.innovations.tail(_checks.side(side))

    def threshold_diagnostics(
        self, side: Side = "long", shares: Sequence[float] = SHARES
    ) -> pd.DataFrame:
        """Return the tail over several thresholds, a row per number of exceedances.

        Parameters
        ----------
        side : {"long", "short"}
        shares : sequence of float
            Shares of the innovations beyond the threshold, each in (0, 0.5).

        Returns
        -------
        DataFrame
            `threshold`, `mean_excess`, `xi`, `xi_std_error`, `beta`, `modified_scale` and `hill`,
            in units of the innovations. A threshold is high enough where `xi` and
            `modified_scale` are level from it on and `mean_excess` is straight.
        """
        z = self.z.to_numpy(dtype=np.float64)
        return threshold_table(-z if _checks.side(side) == "long" else z, shares)
