"""What the commands read and put together before they show it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

import pandas as pd

from quant.calibration.plan import CalibrationPlan
from quant.collateral import CollateralSchedule, HaircutModel
from quant.config import load
from quant.errors import InputError
from quant.margin._schedule import base_error
from quant.prices import read_prices
from quant.returns import log_returns

First = TypeVar("First")
Second = TypeVar("Second")


def read_spec(path: Path, kind: type[First]) -> First:
    """Return the specification in a file, which must be of the kind."""
    return read_either(path, kind, kind)


def read_either(path: Path, first: type[First], second: type[Second]) -> First | Second:
    """Return the specification in a file, which must be of one of two kinds."""
    spec = load(path, classes=(CalibrationPlan,))
    if not isinstance(spec, (first, second)):
        wanted = " or ".join(dict.fromkeys((first.__name__, second.__name__)))
        raise InputError(
            f"{path.name}: expected a {wanted}, got a {type(spec).__name__}; pass another file"
        )
    return spec


def read_returns(path: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return prices (T, N) and their log returns."""
    prices = read_prices(path)
    return prices, log_returns(prices)


def columns(panel: pd.DataFrame, assets: Sequence[str]) -> pd.DataFrame:
    """Return some assets of a panel, refusing by name one that it does not have."""
    for asset in assets:
        if asset not in panel:
            listed = ", ".join(str(name) for name in panel.columns)
            raise InputError(f"asset: expected one of {listed}, got {asset!r}; name a column")
    return panel[list(assets)]


def haircut_components(
    model: HaircutModel, returns: pd.DataFrame, schedule: CollateralSchedule
) -> pd.DataFrame:
    """Return the standard error and the components of each haircut that has a model."""
    rates = {
        asset: model.rate(returns[asset].dropna())
        for asset, status in dict(schedule.status).items()
        if status == "model"
    }
    steps = {
        asset: {"std_error": base_error(rate)} | {c.name: c.rate for c in rate.components}
        for asset, rate in rates.items()
    }
    return pd.DataFrame.from_dict(steps, orient="index")
