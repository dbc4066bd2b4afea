"""Haircuts of many collateral assets, a bar per tier."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeGuard

import numpy as np
import pandas as pd

from quant import _checks
from quant.plotting import _style

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class Discounted(Protocol):
    """What is read of a collateral schedule."""

    def to_frame(self) -> pd.DataFrame:
        """Return a row per asset and tier with up_to, haircut and status."""
        ...


def is_collateral_schedule(result: object) -> TypeGuard[Discounted]:
    """Return whether there is a table of haircuts."""
    if not hasattr(result, "to_frame"):
        return False
    table = result.to_frame()
    return isinstance(table, pd.DataFrame) and "haircut" in table.columns


def draw_collateral_schedule(schedule: Discounted, ax: Axes | None) -> Axes:
    """Draw a bar per asset and tier; rows without a haircut show their status."""
    frame = schedule.to_frame()
    table = frame.reset_index() if "asset" in frame.index.names else frame
    haircut = table["haircut"].to_numpy(dtype=np.float64, na_value=np.nan)
    known = np.isfinite(haircut)
    at = np.arange(len(table))
    ax = _style.axes(ax, height=1.4 + 0.32 * max(len(table), 3))
    bars = ax.barh(at[known], haircut[known], height=0.6, color=_style.BLUE, alpha=0.7)
    ax.bar_label(bars, fmt="{:.1%}", padding=3, fontsize="x-small", color=_style.INK)
    for y in at[~known]:
        ax.annotate(
            str(table["status"].iloc[y]) if "status" in table else "not rated",
            xy=(0.0, y),
            xytext=(4.0, 0.0),
            textcoords="offset points",
            va="center",
            fontsize="x-small",
            style="italic",
            color=_style.INK,
        )
    ax.set_yticks(at, _names(table))
    ax.invert_yaxis()
    ax.tick_params(axis="y", length=0)
    ax.margins(x=0.08)
    ax.set_xlim(left=0.0)
    _style.percent(ax.xaxis, ax.get_xlim()[1])
    ax.set_xlabel("haircut, % of market value")
    as_of = getattr(schedule, "as_of", None)
    when = "" if as_of is None else f" as of {_checks.stamp(as_of)}"
    return _style.finish(ax, f"Collateral haircuts{when}", grid="x")


def _names(table: pd.DataFrame) -> list[str]:
    """Return the asset of each row, with the limit of its tier where there are several."""
    assets = table["asset"].astype(str)
    tiered = assets.duplicated(keep=False).to_numpy()
    limits = table["up_to"].to_numpy(dtype=np.float64, na_value=np.inf)
    names = []
    for asset, limit, several in zip(assets, limits, tiered, strict=True):
        tier = f"up to {limit:,.0f}" if np.isfinite(limit) else "beyond"
        names.append(f"{asset}, {tier}" if several else asset)
    return names
