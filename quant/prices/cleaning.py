"""Repair prices by explicit rules, and say what was changed."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd

from quant import _checks
from quant.errors import PriceDataError
from quant.prices._checking import LARGE_MOVE, STALE_RUN, check_panel
from quant.prices._moves import move_findings
from quant.prices._panels import Panel, read_panel
from quant.prices._tables import Source

Change = tuple[str, pd.Timestamp, float | str, float, str]


def clean_prices(
    prices: Source,
    *,
    time_zones: Literal["refuse", "utc"] = "refuse",
    order: Literal["refuse", "sort"] = "refuse",
    duplicates: Literal["refuse", "first", "last"] = "refuse",
    not_a_number: Literal["refuse", "drop"] = "refuse",
    non_positive: Literal["refuse", "drop"] = "refuse",
    missing: Literal["refuse", "drop"] = "refuse",
    spikes: Literal["keep", "drop"] = "keep",
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Repair a price history by the rules that are named, and list every change.

    Parameters
    ----------
    prices : path, DataFrame or Series
        What `read_prices` takes; of bars the close is cleaned.
    time_zones : {"refuse", "utc"}
        Move stamps of mixed zones to UTC; those without an offset are taken as UTC.
    order : {"refuse", "sort"}
        Sort rows by date.
    duplicates : {"refuse", "first", "last"}
        Which of several prices of one asset and date stays.
    not_a_number, non_positive : {"refuse", "drop"}
        Blank the entry; a row left without any price is removed.
    missing : {"refuse", "drop"}
        Remove rows on which no asset has a price.
    spikes : {"keep", "drop"}
        Blank isolated spikes as `check_prices` finds them.

    Returns
    -------
    cleaned : DataFrame
        (T, N) prices, as `read_prices` would return them.
    changes : DataFrame
        A row per change: asset, date, old, new, rule. `new` is NaN where an entry was dropped.

    Raises
    ------
    PriceDataError
        If something fatal is left that no named rule covers.

    Notes
    -----
    Nothing is ever filled in: where an entry is dropped, the asset's next return spans the day.

    Examples
    --------
    >>> import pandas as pd
    >>> days = pd.date_range("2020-04-17", periods=3)
    >>> wti = pd.Series([18.0, -36.98, 9.0], index=days, name="WTI")
    >>> cleaned, changes = clean_prices(wti, non_positive="drop")
    >>> cleaned["WTI"].tolist(), changes["old"].tolist()
    ([18.0, 9.0], [-36.98])
    """
    _checks.one_of("time_zones", time_zones, ("refuse", "utc"))
    _checks.one_of("order", order, ("refuse", "sort"))
    _checks.one_of("duplicates", duplicates, ("refuse", "first", "last"))
    _checks.one_of("not_a_number", not_a_number, ("refuse", "drop"))
    _checks.one_of("non_positive", non_positive, ("refuse", "drop"))
    _checks.one_of("missing", missing, ("refuse", "drop"))
    _checks.one_of("spikes", spikes, ("keep", "drop"))
    panel = read_panel(prices)
    chosen = {"mixed time zones": time_zones, "unsorted": order, "not a number": not_a_number}
    covered = [kind for kind, rule in chosen.items() if rule != "refuse"]
    changes = _of_reading(panel, covered)
    values = panel.prices
    # A row that loses its last price goes with it; one that never had any is for `missing`.
    emptied = [dates for _, dates, _ in panel.refused] if not_a_number == "drop" else []
    if duplicates != "refuse":
        values = _one_per_date(values, duplicates, changes)
    blank = values.isna().all(axis=1).to_numpy()
    for dates in emptied:
        blank = blank & ~values.index.isin(dates)
    if non_positive == "drop":
        values = _blanked(values, values <= 0.0, "non_positive='drop'", changes)
    if spikes == "drop":
        values = _blanked(values, _spikes(values), "spikes='drop'", changes)
    gone = values.isna().all(axis=1).to_numpy() & ~blank
    if missing == "drop":
        stamps = pd.DatetimeIndex(values.index[blank])
        changes += [("*", stamp, np.nan, np.nan, "missing='drop'") for stamp in stamps]
        gone |= blank
    left = tuple(f for f in panel.findings if f.kind not in covered and f.asset in ("*", *values))
    cleaned = Panel(values[~gone], {}, left, ())
    if cleaned.prices.empty:
        raise PriceDataError("prices: expected some to be left, got none; correct the source")
    check_panel(cleaned).raise_if_fatal()
    return cleaned.prices, _frame(changes)


def _of_reading(panel: Panel, covered: list[str]) -> list[Change]:
    """Return the changes that reading made already, as far as a rule covers them."""
    rules = {"mixed time zones": "time_zones='utc'", "unsorted": "order='sort'"}
    changes: list[Change] = [
        (f.asset, f.start, str(f.value or ""), np.nan, rules[f.kind])
        for f in panel.findings
        if f.kind in covered and f.kind in rules
    ]
    if "not a number" in covered:
        changes += [
            (asset, date, text, np.nan, "not_a_number='drop'")
            for asset, dates, texts in panel.refused
            if asset in panel.prices.columns
            for date, text in zip(dates, texts, strict=True)
        ]
    return changes


def _one_per_date(
    values: pd.DataFrame, keep: Literal["first", "last"], changes: list[Change]
) -> pd.DataFrame:
    if not values.index.has_duplicates:
        return values
    groups = values.groupby(level=0)
    once = groups.first() if keep == "first" else groups.last()
    repeated = values[values.index.duplicated(keep=False)]
    rule = f"duplicates='{keep}'"
    for asset in repeated:
        given = repeated[asset].dropna()
        dropped = given[given.index.duplicated(keep=keep)]
        stamps = pd.DatetimeIndex(dropped.index)
        kept = once[asset].loc[stamps].tolist()
        changes += [
            (str(asset), stamp, old, new, rule)
            for stamp, old, new in zip(stamps, dropped.tolist(), kept, strict=True)
        ]
    return once.set_axis(pd.DatetimeIndex(once.index, name="date"), axis=0)


def _blanked(
    values: pd.DataFrame, flags: pd.DataFrame, rule: str, changes: list[Change]
) -> pd.DataFrame:
    stamps, assets = pd.DatetimeIndex(values.index), values.columns.map(str)
    array = values.to_numpy()
    changes += [
        (assets[column], stamps[row], float(array[row, column]), np.nan, rule)
        for row, column in np.argwhere(flags.to_numpy()).tolist()
    ]
    return values.mask(flags)


def _spikes(values: pd.DataFrame) -> pd.DataFrame:
    flags = pd.DataFrame(False, index=values.index, columns=values.columns)
    for asset in values:
        prices = values[asset].dropna()
        found = move_findings(str(asset), prices, large_move=LARGE_MOVE, stale_run=STALE_RUN)
        dates = [f.start for f in found if f.kind == "isolated spike"]
        flags.loc[dates, asset] = True
    return flags


def _frame(changes: list[Change]) -> pd.DataFrame:
    frame = pd.DataFrame(changes, columns=["asset", "date", "old", "new", "rule"])
    # Old entries may be text: the column keeps them as they were.
    frame["old"] = pd.Series([change[2] for change in changes], dtype=object)
    return frame.astype({"new": np.float64})
