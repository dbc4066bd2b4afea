"""Haircuts of many collateral assets, a bar per tier."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from quant.collateral import CollateralSchedule
from quant.plotting import _style

if TYPE_CHECKING:
    from matplotlib.axes import Axes


# colour and hatch by where a haircut comes from
_LOOKS = {
    "model": (_style.BLUE, ""),
    "policy": (_style.GREY, ""),
    "short history": (_style.ORANGE, "///"),
    "no model": (_style.VERMILION, "..."),
}


def draw_collateral_schedule(schedule: CollateralSchedule, ax: Axes | None) -> Axes:
    """Draw a bar per asset and tier, coloured by where the haircut comes from."""
    table = schedule.to_frame()
    haircut = table["haircut"].to_numpy(dtype=np.float64)
    status = table["status"].to_numpy()
    at = np.arange(len(table))
    ax = _style.axes(ax, height=1.6 + 0.32 * max(len(table), 3))
    for name, (color, hatch) in _LOOKS.items():
        rows = status == name
        if not rows.any():
            continue
        bars = ax.barh(
            at[rows],
            haircut[rows],
            height=0.6,
            color=_style.tint(color, 0.7),
            hatch=hatch,
            edgecolor="white",
            linewidth=0.0,
            label=name,
        )
        ax.bar_label(bars, fmt="{:.1%}", padding=3, fontsize="x-small", color=_style.INK)
    _style.rows_axis(ax, _names(table))
    ax.set_xlabel("haircut, % of market value")
    return _style.finish(ax, "Collateral haircuts", grid="x")


def _names(table: pd.DataFrame) -> list[str]:
    """Return the asset of each row, with the bound of its tier where there is more than one."""
    tiered = table["asset"].duplicated(keep=False)
    names = []
    for asset, up_to, several in zip(table["asset"], table["up_to"], tiered, strict=True):
        if math.isfinite(up_to):
            names.append(f"{asset}, up to {up_to:,.10g}")
        else:
            names.append(f"{asset}, beyond" if several else str(asset))
    return names
