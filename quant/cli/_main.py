"""The way in: every refusal is one line on stderr and exit code 2, never a traceback."""

from __future__ import annotations

import sys

import typer

from quant.cli import _coverage, _evidence, _rates
from quant.cli._app import app
from quant.errors import QuantError

COMMANDS = (_rates, _coverage, _evidence)  # importing them registers what they hold

_UsageError: type[typer.BadParameter] = typer.BadParameter.__bases__[0]  # typer does not name it


def main() -> int:
    """Run the command line; return 0 when done, 1 when a model's own tests reject it, 2 else."""
    try:
        code = app(standalone_mode=False)
    except QuantError as refusal:
        reason = str(refusal)
    except OSError as problem:
        found = f"{problem.filename} ({problem.strerror})" if problem.filename else problem
        reason = f"file: expected one that can be used, got {found}; check the path"
    except MemoryError as problem:
        reason = f"memory: expected enough, got {problem or 'too little'}; ask for fewer paths"
    except _UsageError as mistake:
        if not sys.argv[1:]:
            mistake.show()
            return 2
        reason = f"{mistake.format_message().rstrip('.')}; see {_help(mistake)}"
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0 if end.code is None else 2
    else:
        return code if isinstance(code, int) else 0
    sys.stderr.write(f"quant: {' '.join(reason.split())}\n")
    return 2


def _help(mistake: typer.BadParameter) -> str:
    command = "quant" if mistake.ctx is None else mistake.ctx.command_path
    return f"{command} --help"
