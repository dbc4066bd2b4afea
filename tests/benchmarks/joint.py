"""Joint filtered simulation, 50 assets by 10 steps by 10,000 paths, against vectorised NumPy.

The peer is written twice, the way one would: all assets side by side in every step, and asset by
asset; the faster one counts. Both are handed the draws; a third figure makes them anew on both
sides. Peak memory is that of one forecast, by tracemalloc.
"""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Callable

import numpy as np
import pandas as pd

import quant as q
from quant.risk._draws import drawn_rows
from tests.benchmarks._report import seconds

ASSETS, STEPS, PATHS, DATES, ROUNDS = 50, 10, 10_000, 1_000, 15
ALL_AT_ONCE = 8 * ASSETS * STEPS * PATHS  # bytes of paths by steps by assets


def history() -> pd.DataFrame:
    """Return clustered, fat-tailed returns with a common factor."""
    rng = np.random.default_rng(0)
    z = rng.standard_t(5, (DATES, ASSETS)) + rng.standard_t(5, (DATES, 1))
    r, h = np.empty_like(z), np.full(ASSETS, 4e-4)
    for t in range(DATES):
        r[t] = np.sqrt(h) * z[t] / 2.0
        h = 2e-5 + 0.08 * r[t] ** 2 + 0.87 * h
    names = [f"A{i:02d}" for i in range(ASSETS)]
    return pd.DataFrame(r, index=pd.date_range("2020-01-01", periods=DATES), columns=names)


def run() -> list[dict[str, object]]:
    """Return ratio, times and memory, after equality is proved."""
    fit = q.FilteredScenarios(volatility=q.GARCH(), window=DATES, n_paths=PATHS).fit(history())
    z = fit.filters.z.to_numpy()
    columns = np.ascontiguousarray(z.T)
    names = ("mu", "omega", "alpha", "beta")
    mu, omega, alpha, beta = np.array([[f.params[n] for n in names] for f in fit.filters.fits]).T
    state = np.array([f.forecast(1).sigma[0] ** 2 for f in fit.filters.fits])

    def draws() -> np.ndarray:
        return np.random.default_rng(0).integers(0, DATES, size=(PATHS, STEPS))

    kept = np.ascontiguousarray(draws().T)

    def side_by_side(rows: np.ndarray) -> np.ndarray:
        h = np.tile(state, (PATHS, 1))
        total = np.zeros((PATHS, ASSETS))
        for row in rows:
            e = np.sqrt(h) * z[row]
            total += mu + e
            h = omega + alpha * e * e + beta * h
        return total

    def asset_by_asset(rows: np.ndarray) -> np.ndarray:
        total = np.zeros((ASSETS, PATHS))
        for j in range(ASSETS):
            h = np.full(PATHS, state[j])
            for row in rows:
                e = np.sqrt(h) * columns[j][row]
                total[j] += mu[j] + e
                h = omega[j] + alpha[j] * e * e + beta[j] * h
        return total.T

    def ours() -> np.ndarray:
        return fit.forecast(STEPS).returns

    def ours_anew() -> np.ndarray:
        drawn_rows.cache_clear()
        return ours()

    for peer in (side_by_side, asset_by_asset):
        np.testing.assert_allclose(ours(), peer(kept), rtol=1e-10, atol=1e-14)
    calls: dict[str, Callable[[], object]] = {
        "ours": ours,
        "side by side": lambda: side_by_side(kept),
        "asset by asset": lambda: asset_by_asset(kept),
        "ours, drawn anew": ours_anew,
        "drawn anew": lambda: asset_by_asset(np.ascontiguousarray(draws().T)),
    }
    times: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(ROUNDS):
        for name, call in calls.items():
            times[name].append(seconds(call))
    median = {name: float(np.median(t)) for name, t in times.items()}
    best = min(median["side by side"], median["asset by asset"])
    bytes_at_peak = peak(ours)
    assert bytes_at_peak < 0.5 * ALL_AT_ONCE
    return [
        {
            "path": f"joint FHS {ASSETS} assets x {STEPS} steps x {PATHS} paths",
            "peer": "numpy",
            "ours_over_peer": round(median["ours"] / best, 2),
            "drawn_anew": round(median["ours, drawn anew"] / median["drawn anew"], 2),
            **{f"{name}_ms": round(1e3 * t, 1) for name, t in median.items()},
            "peak_mb": round(bytes_at_peak / 1e6, 1),
            "peer_peak_mb": round(peak(calls["asset by asset"]) / 1e6, 1),
            "all_at_once_mb": round(ALL_AT_ONCE / 1e6, 1),
        }
    ]


def peak(call: Callable[[], object]) -> int:
    """Return the most memory that was held at once, in bytes."""
    tracemalloc.start()
    call()
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most


if __name__ == "__main__":
    for record in run():
        print(json.dumps(record))
