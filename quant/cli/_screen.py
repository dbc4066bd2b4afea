"""What the terminal shows: tables on stdout, wide enough not to be cut when they are piped."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping

import pandas as pd
import tomli_w
from rich.console import Console
from rich.table import Table
from rich.text import Text

from quant._checks import stamp
from quant.config import to_dict

_PIPE_WIDTH = 200


def console() -> Console:
    """Return a console on stdout as it is now."""
    found = Console(highlight=False)
    return found if found.is_terminal else Console(highlight=False, width=_PIPE_WIDTH)


def show_table(title: str, frame: pd.DataFrame, *, percent: Collection[str] = ()) -> None:
    """Print a frame, its index as the first columns; columns named in `percent` are fractions."""
    flat = frame.reset_index() if frame.index.names != [None] else frame
    table = Table(title=title, title_justify="left", title_style="bold")
    for name in flat.columns:
        table.add_column(str(name), justify="right" if _numeric(flat[name]) else "left")
    for row in flat.itertuples(index=False):
        cells = zip(flat.columns, row, strict=True)
        table.add_row(*(Text(_cell(value, str(name) in percent)) for name, value in cells))
    console().print(table)


def show_facts(title: str, facts: Mapping[str, object]) -> None:
    """Print names and values under one another."""
    width = max(map(len, facts))
    lines = [f"  {name:<{width}}  {_cell(value, percent=False)}" for name, value in facts.items()]
    show_lines(title, lines)


def show_lines(title: str, lines: list[str]) -> None:
    """Print lines under a title, if there are any."""
    if lines:
        console().print(Text(title, style="bold"))
        console().print(Text("\n".join(lines)))


def show_spec(title: str, spec: object) -> None:
    """Print a specification as the file that would hold it."""
    show_lines(f"# {title}", [tomli_w.dumps(to_dict(spec)).rstrip()])


def show_default(model: object, *, named: bool) -> None:
    """Print the model that is used when no other was named."""
    if not named:
        show_spec("default model: these lines in a file are what --spec takes", model)


def _numeric(column: pd.Series) -> bool:
    return bool(pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column))


def _cell(value: object, percent: bool) -> str:
    if value is None or value is pd.NA or value is pd.NaT:
        return "-"
    if isinstance(value, pd.Timestamp):
        return stamp(value)
    if isinstance(value, float):
        if math.isnan(value):
            return "-"
        if percent:
            return f"{value:.2%}"
        return f"{value:,.4g}" if abs(value) < 10_000.0 else f"{value:,.0f}"
    return str(value)
