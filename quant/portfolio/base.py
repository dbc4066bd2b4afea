"""What a position is to an account: a value and an exposure, as functions of a price vector."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, TypeAlias, runtime_checkable

from quant._typing import FloatArray
from quant.errors import InputError

__all__: list[str] = []

PriceVector: TypeAlias = Mapping[str, FloatArray]  # per asset: one price (), or one per row (S,)


@dataclass(frozen=True, slots=True)
class Line:
    """An amount of the quote currency that is a straight line in one price.

    Attributes
    ----------
    intercept : float
        Quote currency.
    slope : float
        Quote currency per unit of price.
    """

    intercept: float
    slope: float

    def at(self, price: FloatArray) -> FloatArray:
        """Return the amount at each price."""
        return self.intercept + self.slope * price


@runtime_checkable
class Position(Protocol):
    """Something an account holds, valued in the account's quote currency."""

    @property
    def asset(self) -> str:
        """The asset it is a position in."""
        ...

    @property
    def assets(self) -> tuple[str, ...]:
        """The assets whose prices its value depends on."""
        ...

    @property
    def holding(self) -> float:
        """Units of `asset` owned or, negative, owed outright; 0 for a contract."""
        ...

    def value(self, prices: PriceVector) -> FloatArray:
        """Return its contribution to equity."""
        ...

    def exposure(self, prices: PriceVector) -> FloatArray:
        """Return the exposure it carries as a contract, never negative; 0 for a holding."""
        ...


@runtime_checkable
class StraightPosition(Position, Protocol):
    """A position whose value and exposure are straight lines in the price of its one asset."""

    @property
    def value_line(self) -> Line:
        """Contribution to equity."""
        ...

    @property
    def exposure_line(self) -> Line:
        """Exposure as a contract."""
        ...


def asset_name(name: str, value: object) -> str:
    """Return the name of an asset: a non-empty string."""
    if not isinstance(value, str) or not value:
        raise InputError(f"{name}: expected a name, got {value!r}; pass a non-empty string")
    return value
