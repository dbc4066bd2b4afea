"""From a raw table to a panel: which layout it has, and every entry a number or a finding."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from quant._typing import Vector
from quant.errors import PriceDataError
from quant.prices._runs import runs
from quant.prices._stamps import parse_dates, split_dates
from quant.prices._tables import Source, read_table
from quant.prices.base import Finding, clip

FIELDS = ("open", "high", "low", "close", "volume")
_ASSET = ("asset", "symbol", "ticker")
_PRICE = ("price", "close")

Refused: TypeAlias = tuple[str, pd.DatetimeIndex, tuple[str, ...]]


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    """Prices as stored, in date order, with what reading them already found.

    Parameters
    ----------
    prices : DataFrame
        (T, N) close prices; dates may repeat, entries may be NaN or anything finite.
    bars : mapping of str to DataFrame
        Open, high, low, close (and volume) of each asset that has them.
    findings : tuple of Finding
        Mixed time zones, unsorted rows and entries that are no finite numbers.
    refused : tuple of (asset, dates, texts)
        The entries of each asset that are no finite numbers; they are NaN in `prices`.
    """

    prices: pd.DataFrame
    bars: Mapping[str, pd.DataFrame]
    findings: tuple[Finding, ...]
    refused: tuple[Refused, ...]

    def only(self, asset: str) -> Panel:
        """Return the panel of one asset's bars."""
        bars = self.bars[asset]
        mine = (asset, "*", *(f"{asset} {field}" for field in FIELDS))
        findings = tuple(f for f in self.findings if f.asset in mine)
        prices = bars[["close"]].set_axis([asset], axis=1)
        return Panel(prices, {asset: bars}, findings, self.refused)


def read_panel(source: Source) -> Panel:
    """Return the panel behind a path or a frame, wide, long or open-high-low-close."""
    table, name = read_table(source)
    raw, columns = split_dates(table)
    index, zones = parse_dates(raw)
    columns = columns.set_axis(pd.DatetimeIndex(index, name="date"), axis=0)
    columns = columns.set_axis([str(column).strip() for column in columns.columns], axis=1)
    if not len(columns.columns):
        raise PriceDataError("source: expected price columns, got none; add one column per asset")
    labels = {column.lower(): column for column in reversed(columns.columns)}
    asset = next((labels[key] for key in _ASSET if key in labels), None)
    if asset is not None:
        return _long(columns, asset, labels, zones)
    if all(field in labels for field in FIELDS[:4]):
        parts = {name: _fields(columns, labels)}
        return _bars(parts, zones)
    if len(columns.columns) == 1 and columns.columns[0].lower() in _PRICE:
        columns = columns.set_axis([name], axis=1)
    read = _numbers(columns, columns.columns.tolist())
    findings = (*zones, *read.findings, *_unsorted(columns.index, "*"))
    return Panel(read.values.sort_index(kind="stable"), {}, findings, read.refused)


def _long(
    columns: pd.DataFrame, asset: str, labels: Mapping[str, str], zones: tuple[Finding, ...]
) -> Panel:
    names = columns[asset]
    if names.isna().any():
        row = int(np.flatnonzero(names.isna().to_numpy())[0])
        raise PriceDataError(
            f"{asset}: expected a name on every row, got a blank in row {row + 1}; fill it in"
        )
    if all(field in labels for field in FIELDS[:4]):
        picked = _fields(columns, labels)
    else:
        price = next((labels[key] for key in _PRICE if key in labels), None)
        if price is None:
            raise PriceDataError(
                f"source: expected a price or close column beside {asset}, got "
                f"{clip(', '.join(columns.columns))}; name it 'price'"
            )
        picked = columns[[price]].set_axis(["close"], axis=1)
    parts = {str(key): part for key, part in picked.groupby(names.astype(str), sort=False)}
    if len(picked.columns) > 1:
        return _bars(parts, zones)
    findings = list(zones)
    refused: list[Refused] = []
    series = {}
    for key, part in parts.items():
        read = _numbers(part.set_axis([key], axis=1), [key])
        findings += [*read.findings, *_unsorted(part.index, key)]
        refused += read.refused
        series[key] = read.values[key]
    return Panel(_side_by_side(series), {}, tuple(findings), tuple(refused))


def _bars(parts: Mapping[str, pd.DataFrame], zones: tuple[Finding, ...]) -> Panel:
    findings = list(zones)
    refused: list[Refused] = []
    bars = {}
    for key, part in parts.items():
        labels = [key if field == "close" else f"{key} {field}" for field in part.columns]
        read = _numbers(part, labels)
        findings += [*read.findings, *_unsorted(part.index, key)]
        refused += read.refused
        bars[key] = read.values.sort_index(kind="stable")
    closes = {key: bar["close"] for key, bar in bars.items()}
    return Panel(_side_by_side(closes), bars, tuple(findings), tuple(refused))


def _fields(columns: pd.DataFrame, labels: Mapping[str, str]) -> pd.DataFrame:
    present = [field for field in FIELDS if field in labels]
    return columns[[labels[field] for field in present]].set_axis(present, axis=1)


def _side_by_side(series: Mapping[str, pd.Series]) -> pd.DataFrame:
    """Return one column per asset; the n-th entry of a repeated date stands on its n-th row."""
    columns = []
    for name, prices in series.items():
        nth = prices.groupby(level=0).cumcount().to_numpy()
        rows = pd.MultiIndex.from_arrays([prices.index, nth])
        columns.append(pd.Series(prices.to_numpy(), index=rows, name=name))
    wide = pd.concat(columns, axis=1).sort_index()
    return wide.set_axis(pd.DatetimeIndex(wide.index.get_level_values(0), name="date"), axis=0)


def _unsorted(index: pd.Index, asset: str) -> list[Finding]:
    stamps = pd.DatetimeIndex(index)
    if stamps.is_monotonic_increasing:
        return []
    back = np.flatnonzero(stamps[1:] < stamps[:-1]) + 1
    first = stamps[back[0]]
    return [Finding(asset, "unsorted", first, first, None, len(back))]


@dataclass(frozen=True, slots=True, eq=False)
class _Numbers:
    values: pd.DataFrame
    findings: tuple[Finding, ...]
    refused: tuple[Refused, ...]


def _numbers(columns: pd.DataFrame, labels: list[str]) -> _Numbers:
    """Return float columns; an entry that is no finite number is a finding, and NaN."""
    findings: list[Finding] = []
    refused: list[Refused] = []
    floats = {}
    stamps = pd.DatetimeIndex(columns.index)
    for position, (column, label) in enumerate(zip(columns.columns, labels, strict=True)):
        raw = columns.iloc[:, position]
        values, bad = _floats(raw)
        texts = raw.to_numpy(dtype=object)
        if bad.any():
            refused.append((label, stamps[bad], tuple(map(str, texts[bad]))))
        for i, j in runs(bad):
            dates = stamps[i : j + 1]
            findings.append(
                Finding(label, "not a number", dates.min(), dates.max(), str(texts[i]), j - i + 1)
            )
        floats[column] = np.where(bad, np.nan, values)
    return _Numbers(pd.DataFrame(floats, index=columns.index), tuple(findings), tuple(refused))


def _floats(raw: pd.Series) -> tuple[Vector, npt.NDArray[np.bool_]]:
    blank = raw.isna().to_numpy()
    if raw.dtype.kind in "bcmM":  # logical, complex, durations and dates are no prices
        return np.full(len(raw), np.nan), ~blank
    numbers = pd.to_numeric(raw, errors="coerce")
    values = numbers.to_numpy(dtype=np.float64, na_value=np.nan)
    return values, ~np.isfinite(values) & ~blank
