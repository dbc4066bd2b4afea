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
    where = np.arange(len(assets), dtype=np.float64)
    for k, side in enumerate(sides):
        rows = table.loc[[(asset, side) for asset in assets]]
        shift = (k - (len(sides) - 1) / 2.0) * (_THICK + 0.04)
        _draw_side(ax, rows, where + shift, side)
    ax.set_yticks(range(len(assets)), [str(asset) for asset in assets])
    ax.invert_yaxis()
    ax.tick_params(axis="y", length=0)
    ax.margins(x=0.08)
    ax.set_xlim(left=0.0)
    _style.percent(ax.xaxis, ax.get_xlim()[1])
    ax.set_xlabel("margin rate, % of exposure")
    when = "" if schedule.as_of is None else f" as of {_checks.stamp(schedule.as_of)}"
    return _style.finish(ax, f"Margin rates{when}", grid="x")


def _draw_side(ax: Axes, rows: pd.DataFrame, at: Vector, side: str) -> None:
    initial = rows["initial"].to_numpy(dtype=np.float64, na_value=np.nan)
    rated = np.isfinite(initial)
    color = _COLORS[side]
    bars = ax.barh(
        at[rated], initial[rated], height=_THICK, color=color, alpha=0.45, label=f"initial, {side}"
    )
    ax.bar_label(bars, fmt="{:.1%}", padding=3, fontsize="x-small", color=_style.INK)
    if "maintenance" in rows:
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
        ax.annotate(
            f"{side}: {status}",
            xy=(0.0, y),
            xytext=(4.0, 0.0),
            textcoords="offset points",
            va="center",
            fontsize="x-small",
            style="italic",
            color=_style.INK,
        )
