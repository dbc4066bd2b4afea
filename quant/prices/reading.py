"""Read prices that are fit to use, or say why they are not."""

from __future__ import annotations

import pandas as pd

from quant.errors import PriceDataError
from quant.prices._checking import check_panel
from quant.prices._panels import read_panel
from quant.prices._tables import Source


def read_prices(source: Source) -> pd.DataFrame:
    """Read close prices of one or more assets, fit to be turned into returns.

    Parameters
    ----------
    source : path, DataFrame or Series
        A CSV or Parquet file, or a frame. *Wide*: a column ``date`` (or a DatetimeIndex) and one
        column per asset. *Long*: columns ``date``, one of ``asset symbol ticker``, and one of
        ``price close``. Columns ``open high low close`` mark bars: their close is taken, under
        the name of the file (long bars: of the asset).

    Returns
    -------
    DataFrame
        (T, N) floats by date, in the currency of the source. The index has no time zone and
        nanosecond resolution. Blanks (NaN) are days before listing, days on which that market
        was closed while another traded, or days after the last price.

    Raises
    ------
    PriceDataError
        If the source cannot be read, or `check_prices` finds something fatal in it. The message
        names asset, date, value and remedy.

    Notes
    -----
    Dates are ISO 8601 only (``2014-09-17``, ``2014-09-17T08:00:00Z``). Stamps that are all
    midnight in one time zone are daily and keep the date they show; others are moved to UTC.
    Nothing is repaired: see `clean_prices`.

    Examples
    --------
    >>> import pandas as pd
    >>> read_prices(pd.DataFrame({"date": ["2024-01-01", "2024-01-02"], "BTC": [42000, 43000.5]}))
                    BTC
    date
    2024-01-01  42000.0
    2024-01-02  43000.5
    """
    panel = read_panel(source)
    check_panel(panel).raise_if_fatal()
    return panel.prices


def read_ohlcv(source: Source, *, asset: str | None = None) -> pd.DataFrame:
    """Read open, high, low, close and, where there is one, volume of one asset.

    Parameters
    ----------
    source : path or DataFrame
        Columns ``date open high low close`` and optionally ``volume``, in any letter case; other
        columns are left out. A long table has one of ``asset symbol ticker`` too.
    asset : str, optional
        Which asset of a long table to read; needed when it holds several.

    Returns
    -------
    DataFrame
        (T, 4 or 5) floats by date: open, high, low, close in the currency of the source, volume
        in its unit.

    Raises
    ------
    PriceDataError
        If the source cannot be read, or something fatal is found: see `read_prices`; also a high
        below the low, or a negative volume.

    Notes
    -----
    An open or close outside the range is reported by `check_prices` as suspicious, not refused:
    published indices have such rows.

    Examples
    --------
    >>> import pandas as pd
    >>> bars = {"open": [1, 2], "high": [3, 3], "low": [1, 1], "close": [2, 2], "volume": [9, 8]}
    >>> read_ohlcv(pd.DataFrame(bars, index=pd.date_range("2024-01-01", periods=2))).shape
    (2, 5)
    """
    panel = read_panel(source)
    if not panel.bars:
        raise PriceDataError(
            "source: expected columns open, high, low, close, got prices only; use read_prices"
        )
    if asset is None and len(panel.bars) > 1:
        listed = ", ".join(panel.bars)
        raise PriceDataError(f"asset: expected one of {listed}, got None; name one")
    name = next(iter(panel.bars)) if asset is None else asset
    if name not in panel.bars:
        listed = ", ".join(panel.bars)
        raise PriceDataError(f"asset: expected one of {listed}, got {name!r}; name one of them")
    report = check_panel(panel.only(name))
    report.raise_if_fatal()
    return panel.bars[name]
