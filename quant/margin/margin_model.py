"""The margin model: an estimator, a measure, a horizon and adjustments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from quant import _checks
from quant._typing import Side
from quant.errors import InputError, InsufficientDataError, QuantError
from quant.margin._history import MarginHistory
from quant.margin._schedule import MarginRow, MarginSchedule
from quant.margin._waterfall import Charge
from quant.margin.base import Adjustment, MarginRate
from quant.risk._observed import Observed, of_column
from quant.risk._walk_forward import track
from quant.risk.base import Measure, RiskEstimator

__all__ = ["MarginModel"]

SIDES: tuple[Side, Side] = ("long", "short")


@dataclass(frozen=True, slots=True)
class MarginModel:
    """From the returns of an asset to the margin rate of a position in it.

    Parameters
    ----------
    estimator : RiskEstimator
        Forecasts the loss over the margin period of risk.
    measure : Measure
        Reads the base rate off the forecast, e.g. ``ES(0.99)``.
    horizon : int
        Margin period of risk, in periods of the price history.
    adjustments : tuple of Adjustment
        Applied in the written order; each states its increment.
    maintenance : MarginModel, optional
        A second calibration, for the close-out horizon, whose rate is the maintenance margin.

    Raises
    ------
    InputError
        If the horizon is not a positive whole number, or maintenance has a maintenance itself.

    Notes
    -----
    A rate with `as_of` t uses data up to and including t and applies from t + 1 on.

    References
    ----------
    CPSS and IOSCO (2012), Principles for financial market infrastructures, principle 6.

    Examples
    --------
    >>> import quant as q
    >>> returns = q.log_returns(q.load_sample("markets"))["SP500"].dropna()
    >>> model = q.MarginModel(
    ...     estimator=q.HistoricalSimulation(window=1000),
    ...     measure=q.ES(0.99),
    ...     horizon=2,
    ...     adjustments=(q.Buffer(0.25), q.Floor(0.02)),
    ... )
    >>> rate = model.rate(returns, side="short")
    >>> [component.name for component in rate.components]
    ['base', 'Buffer', 'Floor']
    >>> rate.value == sum(component.rate for component in rate.components)
    True
    """

    estimator: RiskEstimator
    measure: Measure
    horizon: int = 1
    adjustments: tuple[Adjustment, ...] = ()
    maintenance: MarginModel | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "horizon", _checks.count("horizon", self.horizon))
        object.__setattr__(self, "adjustments", tuple(self.adjustments))
        if self.maintenance is not None and self.maintenance.maintenance is not None:
            raise InputError(
                "maintenance: expected a model without maintenance, got one that has it; drop it"
            )

    @property
    def _charge(self) -> Charge:
        return Charge(self.estimator, self.measure, self.horizon, self.adjustments)

    def rate(
        self,
        returns: pd.Series,
        *,
        side: Side = "long",
        previous: float | MarginRate | None = None,
        exposure: float = 1.0,
        market: Mapping[str, float] | None = None,
        realized: pd.Series | None = None,
    ) -> MarginRate:
        """Return the rate that applies after the last of `returns`.

        Parameters
        ----------
        returns : Series (T,)
            Log returns, decimal, per period.
        side : {"long", "short"}
        previous : float or MarginRate, optional
            The rate posted last, for adjustments that depend on it; None is a fresh start.
        exposure : float
            Money at risk, for adjustments that depend on size.
        market : mapping, optional
            Spread, ADV and the like by name, for adjustments that read them.
        realized : Series (T,), optional
            Realised variances of the dates of `returns`, for volatility models driven by them.
        """
        return self._charge.rate(
            Observed(returns, realized),
            side=side,
            previous=previous,
            exposure=exposure,
            market=market,
        )

    def schedule(
        self,
        returns: pd.DataFrame,
        *,
        previous: MarginSchedule | None = None,
        realized: pd.DataFrame | None = None,
        progress: bool = True,
    ) -> MarginSchedule:
        """Return a row per asset and side; an asset without a model rate keeps its row and reason.

        Each column is taken on its own dates: a panel of returns may hold blanks. `realized` holds
        the realised variances under the same names, on at least those dates.
        """
        panel = _checks.panel(returns)
        work = [(str(asset), side) for asset in panel.columns for side in SIDES]
        columns = {str(asset): of_column(panel, realized, asset) for asset in panel.columns}
        rows = [
            self._row(*columns[asset], asset, side, previous)
            for asset, side in track(work, progress)
        ]
        return MarginSchedule(tuple(rows), self)

    def _row(
        self,
        returns: pd.Series,
        realized: pd.Series | None,
        asset: str,
        side: Side,
        previous: MarginSchedule | None,
    ) -> MarginRow:
        posted = previous.get(asset, side) if previous is not None else None
        try:
            last = posted.initial if posted else None
            initial = self.rate(returns, side=side, previous=last, realized=realized)
        except InsufficientDataError as reason:
            return MarginRow(asset, side, "short history", str(reason))
        except QuantError as reason:
            return MarginRow(asset, side, "no model", str(reason))
        maintenance, remark = None, ""
        if self.maintenance is not None:
            last = posted.maintenance if posted else None
            try:
                maintenance = self.maintenance.rate(
                    returns, side=side, previous=last, realized=realized
                )
            except QuantError as reason:
                remark = f"no maintenance: {reason}"
        if maintenance is not None and maintenance.value >= initial.value:
            remark = f"maintenance {maintenance:.2%} is not below initial {initial:.2%}"
        notes = "; ".join(note for note in (initial.notes, remark) if note)
        return MarginRow(asset, side, "model", notes, initial, maintenance)

    def history(
        self,
        returns: pd.Series,
        *,
        side: Side = "long",
        start: object = None,
        refit_every: int = 1,
        n_jobs: int = 1,
        previous: float | MarginRate | None = None,
        realized: pd.Series | None = None,
        progress: bool = True,
    ) -> MarginHistory:
        """Return the rates that would have been posted, each from the data before it.

        Parameters
        ----------
        returns : Series (T,)
            Log returns, decimal, per period.
        side : {"long", "short"}
        start : date-like, optional
            First period a rate applies to; by default as soon as the estimator's window is full.
        refit_every : int
            Periods between estimations; in between the state is updated, parameters kept.
        n_jobs : int
            Workers; the answer is the same to the last bit for any number.
        previous : float or MarginRate, optional
            The rate posted before the first, for adjustments that depend on it.
        realized : Series (T,), optional
            Realised variances of the dates of `returns`; each rate knows those before it.
        progress : bool
            Whether to show progress on a terminal.

        Returns
        -------
        MarginHistory
            Indexed by the first period each rate applies to.

        Raises
        ------
        InsufficientDataError
            If the history before `start` does not fill the estimator's window.
        """
        return self._charge.history(
            Observed(returns, realized),
            side=side,
            start=start,
            refit_every=refit_every,
            n_jobs=n_jobs,
            previous=previous,
            progress=progress,
        )
