"""The haircut model: what a collateral asset may lose while it is being sold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from quant import _checks
from quant.collateral._schedules import CollateralSchedule, Status
from quant.errors import InputError, InsufficientDataError, QuantError
from quant.margin._history import MarginHistory
from quant.margin._waterfall import Charge, Components
from quant.margin.base import Adjustment, MarginComponent, MarginRate
from quant.risk._observed import Observed, of_column
from quant.risk._walk_forward import track
from quant.risk.base import Measure, RiskEstimator

__all__ = ["HaircutModel"]


@dataclass(frozen=True, slots=True)
class HaircutModel:
    """From the returns of a collateral asset to its haircut: the loss of a long in it.

    Parameters
    ----------
    estimator : RiskEstimator
        Forecasts the fall over the liquidation horizon.
    measure : Measure
        Reads the base haircut off the forecast, e.g. ``VaR(0.99)``.
    horizon : int
        Periods it takes to sell the collateral.
    adjustments : tuple of Adjustment
        Applied in the written order; each states its increment.

    Raises
    ------
    InputError
        If the horizon is not a positive whole number.

    Notes
    -----
    The haircut is a fraction of market value in [0, 1). A negative total (an asset that only
    rises) is lifted to 0; a total of 1 or more is refused with the advice to add a `Cap` or not to
    accept the asset.

    References
    ----------
    European Union (2013), Delegated Regulation 153/2013, Article 41.

    Examples
    --------
    >>> import quant as q
    >>> returns = q.log_returns(q.load_sample("markets"))
    >>> model = q.HaircutModel(
    ...     estimator=q.HistoricalSimulation(window=1000), measure=q.VaR(0.99), horizon=5
    ... )
    >>> schedule = model.schedule(returns[["SP500", "WTI"]])
    >>> schedule.haircut("WTI") > schedule.haircut("SP500") > 0.0
    True
    """

    estimator: RiskEstimator
    measure: Measure
    horizon: int = 1
    adjustments: tuple[Adjustment, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "horizon", _checks.count("horizon", self.horizon))
        object.__setattr__(self, "adjustments", tuple(self.adjustments))

    @property
    def _charge(self) -> Charge:
        return Charge(self.estimator, self.measure, self.horizon, self.adjustments, _bounded)

    def rate(
        self,
        returns: pd.Series,
        *,
        previous: float | MarginRate | None = None,
        exposure: float = 1.0,
        market: Mapping[str, float] | None = None,
        realized: pd.Series | None = None,
    ) -> MarginRate:
        """Return the haircut that applies after the last of `returns`, with its components.

        Parameters
        ----------
        returns : Series (T,)
            Log returns of the collateral asset in the quote currency, decimal, per period.
        previous : float or MarginRate, optional
            The haircut posted last, for adjustments that depend on it.
        exposure : float
            Market value of the balance, for adjustments that depend on size.
        market : mapping, optional
            Spread, ADV and the like by name, for adjustments that read them.
        realized : Series (T,), optional
            Realised variances of the dates of `returns`, for volatility models driven by them.
        """
        return self._charge.rate(
            Observed(returns, realized),
            side="long",
            previous=previous,
            exposure=exposure,
            market=market,
        )

    def schedule(
        self,
        returns: pd.DataFrame,
        *,
        realized: pd.DataFrame | None = None,
        progress: bool = True,
    ) -> CollateralSchedule:
        """Return one tier per asset; one without a model haircut is not eligible and says why.

        Each column is taken on its own dates: a panel of returns may hold blanks. `realized` holds
        the realised variances under the same names, on at least those dates.
        """
        panel = _checks.panel(returns)
        haircuts: dict[str, float] = {}
        status: dict[str, Status] = {}
        reasons: dict[str, str] = {}
        for column in track(list(panel.columns), progress):
            asset = str(column)
            try:
                own, known = of_column(panel, realized, column)
                rate = self.rate(own, realized=known)
                haircuts[asset], status[asset] = rate.value, "model"
                reasons[asset] = rate.notes
            except QuantError as reason:
                short = isinstance(reason, InsufficientDataError)
                haircuts[asset], status[asset] = 1.0, "short history" if short else "no model"
                reasons[asset] = str(reason)
        return CollateralSchedule(haircuts, status, reasons)

    def history(
        self,
        returns: pd.Series,
        *,
        start: object = None,
        refit_every: int = 1,
        n_jobs: int = 1,
        previous: float | MarginRate | None = None,
        realized: pd.Series | None = None,
        progress: bool = True,
    ) -> MarginHistory:
        """Return the haircuts that would have been posted; parameters as `MarginModel.history`."""
        return self._charge.history(
            Observed(returns, realized),
            side="long",
            start=start,
            refit_every=refit_every,
            n_jobs=n_jobs,
            previous=previous,
            progress=progress,
        )


def _bounded(components: Components, as_of: pd.Timestamp) -> Components:
    """Return the components of a haircut of at least 0; one of 1 or more is refused."""
    total = sum(component.rate for component in components)
    if total >= 1.0:
        raise InputError(
            f"haircut: expected a fraction below 1, got {total:.4f} at "
            f"{_checks.stamp(as_of)}; add a Cap or do not accept the asset"
        )
    if total < 0.0:
        return (*components, MarginComponent("zero", -total, "a haircut is never negative"))
    return components
