"""What was posted against what was lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quant.backtesting._adequacy import Adequacy
from quant.plotting import _style

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw_adequacy(result: Adequacy, ax: Axes | None) -> Axes:
    """Draw losses, what was held against them, and what it did not cover."""
    ax = _style.axes(ax)
    when = _style.times(result.loss.index)
    loss, posted = result.loss.to_numpy(), result.posted.to_numpy()
    short = loss > posted
    ax.vlines(when, 0.0, loss, color=_style.GREY, linewidth=0.8, alpha=0.7, label="loss")
    ax.plot(
        when,
        posted,
        color=_style.BLUE,
        linewidth=1.5,
        drawstyle="steps-post",
        label=f"posted {result.what}",
    )
    if short.any():
        ax.vlines(
            when[short],
            posted[short],
            loss[short],
            color=_style.VERMILION,
            linewidth=1.6,
            label="shortfall",
        )
    ax.axhline(0.0, color=_style.GREY, linewidth=0.8)
    _style.time_axis(ax, result.loss.index)
    _style.percent(ax.yaxis)
    over = f"over {result.horizon} period{'s' if result.horizon > 1 else ''}"
    ax.set_ylabel(f"loss {over}, % of value")
    aim = "" if result.level is None else f", {100.0 * result.level:g}% aimed at"
    title = (
        f"{result.what.capitalize()} of a {result.side}: {result.coverage:.2%} of "
        f"{result.n_obs} losses covered{aim}"
    )
    return _style.finish(ax, title)
