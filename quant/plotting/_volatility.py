"""A fitted volatility beside the returns it was fitted to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeGuard

import numpy as np
import pandas as pd

from quant.plotting import _style

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class Filtered(Protocol):
    """What is read of a volatility fit."""

    @property
    def sigma(self) -> pd.Series: ...
    @property
    def z(self) -> pd.Series: ...


def is_volatility_fit(result: object) -> TypeGuard[Filtered]:
    """Return whether there are series of volatility and innovations to draw."""
    parts = (getattr(result, "sigma", None), getattr(result, "z", None))
    return all(isinstance(part, pd.Series) for part in parts)


def draw_volatility_fit(fit: Filtered, ax: Axes | None) -> Axes:
    """Draw sigma over the size of the innovations, |sigma z|."""
    ax = _style.axes(ax)
    sigma = fit.sigma.to_numpy(dtype=np.float64)
    size = np.abs(sigma * fit.z.to_numpy(dtype=np.float64))
    when = _style.times(fit.sigma.index)
    ax.vlines(when, 0.0, size, color=_style.GREY, linewidth=0.8, alpha=0.7, label="|return - mean|")
    ax.plot(when, sigma, color=_style.BLUE, linewidth=1.5, label="sigma, known one period before")
    ax.set_ylim(bottom=0.0)
    _style.time_axis(ax, fit.sigma.index)
    _style.percent(ax.yaxis)
    ax.set_ylabel("log return per period, %")
    spec = getattr(fit, "spec", None)
    name = "Volatility" if spec is None else type(spec).__name__
    return _style.finish(ax, f"{name}: {sigma[-1]:.2%} per period at the end")
