"""What an asset and its proxy must have in common, and the line through it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from quant._checks import stamp
from quant._typing import Matrix, Vector
from quant.errors import InputError, InsufficientDataError

_MINIMUM = 10  # common dates without which a slope is noise


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """The least-squares line of one asset's returns on another's and a constant."""

    beta: float
    std_error: float
    residuals: Vector
    residual_sd: float
    r_squared: float


def regress(y: Vector, x: Vector) -> Line:
    """Return the line of y on x."""
    across, up = x - x.mean(), y - y.mean()
    spread, total = float(across @ across), float(up @ up)
    beta = float(across @ up) / spread
    residuals = up - beta * across
    squares = float(residuals @ residuals)
    sd = (squares / (y.size - 2)) ** 0.5
    return Line(beta, sd / spread**0.5, residuals, sd, 1.0 - squares / total if total else 0.0)


def refuse_unnamed(panel: pd.DataFrame, array: Matrix, proxies: Mapping[str, str]) -> None:
    """Refuse blanks of assets that are not to be filled, and names that are not in the panel."""
    for name in (*proxies, *proxies.values()):
        if name not in panel.columns:
            raise InputError(
                f"proxies: expected assets of the panel ({', '.join(map(str, panel.columns))}), "
                f"got {name}; add its returns"
            )
    for asset, column in zip(panel.columns, array.T, strict=True):
        blank = np.flatnonzero(np.isnan(column))
        if blank.size and asset not in proxies and asset not in proxies.values():
            raise InputError(
                f"returns: expected a return on every date for {asset}, which has no proxy, got "
                f"NaN at {stamp(panel.index[blank[0]])}; name a proxy, or use align_returns on "
                "the assets with long histories first"
            )


def listing(index: pd.Index, asset: str, young: Vector, proxy: str, old: Vector) -> int:
    """Return the position of the first return of an asset that its proxy can stand for."""
    if proxy == asset:
        raise InputError(
            f"proxies: expected another asset for {asset}, got itself; name one with a longer "
            "history"
        )
    there = ~np.isnan(young)
    common = int((there & ~np.isnan(old)).sum())
    if common < _MINIMUM:
        raise InsufficientDataError(
            f"returns: expected at least {_MINIMUM} common dates of {asset} and {proxy}, got "
            f"{common}; choose a proxy whose history overlaps, or wait"
        )
    start = int(np.argmax(there))
    inside = np.flatnonzero(~there[start:])
    if inside.size:
        raise InputError(
            f"returns: expected a return of {asset} on every date after its first, got NaN at "
            f"{stamp(index[start + inside[0]])}; a proxy fills what lies before a listing: use "
            "align_returns on the dates since"
        )
    blank = np.flatnonzero(np.isnan(old))
    if blank.size:
        raise InputError(
            f"returns: expected a return on every date for {proxy}, the proxy of {asset}, got NaN "
            f"at {stamp(index[blank[0]])}; choose one with the whole history"
        )
    if np.ptp(old[start:]) == 0.0:
        raise InputError(
            f"returns: expected a proxy that moves for {asset}, got the constant {old[start]:g} "
            f"of {proxy}; choose another"
        )
    return start
