"""Rolling VaR and ES of historical simulation against pandas, interleaved, equality first."""

from __future__ import annotations

import json
from collections.abc import Callable
from time import perf_counter

import numpy as np
import pandas as pd

import quant as q

RETURNS, LEVEL, ROUNDS = 100_000, 0.99, 15
WINDOWS = (250, 500, 1000, 2500)
ES_STEPS = 2_000  # of rolling.apply, whose time per step is scaled to the whole


def seconds(work: Callable[[], object]) -> float:
    begin = perf_counter()
    work()
    return perf_counter() - begin


def fractional_tail(losses: np.ndarray) -> float:
    """Return the Acerbi-Tasche tail mean the way it is written down."""
    tail = round(losses.size * (1.0 - LEVEL), 9)
    whole = int(tail)
    worst = np.sort(losses)[::-1]
    return float((worst[:whole].sum() + (tail - whole) * worst[whole]) / tail)


def rolling(window: int, returns: pd.Series) -> dict[str, object]:
    """Return the comparison of one window; the peers are handed the losses, ours the returns."""
    origins = np.arange(window, len(returns) + 1)
    spec, measures = q.HistoricalSimulation(window), (q.VaR(LEVEL), q.ES(LEVEL))
    losses = -np.expm1(returns)
    part = losses.iloc[: window + ES_STEPS]
    found = spec.walk(returns, origins, 1, "long", measures)
    assert found is not None
    rank = int(np.ceil(round(window * (1.0 - LEVEL), 9)))
    quantile = losses.rolling(window).quantile(1.0 - (rank - 1.0) / (window - 1.0), "nearest")
    np.testing.assert_array_equal(found[:, 0], quantile.to_numpy()[window - 1 :])
    shortfall = part.rolling(window).apply(fractional_tail, raw=True).to_numpy()[window - 1 :]
    np.testing.assert_allclose(found[: shortfall.size, 1], shortfall, rtol=1e-12)

    times = np.array(
        [
            (
                seconds(lambda: spec.walk(returns, origins, 1, "long", measures)),
                seconds(lambda: spec.walk(returns, origins, 1, "long", measures[:1])),
                seconds(lambda: losses.rolling(window).quantile(LEVEL)),
                seconds(lambda: part.rolling(window).apply(fractional_tail, raw=True)),
            )
            for _ in range(ROUNDS)
        ]
    )
    # the least of the rounds: a pass of a millisecond that is put aside once is lost
    both, alone, pandas_var, pandas_es = times.min(axis=0)
    pandas_es *= (len(returns) - window + 1) / (ES_STEPS + 1)
    return {
        "path": "rolling VaR and ES",
        "size": f"w = {window}, {len(returns)} returns, level {LEVEL}",
        "ours_ns": round(1e9 * both / len(returns), 1),
        "ours_var_alone_ns": round(1e9 * alone / len(returns), 1),
        "pandas_quantile_ns": round(1e9 * pandas_var / len(returns), 1),
        "pandas_apply_es_ns": round(1e9 * pandas_es / len(returns), 1),
        "ratio_to_quantile": round(pandas_var / both, 1),
        "ratio_to_quantile_var_alone": round(pandas_var / alone, 1),
        "ratio_to_apply_es": round(pandas_es / both, 1),
        "at_least": [25, 300],
    }


def run() -> list[dict[str, object]]:
    """Return one record per window."""
    shocks = np.random.default_rng(11).standard_t(4, RETURNS) * 0.01
    returns = pd.Series(shocks, pd.date_range("1700-01-01", periods=RETURNS))
    return [rolling(window, returns) for window in WINDOWS]


if __name__ == "__main__":
    for record in run():
        print(json.dumps(record))
