"""Run the paths named on the command line, or all: python -m tests.benchmarks [path ...]."""

from __future__ import annotations

import sys

from tests.benchmarks import garch, quality
from tests.benchmarks._report import machine

PATHS = {
    "compile": garch.compile_cost,
    "refits": garch.refits,
    "single": garch.single_fits,
    "quality": quality.quality,
}

if __name__ == "__main__":
    machine()
    for name in sys.argv[1:] or PATHS:
        PATHS[name]()
