"""Losses against the forecasts made for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quant.backtesting import Backtest
from quant.plotting import _style
from quant.plotting._coverage_path import draw_cumulative_breaches, draw_pit

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def _with_calibration(bt: Backtest) -> Axes:
    """Return the Axes for the losses, above those that show how the forecasts are calibrated."""
    import matplotlib.pyplot as plt

    figure = plt.figure(figsize=(10.0, 7.5), layout="constrained")
    grid = figure.add_gridspec(2, 2, height_ratios=(3.0, 2.0))
    top = figure.add_subplot(grid[0, :])
    if bt.pit is None:
        draw_cumulative_breaches(bt, figure.add_subplot(grid[1, :]))
    else:
        draw_cumulative_breaches(bt, figure.add_subplot(grid[1, 0]))
        draw_pit(bt, figure.add_subplot(grid[1, 1]))
    return top


def draw_backtest(bt: Backtest, ax: Axes | None) -> Axes:
    """Draw losses, VaR, ES and breaches; on a new figure, breaches so far and the PIT below."""
    if ax is None:
        ax = _with_calibration(bt)
    at_level = f"{100.0 * bt.level:g}%"
    when, hit = _style.times(bt.dates), bt.breaches
    ax.vlines(when, 0.0, bt.loss, color=_style.GREY, linewidth=0.8, alpha=0.7, label="loss")
    if bt.es is not None:
        ax.plot(when, bt.es, color=_style.ORANGE, linewidth=1.3, label=f"{at_level} ES")
    ax.plot(when, bt.var, color=_style.BLUE, linewidth=1.5, label=f"{at_level} VaR")
    if hit.any():
        ax.vlines(when[hit], 0.0, bt.loss[hit], color=_style.VERMILION, linewidth=0.9, alpha=0.8)
        ax.plot(
            when[hit],
            bt.loss[hit],
            linestyle="none",
            marker="o",
            markersize=4.5,
            color=_style.VERMILION,
            label="breach",
        )
    ax.axhline(0.0, color=_style.GREY, linewidth=0.8)
    _style.time_axis(ax, bt.dates)
    over = f"over {bt.horizon} period{'s' if bt.horizon > 1 else ''}"
    if bt.side is None:  # anybody's numbers: their unit is not known
        ax.yaxis.set_major_formatter("{x:,.10g}")
        ax.set_ylabel(f"loss {over}, unit of the input")
    else:
        _style.percent(ax.yaxis)
        ax.set_ylabel(f"loss {over}, % of value")
    title = (
        f"{at_level} VaR{'' if bt.side is None else f', {bt.side} side'}: "
        f"{bt.n_breaches} breach{'' if bt.n_breaches == 1 else 'es'} in {bt.n_obs} losses, "
        f"{bt.expected_breaches:.3g} expected"
    )
    return _style.finish(ax, title)
