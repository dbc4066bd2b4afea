"""GARCH refits and single fits against arch, cold, on one core."""

from __future__ import annotations

import time
from functools import partial

import numpy as np

import quant as q
from tests.benchmarks._peer import arch_fit, likelihood_short_of
from tests.benchmarks._report import line, seconds

LAWS = ("normal", "t", "skewt", "ged")
MODELS = (q.GARCH, q.GJRGARCH)
WINDOW, STEP, REPEATS = 1000, 8, 9


def sp500():
    return q.log_returns(q.load_sample("markets"))["SP500"].dropna()


def compile_cost() -> None:
    returns = sp500().iloc[-WINDOW:]
    for model in MODELS:
        for law in LAWS:
            spec = model(distribution=law)
            first, second = (seconds(partial(spec.fit, returns)) for _ in range(2))
            line("first use", model=model.__name__, law=law, seconds=round(first - second, 3))


def refits() -> None:
    """Ratio of times for one refit; peers are fitted on windows spread over the same history."""
    returns = sp500()
    for model in MODELS:
        for law in LAWS:
            spec = model(distribution=law)
            table = q.fit_rolling(spec, returns, WINDOW, STEP)
            rows = np.linspace(0, len(table) - 1, REPEATS).astype(int)
            ours, peer, short = [], [], []
            for row in rows:
                end = returns.index.get_loc(table.index[row]) + 1
                window = returns.iloc[end - WINDOW : end]
                start = time.process_time()
                found = arch_fit(spec, window)
                peer.append(time.process_time() - start)
                refit = partial(q.fit_rolling, spec, returns, WINDOW, STEP)
                ours.append(seconds(refit) / len(table))
                short.append(likelihood_short_of(spec, window, table.iloc[row], found))
            assert max(short) < 1e-6, (spec, short)
            line(
                "refits",
                model=model.__name__,
                law=law,
                n=WINDOW,
                windows=len(table),
                ours_us=round(1e6 * float(np.median(ours)), 1),
                arch_us=round(1e6 * float(np.median(peer)), 1),
                ratio=round(float(np.median(peer) / np.median(ours)), 1),
                worst_shortfall=float(max(short)),
            )


def single_fits() -> None:
    returns = sp500()
    for model in MODELS:
        for law in LAWS:
            spec = model(distribution=law)
            ours, peer = [], []
            for end in np.linspace(WINDOW, len(returns), 2 * REPEATS).astype(int):
                window = returns.iloc[end - WINDOW : end]
                peer.append(min(seconds(partial(arch_fit, spec, window)) for _ in range(3)))
                ours.append(min(seconds(partial(spec.fit, window)) for _ in range(3)))
            line(
                "single fit",
                model=model.__name__,
                law=law,
                n=WINDOW,
                ours_us=round(1e6 * float(np.median(ours)), 1),
                arch_us=round(1e6 * float(np.median(peer)), 1),
                ratio=round(float(np.median(peer) / np.median(ours)), 1),
            )
