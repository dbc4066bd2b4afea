"""Null law of Acerbi and Szekely's Z2 against dense simulations, interleaved, same law first.

``python -m tests.benchmarks.z2_null`` prints one JSON line per peer. A peer draws every day of
every history, as the formula reads; ours draws breaches only. Nothing is kept between rounds: the
table of the tail is made anew each time. One thread.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from time import process_time

import numpy as np
from scipy import stats

from quant.backtesting import _breach_sample, _severities, _tail_law
from quant.distributions import StudentT

DAYS, LEVEL, SIMULATIONS, ROUNDS = 250, 0.975, 10_000, 15
TAIL = _tail_law.TailLaw(StudentT(5.0), LEVEL)
EXPECTED = DAYS * (1.0 - LEVEL)


def ours(seed: int = 0) -> np.ndarray:
    """Return draws of Z2 from breaches alone, nothing remembered."""
    for remembered in (_tail_law._table, _breach_sample.breach_sample, _severities._of_tail):
        remembered.cache_clear()
    return 1.0 - _severities._of_tail(TAIL, DAYS, SIMULATIONS, seed).losses / EXPECTED


def dense(loss: np.ndarray) -> np.ndarray:
    """Return Z2 of each row of losses (simulations, days)."""
    return 1.0 - np.where(loss > TAIL.var, loss, 0.0).sum(axis=1) / (EXPECTED * TAIL.es)


def numpy_draws(seed: int = 0) -> np.ndarray:
    loss = np.random.default_rng(seed).standard_t(5.0, (SIMULATIONS, DAYS))
    return dense(loss * np.sqrt(3.0 / 5.0))


def scipy_draws(seed: int = 0) -> np.ndarray:
    loss = stats.t.rvs(5.0, size=(SIMULATIONS, DAYS), random_state=seed)
    return dense(loss * np.sqrt(3.0 / 5.0))


PEERS: dict[str, Callable[[int], np.ndarray]] = {
    "dense NumPy": numpy_draws,
    "dense SciPy": scipy_draws,
}


def run() -> list[dict[str, object]]:
    """Return every comparison of this file as rows that JSON can hold."""
    agreement = {
        name: float(stats.ks_2samp(ours(1), peer(2)).pvalue) for name, peer in PEERS.items()
    }
    if min(agreement.values()) < 1e-3:
        raise AssertionError(f"the laws of Z2 differ: {agreement}")
    seconds: dict[str, list[float]] = {name: [] for name in ("ours", *PEERS)}
    for _ in range(ROUNDS):
        for name, draw in {"ours": ours, **PEERS}.items():
            begin = process_time()
            draw(3)
            seconds[name].append(process_time() - begin)
    median = {name: float(np.median(row)) for name, row in seconds.items()}
    return [
        {
            "path": "Z2 null",
            "size": f"T = {DAYS}, {SIMULATIONS} simulations, t(5), level {LEVEL}",
            "peer": name,
            "peer_ms": round(1e3 * median[name], 2),
            "ours_ms": round(1e3 * median["ours"], 3),
            "ratio": round(median[name] / median["ours"], 1),
            "at_least": 50.0,
            "met": median[name] >= 50.0 * median["ours"],
            "same_law_pvalue": round(agreement[name], 3),
        }
        for name in PEERS
    ]


if __name__ == "__main__":
    for line in run():
        print(json.dumps(line))
