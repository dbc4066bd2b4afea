"""The price of one asset at which an account no longer meets its maintenance margin."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from quant import _checks
from quant.collateral import CollateralSchedule
from quant.errors import InputError
from quant.liquidation._equation import maintenance_tables, margin_equation
from quant.margin import Brackets
from quant.portfolio import Account

__all__ = ["liquidation_price"]


@dataclass(frozen=True, slots=True)
class LiquidationPrice:
    """Where liquidation begins on either side of the present price.

    Attributes
    ----------
    asset : str
    price : float
        Price now.
    equity : float
        Equity now, haircuts taken where a schedule was given, quote currency.
    maintenance : float
        Maintenance margin now, of all positions, quote currency.
    down, up : float or None
        First price below and above at which equity meets maintenance; None where there is none;
        both the present price when the account is liquidated already.
    """

    asset: str
    price: float
    equity: float
    maintenance: float
    down: float | None
    up: float | None

    @property
    def liquidated(self) -> bool:
        """Whether equity is below maintenance at the present price."""
        return self.equity < self.maintenance

    def __float__(self) -> float:
        sides = [side for side in (self.down, self.up) if side is not None]
        if not sides:
            raise InputError(
                f"liquidation price: expected one for {self.asset}, got none: no price of it alone "
                "liquidates the account; read .down and .up"
            )
        return min(sides, key=lambda side: abs(side - self.price))

    def __format__(self, spec: str) -> str:
        return format(float(self), spec)


def liquidation_price(
    account: Account,
    asset: str,
    prices: Mapping[str, float] | pd.Series,
    schedule: CollateralSchedule | None = None,
    brackets: Mapping[str, Brackets] | None = None,
    maintenance: float | Mapping[str, float] = 0.005,
) -> LiquidationPrice:
    r"""Solve equity(P) = maintenance(P) for the price of one asset, all other prices held.

    .. math:: \sum_a c_a P_a + \sum_i V_i(P) = \sum_a M_a(N_a(P))

    Parameters
    ----------
    account : Account
    asset : str
        The asset whose price moves: its contracts, its balance and its maintenance with it.
    prices : mapping or Series
        Prices now.
    schedule : CollateralSchedule, optional
        Haircuts of the balances; none when left out. Contracts' gains and debts count in full.
    brackets : mapping of asset to Brackets, optional
        Maintenance brackets of an asset's contracts, by the sum of their absolute notionals.
    maintenance : float or mapping of asset to float
        Maintenance rate, at the mark, of contracts on assets without brackets; 0 gives the
        bankruptcy price.

    Returns
    -------
    LiquidationPrice
        `down`, `up`, and as a float the nearer of the two.

    Raises
    ------
    InputError
        If the account does not depend on `asset`, or a price, haircut or rate is missing.

    Notes
    -----
    Cross margin: the equity and the maintenance of every other position are in the equation. Both
    sides are straight in the price between bracket bounds, for inverse contracts too (their gain in
    coin times the price of the coin), so each segment is solved exactly. Haircut tiers are by
    amount and do not bend with the price. Only positive prices are considered.

    References
    ----------
    Binance, FAQ on the liquidation price of USD-M futures (the bracket is re-solved at the price).

    Examples
    --------
    >>> from quant import LinearContract
    >>> tenfold = Account([LinearContract("BTC", 1.0, entry=10_000)], {"USD": 1_000})
    >>> found = liquidation_price(tenfold, "BTC", {"BTC": 10_000})
    >>> f"{found:.2f}", found.up
    ('9045.23', None)
    """
    vector = account.price_vector(prices)
    if asset not in account.assets:
        raise InputError(
            f"asset: expected one the account depends on ({', '.join(account.assets)}), "
            f"got {asset!r}; its price changes nothing"
        )
    price = _checks.positive(f"prices[{asset}]", float(vector[asset]))
    tables = maintenance_tables(account, brackets or {}, maintenance)
    equation = margin_equation(account, asset, vector, schedule, tables)
    equity, required = equation.equity, equation.maintenance
    if equity < required:
        return LiquidationPrice(asset, price, equity, required, price, price)
    down, up = equation.gap.below(price), equation.gap.above(price)
    return LiquidationPrice(asset, price, equity, required, down, up)
