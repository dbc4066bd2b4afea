"""The wealth of a gambler who bets against forecasts."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeGuard

import numpy as np
import pandas as pd

from quant.backtesting import TestResult
from quant.plotting import _style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_ALARMS = (2.0, 5.0, 10.0)
_HIGHEST = 1e12  # wealth beyond this is drawn there


def is_e_process(result: object) -> TypeGuard[TestResult]:
    """Return whether a test bet day by day."""
    return isinstance(result, TestResult) and {"process", "dates"} <= set(result.extras)


def draw_e_process(result: TestResult, ax: Axes | None) -> Axes:
    """Draw the wealth on a log scale, under its customary alarm levels."""
    ax = _style.axes(ax)
    wealth = np.asarray(result.extras["process"], dtype=np.float64)
    dates = pd.Index(np.asarray(result.extras["dates"]))
    shown = np.clip(wealth, 1.0 / _HIGHEST, _HIGHEST)
    ax.plot(_style.times(dates), shown, color=_style.BLUE, linewidth=1.5, label="wealth")
    ax.axhline(1.0, color=_style.GREY, linewidth=0.8)
    for alarm, share in zip(_ALARMS, (0.3, 0.6, 1.0), strict=True):
        ax.axhline(
            alarm,
            color=_style.tint(_style.VERMILION, share),
            linewidth=1.0,
            linestyle="--",
            label=f"alarm at {alarm:g}",
        )
    ax.set_yscale("log")
    _style.time_axis(ax, dates)
    ax.set_ylabel("wealth of the bet against, from 1, log scale")
    measure = result.extras["measure"]
    title = (
        f"Evidence against the {measure}: {result.statistic:.3g} at its highest, "
        f"p-value {result.pvalue:.2g} at any stopping"
    )
    return _style.finish(ax, title)
