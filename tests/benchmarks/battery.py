"""The battery on 1,000 days, 10,000 simulations per test, against dense NumPy simulations.

The peers draw every day of every history and read each statistic off the whole of it, in NumPy
throughout, maximum likelihood included. One gives each test histories of its own, as if it stood
alone; the other draws a block of histories once for all tests. The tests without a null law of
their own (`esr`, `e_backtest`) are the same calls on all sides. Nothing is remembered between
rounds. One thread.

Before the clock starts the statistics of eight backtests are shown to be ours, and each p-value to
be ours within the error of both simulations.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy.special import chdtrc, ndtri, stdtr, stdtrit

import quant.backtesting as package
from quant.backtesting import Backtest, battery
from quant.backtesting._autoregression import Sums, stationary
from quant.distributions import StudentT
from tests.benchmarks import _dense_breaches as breaches
from tests.benchmarks import _dense_shortfall as shortfall
from tests.benchmarks._report import seconds

DAYS, LEVEL, SIMULATIONS, BLOCK, ROUNDS = 1_000, 0.99, 10_000, 250, 5
P, LAW = 1.0 - LEVEL, StudentT(5.0)
VAR, ES = LAW.ppf(LEVEL), LAW.tail_mean(LEVEL)
UNIT = np.sqrt(3.0 / 5.0)  # of a t(5) with variance 1
AS_THEY_ARE: dict[str, Callable[[Backtest], package.TestResult]] = {
    "esr": package.esr,
    "esr, auxiliary": partial(package.esr, variant="auxiliary"),
    "esr, intercept": partial(package.esr, variant="intercept"),
    "e_backtest": package.e_backtest,
    "e_backtest, GREE": partial(package.e_backtest, variant="GREE"),
    "e_backtest, GREL": partial(package.e_backtest, variant="GREL"),
}
Rows = np.ndarray


def observed(seed: int = 5) -> Backtest:
    """Return a backtest of correct forecasts whose volatility clusters."""
    z = np.random.default_rng(seed).standard_t(5.0, DAYS) * UNIT
    variance = np.empty(DAYS)
    variance[0] = 1e-4
    for t in range(1, DAYS):
        variance[t] = 2e-6 + variance[t - 1] * (0.08 * z[t - 1] ** 2 + 0.9)
    return made(z, np.sqrt(variance))


def made(z: np.ndarray, sigma: np.ndarray, pit: np.ndarray | None = None) -> Backtest:
    pit = stdtr(5.0, z / UNIT) if pit is None else pit
    return Backtest.from_arrays(
        loss=sigma * z, var=VAR * sigma, es=ES * sigma, pit=pit, level=LEVEL
    )


def residuals(bt: Backtest) -> Rows:
    assert bt.es is not None
    return ((bt.loss - bt.es) / (bt.es - bt.var))[bt.breaches]


@dataclass(frozen=True)
class Source:
    """What a test reads of a history: drawn under the null, n rows, or observed, one row."""

    draw: Callable[[np.random.Generator, int, Backtest], Rows]
    observe: Callable[[Backtest], Rows]


def residuals_drawn(rng: np.random.Generator, n: int, bt: Backtest) -> Rows:
    return stdtrit(5.0, LEVEL + P * rng.random((n, bt.n_breaches))) * UNIT - ES


PIT = Source(lambda rng, n, bt: rng.random((n, DAYS)), lambda bt: bt.pit[None, :])
HITS = Source(lambda rng, n, bt: rng.random((n, DAYS)) > LEVEL, lambda bt: bt.breaches[None, :])
ORDER = Source(
    lambda rng, n, bt: breaches.shuffled(rng.random((n, DAYS)), bt.n_breaches), HITS.observe
)
SCORES = Source(
    lambda rng, n, bt: rng.standard_normal((n, DAYS)), lambda bt: ndtri(bt.pit[None, :])
)
LOSS = Source(
    lambda rng, n, bt: rng.standard_t(5.0, (n, DAYS)) * UNIT,
    lambda bt: (bt.loss / bt.var * VAR)[None, :],
)
RESIDUALS = Source(residuals_drawn, lambda bt: residuals(bt)[None, :])
RESAMPLED = Source(
    lambda rng, n, bt: rng.choice(residuals(bt) - residuals(bt).mean(), (n, bt.n_breaches)),
    lambda bt: residuals(bt)[None, :],
)

TESTS: dict[str, tuple[Source, Callable[[Rows, Backtest], Rows]]] = {
    "kupiec": (HITS, lambda hits, bt: breaches.kupiec(hits, P)),
    "time_until_first_failure": (HITS, lambda hits, bt: breaches.first_failure(hits, P)),
    "traffic_light": (HITS, lambda hits, bt: hits.sum(axis=1).astype(float)),
    "christoffersen": (ORDER, lambda hits, bt: breaches.independence(hits)),
    "conditional_coverage": (
        HITS,
        lambda hits, bt: breaches.kupiec(hits, P) + breaches.independence(hits),
    ),
    "haas": (HITS, lambda hits, bt: breaches.haas_mixed(hits, P)),
    "haas, independence": (HITS, lambda hits, bt: breaches.haas_between(hits, P)),
    "dynamic_quantile": (HITS, lambda hits, bt: breaches.dynamic_quantile(hits, P, bt.var)),
    "dynamic_quantile, hits": (HITS, lambda hits, bt: breaches.dynamic_quantile(hits, P)),
    "duration": (ORDER, lambda hits, bt: breaches.weibull(hits)),
    "duration, geometric": (ORDER, lambda hits, bt: breaches.geometric(hits)),
    "multinomial": (PIT, lambda pit, bt: breaches.pearson(pit, LEVEL)),
    "multinomial, Pearson": (PIT, lambda pit, bt: breaches.pearson(pit, LEVEL)),
    "multinomial, LR": (PIT, lambda pit, bt: breaches.cell_ratio(pit, LEVEL)),
    "berkowitz": (SCORES, lambda scores, bt: stationary(Sums.of(scores)).ratio),
    "berkowitz, tail": (PIT, lambda pit, bt: breaches.normal_tail(pit, LEVEL)),
    "mcneil_frey": (RESIDUALS, lambda rows, bt: shortfall.students(rows)),
    "mcneil_frey, bootstrap": (RESAMPLED, lambda rows, bt: shortfall.students(rows)),
    "acerbi_szekely_z1": (LOSS, lambda loss, bt: shortfall.z1(loss, VAR, ES)),
    "acerbi_szekely_z2": (LOSS, lambda loss, bt: shortfall.z2(loss, VAR, ES, P)),
    "ridge_es": (LOSS, lambda loss, bt: shortfall.ridge(loss, VAR, ES, P)),
    "ridge_es, absolute": (LOSS, lambda loss, bt: shortfall.ridge_in_widths(loss, VAR, ES, P)),
    "du_escanciano": (PIT, lambda pit, bt: np.abs(shortfall.violated(pit, LEVEL) - 0.5 * P * DAYS)),
    "du_escanciano, conditional": (PIT, lambda pit, bt: shortfall.memory(pit, LEVEL)),
    "costanzino_curran": (PIT, lambda pit, bt: shortfall.violated(pit, LEVEL)),
    "nolde_ziegel": (LOSS, lambda loss, bt: shortfall.nolde_ziegel(loss, VAR, ES, P)),
    "nolde_ziegel, general": (LOSS, lambda loss, bt: shortfall.general(loss, VAR, ES)),
}


def one_by_one(bt: Backtest, seed: int = 0) -> dict[str, float]:
    """Return p-values, each test with 10,000 whole histories of its own, as if it stood alone."""
    rng = np.random.default_rng(seed)
    pvalues = {}
    for name, (source, statistic) in TESTS.items():
        histories = source.draw(rng, SIMULATIONS, bt)
        # the regressors of all histories at once would take half a gigabyte
        parts = np.array_split(histories, 40 if name.startswith("dynamic_quantile") else 1)
        pvalues[name] = pvalue(name, bt, np.concatenate([statistic(x, bt) for x in parts]))
    return pvalues | {name: test(bt).decision_pvalue for name, test in AS_THEY_ARE.items()}


def shared(bt: Backtest, seed: int = 0) -> dict[str, float]:
    """Return the same, every history drawn once for all tests, in blocks that fit the cache."""
    rng = np.random.default_rng(seed)
    draws: dict[str, list[Rows]] = {name: [] for name in TESTS}
    for _ in range(SIMULATIONS // BLOCK):
        drawn = {id(source): source.draw(rng, BLOCK, bt) for source, _ in TESTS.values()}
        for name, (source, statistic) in TESTS.items():
            draws[name].append(statistic(drawn[id(source)], bt))
    pvalues = {name: pvalue(name, bt, np.concatenate(rows)) for name, rows in draws.items()}
    return pvalues | {name: test(bt).decision_pvalue for name, test in AS_THEY_ARE.items()}


def pvalue(name: str, bt: Backtest, draws: Rows) -> float:
    value = observed_statistic(name, bt)
    slack = 1e-9 * max(abs(value), 1e-3)
    above = (1 + np.count_nonzero(draws >= value - slack)) / (draws.size + 1)
    below = (1 + np.count_nonzero(draws <= value + slack)) / (draws.size + 1)
    return min(1.0, 2.0 * min(above, below)) if name.startswith("duration") else above


def observed_statistic(name: str, bt: Backtest) -> float:
    source, statistic = TESTS[name]
    return float(statistic(source.observe(bt), bt)[0])


def forget() -> None:
    """Empty everything that the package remembers between calls."""
    for name, module in list(sys.modules.items()):
        if name.startswith("quant.backtesting"):
            for found in vars(module).values():
                if hasattr(found, "cache_clear"):
                    found.cache_clear()


def ours(bt: Backtest) -> dict[str, float]:
    """Return the p-values of the battery, with nothing remembered."""
    forget()
    results = battery(bt, n_sims=SIMULATIONS).results
    bootstrap = {"mcneil_frey, bootstrap": dict(results)["mcneil_frey"].pvalue}
    return {name: result.decision_pvalue for name, result in results} | bootstrap


def as_peer(name: str, result: package.TestResult) -> float:
    """Return our statistic the way the peer has it."""
    # a finite-sample p-value by another statistic than the published one is that of the score
    value = float(str(result.extras.get("score", result.statistic)))
    if name.startswith("haas"):
        return -float(np.log(chdtrc(float(result.dof or 0), value)))
    if name.startswith("duration"):
        return value if float(str(result.extras["b"])) < 1.0 else -value
    if name == "multinomial":
        return value / float(str(result.extras["nass_scale"]))
    if name == "du_escanciano":
        return abs(value) * np.sqrt(DAYS * P * (1.0 / 3.0 - 0.25 * P))
    turned = name.startswith(("acerbi", "ridge_es", "mcneil_frey"))
    return -value if turned else value


def proved(bt: Backtest) -> float:
    """Return the largest relative difference of statistics, and insist on equal p-values."""
    worst = 0.0
    for seed in range(8):
        history = observed(seed)
        for name, result in battery(history, n_sims=9).results:
            if name not in AS_THEY_ARE:
                value = observed_statistic(name, history)
                away = abs(as_peer(name, result) - value) / max(1.0, abs(value))
                if away > 1e-6:
                    raise AssertionError(f"{name}: {as_peer(name, result)} is not {value}")
                worst = max(worst, away)
    mine = ours(bt)
    for peer in (one_by_one, shared):
        theirs = peer(bt, seed=1)
        if mine.keys() != theirs.keys():
            raise AssertionError(f"not the same tests: {mine.keys() ^ theirs.keys()}")
        for name, p in theirs.items():
            error = 4.5 * np.sqrt(2.0 * max(p * (1.0 - p), 1e-3) / SIMULATIONS)
            if abs(mine[name] - p) > (2.0 if name.startswith("duration") else 1.0) * error:
                raise AssertionError(f"{name}: p-value {mine[name]} is not {p}")
    return worst


PEERS = {
    "dense NumPy, test by test": one_by_one,
    "dense NumPy, histories shared by all tests, in blocks": shared,
}


def run() -> list[dict[str, object]]:
    """Return the comparison as rows that JSON can hold."""
    bt = observed()
    worst = proved(bt)
    times: dict[str, list[float]] = {name: [] for name in ("ours", *PEERS)}
    for _ in range(ROUNDS):
        for name, side in {"ours": ours, **PEERS}.items():
            times[name].append(seconds(partial(side, bt)))
    median = {name: float(np.median(row)) for name, row in times.items()}
    tests = len(TESTS) - 1 + len(AS_THEY_ARE)
    return [
        {
            "path": "battery",
            "size": f"{DAYS} days, {tests} tests, {SIMULATIONS} simulations",
            "peer": name,
            "peer_s": round(median[name], 3),
            "ours_s": round(median["ours"], 3),
            "ratio": round(median[name] / median["ours"], 1),
            "at_least": 20.0,
            "statistics_differ_by": float(f"{worst:.1e}"),
        }
        for name in PEERS
    ]


if __name__ == "__main__":
    for line in run():
        print(json.dumps(line))
