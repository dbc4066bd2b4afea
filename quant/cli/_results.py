"""What `--out` leaves behind: a folder with everything in it, or none at all."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from quant.calibration._provenance import fingerprint, versions
from quant.config import save, to_dict
from quant.errors import InputError
from quant.plotting import plot

MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class Results:
    """Writes the files of one run; does nothing when there is no folder to write to."""

    folder: Path | None

    def table(self, name: str, frame: pd.DataFrame) -> None:
        """Write a frame as CSV, its index included when it has a name."""
        if self.folder is not None:
            frame.to_csv(self.folder / f"{name}.csv", index=frame.index.names != [None])

    def picture(self, name: str, result: object) -> None:
        """Write the picture of a result as PNG."""
        if self.folder is not None:
            from matplotlib.backends.backend_agg import FigureCanvasAgg
            from matplotlib.figure import Figure

            figure = Figure(figsize=(10.0, 6.0), layout="constrained")
            FigureCanvasAgg(figure)
            plot(result, figure.add_subplot())
            figure.savefig(self.folder / f"{name}.png", dpi=120)

    def spec(self, name: str, spec: object, provenance: Mapping[str, object]) -> None:
        """Write a specification as the file that `--spec` takes."""
        if self.folder is not None:
            save(spec, self.folder / f"{name}.toml", provenance=provenance)

    def manifest(
        self,
        command: str,
        *,
        spec: object | None = None,
        prices: pd.DataFrame | None = None,
        facts: Mapping[str, object] | None = None,
    ) -> None:
        """Write what the numbers were made of: command, specification, data, versions, seed."""
        record = {
            "command": command,
            "spec": None if spec is None else to_dict(spec),
            "seed": getattr(getattr(spec, "estimator", None), "seed", None),
            "prices": None if prices is None else fingerprint(prices),
            "versions": versions(),
            **(facts or {}),
        }
        if self.folder is not None:
            text = json.dumps(record, indent=2) + "\n"
            (self.folder / MANIFEST).write_text(text, encoding="utf-8")


@contextmanager
def results(out: Path | None) -> Iterator[Results]:
    """Yield a writer whose files appear in `out` together, when the block ends well."""
    if out is None:
        yield Results(None)
        return
    target = out.absolute()
    _check_free(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = target.with_name(f".{target.name}.{os.getpid()}")
    beside.mkdir()
    try:
        yield Results(beside)
        _check_free(target)
        if target.exists():
            shutil.rmtree(target)
        os.replace(beside, target)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _check_free(target: Path) -> None:
    """Refuse a folder that holds anything but an earlier run."""
    if not target.exists():
        return
    if not target.is_dir() or (any(target.iterdir()) and not (target / MANIFEST).is_file()):
        raise InputError(
            f"out: expected a folder that is new, empty or holds an earlier run, got {target}; "
            "name another one"
        )
