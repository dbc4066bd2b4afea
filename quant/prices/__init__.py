"""Price histories: read them, say what is wrong with them, repair them by explicit rules."""

from __future__ import annotations

from quant.prices.checking import check_prices
from quant.prices.cleaning import clean_prices
from quant.prices.reading import read_ohlcv, read_prices

__all__ = ["check_prices", "clean_prices", "read_ohlcv", "read_prices"]
