"""The way in: every refusal is one line on stderr and exit code 2, never a traceback."""

from __future__ import annotations

import sys

from quant.cli import _coverage, _evidence, _rates
from quant.cli._app import app
from quant.errors import QuantError

COMMANDS = (_rates, _coverage, _evidence)  # importing them registers what they hold


def main() -> int:
    """Run the command line; return 0 when done, 1 when a model's own tests reject it, 2 else."""
    try:
        app()
    except QuantError as refusal:
        reason = str(refusal)
    except OSError as problem:
        reason = f"{problem.filename or 'file'}: {problem.strerror or problem}"
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0 if end.code is None else 2
    else:
        return 0
    sys.stderr.write(f"quant: {' '.join(reason.split())}\n")
    return 2
