"""Did the margin, or the haircut, suffice until the position was closed."""

from __future__ import annotations

from typing import Literal, Protocol, TypeAlias, runtime_checkable

import numpy as np
import pandas as pd

from quant import _checks
from quant._typing import Side, Vector
from quant.backtesting._adequacy import Adequacy
from quant.collateral import HaircutModel
from quant.errors import InputError, InsufficientDataError
from quant.margin import MarginHistory, MarginModel
from quant.risk._return_loss import loss_of
from quant.risk.base import Measure

__all__ = ["backtest_haircut", "backtest_margin"]

Point: TypeAlias = Literal["end", "worst"]


@runtime_checkable
class Posting(Protocol):
    """A model that posts a rate in every period: what margin and haircut models share."""

    @property
    def measure(self) -> Measure: ...
    @property
    def horizon(self) -> int: ...


@runtime_checkable
class MarginPosting(Posting, Protocol):
    def history(
        self,
        returns: pd.Series,
        *,
        side: Side = "long",
        start: object = None,
        refit_every: int = 1,
        n_jobs: int = 1,
        realized: pd.Series | None = None,
        progress: bool = True,
    ) -> MarginHistory: ...


@runtime_checkable
class HaircutPosting(Posting, Protocol):
    def history(
        self,
        returns: pd.Series,
        *,
        start: object = None,
        refit_every: int = 1,
        n_jobs: int = 1,
        realized: pd.Series | None = None,
        progress: bool = True,
    ) -> MarginHistory: ...


def backtest_margin(
    margin: MarginPosting | MarginHistory | pd.Series,
    returns: pd.Series,
    *,
    side: Side = "long",
    horizon: int | None = None,
    level: float | None = None,
    lag: int = 0,
    point: Point = "end",
    start: object = None,
    refit_every: int = 1,
    n_jobs: int = 1,
    realized: pd.Series | None = None,
    progress: bool = True,
) -> Adequacy:
    r"""Set posted margins beside the losses over the margin period of risk that followed.

    .. math:: S_t = \left(L_{t, t+h-1} - \min_{0 \le k \le lag} M_{t-k}\right)^+

    Parameters
    ----------
    margin : MarginModel, MarginHistory or Series (K,)
        A model is walked through history; a history or a Series of rates, by the first period each
        applies to, is tested as it stands: ours or a venue's own.
    returns : Series (T,)
        Log returns, decimal, per period; every period of the margins must be among them.
    side : {"long", "short"}
        That of a MarginHistory is its own.
    horizon : int, optional
        Margin period of risk h, in periods; the model's own, else 1.
    level : float, optional
        Coverage aimed at; that of the model's measure, else unknown.
    lag : int
        Periods between a call and its receipt: a rise counts only when it was posted `lag` periods
        before, a fall at once, because excess margin is withdrawn.
    point : {"end", "worst"}
        Whether the loss is that at the end of the period of risk, or the largest on the way.
    start, refit_every, n_jobs, realized, progress
        As in `MarginModel.history`; for a model only.

    Returns
    -------
    Adequacy
        Coverage, shortfalls with their size and duration, and ``test()``, one-sided: a margin is
        not failed for being prudent, and floors and buffers are part of what is tested.

    Raises
    ------
    InputError
        If a margin applies to a period without a return, or is negative, or comes from a
        HaircutModel.
    InsufficientDataError
        If no period of risk is complete.

    Notes
    -----
    A rate that applies from period t on is held against the loss of the periods t to t + h - 1:
    its data end at t - 1. Neighbouring losses share periods; see ``Adequacy.test``.

    References
    ----------
    European Union (2013), Delegated Regulation 153/2013, Article 49.

    Examples
    --------
    >>> import quant as q
    >>> returns = q.log_returns(q.load_sample("markets"))["SP500"].dropna()
    >>> posted = pd.Series(0.05, index=returns.index[-1000:])
    >>> result = backtest_margin(posted, returns, horizon=2, level=0.99)
    >>> result.n_obs
    999
    """
    _checks.side(side)
    if isinstance(margin, HaircutModel):
        raise InputError(
            f"margin: expected margins of a position, got {margin!r}; use backtest_haircut"
        )
    if isinstance(margin, MarginHistory):
        side = margin.side
    elif isinstance(margin, MarginPosting):
        horizon, level = _aim(margin, horizon, level)
        margin = margin.history(
            returns,
            side=side,
            start=start,
            refit_every=refit_every,
            n_jobs=n_jobs,
            realized=realized,
            progress=progress,
        )
    return _adequacy(margin, returns, side, horizon, level, lag, point, "margin")


def backtest_haircut(
    haircut: HaircutPosting | MarginHistory | pd.Series,
    returns: pd.Series,
    *,
    horizon: int | None = None,
    level: float | None = None,
    lag: int = 0,
    point: Point = "end",
    start: object = None,
    refit_every: int = 1,
    n_jobs: int = 1,
    realized: pd.Series | None = None,
    progress: bool = True,
) -> Adequacy:
    """Set haircuts beside the falls of the collateral over the liquidation horizon that followed.

    Parameters
    ----------
    haircut : HaircutModel, MarginHistory or Series (K,)
        A model is walked through history; a Series of haircuts, by the first period each applies
        to, is tested as it stands.
    returns : Series (T,)
        Log returns of the collateral in the quote currency, decimal, per period.
    horizon : int, optional
        Periods it takes to sell; the model's own, else 1.
    level, lag, point, start, refit_every, n_jobs, realized, progress
        As in `backtest_margin`.

    Returns
    -------
    Adequacy
        A shortfall is the part of the collateral's value that was lent against and lost.

    Raises
    ------
    InputError, InsufficientDataError
        As in `backtest_margin`; also if a haircut is above 1, or comes from a MarginModel.

    Examples
    --------
    >>> import quant as q
    >>> returns = q.log_returns(q.load_sample("markets"))["SP500"].dropna()
    >>> posted = pd.Series(0.15, index=returns.index[-1000:])
    >>> backtest_haircut(posted, returns, horizon=5).coverage
    1.0
    """
    if isinstance(haircut, MarginModel):
        raise InputError(
            f"haircut: expected haircuts of collateral, got {haircut!r}; use backtest_margin"
        )
    if isinstance(haircut, HaircutPosting):
        horizon, level = _aim(haircut, horizon, level)
        haircut = haircut.history(
            returns,
            start=start,
            refit_every=refit_every,
            n_jobs=n_jobs,
            realized=realized,
            progress=progress,
        )
    result = _adequacy(haircut, returns, "long", horizon, level, lag, point, "haircut")
    largest = int(np.argmax(result.posted.to_numpy()))
    if result.posted.iloc[largest] > 1.0:
        raise InputError(
            f"haircut: expected fractions of at most 1, got {result.posted.iloc[largest]:g} at "
            f"{_checks.stamp(result.posted.index[largest])}; pass decimals, not percent"
        )
    return result


def _aim(model: Posting, horizon: int | None, level: float | None) -> tuple[int, float]:
    """Return the horizon and the level asked for, else those of the model."""
    asked = model.measure.level if level is None else level
    return (model.horizon if horizon is None else horizon), asked


def _adequacy(
    posted: MarginHistory | pd.Series,
    returns: pd.Series,
    side: Side,
    horizon: int | None,
    level: float | None,
    lag: int,
    point: Point,
    what: str,
) -> Adequacy:
    horizon = _checks.count("horizon", 1 if horizon is None else horizon)
    lag = _checks.count("lag", lag, 0)
    _checks.one_of("point", point, ("end", "worst"))
    if level is not None:
        level = _checks.level(level)
    rates = _rates(posted, what)
    r = _checks.returns(returns)
    if not isinstance(r, pd.Series):
        raise InputError(
            f"returns: expected a Series of one asset, got {type(returns).__name__}; "
            "choose a column"
        )
    held = rates.rolling(lag + 1).min().iloc[lag:]
    at = r.index.get_indexer(held.index)
    if (at < 0).any():
        missing = held.index[int(np.argmax(at < 0))]
        raise InputError(
            f"returns: expected a return for every period of the {what}, got none at "
            f"{_checks.stamp(missing)}; pass the returns of the asset on the same dates"
        )
    complete = at + horizon <= len(r)
    if not complete.any():
        raise InsufficientDataError(
            f"returns: expected at least {horizon} after the first {what} that is held, got "
            f"{len(r) - int(at[0]) if at.size else 0}; lengthen the history or shorten the horizon"
        )
    held, at = held[complete], at[complete]
    losses = _losses(r.to_numpy(dtype=np.float64), at, horizon, side, point)
    loss = pd.Series(losses, index=held.index, name="loss")
    return Adequacy(held.rename("posted"), loss, horizon, level, side, what)


def _rates(posted: MarginHistory | pd.Series, what: str) -> pd.Series:
    rates = posted.value if isinstance(posted, MarginHistory) else posted
    if not isinstance(rates, pd.Series):
        raise InputError(
            f"{what}: expected a model, a MarginHistory or a Series of rates by date, got "
            f"{type(posted).__name__}; index the rates by the period they apply to"
        )
    _checks.returns(rates, what, minimum=1)  # dates and finite numbers are asked alike
    smallest = int(np.argmin(rates.to_numpy()))
    if rates.iloc[smallest] < 0.0:
        raise InputError(
            f"{what}: expected fractions of at least 0, got {rates.iloc[smallest]:g} at "
            f"{_checks.stamp(rates.index[smallest])}; pass what was posted, not what was paid"
        )
    return rates.astype(np.float64)


def _losses(
    r: Vector, at: np.ndarray[tuple[int], np.dtype[np.intp]], horizon: int, side: Side, point: Point
) -> Vector:
    """Return the losses of the periods of risk that begin at the positions `at`."""
    moves = np.lib.stride_tricks.sliding_window_view(r, horizon)[at]
    if point == "end":
        return loss_of(moves.sum(axis=1), side)
    worst: Vector = loss_of(moves.cumsum(axis=1), side).max(axis=1)
    return worst
