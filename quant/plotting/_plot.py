"""The one public drawing function."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

from quant.backtesting import Backtest
from quant.backtesting._adequacy import Adequacy
from quant.backtesting._verdicts import Verdicts
from quant.backtesting.murphy_diagram import MurphyDiagram
from quant.collateral import CollateralSchedule
from quant.errors import InputError
from quant.margin import MarginHistory, MarginSchedule
from quant.plotting._adequacy import draw_adequacy
from quant.plotting._backtest import draw_backtest
from quant.plotting._collateral_schedule import draw_collateral_schedule
from quant.plotting._coverage import draw_coverage, is_coverage
from quant.plotting._e_process import draw_e_process, is_e_process
from quant.plotting._margin_history import draw_margin_history
from quant.plotting._margin_schedule import draw_margin_schedule
from quant.plotting._murphy import draw_murphy_diagram
from quant.plotting._verdicts import draw_verdicts
from quant.plotting._volatility import draw_volatility_fit, is_volatility_fit

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["plot"]


Draw: TypeAlias = Callable[[Any, "Axes | None"], "Axes"]


def _is(kind: type) -> Callable[[object], bool]:
    return lambda result: isinstance(result, kind)


# what can be drawn: the first line that recognises a result draws it
_PICTURES: tuple[tuple[str, Callable[[object], bool], Draw], ...] = (
    ("Backtest", _is(Backtest), draw_backtest),
    ("verdicts of battery", _is(Verdicts), draw_verdicts),
    ("result of e_backtest", is_e_process, draw_e_process),
    ("Murphy diagram", _is(MurphyDiagram), draw_murphy_diagram),
    ("margin or haircut adequacy", _is(Adequacy), draw_adequacy),
    ("MarginSchedule", _is(MarginSchedule), draw_margin_schedule),
    ("MarginHistory", _is(MarginHistory), draw_margin_history),
    ("CollateralSchedule", _is(CollateralSchedule), draw_collateral_schedule),
    ("Coverage", is_coverage, draw_coverage),
    ("volatility fit", is_volatility_fit, draw_volatility_fit),
)


def plot(result: object, ax: Axes | None = None) -> Axes:
    """Draw a result.

    Parameters
    ----------
    result : volatility fit, Backtest, MarginSchedule, MarginHistory, CollateralSchedule, Coverage
        A fit of any class is drawn when it carries the series `sigma` and `z`; also what
        `battery`, `e_backtest`, `murphy_diagram`, `backtest_margin` and `backtest_haircut` return.
    ax : matplotlib.axes.Axes, optional
        Where to draw; None makes a new figure, which for a Backtest also shows the breaches so far
        in their binomial band and, where known, the histogram of the PIT; for a Murphy diagram of
        several forecasts, also their distances from the first.

    Returns
    -------
    matplotlib.axes.Axes
        That of the losses, where there are several. Its figure is neither shown nor saved:
        ``plot(result).figure.savefig("result.png")``.

    Raises
    ------
    InputError
        If the result is of a kind that has no picture.

    Notes
    -----
    Settings of matplotlib outside the Axes are left alone. Axes in percent are fractions of the
    position's value; the losses of a Backtest without a `side` are in the unit they came in.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("Agg")
    >>> bt = Backtest.from_arrays(loss=[0.01, 0.05], var=[0.03, 0.04], level=0.99, side="long")
    >>> plot(bt).get_title(loc="left")
    '99% VaR, long side: 1 breach in 2 losses, 0.02 expected'
    """
    for _, recognises, draw in _PICTURES:
        if recognises(result):
            return draw(result, ax)
    known = ", ".join(name for name, _, _ in _PICTURES)
    raise InputError(
        f"result: expected one of {known}, got {type(result).__name__}; pass one of these"
    )
