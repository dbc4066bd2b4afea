"""What the terminal shows: tables on stdout that are continued below rather than cut."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping

import pandas as pd
import tomli_w
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from quant._checks import stamp
from quant.config import to_dict

_PIPE_WIDTH = 200
_BETWEEN = 2  # columns of blanks between two columns


def console() -> Console:
    """Return a console on stdout as it is now."""
    found = Console(highlight=False)
    return found if found.is_terminal else Console(highlight=False, width=_PIPE_WIDTH)


def show_table(
    title: str, frame: pd.DataFrame, *, keys: int = 1, percent: Collection[str] = ()
) -> None:
    """Print a frame, its index as the first columns; columns named in `percent` are fractions.

    What is wider than the terminal continues below under the first `keys` columns, never cut.
    """
    flat = frame.reset_index() if frame.index.names != [None] else frame
    cells = {
        str(name): [
            _cell(value, str(name)) if str(name) not in percent else _percent(value)
            for value in flat[name].tolist()
        ]
        for name in flat.columns
    }
    screen = console()
    widths = {name: max(map(len, (name, *column))) for name, column in cells.items() if any(column)}
    screen.print(Text(title, style="bold"))
    for names in _pieces(list(widths.items()), keys, screen.width):
        table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
        for name in names:
            table.add_column(
                name, justify="right" if _numeric(flat[name]) else "left", overflow="fold"
            )
        for row in zip(*(cells[name] for name in names), strict=True):
            table.add_row(*map(Text, row))
        screen.print(table)


def _pieces(widths: list[tuple[str, int]], keys: int, room: int) -> list[list[str]]:
    """Return the columns of each table, so that all of them fit and each begins with the keys."""
    first = [name for name, _ in widths[:keys]]
    taken = sum(width + _BETWEEN for _, width in widths[:keys])
    pieces, used = [first.copy()], taken
    for name, width in widths[keys:]:
        if len(pieces[-1]) > keys and used + width > room:
            pieces.append(first.copy())
            used = taken
        pieces[-1].append(name)
        used += width + _BETWEEN
    return pieces


def show_facts(title: str, facts: Mapping[str, object]) -> None:
    """Print names and values under one another."""
    width = max(map(len, facts))
    lines = [f"  {name:<{width}}  {_cell(value)}" for name, value in facts.items()]
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


def _percent(value: object) -> str:
    return f"{value:.2%}" if isinstance(value, float) and math.isfinite(value) else _cell(value)


def _cell(value: object, name: str = "") -> str:
    if value is None or value is pd.NA or value is pd.NaT:
        return "-"
    if isinstance(value, pd.Timestamp):
        return stamp(value)
    if isinstance(value, float):
        if math.isnan(value):
            return "-"
        if name == "max_leverage":
            return f"{value:.2f}"
        return f"{value:,.4g}" if abs(value) < 10_000.0 else f"{value:,.0f}"
    return str(value)
