"""What collateral counts for: marginal tiers of haircuts by amount, per asset."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, TypeAlias, overload

import numpy as np
import pandas as pd

from quant import _checks
from quant._typing import FloatArray
from quant.errors import InputError

__all__ = ["CollateralSchedule", "CollateralTier"]

Status: TypeAlias = Literal["model", "short history", "no model", "policy"]


@dataclass(frozen=True, slots=True)
class CollateralTier:
    """The haircut of one slice of a balance.

    Parameters
    ----------
    up_to : float, optional
        Upper end of the slice, units of the asset; no end when left out.
    haircut : float
        Fraction of market value in [0, 1] that does not count; 1, the default: not eligible.

    Examples
    --------
    >>> tier = CollateralTier(haircut=0.2)
    >>> tier.ltv, tier.collateral_ratio
    (0.8, 1.25)
    """

    up_to: float | None = None
    haircut: float = 1.0

    def __post_init__(self) -> None:
        if self.up_to is not None:
            object.__setattr__(self, "up_to", _checks.positive("up_to", self.up_to))
        haircut = _checks.between("haircut", self.haircut, 0.0, 1.0)
        object.__setattr__(self, "haircut", haircut)

    @property
    def ltv(self) -> float:
        """Loan to value: what may be owed against one unit of market value, 1 - haircut."""
        return 1.0 - self.haircut

    @property
    def collateral_ratio(self) -> float:
        """Market value needed per unit owed, 1 / (1 - haircut); infinite when not eligible."""
        return 1.0 / self.ltv if self.haircut < 1.0 else math.inf


@dataclass(frozen=True, slots=True)
class CollateralSchedule:
    r"""Haircuts by asset, in tiers of the amount held.

    .. math:: counted(x) = \sum_k (1 - H_k) \, |[u_{k-1}, u_k] \cap [0, x]|, \quad x \ge 0

    Parameters
    ----------
    tiers : mapping of asset to haircut or tiers
        A number is one tier without end. Tiers ascend in `up_to`, and in `haircut`; what lies above
        the last does not count.
    status : mapping of asset to {"model", "short history", "no model", "policy"}
        Where a haircut comes from; "policy" for assets left out.
    reasons : mapping of asset to str
        Why, in words.

    Raises
    ------
    InputError
        If tiers do not ascend, or a status or reason names an asset without tiers.

    Notes
    -----
    Tiers are marginal, as venues apply them: only the slice above a bound takes the next haircut,
    so that the counted value is continuous and concave in the amount. Bounds are amounts of the
    asset, not money: a fall in its price moves nothing between tiers. A debt is never discounted.

    Examples
    --------
    >>> schedule = CollateralSchedule(
    ...     {"BTC": (CollateralTier(10, 0.02), CollateralTier(haircut=0.05)), "USDC": 0.01}
    ... )
    >>> schedule.value("BTC", 12.0, price=100.0), schedule.value("BTC", -1.0, price=100.0)
    (1170.0, -100.0)
    """

    tiers: (
        Mapping[str, float | Sequence[CollateralTier]]
        | tuple[tuple[str, tuple[CollateralTier, ...]], ...]
    )
    status: Mapping[str, Status] | tuple[tuple[str, Status], ...] = ()
    reasons: Mapping[str, str] | tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        rows = {asset: _tiers(asset, given) for asset, given in dict(self.tiers).items()}
        status = dict(self.status)
        for name, note in (("status", status), ("reasons", dict(self.reasons))):
            for asset in note:
                if asset not in rows:
                    raise InputError(
                        f"{name}: expected assets with tiers ({', '.join(rows)}), got {asset}; "
                        "give it a haircut"
                    )
        for asset, word in status.items():
            _checks.one_of(
                f"status[{asset}]", word, ("model", "short history", "no model", "policy")
            )
        object.__setattr__(self, "tiers", tuple(rows.items()))
        object.__setattr__(self, "status", tuple(status.items()))
        object.__setattr__(self, "reasons", tuple(dict(self.reasons).items()))

    @property
    def assets(self) -> tuple[str, ...]:
        """The assets that have a row."""
        return tuple(dict(self.tiers))

    def tiers_of(self, asset: str) -> tuple[CollateralTier, ...]:
        """Return the tiers of one asset; an asset without a row is refused."""
        rows = dict(self.tiers)
        if asset not in rows:
            raise InputError(
                f"schedule: expected a haircut for {asset}, got one for {', '.join(rows)} only; "
                "add its row (haircut 1 if it is not eligible)"
            )
        tiers = rows[asset]
        assert isinstance(tiers, tuple)
        return tiers

    def haircut(self, asset: str, amount: float = 0.0) -> float:
        """Return the share of a balance of `amount` units that does not count, 0 for a debt.

        Near zero, the default, it is the haircut of the first tier.
        """
        held = _checks.real("amount", amount)
        if held < 0.0:
            return 0.0
        if held == 0.0:
            return self.tiers_of(asset)[0].haircut
        return 1.0 - self.counted_amount(asset, held) / held

    def counted_amount(self, asset: str, amount: float) -> float:
        """Return the units that count out of `amount` held; all of them when owed."""
        held = _checks.real("amount", amount)
        if held <= 0.0:
            return held
        counted, start = 0.0, 0.0
        for tier in self.tiers_of(asset):
            end = held if tier.up_to is None else min(held, tier.up_to)
            counted += max(end - start, 0.0) * tier.ltv
            start = end
        return counted

    @overload
    def value(self, asset: str, amount: float, price: float) -> float: ...
    @overload
    def value(self, asset: str, amount: float, price: FloatArray) -> FloatArray: ...
    def value(self, asset: str, amount: float, price: float | FloatArray) -> float | FloatArray:
        """Return the value that counts, at one price or many; a debt counts in full."""
        counted = self.counted_amount(asset, amount)
        return counted * price if isinstance(price, np.ndarray) else float(counted * price)

    def counted(self, balances: Mapping[str, float], quote: str) -> dict[str, float]:
        """Return the units that count of each balance; the quote needs no row to count in full."""
        return {
            asset: amount
            if asset == quote and asset not in self.assets
            else self.counted_amount(asset, amount)
            for asset, amount in balances.items()
        }

    def to_frame(self) -> pd.DataFrame:
        """Return a row per tier: asset, up_to (infinite without end), haircut, status, reason."""
        status, reasons = dict(self.status), dict(self.reasons)
        rows = [
            (
                asset,
                math.inf if tier.up_to is None else tier.up_to,
                tier.haircut,
                status.get(asset, "policy"),
                reasons.get(asset, ""),
            )
            for asset in self.assets
            for tier in self.tiers_of(asset)
        ]
        return pd.DataFrame(rows, columns=["asset", "up_to", "haircut", "status", "reason"])


def _tiers(asset: str, given: float | Sequence[CollateralTier]) -> tuple[CollateralTier, ...]:
    if not isinstance(given, Sequence):
        return (CollateralTier(haircut=given),)
    tiers = tuple(given)
    if not tiers or not all(isinstance(tier, CollateralTier) for tier in tiers):
        raise InputError(
            f"tiers[{asset}]: expected a haircut or tiers, got {given!r}; "
            "pass a number or CollateralTier objects"
        )
    for lower, upper in pairwise(tiers):
        if lower.up_to is None or (upper.up_to is not None and upper.up_to <= lower.up_to):
            raise InputError(
                f"tiers[{asset}]: expected ascending bounds, got {upper.up_to} after "
                f"{lower.up_to}; sort the tiers, the one without end last"
            )
        if upper.haircut < lower.haircut:
            raise InputError(
                f"tiers[{asset}]: expected haircuts that do not fall with the amount, got "
                f"{upper.haircut:g} after {lower.haircut:g}; more of an asset is harder to sell"
            )
    return tiers
