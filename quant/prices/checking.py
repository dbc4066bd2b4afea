"""Say what is wrong with a price history, without touching it."""

from __future__ import annotations

from quant.prices._checking import LARGE_MOVE, STALE_RUN, check_panel
from quant.prices._panels import read_panel
from quant.prices._tables import Source
from quant.prices.base import PriceReport


def check_prices(
    prices: Source, *, large_move: float = LARGE_MOVE, stale_run: int = STALE_RUN
) -> PriceReport:
    """Report what is wrong, odd or blank in a price history; nothing is changed.

    Parameters
    ----------
    prices : path, DataFrame or Series
        What `read_prices` takes, as raw as it comes: unsorted, duplicated, with text in it.
    large_move : float
        Absolute log return between consecutive own prices beyond which a move is reported.
    stale_run : int
        Number of equal consecutive prices from which a run is reported.

    Returns
    -------
    PriceReport
        One entry per finding, most serious first. *Fatal* findings are those for which
        `read_prices` raises; *suspicious* ones ask for a look and may be genuine; *info* explains
        blanks.

    Raises
    ------
    PriceDataError
        If `prices` cannot be read as a table of dates and prices at all.

    Notes
    -----
    Blanks before the first price are *not listed*. Inside the history they are a *closed market*
    on a row where another asset of the panel has a price, else *missing*, which is fatal. After
    the last price the asset has *ended*.

    The calendar is inferred for each asset from its own dates: a weekday belongs to it from half
    the count of the busiest weekday on. A market that trades all seven days has no holidays, so
    every absent day is a *gap*; one with a weekend may be absent three trading days in a row, or
    ten where other assets of the panel trade. Bars within the day are held to a grid only when
    they fill at least four fifths of it, that is around the clock.

    An *isolated spike* moves and reverts at once, each leg beyond 10 % and eight robust standard
    deviations of its surroundings. A *restart* is a new price level: fivefold from one price to
    the next, or twofold and out of proportion after a long pause.

    Examples
    --------
    >>> import pandas as pd
    >>> days = pd.date_range("2024-01-01", periods=4)
    >>> report = check_prices(pd.DataFrame({"BTC": [42e3, 43e3, -1.0, 44e3]}, index=days))
    >>> [(f.kind, f.asset, f.value) for f in report.fatal]
    [('non-positive', 'BTC', -1.0)]
    """
    return check_panel(read_panel(prices), large_move=large_move, stale_run=stale_run)
