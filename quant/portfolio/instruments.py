"""The payoffs: what is held outright, linear contracts, inverse contracts.

All three are straight lines in the price when valued in the quote currency, the inverse contract
too: its gain in coin is curved, K (1/entry - 1/P), but a coin is worth P.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from quant import _checks
from quant._typing import FloatArray
from quant.errors import InputError
from quant.portfolio.base import Line, PriceVector, asset_name

__all__ = ["InverseContract", "LinearContract", "Spot"]


@dataclass(frozen=True, slots=True)
class Spot:
    """Units of an asset owned (or, negative, owed) outright.

    Parameters
    ----------
    asset : str
    quantity : float
        Units; negative for a debt.

    Notes
    -----
    A holding nets with the collateral balance of the same asset: buying a coin with borrowed
    dollars is a positive `Spot` and a negative dollar balance.

    Examples
    --------
    >>> float(Spot("ETH", 3.0).value({"ETH": np.array(2_000.0)}))
    6000.0
    """

    asset: str
    quantity: float

    def __post_init__(self) -> None:
        asset_name("asset", self.asset)
        object.__setattr__(self, "quantity", _checks.real("quantity", self.quantity))

    @property
    def assets(self) -> tuple[str, ...]:
        """The assets whose prices its value depends on."""
        return (self.asset,)

    @property
    def holding(self) -> float:
        """Units of `asset` owned outright."""
        return self.quantity

    @property
    def value_line(self) -> Line:
        """Quantity times price."""
        return Line(0.0, self.quantity)

    @property
    def exposure_line(self) -> Line:
        """Zero: what is owed is counted with the balances of the account."""
        return Line(0.0, 0.0)

    def value(self, prices: PriceVector) -> FloatArray:
        """Return its market value, quote currency."""
        return self.value_line.at(prices[self.asset])

    def exposure(self, prices: PriceVector) -> FloatArray:
        """Return zero: what is owed is counted with the balances of the account."""
        return self.exposure_line.at(prices[self.asset])


@dataclass(frozen=True, slots=True)
class LinearContract:
    r"""A future or perpetual that settles in the quote currency.

    .. math:: V(P) = q (P - entry)

    Parameters
    ----------
    asset : str
    quantity : float
        Units of the asset; negative for a short.
    entry : float
        Price at which gains were last settled.

    Examples
    --------
    >>> float(LinearContract("BTC", -2.0, entry=60_000).value({"BTC": np.array(58_000.0)}))
    4000.0
    """

    asset: str
    quantity: float
    entry: float

    def __post_init__(self) -> None:
        asset_name("asset", self.asset)
        object.__setattr__(self, "quantity", _checks.real("quantity", self.quantity))
        object.__setattr__(self, "entry", _checks.real("entry", self.entry))

    @property
    def assets(self) -> tuple[str, ...]:
        """The assets whose prices its value depends on."""
        return (self.asset,)

    @property
    def holding(self) -> float:
        """Zero: a contract owns nothing outright."""
        return 0.0

    @property
    def value_line(self) -> Line:
        """Gain since entry."""
        return Line(-self.quantity * self.entry, self.quantity)

    @property
    def exposure_line(self) -> Line:
        """Absolute quantity times price."""
        return Line(0.0, abs(self.quantity))

    def value(self, prices: PriceVector) -> FloatArray:
        """Return the gain since entry, quote currency."""
        return self.quantity * (prices[self.asset] - self.entry)

    def exposure(self, prices: PriceVector) -> FloatArray:
        """Return the absolute quantity at its price, quote currency."""
        return np.abs(self.quantity * prices[self.asset])


@dataclass(frozen=True, slots=True)
class InverseContract:
    r"""A coin-margined future or perpetual: a fixed quote notional that settles in the coin.

    .. math:: V_{coin}(P) = K \left(\frac{1}{entry} - \frac{1}{P}\right), \quad V(P) = P V_{coin}(P)

    Parameters
    ----------
    asset : str
        The coin: its price moves the contract and it is what gains are paid in.
    notional : float
        K, quote currency; negative for a short.
    entry : float
        Price at which gains were last settled, above 0.

    Notes
    -----
    The coin gain of a long is concave: a fall hurts more than an equal rise pays.

    Examples
    --------
    >>> long = InverseContract("BTC", 100_000, entry=50_000)
    >>> long.coin_value(np.array([40_000.0, 60_000.0])).round(4).tolist()
    [-0.5, 0.3333]
    """

    asset: str
    notional: float
    entry: float

    def __post_init__(self) -> None:
        asset_name("asset", self.asset)
        object.__setattr__(self, "notional", _checks.real("notional", self.notional))
        object.__setattr__(self, "entry", _checks.positive("entry", self.entry))

    @property
    def assets(self) -> tuple[str, ...]:
        """The assets whose prices its value depends on."""
        return (self.asset,)

    @property
    def holding(self) -> float:
        """Zero: a contract owns nothing outright."""
        return 0.0

    @property
    def value_line(self) -> Line:
        """Gain since entry, paid in coin and valued at the price."""
        return Line(-self.notional, self.notional / self.entry)

    @property
    def exposure_line(self) -> Line:
        """The absolute notional, whatever the price."""
        return Line(abs(self.notional), 0.0)

    def coin_value(self, price: FloatArray) -> FloatArray:
        """Return the gain since entry in coin, at prices above 0."""
        return self.notional * (1.0 / self.entry - 1.0 / self._positive(price))

    def value(self, prices: PriceVector) -> FloatArray:
        """Return the gain since entry, quote currency."""
        return self.notional * (self._positive(prices[self.asset]) / self.entry - 1.0)

    def exposure(self, prices: PriceVector) -> FloatArray:
        """Return the absolute notional, quote currency."""
        return self.exposure_line.at(prices[self.asset])

    def _positive(self, price: FloatArray) -> FloatArray:
        if np.min(price) <= 0.0:
            raise InputError(
                f"prices: expected {self.asset} above 0 for an inverse contract, got "
                f"{np.min(price):g}; its gain is paid in a coin that must have a price"
            )
        return price
