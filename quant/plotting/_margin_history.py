"""A margin rate through time, in its components."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from quant.margin import MarginHistory
from quant.plotting import _style

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw_margin_history(history: MarginHistory, ax: Axes | None) -> Axes:
    """Stack the components, increases above zero and reductions below, under the posted rate."""
    ax = _style.axes(ax)
    when = _style.times(history.value.index)
    parts = history.components.to_numpy(dtype=np.float64).T
    colors = [_style.tint(_style.SEQUENCE[i % 8], 0.6) for i in range(len(parts))]
    ax.stackplot(
        when,
        np.maximum(parts, 0.0),
        labels=[str(name) for name in history.components.columns],
        colors=colors,
        step="post",
        linewidth=0.0,
    )
    if (parts < 0.0).any():
        reductions = np.minimum(parts, 0.0)
        ax.stackplot(when, reductions, colors=colors, step="post", linewidth=0.0)
        ax.axhline(0.0, color=_style.GREY, linewidth=0.8)
    value = history.value.to_numpy(dtype=np.float64)
    ax.plot(when, value, color=_style.INK, linewidth=1.3, drawstyle="steps-post", label="rate")
    _style.time_axis(ax, history.value.index)
    _style.percent(ax.yaxis)
    ax.set_ylabel("margin rate, % of exposure")
    title = (
        f"Margin rate, {history.side} side: {value[-1]:.2%} at the end, "
        f"{value.min():.2%} to {value.max():.2%}"
    )
    return _style.finish(ax, title)
