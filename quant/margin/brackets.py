"""Marginal maintenance brackets: a rate that rises with the notional, without steps in the sum."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import overload

import numpy as np

from quant import _checks
from quant._typing import FloatArray
from quant.errors import InputError

__all__ = ["Brackets"]


@dataclass(frozen=True, slots=True)
class Brackets:
    r"""Maintenance margin in brackets of the notional.

    .. math:: M(N) = N \, rate_n - amount_n, \qquad
              amount_n = amount_{n-1} + floor_n (rate_n - rate_{n-1})

    Parameters
    ----------
    floors : sequence of float
        Where each bracket begins, notional in quote currency, ascending from 0.
    rates : sequence of float
        Maintenance rate of each bracket in [0, 1], not falling.
    amounts : sequence of float, optional
        Maintenance amount of each bracket, quote currency; follows from the rest when left out.

    Raises
    ------
    InputError
        If floors or rates do not ascend, or amounts leave a step between brackets.

    Notes
    -----
    The amounts make maintenance continuous: only the slice above a floor takes the next rate. The
    first amount is 0 in a whole table; another number describes one bracket cut out of a longer
    table, which holds only for notionals inside that bracket.

    References
    ----------
    Binance, FAQ on leverage and margin of USD-M futures (maintenance amount).

    Examples
    --------
    >>> table = Brackets(floors=(0, 50_000, 250_000), rates=(0.004, 0.005, 0.01))
    >>> table.amounts, table.maintenance(100_000)
    ((0.0, 50.0, 1300.0), 450.0)
    """

    floors: tuple[float, ...]
    rates: tuple[float, ...]
    amounts: tuple[float, ...] | None = None

    def __post_init__(self) -> None:
        floors = tuple(_checks.nonnegative("floors", floor) for floor in self.floors)
        rates = tuple(_checks.between("rates", r, 0.0, 1.0) for r in self.rates)
        if not floors or len(rates) != len(floors):
            raise InputError(
                f"rates: expected one per floor, {len(floors)}, got {len(rates)}; "
                "describe each bracket by a floor and a rate"
            )
        if floors[0] != 0.0 or any(upper <= lower for lower, upper in pairwise(floors)):
            raise InputError(f"floors: expected ascending from 0, got {floors}; sort the brackets")
        if any(upper < lower for lower, upper in pairwise(rates)):
            raise InputError(
                f"rates: expected rates that do not fall, got {rates}; sort the brackets"
            )
        object.__setattr__(self, "floors", floors)
        object.__setattr__(self, "rates", rates)
        object.__setattr__(self, "amounts", self._amounts(floors, rates))

    def _amounts(self, floors: tuple[float, ...], rates: tuple[float, ...]) -> tuple[float, ...]:
        given = (
            None
            if self.amounts is None
            else tuple(_checks.nonnegative("amounts", amount) for amount in self.amounts)
        )
        if given is not None and len(given) != len(floors):
            raise InputError(
                f"amounts: expected one per floor, {len(floors)}, got {len(given)}; "
                "leave them out to have them follow"
            )
        chain = [0.0 if given is None else given[0]]
        for n in range(1, len(floors)):
            chain.append(chain[-1] + floors[n] * (rates[n] - rates[n - 1]))
        if given is None:
            return tuple(chain)
        for floor, amount, continuous in zip(floors, given, chain, strict=True):
            if abs(amount - continuous) > 1e-9 * max(1.0, floor):
                raise InputError(
                    f"amounts: expected {continuous:g} at floor {floor:g}, got {amount:g}; "
                    "another amount makes maintenance jump, leave them out to have them follow"
                )
        return given

    @overload
    def maintenance(self, notional: float) -> float: ...
    @overload
    def maintenance(self, notional: FloatArray) -> FloatArray: ...
    def maintenance(self, notional: float | FloatArray) -> float | FloatArray:
        """Return the maintenance margin of a notional of at least 0, quote currency."""
        size = np.asarray(notional, dtype=np.float64)
        if not np.isfinite(size).all() or (size < 0.0).any():
            raise InputError(
                f"notional: expected finite numbers of at least 0, got {notional!r}; "
                "pass absolute notionals"
            )
        assert self.amounts is not None
        at = np.searchsorted(self.floors, size, side="right") - 1
        margin = size * np.asarray(self.rates)[at] - np.asarray(self.amounts)[at]
        return float(margin) if np.ndim(notional) == 0 else margin
