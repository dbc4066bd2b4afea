"""The histories that come with the package."""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType
from typing import Final

import pandas as pd

from quant.errors import InputError

__all__ = ["load_sample"]

_FILES: Final = MappingProxyType(
    {
        "markets": "market_prices.csv",
        "simulated_crypto": "simulated_crypto_close.csv",
        "simulated_crypto_ohlcv": "simulated_crypto_ohlcv.csv",
    }
)


def load_sample(name: str) -> pd.DataFrame:
    """Return one of the price histories in ``data/``.

    Parameters
    ----------
    name : {"markets", "simulated_crypto", "simulated_crypto_ohlcv"}
        ``markets``: real daily closes of eleven markets, 1999 to 2018. ``simulated_crypto``:
        SIMULATED daily closes of six coins and a stablecoin, 2,500 days. The last: their
        SIMULATED bars as a long table with the columns date, asset, open, high, low, close,
        volume, which `read_ohlcv` takes.

    Returns
    -------
    DataFrame
        Wide tables (T, N) have dates as index and one column per asset, NaN where a market was
        closed or an asset not yet listed.

    Raises
    ------
    InputError
        If there is no history of that name.

    Notes
    -----
    Sources and licences are in ``data/README.md``.

    Examples
    --------
    >>> load_sample("markets").columns.tolist()[:3]
    ['SP500', 'NASDAQ', 'WTI']
    """
    if name not in _FILES:
        listed = ", ".join(repr(known) for known in _FILES)
        raise InputError(f"name: expected one of {listed}, got {name!r}; choose one of them")
    table = pd.read_csv(_folder() / _FILES[name])
    table["date"] = pd.DatetimeIndex(table["date"]).as_unit("ns")
    return table if "asset" in table else table.set_index("date")


def _folder() -> Path:
    """Return the folder inside the wheel, or that of the checkout."""
    package = Path(__file__).resolve().parent
    shipped = package / "_data"
    return shipped if shipped.is_dir() else package.parent / "data"
