"""DCC log-likelihood against the plain NumPy loop, interleaved, equality first.

``python -m tests.benchmarks.dcc`` prints one JSON line per size. The peer factorises each date's
correlation by `slogdet` and solves with it, the way the formula reads; no packaged Python DCC was
found to compare with. Both run on one thread.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from time import perf_counter

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from quant.dependence import DCC
from quant.dependence._dcc_likelihood import CorrelationLikelihood

DATES = 1_500
A, B = 0.03, 0.95
TARGETS = {10: (30.0, 30.0), 50: (4.0, 8.0), 100: (4.0, 8.0)}  # assets: at least, stretch
ROUNDS = 7


def innovations(assets: int, seed: int = 7) -> np.ndarray:
    """Return normal innovations (T, N) whose correlations follow a DCC."""
    rng = np.random.default_rng(seed)
    target = 0.5 * np.eye(assets) + 0.5
    q, z = target.copy(), np.empty((DATES, assets))
    for t in range(DATES):
        d = np.sqrt(np.diag(q))
        z[t] = np.linalg.cholesky(q / np.outer(d, d)) @ rng.standard_normal(assets)
        q = (1.0 - A - B) * target + A * np.outer(z[t], z[t]) + B * q
    return z


def numpy_loop(z: np.ndarray, a: float, b: float) -> float:
    """Return the second-step log-likelihood, date by date."""
    target = z.T @ z / len(z)
    q, total = target, 0.0
    for row in z:
        d = 1.0 / np.sqrt(np.diag(q))
        r = q * d[:, None] * d
        total -= 0.5 * (np.linalg.slogdet(r)[1] + row @ np.linalg.solve(r, row) - row @ row)
        q = (1.0 - a - b) * target + a * np.outer(row, row) + b * q
    return float(total)


def timed(*functions: Callable[[], object]) -> list[float]:
    """Return the median seconds of each function, called in turn."""
    seconds = np.empty((ROUNDS, len(functions)))
    for row in seconds:
        for i, function in enumerate(functions):
            begin = perf_counter()
            function()
            row[i] = perf_counter() - begin
    return [float(x) for x in np.median(seconds, axis=0)]


def likelihood(assets: int) -> dict[str, object]:
    """Return the comparison of one evaluation, the target matrix included on both sides."""
    z = innovations(assets)

    def ours() -> float:
        return CorrelationLikelihood(z, "row", composite=False).total(A, B)

    def peer() -> float:
        return numpy_loop(z, A, B)

    difference = abs(ours() - peer())
    if difference > 1e-8 * len(z):
        raise AssertionError(f"log-likelihoods differ by {difference:g} at N = {assets}")
    peer_seconds, our_seconds = timed(peer, ours)
    least, stretch = TARGETS[assets]
    ratio = peer_seconds / our_seconds
    return {
        "path": "DCC log-likelihood",
        "size": f"N = {assets}, T = {DATES}",
        "peer": "NumPy loop",
        "peer_ms": round(1e3 * peer_seconds, 3),
        "ours_ms": round(1e3 * our_seconds, 3),
        "ratio": round(ratio, 1),
        "at_least": least,
        "stretch": stretch,
        "met": ratio >= least,
        "difference": difference,
    }


def fit(assets: int = 50) -> dict[str, object]:
    """Return the time of whole fits, which have no peer here."""
    panel = pd.DataFrame(innovations(assets))
    rows: dict[str, object] = {"path": "DCC fit", "size": f"N = {assets}, T = {DATES}"}
    for spec in (DCC(), DCC(recursion="aielli"), DCC(likelihood="composite")):
        spec.fit(panel.iloc[:, :3])  # compile, or read the cache
        begin = perf_counter()
        found = spec.fit(panel)
        name = f"{spec.recursion} {spec.likelihood}"
        rows[f"{name} s"] = round(perf_counter() - begin, 2)
        rows[f"{name} estimate"] = [round(found.params[key], 5) for key in ("a", "b")]
    return rows


def run() -> list[dict[str, object]]:
    """Return every comparison of this file as rows that JSON can hold."""
    with threadpool_limits(limits=1):
        return [*(likelihood(assets) for assets in TARGETS), fit()]


if __name__ == "__main__":
    for line in run():
        print(json.dumps(line))
