"""The application, and the arguments its commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

app = typer.Typer(
    name="quant",
    help="Margin rates and collateral haircuts from price history.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

Prices: TypeAlias = Annotated[
    Path, typer.Argument(metavar="PRICES", help="CSV or Parquet file of prices.")
]
Spec: TypeAlias = Annotated[
    Path | None, typer.Option("--spec", help="TOML or JSON file of the model.")
]
Out: TypeAlias = Annotated[
    Path | None, typer.Option("--out", help="Folder for tables, pictures and the manifest.")
]
Jobs: TypeAlias = Annotated[
    int, typer.Option("--n-jobs", help="Workers; the answer does not depend on it.")
]
