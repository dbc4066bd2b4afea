"""Every estimator on one real series, the S&P 500 from 2008 to 2018.

    python -m tests.studies.estimators_compared

writes `estimators_compared.csv` and `.md` beside this file. A run that was stopped goes on where it
was: rows of estimators that are there are kept. Times are those of the machine it ran on.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

import pandas as pd
from threadpoolctl import threadpool_limits
from tqdm import tqdm

import quant as q
from tests.studies._compared import ESTIMATORS
from tests.studies._compared_report import report
from tests.studies._compared_walk import walked

TABLE = Path(__file__).with_suffix(".csv")
START, EVERY = "2008-01-02", 20
LEVELS, SIDES = (0.99, 0.975), ("long", "short")
KEYS = ["estimator", "level", "side"]


def compare(returns: pd.Series, path: Path) -> None:
    """Backtest the estimators the table lacks, then compare all of them."""
    rows = pd.read_csv(path).to_dict("records") if path.exists() else []
    done = {row["estimator"] for row in rows}
    scores = path.with_suffix(".scores")  # what the confidence sets need; not committed
    scores.mkdir(exist_ok=True)
    with threadpool_limits(limits=1):
        for name in tqdm(ESTIMATORS, unit="estimator"):
            if name in done and all(_kept(scores, name, a, s).exists() for a, s in _cells()):
                continue
            rows = [row for row in rows if row["estimator"] != name]
            rows += _rows(name, returns, scores)
            pd.DataFrame(rows).to_csv(path, index=False, float_format="%.6g")
    table = _with_sets(pd.DataFrame(rows), scores)
    table.to_csv(path, index=False, float_format="%.6g")
    path.with_suffix(".md").write_text(report(table, START, EVERY))


def _cells() -> list[tuple[float, Any]]:
    return [(level, side) for level in LEVELS for side in SIDES]


def _kept(folder: Path, name: str, level: float, side: str) -> Path:
    return folder / f"{name} {level} {side}.csv"


def _rows(name: str, returns: pd.Series, scores: Path) -> list[dict[str, object]]:
    found: dict[tuple[float, str], dict[str, object]] = {}
    shared = ESTIMATORS[name](LEVELS[0]) == ESTIMATORS[name](LEVELS[1])
    for levels in [LEVELS] if shared else [(level,) for level in LEVELS]:
        spec = ESTIMATORS[name](levels[0])
        refit_ms = 1e3 * _seconds(spec, returns)
        walks = walked(spec, returns, levels, SIDES, start=START, every=EVERY)
        for (level, side), bt in walks.items():
            columns = {"loss": bt.loss, "var": bt.var}
            if bt.es is not None:
                columns["es"] = bt.es
            pd.DataFrame(columns).to_csv(_kept(scores, name, level, side), index=False)
            found[level, side] = {
                "estimator": name,
                "level": level,
                "side": side,
                "breaches": bt.n_breaches,
                "expected": bt.expected_breaches,
                "kupiec": q.kupiec(bt).decision_pvalue,
                "christoffersen": q.christoffersen(bt).decision_pvalue,
                "quantile_score_bp": 1e4 * q.quantile_score(bt).mean(),
                "fz0_score": None if bt.es is None else q.fz0_score(bt).mean(),
                "refit_ms": refit_ms,
            }
    return [found[cell] for cell in _cells()]


def _seconds(spec: Any, returns: pd.Series) -> float:
    """Return the shortest of three warm fits to the returns a refit sees."""
    past = returns.iloc[-(spec.window or 1000) :]
    spec.fit(past)
    found = []
    for _ in range(3):
        start = time.perf_counter()
        spec.fit(past)
        found.append(time.perf_counter() - start)
    return min(found)


def _with_sets(table: pd.DataFrame, scores: Path) -> pd.DataFrame:
    """Add the p-values of the model confidence sets of both scores."""
    for column, score in (("quantile_set", q.quantile_score), ("fz0_set", q.fz0_score)):
        table[column] = float("nan")
        for level, side in _cells():
            backtests = _backtests(table, scores, level, side, needs_es=score is q.fz0_score)
            found = q.model_confidence_set(backtests, score=score, reps=5_000, seed=1)
            for name, pvalue in found.pvalues.items():
                here = (table["estimator"] == name) & (table["level"] == level)
                table.loc[here & (table["side"] == side), column] = float(pvalue)
    return table


def _backtests(
    table: pd.DataFrame, scores: Path, level: float, side: str, *, needs_es: bool
) -> dict[str, q.Backtest]:
    found = {}
    for name in ESTIMATORS:
        path = _kept(scores, name, level, side)
        if not path.exists():
            continue
        own = pd.read_csv(path)
        if needs_es and "es" not in own:
            continue
        found[name] = q.Backtest.from_arrays(
            loss=own["loss"].to_numpy(),
            var=own["var"].to_numpy(),
            es=own["es"].to_numpy() if "es" in own else None,
            level=level,
        )
    return found


if __name__ == "__main__":
    options = argparse.ArgumentParser(description="Every estimator on the S&P 500.")
    options.add_argument("--table", type=Path, default=TABLE)
    prices = q.load_sample("markets")
    compare(q.log_returns(prices)["SP500"].dropna(), options.parse_args().table)
