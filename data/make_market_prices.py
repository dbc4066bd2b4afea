"""Make market_prices.csv: real daily prices out of two permissively licensed packages.

Run from the checkout's root, with arch and skfolio installed::

    python data/make_market_prices.py [FOLDER]

S&P 500 and NASDAQ closes and WTI come from arch.data (NCSA), eight stocks from skfolio.datasets
(BSD-3-Clause). Rows are the days on which at least one of them has a price; a blank says that this
market was closed on that day. Values are as in the packages.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd

START, END = "1999-01-04", "2018-12-28"  # the last day on which all have a price
STOCKS = ("AAPL", "BAC", "GE", "JNJ", "JPM", "KO", "MSFT", "XOM")


def market_prices() -> pd.DataFrame:
    from arch.data import nasdaq, sp500, wti
    from skfolio.datasets import load_sp500_dataset

    columns = {
        "SP500": sp500.load()["Close"],
        "NASDAQ": nasdaq.load()["Close"],
        "WTI": wti.load()["DCOILWTICO"],
    }
    stocks = load_sp500_dataset()
    columns |= {name: stocks[name] for name in STOCKS}
    panel = pd.DataFrame(columns).loc[START:END].dropna(how="all").round(4)
    return panel.rename_axis("date")


if __name__ == "__main__":
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    market_prices().to_csv(folder / "market_prices.csv", date_format="%Y-%m-%d")
