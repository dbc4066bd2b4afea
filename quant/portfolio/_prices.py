"""Price vectors as accounts take them, one or a row per scenario, checked and made arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import numpy as np
import pandas as pd

from quant._typing import FloatArray
from quant.errors import InputError
from quant.portfolio.base import PriceVector

OnePrice: TypeAlias = Mapping[str, float] | pd.Series
ManyPrices: TypeAlias = pd.DataFrame


def price_vector(prices: OnePrice | ManyPrices, assets: Sequence[str], quote: str) -> PriceVector:
    """Return the price of each asset as an array, () or (S,), and the quote at 1."""
    if not isinstance(prices, (Mapping, pd.Series, pd.DataFrame)):
        raise InputError(
            f"prices: expected a mapping, a Series or a DataFrame, got {type(prices).__name__}; "
            'pass {"BTC": 60_000.0, ...}'
        )
    missing = [asset for asset in assets if asset not in prices]
    if missing:
        raise InputError(
            f"prices: expected a price for {', '.join(missing)}, got none; add it "
            f"(only the quote, {quote}, needs none)"
        )
    if quote in prices and (_column(prices, quote) != 1.0).any():
        raise InputError(
            f"prices: expected 1 for the quote {quote}, got another number; "
            "give all prices in the quote currency"
        )
    return {asset: _column(prices, asset) for asset in assets} | {quote: np.array(1.0)}


def _column(prices: OnePrice | ManyPrices, asset: str) -> FloatArray:
    try:
        column = np.asarray(prices[asset], dtype=np.float64)
    except (TypeError, ValueError):
        raise InputError(
            f"prices[{asset}]: expected a number, got {prices[asset]!r}; pass a float"
        ) from None
    if not np.isfinite(column).all():
        raise InputError(f"prices[{asset}]: expected finite numbers, got nan or inf; repair them")
    return column
