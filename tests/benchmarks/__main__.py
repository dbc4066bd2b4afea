"""Run the paths named on the command line, or all: python -m tests.benchmarks [path ...]."""

from __future__ import annotations

import sys
from functools import partial

from tests.benchmarks import backtest, dcc, fhs, garch, imports, joint, quality, rolling
from tests.benchmarks._report import machine, report

PATHS = {
    "compile": garch.compile_cost,
    "refits": garch.refits,
    "single": garch.single_fits,
    "fhs": partial(report, fhs.run),
    "joint": partial(report, joint.run),
    "backtest": partial(report, backtest.run),
    "rolling": partial(report, rolling.run),
    "dcc": partial(report, dcc.run),
    "imports": partial(report, imports.run),
    "quality": quality.quality,
}

if __name__ == "__main__":
    machine()
    for name in sys.argv[1:] or PATHS:
        PATHS[name]()
