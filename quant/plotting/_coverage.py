"""What is left of an account's cover at the horizon."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeGuard

import numpy as np

from quant._typing import Vector
from quant.plotting import _style
from quant.portfolio import Account
from quant.scenarios import Scenarios

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_BINS = 60


class Covered(Protocol):
    """What is read of a coverage."""

    @property
    def account(self) -> Account: ...
    @property
    def scenarios(self) -> Scenarios: ...
    @property
    def counted_equity(self) -> float: ...
    @property
    def margin_after(self) -> Vector: ...
    @property
    def coverage_ratio(self) -> float: ...
    @property
    def shortfall_probability(self) -> float: ...
    @property
    def expected_uncovered_loss(self) -> float: ...


def is_coverage(result: object) -> TypeGuard[Covered]:
    """Return whether there is an equity after each of several scenarios."""
    return isinstance(getattr(result, "margin_after", None), np.ndarray) and hasattr(
        result, "shortfall_probability"
    )


def draw_coverage(coverage: Covered, ax: Axes | None) -> Axes:
    """Draw the weighted histogram of counted equity at the horizon, what is missing in red."""
    ax = _style.axes(ax)
    after, weights = coverage.margin_after, coverage.scenarios.weights
    short = after < 0.0
    edges = _edges(after)
    for rows, color, label in (
        (~short, _style.BLUE, "covered"),
        (short, _style.VERMILION, "short"),
    ):
        if rows.any():
            height, _ = np.histogram(after[rows], bins=edges, weights=weights[rows])
            full = height > 0.0
            ax.bar(
                edges[:-1][full],
                height[full],
                width=edges[1] - edges[0],
                align="edge",
                color=_style.tint(color, 0.7),
                label=label,
            )
    ax.axvline(0.0, color=_style.INK, linewidth=1.0)
    ax.axvline(
        coverage.counted_equity, color=_style.INK, linewidth=1.2, linestyle="--", label="now"
    )
    _style.percent(ax.yaxis)
    ax.xaxis.set_major_formatter("{x:,.10g}")
    quote, horizon = coverage.account.quote, coverage.scenarios.horizon
    plural = "" if horizon == 1 else "s"
    ax.set_xlabel(f"counted equity after {horizon} period{plural}, {quote}")
    ax.set_ylabel("probability, % of scenarios by weight")
    title = (
        f"Coverage ratio {coverage.coverage_ratio:.3g}: short with probability "
        f"{coverage.shortfall_probability:.2%}, {coverage.expected_uncovered_loss:,.4g} {quote} "
        "missing on average"
    )
    return _style.finish(ax, title)


def _edges(after: Vector) -> Vector:
    """Return equal bins of which none lies on both sides of zero."""
    low, high = float(after.min()), float(after.max())
    width = (high - low) / _BINS or max(abs(high), 1.0) / _BINS
    first, last = np.floor(low / width), np.floor(high / width) + 1.0
    return width * np.arange(first, last + 1.0)
