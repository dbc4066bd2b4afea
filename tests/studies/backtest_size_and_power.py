"""Size at 5 % and power of every backtest.

    python -m tests.studies.backtest_size_and_power --seed 1 --replications 2000

writes `backtest_size_and_power.csv` and `.md` beside this file. A run that was stopped goes on
where it was: cells of the same seed and number of replications are kept.
"""

from __future__ import annotations

import argparse
import csv
from dataclasses import asdict, fields
from pathlib import Path

from tqdm import tqdm

from tests.studies._cases import CASES, Case
from tests.studies._cells import DAYS, Cell, cell
from tests.studies._forecasters import FORECASTERS, Forecaster
from tests.studies._size_report import report

SEED, REPLICATIONS = 1, 2000
TABLE = Path(__file__).with_suffix(".csv")


def read(path: Path = TABLE) -> list[Cell]:
    """Return the cells of a table, none if there is no table."""
    if not path.exists():
        return []
    with path.open(newline="") as lines:
        return [Cell(**row) for row in csv.DictReader(lines)]


def write(cells: list[Cell], path: Path) -> None:
    """Replace the table, whole or not at all."""
    partial = path.with_suffix(".partial")
    with partial.open("w", newline="") as lines:
        rows = csv.DictWriter(lines, [f.name for f in fields(Cell)], lineterminator="\n")
        rows.writeheader()
        rows.writerows(asdict(found) for found in cells)
    partial.replace(path)


def plan() -> list[tuple[Case, int, Forecaster]]:
    """Return what the study asks, in the order in which null laws are shared."""
    return [(case, days, f) for days in DAYS for case in CASES for f in FORECASTERS]


def run(replications: int, seed: int, path: Path) -> None:
    """Compute the cells that the table lacks, then the report."""
    planned = plan()
    known = {found.key: found for found in read(path) if found.seed == str(seed)}
    cells: list[Cell] = []
    for case, days, forecaster in tqdm(planned, unit="cell"):
        found = known.get((case.name, str(days), forecaster.name))
        asked = str(case.histories(forecaster, replications))
        if found is None or found.replications != asked:
            found = cell(case, days, forecaster, replications, seed)
        known[found.key] = found
        cells.append(found)
        write(list(known.values()), path)
    write(cells, path)
    path.with_suffix(".md").write_text(report(cells, replications, seed))


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--seed", type=int, default=SEED)
    options.add_argument("--replications", type=int, default=REPLICATIONS)
    options.add_argument("--table", type=Path, default=TABLE)
    asked = options.parse_args()
    run(asked.replications, asked.seed, asked.table)
