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
        """Write, last, what the numbers are made of: command, spec, data, versions, seed, files."""
        record = {
            "command": command,
            "spec": None if spec is None else to_dict(spec),
            "seed": getattr(getattr(spec, "estimator", None), "seed", None),
            "prices": None if prices is None else fingerprint(prices),
            "versions": versions(),
            **(facts or {}),
        }
        if self.folder is not None:
            record["files"] = sorted(path.name for path in self.folder.iterdir())
            text = json.dumps(record, indent=2) + "\n"
            (self.folder / MANIFEST).write_text(text, encoding="utf-8")


@contextmanager
def results(out: Path | None) -> Iterator[Results]:
    """Yield a writer whose files appear in `out` together, when the block ends well."""
    if out is None:
        yield Results(None)
        return
    target = out.resolve()
    _check_free(target)
    there = next(folder for folder in target.parents if folder.is_dir())
    beside = there / f".{target.name}.{os.getpid()}"
    before = beside.with_name(f"{beside.name}.before")
    with _writable(target):
        beside.mkdir()
    try:
        yield Results(beside)
        _check_free(target)
        with _writable(target):
            target.parent.mkdir(parents=True, exist_ok=True)
            if target.exists():
                os.replace(target, before)
            os.replace(beside, target)
    finally:
        if before.exists() and not target.exists():
            os.replace(before, target)
        shutil.rmtree(beside, ignore_errors=True)
        shutil.rmtree(before, ignore_errors=True)


@contextmanager
def _writable(target: Path) -> Iterator[None]:
    """Say of what cannot be written that it is the folder asked for."""
    try:
        yield
    except OSError as problem:
        raise InputError(
            f"out: expected a folder that can be written, got {target} ({problem.strerror}); "
            "name another one"
        ) from None


def _check_free(target: Path) -> None:
    """Refuse a folder that holds anything but what an earlier run says that it wrote."""
    if not target.exists():
        return
    if not target.is_dir() or not {path.name for path in target.iterdir()} <= _written(target):
        raise InputError(
            "out: expected a folder that is new, empty or holds an earlier run only, "
            f"got {target}; name another one"
        )


def _written(folder: Path) -> set[str]:
    """Return the names of the files that an earlier run wrote, by its manifest."""
    try:
        record = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return set()
    named = record.get("files") if isinstance(record, dict) else None
    return {MANIFEST, *map(str, named)} if isinstance(named, list) else set()
