"""What it takes to import the package and touch every public name, beside importing pandas."""

from __future__ import annotations

import json
import subprocess
import sys
from time import perf_counter

import numpy as np

REPEATS = 9
STATEMENTS = {
    "ours": "import quant",
    "every name": "import quant; [getattr(quant, name) for name in dir(quant)]",
    "pandas": "import pandas",
}


def run() -> list[dict[str, object]]:
    """Return medians over fresh interpreters, the statements interleaved."""
    times: dict[str, list[float]] = {name: [] for name in STATEMENTS}
    for _ in range(REPEATS):
        for name, statement in STATEMENTS.items():
            begin = perf_counter()
            subprocess.run([sys.executable, "-c", statement], check=True)
            times[name].append(perf_counter() - begin)
    median = {name: float(np.median(t)) for name, t in times.items()}
    return [
        {
            "path": STATEMENTS[name].partition(";")[0]
            + (", every name" if ";" in STATEMENTS[name] else ""),
            "peer": "import pandas",
            "times_the_peer": round(median[name] / median["pandas"], 3),
            "ours_ms": round(1e3 * median[name], 1),
            "peer_ms": round(1e3 * median["pandas"], 1),
        }
        for name in ("ours", "every name")
    ]


if __name__ == "__main__":
    for record in run():
        print(json.dumps(record))
