"""Breach rates of every estimator on data simulated from its own model.

    python -m tests.studies.breach_rates --seed 1

writes `breach_rates.csv` and `.md` beside this file. A run that was stopped goes on where it was:
the cells of a case that is whole, and of the same seed, are kept.
"""

from __future__ import annotations

import argparse
import csv
from dataclasses import asdict, fields
from pathlib import Path

from threadpoolctl import threadpool_limits
from tqdm import tqdm

from tests.studies._rate_cases import CASES
from tests.studies._rate_cells import Cell
from tests.studies._rate_report import report

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
        rows.writerows(asdict(cell) for cell in cells)
    partial.replace(path)


def run(seed: int, path: Path, only: str = "") -> None:
    """Compute the cases that the table lacks, in their order, then the report."""
    kept = [cell for cell in read(path) if cell.seed == str(seed)]
    cells: dict[str, list[Cell]] = {case.name: [] for case in CASES}
    for cell in kept:
        if cell.case in cells:
            cells[cell.case].append(cell)
    with threadpool_limits(limits=1):
        for case in tqdm([case for case in CASES if only in case.name], unit="case"):
            if not cells[case.name]:
                cells[case.name] = list(case.cells(seed))
                done = [cell for rows in cells.values() for cell in rows]
                missing = [name for name, rows in cells.items() if not rows]
                write(done, path)
                path.with_suffix(".md").write_text(report(done, seed, missing))


if __name__ == "__main__":
    options = argparse.ArgumentParser(description="Breach rates of every estimator.")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--table", type=Path, default=TABLE)
    options.add_argument("--only", default="", help="cases whose name has this in it")
    asked = options.parse_args()
    run(asked.seed, asked.table, asked.only)
