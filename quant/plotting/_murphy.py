"""Forecasts under every proper score at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quant.backtesting.murphy_diagram import MurphyDiagram
from quant.plotting import _style

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw_murphy_diagram(diagram: MurphyDiagram, ax: Axes | None) -> Axes:
    """Draw a curve per forecast; on a new figure, their distances from the first one below."""
    names = list(diagram.scores.columns)
    if ax is None:
        ax = _style.axes(None) if len(names) == 1 else _with_differences(diagram)
    for name, color in _colors(names).items():
        scores = diagram.scores[name].to_numpy()
        ax.plot(diagram.thresholds, scores, color=color, linewidth=1.5, label=name)
    _thresholds(ax)
    ax.set_ylim(bottom=0.0)
    ax.set_ylabel("mean elementary score")
    title = f"Murphy diagram of {100.0 * diagram.level:g}% {diagram.measure}, lower is better"
    best = diagram.dominant()
    if len(names) > 1:
        title += ": no forecast is best throughout" if best is None else f": {best} throughout"
    return _style.finish(ax, title)


def _with_differences(diagram: MurphyDiagram) -> Axes:
    """Return the Axes for the curves, above one with their distances from the first."""
    import matplotlib.pyplot as plt

    figure = plt.figure(figsize=(10.0, 7.5), layout="constrained")
    grid = figure.add_gridspec(2, 1, height_ratios=(3.0, 2.0))
    top = figure.add_subplot(grid[0])
    below = figure.add_subplot(grid[1], sharex=top)
    names = list(diagram.scores.columns)
    first = diagram.scores[names[0]].to_numpy()
    for name, color in list(_colors(names).items())[1:]:
        distance = diagram.scores[name].to_numpy() - first
        below.plot(diagram.thresholds, distance, color=color, linewidth=1.5, label=name)
    below.axhline(0.0, color=_style.BLUE, linewidth=1.5)
    _thresholds(below)
    _style.finish(below, f"Score above that of {names[0]}: below 0 where it beats {names[0]}")
    return top


def _thresholds(ax: Axes) -> None:
    ax.margins(x=0.01)
    ax.set_xlabel("threshold, unit of the losses")
    ax.label_outer()


def _colors(names: list[str]) -> dict[str, str]:
    return {name: _style.SEQUENCE[i % len(_style.SEQUENCE)] for i, name in enumerate(names)}
