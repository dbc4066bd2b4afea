"""The look the pictures share, applied to one Axes and to nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis

# Okabe and Ito (2008): eight colours that colour-blind readers tell apart
BLUE, ORANGE, GREEN, VERMILION = "#0072B2", "#E69F00", "#009E73", "#D55E00"
SKY, PURPLE, YELLOW = "#56B4E9", "#CC79A7", "#F0E442"
GREY, INK = "#9A9A9A", "#262626"
SEQUENCE = (BLUE, ORANGE, GREEN, VERMILION, SKY, PURPLE, YELLOW, GREY)


def axes(ax: Axes | None, *, height: float = 4.5) -> Axes:
    """Return `ax`, or the Axes of a new figure that is `height` inches tall."""
    if ax is not None:
        return ax
    import matplotlib.pyplot as plt

    _, new = plt.subplots(figsize=(10.0, height), layout="constrained")
    return new


def finish(ax: Axes, title: str, *, grid: str = "y") -> Axes:
    """Give the Axes its title, a light grid and a legend above the data."""
    ax.spines[["top", "right"]].set_visible(False)
    ax.spines[["left", "bottom"]].set_color(GREY)
    ax.tick_params(color=GREY, labelcolor=INK)
    ax.grid(visible=True, axis="x" if grid == "x" else "y", color="#E6E6E6", linewidth=0.8)
    ax.set_axisbelow(True)
    handles, labels = ax.get_legend_handles_labels()
    ax.set_title(title, loc="left", color=INK, fontweight="bold", pad=28.0 if handles else 8.0)
    if handles:
        ax.legend(
            handles,
            labels,
            loc="lower left",
            bbox_to_anchor=(0.0, 1.0),
            ncols=min(len(labels), 6),
            frameon=False,
            borderaxespad=0.2,
            columnspacing=1.4,
            handlelength=1.6,
            fontsize="small",
        )
    return ax


def percent(axis: Axis) -> None:
    """Write fractions as percentages, at round steps so that no label needs rounding."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axis.set_major_locator(MaxNLocator(nbins="auto", steps=[1, 2, 5, 10]))
    axis.set_major_formatter(FuncFormatter(lambda x, _: f"{round(100.0 * x, 9) + 0.0:g}%"))


def tint(color: str, share: float = 0.5) -> tuple[float, float, float]:
    """Return a colour mixed with white; unlike transparency it hides the grid."""
    from matplotlib.colors import to_rgb

    red, green, blue = (share * part + 1.0 - share for part in to_rgb(color))
    return red, green, blue


def rows_axis(ax: Axes, names: list[str]) -> None:
    """Label horizontal bars at 0, 1, ... from the top, with room for rows that have none."""
    ax.set_yticks(range(len(names)), names)
    ax.set_ylim(len(names) - 0.4, -0.6)
    ax.tick_params(axis="y", length=0)
    ax.margins(x=0.08)
    ax.set_xlim(left=0.0)
    percent(ax.xaxis)


def remark(ax: Axes, row: float, text: str) -> None:
    """Write where a bar would begin why there is none."""
    ax.annotate(
        text,
        xy=(0.0, row),
        xytext=(4.0, 0.0),
        textcoords="offset points",
        va="center",
        fontsize="x-small",
        style="italic",
        color=INK,
    )


def times(index: pd.Index) -> npt.NDArray[np.generic]:
    """Return what matplotlib draws for an index: local time for zoned dates, start for periods."""
    if isinstance(index, pd.PeriodIndex):
        index = index.to_timestamp()
    if isinstance(index, pd.DatetimeIndex) and index.tz is not None:
        index = index.tz_localize(None)
    return index.to_numpy()


def time_axis(ax: Axes, index: pd.Index) -> None:
    """Label dates briefly and keep the line from leaving a margin at its ends."""
    ax.margins(x=0.01)
    if isinstance(index, (pd.DatetimeIndex, pd.PeriodIndex)):
        from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

        locator = AutoDateLocator(minticks=4, maxticks=10)  # type: ignore[no-untyped-call]
        ax.xaxis.set_major_locator(locator)
        formatter = ConciseDateFormatter(locator)  # type: ignore[no-untyped-call]
        ax.xaxis.set_major_formatter(formatter)
    else:
        ax.set_xlabel("period")
