"""What the commands read: prices, and specifications of the kind they need."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

import pandas as pd

from quant.calibration.plan import CalibrationPlan
from quant.config import load
from quant.errors import InputError
from quant.prices import read_prices
from quant.returns import log_returns

Kind = TypeVar("Kind")


def read_spec(path: Path, *kinds: type[Kind]) -> Kind:
    """Return the specification in a file, which must be of one of the kinds."""
    spec = load(path, classes=(CalibrationPlan,))
    if not isinstance(spec, kinds):
        wanted = " or ".join(kind.__name__ for kind in kinds)
        raise InputError(
            f"{path.name}: expected a {wanted}, got a {type(spec).__name__}; pass another file"
        )
    return spec


def read_returns(path: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return prices (T, N) and their log returns."""
    prices = read_prices(path)
    return prices, log_returns(prices)


def column(panel: pd.DataFrame, asset: str) -> pd.Series:
    """Return one asset of a panel on its own dates."""
    if asset not in panel:
        listed = ", ".join(str(name) for name in panel.columns)
        raise InputError(f"asset: expected one of {listed}, got {asset!r}; name a column")
    return panel[asset].dropna()
