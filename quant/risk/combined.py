"""Several estimators read as one: VaR and ES are weighted averages of theirs."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal, Self, TypeAlias

import numpy as np
import pandas as pd

from quant import _checks
from quant._typing import Matrix, Side, Vector
from quant.errors import InputError, SpecError
from quant.risk._block_job import ManyFitter
from quant.risk._combination_weights import Record, Weights, minimum_score, relative_score
from quant.risk._combined_law import Together
from quant.risk._observed import Observed
from quant.risk._reading import Reader, periods_needed
from quant.risk._replay import first_origin, minimum_past, one_history, replay
from quant.risk._return_loss import loss_of
from quant.risk.base import LossForecast, RiskEstimator, RiskFit

__all__ = ["CombinedRisk"]

Weighting: TypeAlias = Literal["equal", "relative_score", "minimum_score"]

_SIDES: tuple[Side, Side] = ("long", "short")


@dataclass(frozen=True, slots=True)
class CombinedRisk:
    r"""Weighted averages of the VaR, and of the distance from VaR to ES, of several estimators.

    .. math::
        VaR = \sum_i w_i \, VaR_i, \quad ES = VaR + \sum_i u_i \, (ES_i - VaR_i)

    Parameters
    ----------
    estimators : tuple of RiskEstimator
        At least two.
    level : float
        Confidence of the VaR and ES combined.
    weighting : {"equal", "relative_score", "minimum_score"}
        ``"equal"``: the plain average, hard to beat out of sample. ``"relative_score"``: w = u
        falls exponentially with a member's past score, at the rate that would have scored best.
        ``"minimum_score"``: the convex w and u that would have scored best.
    calibration : int
        Past periods scored, by FZ0 (by the tick score where a member forecasts no ES); at least
        1 / (1 - level). Without meaning for equal weights.
    refit_every : int
        Periods between estimations of the members in the periods scored, counted from the start
        of the history.
    max_move : float
        Largest log move that counts in a short's ES, as in `ES`.

    Raises
    ------
    InputError
        If a field is out of its range, or a member's ES is no loss where it is scored.

    Notes
    -----
    Each side has weights of its own. `update` keeps them, and the members' parameters. Scored
    weights are those of one-period losses, so a longer horizon is refused; equal ones hold at any.
    Standard errors and intervals are what the members themselves answer, bootstraps included,
    weighted: standard errors add, and so do the ends of intervals, as if members erred together
    (they see the same data). They hold no error of the weights. A member that refuses is named.

    References
    ----------
    Taylor (2020), Forecast combinations for value at risk and expected shortfall, International
    Journal of Forecasting 36, section 3.

    Examples
    --------
    >>> import quant as q
    >>> returns = q.log_returns(q.load_sample("markets"))["SP500"].dropna()
    >>> members = (q.HistoricalSimulation(500), q.ParametricRisk(volatility=q.EWMA(half_life=33)))
    >>> loss = q.CombinedRisk(estimators=members, level=0.99).fit(returns).forecast()
    >>> each = [q.VaR(0.99)(member.fit(returns).forecast()).value for member in members]
    >>> bool(abs(q.VaR(0.99)(loss).value - sum(each) / 2) < 1e-12)
    True
    """

    estimators: tuple[RiskEstimator, ...]
    level: float
    weighting: Weighting = "equal"
    calibration: int = 500
    refit_every: int = 20
    max_move: float = math.log(10.0)

    def __post_init__(self) -> None:
        object.__setattr__(self, "estimators", tuple(self.estimators))
        if len(self.estimators) < 2:
            raise SpecError(
                f"estimators: expected at least 2, got {len(self.estimators)}; one needs no weights"
            )
        object.__setattr__(self, "level", _checks.level(self.level))
        _checks.one_of("weighting", self.weighting, ("equal", "relative_score", "minimum_score"))
        needed = periods_needed(self.level) if self._scored else 1
        object.__setattr__(
            self, "calibration", _checks.count("calibration", self.calibration, needed)
        )
        object.__setattr__(self, "refit_every", _checks.count("refit_every", self.refit_every))
        object.__setattr__(self, "max_move", _checks.positive("max_move", self.max_move))

    @property
    def _scored(self) -> bool:
        return self.weighting != "equal"

    @property
    def window(self) -> int | None:
        """Periods looked back: the longest of the members', and those scored."""
        windows = [getattr(member, "window", None) for member in self.estimators]
        known: list[int] = [window for window in windows if window is not None]
        if len(known) < len(windows):
            return None
        return max(known) + (self.calibration if self._scored else 0)

    def fit(self, returns: pd.Series, realized: pd.Series | None = None) -> CombinedFit:
        """Fit every member; score their past forecasts where the weights ask for it.

        Parameters
        ----------
        returns : Series (T,)
            Log returns, decimal, per period.
        realized : Series (T,), optional
            Realised variances of the same dates, handed on to the members.
        """
        observed = Observed(_checks.returns(returns), realized)
        fits = tuple(observed.fit(member) for member in self.estimators)
        return self._weighed(fits, *next(self._weights(observed, [len(returns)])))

    def fit_many(self, pasts: Sequence[pd.Series]) -> Iterator[CombinedFit]:
        """Yield the fit to each past; where they are beginnings of one history, in one walk."""
        history = one_history(pasts)
        if history is None:
            yield from map(self.fit, pasts)
            return
        _checks.returns(history)
        members = [_fitted(member, pasts) for member in self.estimators]
        weights = self._weights(Observed(history), [len(past) for past in pasts])
        for fits, (long, short) in zip(zip(*members, strict=True), weights, strict=True):
            yield self._weighed(fits, long, short)

    def _weighed(self, fits: tuple[RiskFit, ...], long: Weights, short: Weights) -> CombinedFit:
        return CombinedFit(self, fits, long, short)

    def _weights(
        self, observed: Observed, ends: Sequence[int]
    ) -> Iterator[tuple[Weights, Weights]]:
        """Yield the weights of both sides as known at each end."""
        if not self._scored:
            equal = Weights.equal(len(self.estimators))
            for _ in ends:
                yield equal, equal
            return
        firsts = [self._first(end) for end in ends]
        lowest, last = min(firsts), max(ends)
        var = np.empty((2, last - lowest, len(self.estimators)))
        es = np.empty_like(var)
        for i, member in enumerate(self.estimators):
            var[:, :, i], es[:, :, i] = self._walked(member, observed, lowest, last)
        moves = observed.returns.to_numpy(dtype=np.float64)[lowest:last]
        losses = [np.asarray(loss_of(moves, side)) for side in _SIDES]
        weigh = relative_score if self.weighting == "relative_score" else minimum_score
        for first, end in zip(firsts, ends, strict=True):
            rows = slice(first - lowest, end - lowest)
            long, short = (
                weigh(self._record(losses[s][rows], var[s, rows], es[s, rows])) for s in (0, 1)
            )
            yield long, short

    def _first(self, end: int) -> int:
        windows = [getattr(member, "window", None) for member in self.estimators]
        longest = max(minimum_past(window) for window in windows)
        return first_origin(end, longest, self.calibration, type(self).__name__)

    def _walked(
        self, member: RiskEstimator, observed: Observed, lowest: int, last: int
    ) -> tuple[Matrix, Matrix]:
        """Return VaR and ES of a member, (2 sides, T); ES is infinite where it forecasts none."""
        var, es = np.empty((2, last - lowest)), np.empty((2, last - lowest))
        walk = replay(
            member,
            observed,
            lowest,
            last - 1,
            refit_every=self.refit_every,
            minimum=minimum_past(getattr(member, "window", None)),
        )
        for origin, fit in walk:
            for s, side in enumerate(_SIDES):
                reading = self._read(fit.forecast(1, side))
                var[s, origin - lowest] = reading.var
                es[s, origin - lowest] = math.inf if reading.es is None else reading.es
        return var, es

    def _record(self, loss: Vector, var: Matrix, es: Matrix) -> Record:
        if not np.isfinite(es).all():
            return Record(loss, var, None, self.level)
        if es.min() <= 0.0:
            raise InputError(
                f"estimators: expected an ES above 0 to score, got {es.min():g} of "
                f"{self.estimators[int(np.argmin(es.min(axis=0)))]!r}; raise the level"
            )
        return Record(loss, var, es - var, self.level)

    @property
    def _read(self) -> Reader:
        return Reader(self.level, self.max_move)


def _fitted(member: RiskEstimator, pasts: Sequence[pd.Series]) -> Iterable[RiskFit]:
    if isinstance(member, ManyFitter):
        return member.fit_many(pasts)
    return (member.fit(past) for past in pasts)


@dataclass(frozen=True, slots=True, eq=False)
class CombinedFit:
    """Fitted members with the weights of either side."""

    spec: CombinedRisk
    members: tuple[RiskFit, ...] = field(repr=False)
    long: Weights = field(repr=False)
    short: Weights = field(repr=False)

    def forecast(self, horizon: int = 1, side: Side = "long") -> LossForecast:
        """Return VaR and ES of the next periods at the level of the specification."""
        horizon = _checks.count("horizon", horizon)
        if horizon > 1 and self.spec._scored:
            raise InputError(
                f"horizon: expected 1 for weights scored on one period, got {horizon}; use "
                "weighting='equal', or returns over longer periods"
            )
        weights = self.long if _checks.side(side) == "long" else self.short
        forecasts = tuple(member.forecast(horizon, side) for member in self.members)
        together = Together(self.spec._read, weights, self.spec.estimators, forecasts)
        return LossForecast(
            loss=together.law(),
            as_of=forecasts[0].as_of,
            horizon=horizon,
            n_obs=min(forecast.n_obs for forecast in forecasts),
            side=side,
            variance_share=together.drivers,
            interval_of=together.interval,
            std_error_of=together.std_error,
            converged=all(forecast.converged for forecast in forecasts),
        )

    def update(self, returns: pd.Series, realized: pd.Series | None = None) -> Self:
        """Return the fit moved on by new returns, parameters and weights kept."""
        new = Observed(_checks.returns(returns, minimum=1), realized)
        moved = tuple(new.move(member) for member in self.members)
        return type(self)(self.spec, moved, self.long, self.short)

    def weights(self, side: Side = "long") -> pd.DataFrame:
        """Return the shares of each member in VaR (`var`) and in ES less VaR (`gap`)."""
        own = self.long if _checks.side(side) == "long" else self.short
        names = [repr(member) for member in self.spec.estimators]
        return pd.DataFrame({"var": own.var, "gap": own.gap}, index=names)
