"""Walk an estimator through history and set its forecasts beside the losses that followed."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol, runtime_checkable

import pandas as pd

from quant import _checks
from quant._typing import Side, Vector
from quant.backtesting.base import Backtest
from quant.errors import InputError
from quant.risk._walk_forward import walk_forward
from quant.risk.base import Measure, RiskEstimator
from quant.risk.measures import ES, VaR

__all__ = ["backtest"]


@runtime_checkable
class Rated(Protocol):
    """A model whose base rate is a measure of an estimator's forecast."""

    @property
    def estimator(self) -> RiskEstimator: ...
    @property
    def measure(self) -> Measure: ...
    @property
    def horizon(self) -> int: ...


def backtest(
    estimator: RiskEstimator | Rated,
    returns: pd.Series,
    *,
    level: float | None = None,
    horizon: int | None = None,
    side: Side = "long",
    start: object = None,
    end: object = None,
    refit_every: int = 1,
    step: int | None = None,
    realized: pd.Series | None = None,
    n_jobs: int = 1,
    progress: bool = True,
) -> Backtest:
    """Backtest the VaR and ES forecasts of an estimator, each made from the data before it.

    Parameters
    ----------
    estimator : RiskEstimator, MarginModel or HaircutModel
        Of a model the estimator is tested at the model's own level and horizon, with the rank or
        the bound on moves of its measure, without adjustments: a floor or a buffer makes breaches
        rarer, which no coverage test expects.
    returns : Series (T,)
        Log returns, decimal, per period.
    level : float, optional
        Confidence of both measures; 0.99 unless a model says otherwise.
    horizon : int, optional
        Periods a loss runs over; 1 unless a model says otherwise.
    side : {"long", "short"}
    start, end : date-like, optional
        Ends of the first and the last loss period; by default as soon as the estimator's window is
        full, and to the end of the data.
    refit_every : int
        Periods between estimations; in between the state is updated, parameters kept.
    step : int, optional
        Periods between forecasts; `horizon` by default, so that losses do not overlap.
    realized : Series (T,), optional
        Realised variances of the same dates, for volatility models that are driven by them.
    n_jobs : int
        Workers; the answer is the same to the last bit for any number.
    progress : bool
        Whether to show progress on a terminal.

    Returns
    -------
    Backtest
        With `var`, `es` and `pit`; `dates` are the ends of the loss periods. `pit` is None for
        forecasts known at some levels only, and `es` where they are of quantiles alone. `converged`
        says which forecasts stand on a search that settled; None where all do.

    Raises
    ------
    InsufficientDataError
        If the history before `start` does not fill the estimator's window.

    Notes
    -----
    A forecast for the loss that ends at t + horizon is made from returns up to and including t.

    Examples
    --------
    >>> import quant as q
    >>> returns = q.log_returns(q.load_sample("markets"))["SP500"].dropna()
    >>> bt = q.backtest(q.HistoricalSimulation(window=500), returns, start="2008-01-01")
    >>> bt.n_breaches > bt.expected_breaches
    True
    """
    measure = None
    if isinstance(estimator, Rated):
        model = estimator
        estimator, measure = model.estimator, model.measure
        level = measure.level if level is None else level
        horizon = model.horizon if horizon is None else horizon
    level = _checks.level(0.99 if level is None else level)
    horizon = _checks.count("horizon", 1 if horizon is None else horizon)
    if not isinstance(returns, pd.Series):
        raise InputError(
            f"returns: expected a Series of one asset, got {type(returns).__name__}; "
            "choose a column"
        )
    var = replace(measure, level=level) if isinstance(measure, VaR) else VaR(level)
    es = replace(measure, level=level) if isinstance(measure, ES) else ES(level)
    table = walk_forward(
        estimator,
        returns,
        measures=(var, es),
        start=start,
        end=end,
        horizon=horizon,
        side=side,
        refit_every=refit_every,
        step=step,
        realized=realized,
        n_jobs=n_jobs,
        progress=progress,
    )
    return Backtest(
        dates=table.index,
        loss=table["loss"].to_numpy(),
        var=table[repr(var)].to_numpy(),
        level=level,
        horizon=horizon,
        step=horizon if step is None else step,
        es=_known(table, repr(es)),
        pit=_known(table, "pit"),
        spec=estimator,
        side=side,
        converged=table["converged"].to_numpy() if "converged" in table else None,
    )


def _known(table: pd.DataFrame, column: str) -> Vector | None:
    return table[column].to_numpy() if column in table else None
