"""Panels a dependence model can be fitted to, or moved on by."""

from __future__ import annotations

import numpy as np
import pandas as pd

from quant import _checks
from quant.errors import InputError, InsufficientDataError

_UNIT = (0.25, 4.0)  # mean squares that pass for those of standardised innovations


def usable(panel: pd.DataFrame, minimum: int, who: str) -> pd.DataFrame:
    """Return a copy of a panel of at least two assets without blanks, each of which moves."""
    _whole(panel)
    if panel.shape[1] < 2:
        raise InputError(
            f"panel: expected at least 2 assets for {who}, got {panel.shape[1]}; "
            "one asset has no dependence"
        )
    if len(panel) < minimum:
        raise InsufficientDataError(
            f"panel: expected at least {minimum} dates for {who}, got {len(panel)}; "
            "supply more history"
        )
    values = panel.to_numpy(dtype=np.float64)
    still = np.flatnonzero(np.ptp(values, axis=0) <= 1e-8 * np.abs(values).max(axis=0))
    if still.size:
        at = int(still[0])
        raise InputError(
            f"panel: expected assets that move, got a constant {values[0, at]:g} in "
            f"{panel.columns[at]} from {_checks.stamp(panel.index[0])} to "
            f"{_checks.stamp(panel.index[-1])}; drop it"
        )
    return _copy(panel)


def of_returns(panel: pd.DataFrame, minimum: int, who: str) -> pd.DataFrame:
    """Return a copy of a usable panel, none of whose columns are prices."""
    data = usable(panel, minimum, who)
    for name in data.columns:
        _checks.not_prices("panel", data[name].to_numpy(), f" in {name}")
    return data


def standardised(panel: pd.DataFrame, minimum: int, who: str) -> pd.DataFrame:
    """Return a copy of a panel of innovations with variance near one and more dates than assets."""
    data = of_returns(panel, minimum, who)
    rows, columns = data.shape
    if rows <= columns:
        raise InsufficientDataError(
            f"panel: expected more dates than assets for {who}, got {rows} dates of {columns} "
            "assets; lengthen the history, or use EWMACovariance, which needs no inverse"
        )
    squares = np.mean(data.to_numpy() ** 2, axis=0)
    far = np.flatnonzero((squares < _UNIT[0]) | (squares > _UNIT[1]))
    if far.size:
        at = int(far[0])
        raise InputError(
            f"panel: expected standardised innovations, mean square near 1, got {squares[at]:.3g} "
            f"in {data.columns[at]}; pass the z of a volatility fit"
        )
    return data


def following(panel: pd.DataFrame, assets: tuple[str, ...], as_of: object) -> pd.DataFrame:
    """Return a copy of new rows, in the order of `assets`, all of which lie after `as_of`."""
    _whole(panel)
    if set(panel.columns) != set(assets):
        raise InputError(
            f"panel: expected the columns {', '.join(assets)}, got "
            f"{', '.join(map(str, panel.columns))}; pass the same assets"
        )
    if panel.index[0] <= as_of:
        raise InputError(
            f"panel: expected dates after {_checks.stamp(as_of)}, got "
            f"{_checks.stamp(panel.index[0])}; pass only the new rows"
        )
    return _copy(panel[list(assets)])


def _whole(panel: pd.DataFrame) -> None:
    _checks.panel(panel, "panel")
    _checks.returns(panel, "panel", minimum=1)


def _copy(panel: pd.DataFrame) -> pd.DataFrame:
    values = panel.to_numpy(dtype=np.float64, copy=True)
    return pd.DataFrame(values, index=panel.index, columns=panel.columns)
