"""Is any window's likelihood short of arch's? Real series, two models, two laws."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd

import quant as q
from tests.benchmarks._peer import arch_fit, projected
from tests.benchmarks._report import line

LENGTHS = (500, 1000, 2500)
PER_SERIES = 100  # windows of one series, length, model and law


def series() -> dict[str, pd.Series]:
    """Return the S&P 500, and crypto-assets where the shared data are at hand."""
    found = {"SP500": q.log_returns(q.load_sample("markets"))["SP500"].dropna()}
    folder = Path(os.environ.get("QUANT_SHARED", Path(__file__).parents[2] / "../shared"))
    path = folder / "data" / "crypto_close_daily.csv"
    if path.exists():
        prices = pd.read_csv(path, index_col=0, parse_dates=True)
        for name in ("BTC", "ETH", "XRP", "LTC", "DOGE"):
            found[name] = np.log(prices[name].dropna()).diff().dropna()
    return found


def quality(per_series: int = PER_SERIES) -> None:
    for model in (q.GARCH, q.GJRGARCH):
        for law in ("normal", "t"):
            spec = model(distribution=law)
            gaps, moved, outside = [], 0, 0
            for name, returns in series().items():
                for window in LENGTHS:
                    if len(returns) < window + 50:
                        continue
                    step = max(1, (len(returns) - window) // per_series)
                    table = q.fit_rolling(spec, returns, window, step)
                    for date, row in table.iterrows():
                        own = returns.loc[:date].iloc[-window:]
                        theirs = arch_fit(spec, own)
                        inside = projected(theirs)
                        if inside is None:
                            outside += 1
                            continue
                        moved += inside != theirs
                        fit = spec.fit(own)
                        gap = row["loglikelihood"] - fit.at(inside).loglikelihood
                        gaps.append(gap)
                        if gap < -1e-6:
                            line("short", series=name, law=law, n=window, date=str(date), gap=gap)
            array = np.array(gaps)
            line(
                "quality",
                model=model.__name__,
                law=law,
                windows=array.size,
                arch_projected=moved,
                arch_infeasible=outside,
                short_by_1e_6=int(np.sum(array < -1e-6)),
                better_by_0_01=int(np.sum(array > 0.01)),
                best=float(array.max()),
                worst=float(array.min()),
            )
