"""An account: an equity function of a price vector, from which everything else derives."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import overload

import numpy as np
import pandas as pd

from quant import _checks
from quant._typing import FloatArray, Vector
from quant.errors import InputError
from quant.portfolio._prices import ManyPrices, OnePrice, price_vector
from quant.portfolio.base import Position, PriceVector, asset_name
from quant.risk.base import LossForecast
from quant.scenarios import Scenarios

__all__ = ["Account"]


@dataclass(frozen=True, slots=True)
class Account:
    r"""Positions and the collateral balances behind them.

    .. math:: E(P) = \sum_a c_a P_a + \sum_i V_i(P)

    Parameters
    ----------
    positions : sequence of Spot, LinearContract, InverseContract or alike
    collateral : mapping of asset to amount
        Units of each asset, negative for a debt; kept as sorted (asset, amount) pairs.
    quote : str
        Currency of every price and value. Its own price is 1; any other asset, a stablecoin too,
        needs a price.

    Raises
    ------
    InputError
        If a balance is not a finite number or an asset is named twice.

    Examples
    --------
    >>> from quant import LinearContract
    >>> account = Account([LinearContract("BTC", 2.0, entry=60_000)], {"USD": 50_000, "ETH": 10})
    >>> account.equity({"BTC": 58_000.0, "ETH": 3_000.0})
    76000.0
    >>> account.exposure({"BTC": 58_000.0, "ETH": 3_000.0})
    116000.0
    """

    positions: Sequence[Position] = ()
    collateral: Mapping[str, float] | tuple[tuple[str, float], ...] = ()
    quote: str = "USD"

    def __post_init__(self) -> None:
        asset_name("quote", self.quote)
        positions = tuple(self.positions)
        for position in positions:
            if not isinstance(position, Position):
                raise InputError(
                    f"positions: expected positions, got {position!r}; "
                    "pass Spot, LinearContract or InverseContract"
                )
            if self.quote == position.asset and not position.holding:
                raise InputError(
                    f"positions: expected contracts on assets other than the quote, got one on "
                    f"{self.quote}; its price is always 1"
                )
        object.__setattr__(self, "positions", positions)
        object.__setattr__(self, "collateral", _pairs(self.collateral))

    @property
    def assets(self) -> tuple[str, ...]:
        """The assets whose prices the account depends on, sorted; the quote is not among them."""
        held = {asset for asset, _ in self._pairs()}
        for position in self.positions:
            held.update(position.assets)
        return tuple(sorted(held - {self.quote}))

    @property
    def balances(self) -> dict[str, float]:
        """Net units of each asset held outright, collateral and holdings together."""
        units: dict[str, list[float]] = {}
        for asset, amount in self._pairs():
            units.setdefault(asset, []).append(amount)
        for position in self.positions:
            if position.holding:
                units.setdefault(position.asset, []).append(position.holding)
        return {asset: math.fsum(units[asset]) for asset in sorted(units)}

    @property
    def contracts(self) -> tuple[Position, ...]:
        """The positions that are not holdings."""
        return tuple(position for position in self.positions if not position.holding)

    @overload
    def equity(self, prices: OnePrice) -> float: ...
    @overload
    def equity(self, prices: ManyPrices) -> Vector: ...
    def equity(self, prices: OnePrice | ManyPrices) -> float | Vector:
        """Return the market value of everything, without haircuts.

        Parameters
        ----------
        prices : mapping or Series, or DataFrame (S, assets)
            One price vector, or one per row.

        Returns
        -------
        float or ndarray (S,), quote currency
        """
        vector = self.price_vector(prices)
        return _shaped(self.balance_value(vector) + self.contract_value(vector), prices)

    @overload
    def exposure(self, prices: OnePrice) -> float: ...
    @overload
    def exposure(self, prices: ManyPrices) -> Vector: ...
    def exposure(self, prices: OnePrice | ManyPrices) -> float | Vector:
        """Return what the collateral stands behind: contracts' absolute notionals and net debts."""
        vector = self.price_vector(prices)
        debts = {asset: min(amount, 0.0) for asset, amount in self.balances.items()}
        total = -_worth(debts, vector)
        for position in self.contracts:
            total = total + position.exposure(vector)
        return _shaped(total, prices)

    def loss(self, scenarios: Scenarios, prices: OnePrice) -> LossForecast:
        """Return the distribution of the fall in equity over the scenarios' horizon.

        Parameters
        ----------
        scenarios : Scenarios
            Joint moves; every asset of the account needs a column.
        prices : mapping or Series
            Prices now.

        Returns
        -------
        LossForecast
            In the quote currency; `parts` has a column per position and collateral balance.
        """
        now = self.price_vector(prices)
        after = self.price_vector(self.scenario_prices(scenarios, prices))
        falls: dict[str, FloatArray] = {}
        for position in self.positions:
            name = _free(f"{type(position).__name__} {position.asset}", falls)
            falls[name] = position.value(now) - position.value(after)
        for asset, amount in self._pairs():
            falls[f"collateral {asset}"] = amount * (now[asset] - after[asset])
        rows = len(scenarios.weights)
        columns = {name: np.broadcast_to(fall, (rows,)) for name, fall in falls.items()}
        parts = pd.DataFrame(columns, index=scenarios.labels)
        return LossForecast(
            loss=scenarios.law(parts.to_numpy().sum(axis=1)),
            unit=self.quote,
            as_of=scenarios.as_of,
            horizon=scenarios.horizon,
            n_obs=scenarios.n_obs,
            labels=scenarios.labels,
            parts=parts,
            driver_dates=scenarios.driver_dates,
            mean_variance=scenarios.mean_variance,
            converged=scenarios.converged,
        )

    def scenario_prices(self, scenarios: Scenarios, prices: OnePrice) -> pd.DataFrame:
        """Return the prices (S, assets) of what the account depends on in each scenario."""
        if self.quote in scenarios.assets and scenarios.restrict([self.quote]).returns.any():
            raise InputError(
                f"scenarios: expected the quote {self.quote} to stay at 1, got one that moves; "
                "quote the account in another currency, or leave the column out"
            )
        return scenarios.restrict(self.assets).prices(prices)

    def price_vector(self, prices: OnePrice | ManyPrices) -> PriceVector:
        """Return the price of each asset as an array, () or (S,), the quote at 1."""
        return price_vector(prices, self.assets, self.quote)

    def balance_value(self, prices: PriceVector) -> FloatArray:
        """Return the market value of the net balances."""
        return _worth(self.balances, prices)

    def contract_value(self, prices: PriceVector) -> FloatArray:
        """Return the unsettled gains of the contracts."""
        total = np.array(0.0)
        for position in self.contracts:
            total = total + position.value(prices)
        return total

    def _pairs(self) -> tuple[tuple[str, float], ...]:
        assert isinstance(self.collateral, tuple)
        return self.collateral


def _pairs(
    collateral: Mapping[str, float] | tuple[tuple[str, float], ...],
) -> tuple[tuple[str, float], ...]:
    listed = collateral.items() if isinstance(collateral, Mapping) else collateral
    pairs = sorted(
        (asset_name("collateral", asset), _checks.real(f"collateral[{asset}]", amount))
        for asset, amount in listed
    )
    for (asset, _), (following, _) in pairwise(pairs):
        if asset == following:
            raise InputError(
                f"collateral: expected each asset once, got {asset} twice; add up its balances"
            )
    return tuple(pairs)


def _worth(units: Mapping[str, float], prices: PriceVector) -> FloatArray:
    total = np.array(0.0)
    for asset, amount in units.items():
        total = total + amount * prices[asset]
    return total


def _shaped(total: FloatArray, prices: OnePrice | ManyPrices) -> float | Vector:
    """Return a number for one price vector, a row each for many."""
    if isinstance(prices, pd.DataFrame):
        return np.array(np.broadcast_to(total, (len(prices),)))
    return float(total)


def _free(name: str, taken: Mapping[str, object]) -> str:
    """Return the name, numbered when another position has it."""
    same = sum(1 for other in taken if other == name or other.startswith(f"{name} #"))
    return f"{name} #{same + 1}" if same else name
