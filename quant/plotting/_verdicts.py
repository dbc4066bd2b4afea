"""What every test says of one backtest, in one column of p-values."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from quant.backtesting._verdicts import Verdicts
from quant.plotting import _style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SMALLEST = 1e-5  # smaller p-values are drawn here


def draw_verdicts(verdicts: Verdicts, ax: Axes | None) -> Axes:
    """Draw the p-value each test decides by, its asymptotic one hollow, and the significance."""
    names = [name for name, _ in verdicts.results]
    ax = _style.axes(ax, height=1.5 + 0.3 * max(len(names), 1))
    rows = np.arange(len(names))
    decided = np.array([test.decision_pvalue for _, test in verdicts.results])
    limits = np.array([test.pvalue for _, test in verdicts.results])
    rejects = np.array([test.rejected(verdicts.significance) for _, test in verdicts.results], bool)
    ax.axvspan(
        _SMALLEST, verdicts.significance, color=_style.tint(_style.VERMILION, 0.12), zorder=0
    )
    ax.scatter(
        np.maximum(limits, _SMALLEST),
        rows,
        s=42.0,
        facecolors="none",
        edgecolors=_style.GREY,
        label="asymptotic p-value",
    )
    for chosen, color, label in (
        (~rejects, _style.BLUE, "not rejected"),
        (rejects, _style.VERMILION, f"rejected at {verdicts.significance:g}"),
    ):
        if chosen.any():
            at = np.maximum(decided[chosen], _SMALLEST)
            ax.scatter(at, rows[chosen], s=30.0, color=color, label=label, zorder=3.0)
    ax.set_xscale("log")
    ax.set_xlim(_SMALLEST / 1.3, 1.3)
    ax.set_yticks(rows, names)
    ax.set_ylim(len(names) - 0.4, -0.6)
    ax.tick_params(axis="y", length=0)
    ax.set_xlabel(
        f"finite-sample p-value where there is one, log scale, {_SMALLEST:g} or less left"
    )
    title = f"{len(verdicts.rejected)} of {len(names)} tests reject"
    if verdicts.not_run:
        title += f", {len(verdicts.not_run)} could not run"
    return _style.finish(ax, title, grid="x")
