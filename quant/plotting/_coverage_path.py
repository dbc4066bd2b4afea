"""Two looks at the calibration of a backtest: breaches as they come, and the PIT."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import bdtrik

from quant._typing import Vector
from quant.backtesting import Backtest
from quant.plotting import _style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_BAND = 0.95
_BINS = 20


def draw_cumulative_breaches(bt: Backtest, ax: Axes) -> Axes:
    """Draw the number of breaches so far in the band of a correct VaR with independent breaches."""
    when, so_far = _style.times(bt.dates), np.cumsum(bt.breaches)
    trials = np.arange(1.0, bt.n_obs + 1.0)
    probability = 1.0 - bt.level
    low, high = (_quantile(p, trials, probability) for p in ((1 - _BAND) / 2, (1 + _BAND) / 2))
    ax.fill_between(
        when, low, high, color=_style.tint(_style.BLUE, 0.2), linewidth=0.0, label="95% band"
    )
    ax.plot(when, trials * probability, color=_style.BLUE, linewidth=1.0, label="expected")
    ax.plot(when, so_far, color=_style.VERMILION, linewidth=1.5, label="breaches so far")
    _style.time_axis(ax, bt.dates)
    ax.set_ylim(bottom=0.0)
    return _style.finish(ax, "Breaches so far" + (" (overlapping)" if bt.overlapping else ""))


def draw_pit(bt: Backtest, ax: Axes) -> Axes:
    """Draw the histogram of the PIT, flat for a correct law, with the band of one bin."""
    assert bt.pit is not None
    probability = 1.0 / _BINS
    counts = np.array([float(bt.n_obs)])
    low, high = (
        float(_quantile(p, counts, probability)[0]) for p in ((1 - _BAND) / 2, (1 + _BAND) / 2)
    )
    ax.axhspan(low, high, color=_style.BLUE, alpha=0.3, linewidth=0.0, zorder=3.0, label="95% band")
    ax.hist(
        bt.pit,
        bins=_BINS,
        range=(0.0, 1.0),
        color=_style.tint(_style.GREY, 0.7),
        edgecolor="white",
        linewidth=0.6,
        label="losses",
    )
    ax.axvline(bt.level, color=_style.VERMILION, linewidth=1.2, label=f"level {bt.level:g}")
    ax.set_xlim(0.0, 1.0)
    ax.set_xlabel("forecast distribution function at the loss")
    return _style.finish(ax, "PIT")


def _quantile(level: float, trials: Vector, probability: float) -> Vector:
    """Return the smallest counts whose binomial distribution function reaches `level`."""
    counts: Vector = np.maximum(np.ceil(bdtrik(level, trials, probability)), 0.0)
    return counts
