"""A ten-year daily-refit backtest of filtered simulation with GJR-t against the loop over arch.

The loop is timed on dates spread over the ten years and scaled to all of them; ours is run whole.
"""

from __future__ import annotations

import json
import warnings
from time import perf_counter

import numpy as np
import pandas as pd

import quant as q

WINDOW, YEARS, LEVEL = 1000, 10, 0.99
PEER_DATES, ROUNDS = 24, 3


def peer_forecast(past: pd.Series) -> tuple[float, float]:
    """Return VaR and ES the way a user of arch gets them, from the last WINDOW returns."""
    from arch import arch_model

    window = 100.0 * past.iloc[-WINDOW:]
    model = arch_model(window, mean="Constant", p=1, o=1, q=1, dist="t", rescale=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = model.fit(disp="off", update_freq=0, show_warning=False)
    sigma = float(np.sqrt(found.forecast(horizon=1, reindex=False).variance.iloc[-1, 0]))
    z = (found.resid / found.conditional_volatility).to_numpy()
    losses = np.sort(-np.expm1((found.params["mu"] + sigma * z) / 100.0))[::-1]
    tail = round(WINDOW * (1.0 - LEVEL))
    return float(losses[tail - 1]), float(losses[:tail].mean())


def run() -> list[dict[str, object]]:
    """Return the comparison, after showing that both give the same numbers."""
    returns = q.log_returns(q.load_sample("markets"))["SP500"].dropna()
    returns = returns.iloc[-(WINDOW + YEARS * 252) :]
    estimator = q.FilteredHistoricalSimulation(
        volatility=q.GJRGARCH(distribution="t"), window=WINDOW
    )
    origins = np.linspace(WINDOW, len(returns) - 1, PEER_DATES).astype(int)
    q.backtest(estimator, returns.iloc[: WINDOW + 40], level=LEVEL)  # compile, or read the cache
    ours, theirs = [], []
    for part in np.array_split(origins, ROUNDS):
        begin = perf_counter()
        bt = q.backtest(estimator, returns, level=LEVEL, progress=False)
        ours.append(perf_counter() - begin)
        begin = perf_counter()
        found = [peer_forecast(returns.iloc[:o]) for o in part]
        theirs.append((perf_counter() - begin) / len(part))
        gaps = [
            abs(number / of[o - WINDOW] - 1.0)
            for o, numbers in zip(part, found, strict=True)
            for number, of in zip(numbers, (bt.var, bt.es), strict=True)
        ]
        # both maximise one likelihood; arch stops at its own tolerance
        assert np.median(gaps) < 1e-3, gaps
        assert max(gaps) < 0.02, gaps
    whole = float(np.median(theirs)) * bt.n_obs
    return [
        {
            "path": "FHS(GJR-t) backtest, daily refits, one asset",
            "size": f"{bt.n_obs} dates, window {WINDOW}",
            "peer": f"loop over arch, timed on {PEER_DATES} dates and scaled",
            "ours_s": round(float(np.median(ours)), 2),
            "peer_s": round(whole, 1),
            "ratio": round(whole / float(np.median(ours)), 1),
            "at_least": 50,
        }
    ]


if __name__ == "__main__":
    for record in run():
        print(json.dumps(record))
