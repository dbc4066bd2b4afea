"""Rolling VaR and ES of historical simulation against pandas, interleaved, equality first.

Times are of the processor: others at work on the machine do not count. Each pass runs twice in a
row, ours and theirs. The first also pays for caches that the others' passes took and for memory
they gave back to the system, which is half of a pass of a millisecond and differs from run to run;
the ratios that have an aim are those of the second, and those of the first stand beside them.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from time import process_time

import numpy as np
import pandas as pd

import quant as q

RETURNS, LEVEL, ROUNDS = 100_000, 0.99, 15
WINDOWS = (250, 500, 1000, 2500)
ES_STEPS = 2_000  # of rolling.apply, whose time per step is scaled to the whole


def seconds(work: Callable[[], object]) -> tuple[float, float]:
    """Return how long the work takes after other work, and once more right after itself."""
    begin = process_time()
    work()
    middle = process_time()
    work()
    return middle - begin, process_time() - middle


def fractional_tail(losses: np.ndarray) -> float:
    """Return the Acerbi-Tasche tail mean the way it is written down."""
    tail = round(losses.size * (1.0 - LEVEL), 9)
    whole = int(tail)
    worst = np.sort(losses)[::-1]
    return float((worst[:whole].sum() + (tail - whole) * worst[whole]) / tail)


def rolling(window: int, returns: pd.Series) -> dict[str, object]:
    """Return the comparison of one window; the peers are handed the losses, ours the returns."""
    origins = range(window, len(returns) + 1)
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
    first, again = times.min(axis=0).T
    steps = (len(returns) - window + 1) / (ES_STEPS + 1)
    both, alone, pandas_var, pandas_es = again * [1.0, 1.0, 1.0, steps]
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
        "ratio_to_quantile_after_others": round(first[2] / first[0], 1),
        "ratio_to_apply_es_after_others": round(first[3] * steps / first[0], 1),
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
