"""From a path or a frame to a raw table: only whether it can be read at all is decided here."""

from __future__ import annotations

import csv
import os
from pathlib import Path
from typing import TypeAlias

import pandas as pd

from quant.errors import PriceDataError
from quant.prices.base import clip

Source: TypeAlias = str | os.PathLike[str] | pd.DataFrame | pd.Series

_HEAD_BYTES = 1 << 16
_PARQUET = (".parquet", ".pq")


def read_table(source: Source) -> tuple[pd.DataFrame, str]:
    """Return the raw table behind `source` and a name for a single unnamed asset."""
    if isinstance(source, pd.Series):
        name = "price" if source.name is None else str(source.name)
        return source.to_frame(name), name
    if isinstance(source, pd.DataFrame):
        return _checked(source, "DataFrame"), "price"
    if not isinstance(source, (str, os.PathLike)):
        raise PriceDataError(
            f"source: expected a path or a DataFrame, got {type(source).__name__}; "
            "pass a CSV or Parquet file, or a frame with dates"
        )
    path = Path(source)
    if path.is_dir():
        raise PriceDataError(f"source: expected a file, got the directory {path}; name one file")
    if not path.is_file():
        raise PriceDataError(f"source: expected an existing file, got {path}; check the path")
    try:
        table = _parquet(path) if path.suffix.lower() in _PARQUET else _csv(path)
    except OSError as error:
        raise PriceDataError(
            f"source: expected a file that can be read, got {path.name} ({error.strerror}); "
            "check its permissions"
        ) from None
    return _checked(table, path.name), path.stem


def _checked(table: pd.DataFrame, what: str) -> pd.DataFrame:
    if isinstance(table.columns, pd.MultiIndex):
        raise PriceDataError(
            f"source: expected one header row, got {table.columns.nlevels} levels in {what}; "
            "select one field, e.g. frame['Close']"
        )
    twice = table.columns[table.columns.duplicated()]
    if len(twice):
        raise PriceDataError(
            f"source: expected one column per asset, got {clip(str(twice[0]))!r} twice in {what}; "
            "rename or remove one"
        )
    if len(table) < 2:
        raise PriceDataError(
            f"source: expected at least two rows of prices, got {len(table)} in {what}; "
            "supply more history"
        )
    return table


def _csv(path: Path) -> pd.DataFrame:
    header = _header(path)
    try:
        table = pd.read_csv(
            path,
            encoding="utf-8-sig",
            low_memory=False,
            header=None,
            skiprows=1,
            names=list(range(len(header))),
        )
    except (UnicodeDecodeError, pd.errors.ParserError) as error:
        raise _unreadable(path, f"a line that is not ({clip(str(error))})") from None
    except pd.errors.EmptyDataError:
        table = pd.DataFrame(columns=list(range(len(header))))
    if not isinstance(table.index, pd.RangeIndex) and len(table):
        raise _unreadable(path, "rows longer than the header")
    table.columns = pd.Index(header)
    return table


def _header(path: Path) -> list[str]:
    """Return the column names, having looked at the first bytes only."""
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    if not head.strip():
        raise PriceDataError(
            f"source: expected a header and rows of prices, got an empty file {path.name}; "
            "supply a history"
        )
    if b"\0" in head:
        raise _unreadable(path, "binary content")
    try:
        line = head.splitlines()[0].decode("utf-8-sig")
        head[: head.rfind(b"\n") + 1].decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _unreadable(path, "bytes that are not text") from None
    if len(line) >= _HEAD_BYTES - 4:
        raise _unreadable(path, "no line break")
    if "," not in line and (";" in line or "\t" in line):
        raise _unreadable(path, "a header without commas")
    return [name.strip() for name in next(csv.reader([line]), [])]


def _unreadable(path: Path, got: str) -> PriceDataError:
    return PriceDataError(
        f"source: expected comma-separated text in UTF-8, got {got} in {path.name}; "
        "export the prices as CSV with one header row"
    )


def _parquet(path: Path) -> pd.DataFrame:
    try:
        import pyarrow as pa
    except ImportError:
        raise PriceDataError(
            f"source: expected pyarrow to be installed, got none, for {path.name}; "
            "pip install 'quant-margin[parquet]', or export the prices as CSV"
        ) from None
    try:
        return pd.read_parquet(path, engine="pyarrow")
    except (pa.ArrowException, ValueError) as error:
        raise PriceDataError(
            f"source: expected a Parquet file, got {path.name} ({clip(str(error))}); "
            "write it again with to_parquet"
        ) from None
