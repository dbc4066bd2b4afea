"""The models used when none is named: sensible for liquid assets with two years of history."""

from __future__ import annotations

from quant.collateral import HaircutModel
from quant.margin import Buffer, Cap, Floor, LongRunFloor, MarginModel
from quant.risk import ES, FilteredHistoricalSimulation, VaR
from quant.volatility import EWMA

__all__ = ["default_haircut_model", "default_margin_model"]

_WINDOW = 500  # two years of business days: what a young coin has, and five scenarios beyond 99 %
_HALF_LIFE = 33.0  # lambda = 0.979, between RiskMetrics' daily 0.94 and bullion clearing's 0.99


def default_margin_model(seed: int = 0) -> MarginModel:
    """Return a margin model that needs 500 periods of history.

    Initial margin is the 99 % ES over two periods by filtered historical simulation, lifted by an
    exhaustible buffer of 25 %, to its ten-year level, and to at least 2 %. Maintenance is the same
    measure over the one period a close-out takes, with the long-run level and at least 1 %. Neither
    exceeds the whole exposure: days after a jump a filter scales the jump itself by the volatility
    it left behind, and a short's rate would pass any number a desk can post.

    Parameters
    ----------
    seed : int
        Seed of the simulated two-period paths.

    Returns
    -------
    MarginModel

    Notes
    -----
    A starting point, not a calibration: `calibrate` chooses the half-life and the window for a
    market, and backtests say whether the choice holds.

    Examples
    --------
    >>> model = default_margin_model()
    >>> model.horizon, model.maintenance.horizon, model.measure.level
    (2, 1, 0.99)
    """
    estimator = FilteredHistoricalSimulation(
        volatility=EWMA(half_life=_HALF_LIFE), window=_WINDOW, seed=seed
    )
    return MarginModel(
        estimator=estimator,
        measure=ES(0.99),
        horizon=2,
        adjustments=(Buffer(0.25), LongRunFloor(), Floor(0.02), Cap(1.0)),
        maintenance=MarginModel(
            estimator=estimator,
            measure=ES(0.99),
            horizon=1,
            adjustments=(LongRunFloor(), Floor(0.01), Cap(1.0)),
        ),
    )


def default_haircut_model(seed: int = 0) -> HaircutModel:
    """Return a haircut model that needs 500 periods of history.

    The haircut is the 99 % VaR of the fall over five periods, the time to sell, by filtered
    historical simulation, lifted to its ten-year level and to at least 0.5 %.

    Parameters
    ----------
    seed : int
        Seed of the simulated five-period paths.

    Returns
    -------
    HaircutModel

    Examples
    --------
    >>> default_haircut_model().horizon
    5
    """
    return HaircutModel(
        estimator=FilteredHistoricalSimulation(
            volatility=EWMA(half_life=_HALF_LIFE), window=_WINDOW, seed=seed
        ),
        measure=VaR(0.99),
        horizon=5,
        adjustments=(LongRunFloor(), Floor(0.005)),
    )
