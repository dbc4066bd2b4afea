"""Margin rates of many assets, both sides."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from quant import _checks
from quant._typing import Vector
from quant.margin import MarginSchedule
from quant.plotting import _style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_COLORS = {"long": _style.BLUE, "short": _style.ORANGE}
_THICK = 0.36  # of a bar, where neighbouring assets are 1 apart


def draw_margin_schedule(schedule: MarginSchedule, ax: Axes | None) -> Axes:
    """Draw a bar per asset and side, with maintenance inside initial."""
    table = schedule.to_frame()
    assets = list(table.index.get_level_values(0).unique())
    sides = [side for side in _COLORS if side in table.index.get_level_values(1)]
    ax = _style.axes(ax, height=1.4 + 0.45 * max(len(assets), 2))
    for k, side in enumerate(sides):
        rows = table[table.index.get_level_values(1) == side]
        shift = (k - (len(sides) - 1) / 2.0) * (_THICK + 0.04)
        at = np.array([assets.index(asset) + shift for asset in rows.index.get_level_values(0)])
        _draw_side(ax, rows, at, side)
    _style.rows_axis(ax, [str(asset) for asset in assets])
    ax.set_xlabel("margin rate, % of exposure")
    when = "" if schedule.as_of is None else f" as of {_checks.stamp(schedule.as_of)}"
    return _style.finish(ax, f"Margin rates{when}", grid="x")


def _draw_side(ax: Axes, rows: pd.DataFrame, at: Vector, side: str) -> None:
    initial = rows["initial"].to_numpy(dtype=np.float64, na_value=np.nan)
    rated = np.isfinite(initial)
    color = _COLORS[side]
    bars = ax.barh(
        at[rated], initial[rated], height=_THICK, color=_style.tint(color), label=f"initial, {side}"
    )
    ax.bar_label(bars, fmt="{:.1%}", padding=3, fontsize="x-small", color=_style.INK)
    maintenance = rows["maintenance"].to_numpy(dtype=np.float64, na_value=np.nan)
    known = np.isfinite(maintenance)
    if known.any():
        ax.barh(
            at[known],
            maintenance[known],
            height=0.45 * _THICK,
            color=color,
            label=f"maintenance, {side}",
        )
    for y, status in zip(at[~rated], rows["status"].to_numpy()[~rated], strict=True):
        _style.remark(ax, y, f"{side}: {status}")
