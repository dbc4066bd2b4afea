"""One JSON line per path: both sides timed in turn in one process, after equality was proved."""

from __future__ import annotations

import json
import os
import platform
import time
from collections.abc import Callable

import numpy as np


def seconds(work: Callable[[], object]) -> float:
    """Return the processor time of work on one thread: others on the machine do not count."""
    start = time.process_time()
    work()
    return time.process_time() - start


def line(path: str, **facts: object) -> None:
    print(json.dumps({"path": path, **facts}), flush=True)


def machine() -> None:
    import arch
    import numba

    line(
        "machine",
        processor=platform.processor() or platform.machine(),
        cores=os.cpu_count(),
        python=platform.python_version(),
        numpy=np.__version__,
        numba=numba.__version__,
        arch=arch.__version__,
    )


def report(run: Callable[[], list[dict[str, object]]]) -> None:
    for record in run():
        print(json.dumps(record), flush=True)
