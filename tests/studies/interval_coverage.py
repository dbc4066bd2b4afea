"""How often intervals of VaR and ES hold the true number, estimator by estimator.

    python -m tests.studies.interval_coverage --seed 1

writes `interval_coverage.csv` and `.md` beside this file; `--only NAME` (as often as wanted) puts
new rows of these estimators into the table there is.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits
from tqdm import tqdm

import quant as q
from tests.studies._interval_cases import CASES, IntervalCase
from tests.studies._nested import fits_of
from tests.studies._rate_cells import generator

TABLE = Path(__file__).with_suffix(".csv")
NOMINAL = 0.95

_HEAD = """# Coverage of intervals

`python -m tests.studies.interval_coverage --seed {seed}`. Every trial is a fresh window of n
returns simulated from the estimator's own model, a fit, and the nominal 95 % interval of the
one-period VaR and ES of a long; the true number is that of the simulated law in the state the
window ended in (of CornishFisher the expansion at the moments of that law). Shares are in percent
of the trials, with their standard error; *below* and *above* are the shares of trials whose whole
interval lies below or above the true number. The last column is the mean of the estimate divided
by the true number, less 1.

| estimator | n | level | measure | trials | covered | below | above | bias |
|---|---|---|---|---|---|---|---|---|
"""


def coverage(case: IntervalCase, n: int, level: float, seed: int) -> list[dict[str, object]]:
    """Return the rows of VaR and ES."""
    rng = generator(seed, case.name, n, level)
    windows, state = case.world.windows(rng, case.trials, n + case.extra)
    truths = case.numbers(case.world, state, level)
    forecasts = [_forecast(fit) for fit in fits_of(case.estimator(n, level), windows)]
    answered = [law is not None for law in forecasts]
    laws = [law for law in forecasts if law is not None]
    rows: list[dict[str, object]] = []
    for measure, true in zip((q.VaR(level), q.ES(level)), truths, strict=True):
        truth = np.broadcast_to(true, case.trials)[answered]
        if isinstance(measure, q.ES) and not measure.answered_by(laws[0]):
            continue
        found = [measure(law) for law in laws]
        ends = np.array([estimate.interval(NOMINAL) for estimate in found])
        below, above = ends[:, 1] < truth, ends[:, 0] > truth
        values = np.array([estimate.value for estimate in found])
        rows.append(
            {
                "estimator": case.name,
                "n": n,
                "level": level,
                "measure": type(measure).__name__,
                "trials": len(laws),
                "refused": case.trials - len(laws),
                "covered": 1.0 - below.mean() - above.mean(),
                "below": below.mean(),
                "above": above.mean(),
                "bias": (values / truth).mean() - 1.0,
                "seed": seed,
            }
        )
    return rows


def _forecast(fit: Any) -> q.LossForecast | None:
    """Return the forecast, or None from an estimator that refuses the sample and says so."""
    try:
        law: q.LossForecast = fit.forecast(1, "long")
    except q.InputError:
        return None
    return law


def run(seed: int, path: Path, only: list[str]) -> None:
    """Write the table and the page."""
    kept = pd.read_csv(path).to_dict("records") if only else []
    rows = [row for row in kept if row["estimator"] not in only]
    cases = [case for case in CASES if not only or case.name in only]
    cells = [(case, n, level) for case in cases for n in case.sizes for level in case.levels]
    order = [case.name for case in CASES]
    with threadpool_limits(limits=1):
        for case, n, level in tqdm(cells, unit="cell"):
            rows += coverage(case, n, level, seed)
            rows.sort(key=lambda row: order.index(str(row["estimator"])))
            pd.DataFrame(rows).to_csv(path, index=False, float_format="%.5f")
    path.with_suffix(".md").write_text(_HEAD.format(seed=seed) + "".join(map(_line, rows)))


def _line(row: dict[str, object]) -> str:
    covered = float(str(row["covered"]))
    error = 100.0 * np.sqrt(covered * (1.0 - covered) / float(str(row["trials"])))
    where = f"| {row['estimator']} | {row['n']} | {row['level']:.1%} | {row['measure']} "
    shares = f"| {row['below']:.1%} | {row['above']:.1%} | {row['bias']:+.1%} |\n"
    trials = f"{row['trials']}" + (f" ({row['refused']} refused)" if row["refused"] else "")
    return f"{where}| {trials} | {100 * covered:.1f} ± {error:.1f} {shares}"


if __name__ == "__main__":
    options = argparse.ArgumentParser(description="Coverage of intervals.")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--table", type=Path, default=TABLE)
    options.add_argument("--only", action="append", default=[], choices=[c.name for c in CASES])
    asked = options.parse_args()
    run(asked.seed, asked.table, asked.only)
