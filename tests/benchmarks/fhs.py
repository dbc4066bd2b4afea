"""Filtered simulation, 10 periods by 10,000 paths: against arch's bootstrap and plain NumPy."""

from __future__ import annotations

import json
import warnings
from time import perf_counter

import numpy as np

import quant as q

STEPS, PATHS, REPEATS = 10, 10_000, 30


def run() -> list[dict[str, object]]:
    """Return one record per peer: medians of interleaved repeats, after equality is proved."""
    from arch import arch_model

    returns = q.log_returns(q.load_sample("markets"))["SP500"].dropna().iloc[-1000:]
    estimator = q.FilteredHistoricalSimulation(
        volatility=q.GARCH(), window=1000, n_paths=PATHS, seed=0
    )
    fit = estimator.fit(returns)
    params, state = fit.volatility.params, fit.volatility.forecast(1).sigma[0] ** 2
    z = fit.z.to_numpy()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        peer = arch_model(100.0 * returns, mean="Constant", rescale=False).fit(disp="off")

    def plain() -> np.ndarray:
        rows = np.random.default_rng(0).integers(0, z.size, size=(PATHS, STEPS))
        h = np.full(PATHS, state)
        total = np.zeros(PATHS)
        for k in range(STEPS):
            e = np.sqrt(h) * z[rows[:, k]]
            total += params["mu"] + e
            h = params["omega"] + params["alpha"] * e * e + params["beta"] * h
        return total

    def ours() -> np.ndarray:
        return fit.forecast(STEPS, "long").loss.losses

    def bootstrap() -> np.ndarray:
        forecast = peer.forecast(
            horizon=STEPS, method="bootstrap", simulations=PATHS, reindex=False
        )
        return forecast.simulations.values[0].sum(axis=1) / 100.0

    assert np.allclose(-np.log1p(-ours()), -plain(), rtol=1e-10, atol=1e-14)
    tails = [np.quantile(draw(), 0.01) for draw in (plain, bootstrap)]
    assert abs(tails[0] / tails[1] - 1.0) < 0.15  # other draws, the same law

    times: dict[str, list[float]] = {"ours": [], "numpy": [], "arch": []}
    for repeat in range(REPEATS):
        for name, call in (("ours", ours), ("numpy", plain), ("arch", bootstrap)):
            if name == "arch" and repeat >= 10:
                continue
            begin = perf_counter()
            call()
            times[name].append(perf_counter() - begin)
    median = {name: float(np.median(t)) for name, t in times.items()}
    return [
        {
            "path": f"FHS {STEPS} steps x {PATHS} paths",
            "peer": peer_name,
            "ratio": round(median[peer_name] / median["ours"], 2),
            "ours_us": round(1e6 * median["ours"], 1),
            "peer_us": round(1e6 * median[peer_name], 1),
        }
        for peer_name in ("arch", "numpy")
    ]


if __name__ == "__main__":
    for record in run():
        print(json.dumps(record))
