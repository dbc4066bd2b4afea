"""Specifications in files: TOML to be written by hand, JSON by machines."""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Collection, Mapping
from pathlib import Path

import tomli_w

from quant.config._reading import from_dict
from quant.config._writing import to_dict
from quant.errors import SpecError

SCHEMA = 1
_RESERVED = ("schema", "provenance")


def save(
    spec: object, path: str | os.PathLike[str], *, provenance: Mapping[str, object] | None = None
) -> None:
    """Write a specification to a TOML or JSON file, whole or not at all.

    Parameters
    ----------
    spec : specification
    path : path
        The name ends in ``.toml`` or ``.json``.
    provenance : mapping, optional
        Where the parameters come from, as plain data; kept in the file, ignored by `load`.

    Raises
    ------
    SpecError
        If the specification cannot be written; the file is then left as it was.
    OSError
        If the file cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> from quant import VaR, load, save
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save(VaR(0.99), f"{folder}/measure.toml")
    ...     load(f"{folder}/measure.toml") == VaR(0.99)
    True
    """
    target = Path(path)
    suffix = _suffix(target)
    content: dict[str, object] = {"schema": SCHEMA, **to_dict(spec)}
    if provenance is not None:
        content["provenance"] = dict(provenance)
    try:
        if suffix == ".toml":
            written = tomli_w.dumps(content)
        else:
            written = json.dumps(content, indent=2, allow_nan=False, ensure_ascii=False) + "\n"
    except (TypeError, ValueError) as problem:
        raise SpecError(
            f"provenance: expected plain data, got what {suffix} cannot hold ({problem}); "
            "use numbers, strings, lists and dictionaries"
        ) from None
    _replace(target, written)


def load(path: str | os.PathLike[str], *, classes: Collection[type] = ()) -> object:
    """Read a specification from a TOML or JSON file.

    Parameters
    ----------
    path : path
        A file that `save` or a person wrote. Without ``schema`` the present one is meant.
    classes : collection of type
        Specifications of your own that the file may name. A file never imports code.

    Returns
    -------
    object
        The specification.

    Raises
    ------
    SpecError
        With the line of what cannot be parsed, or the path of what is wrong.
    OSError
        If the file cannot be read.

    See Also
    --------
    save : the inverse, with an example.
    """
    content = read_table(path)
    schema = content.get("schema", SCHEMA)
    if type(schema) is not int or schema != SCHEMA:
        raise SpecError(
            f"$.schema: expected {SCHEMA}, got {schema!r} in {Path(path).name}; "
            "use the version of quant that wrote the file"
        )
    data = {key: value for key, value in content.items() if key not in _RESERVED}
    return from_dict(data, classes=classes)


def read_table(path: str | os.PathLike[str]) -> dict[str, object]:
    """Return the top-level table of a TOML or JSON file."""
    source = Path(path)
    suffix = _suffix(source)
    raw = source.read_bytes()
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as problem:
        line = raw.count(b"\n", 0, problem.start) + 1
        raise SpecError(
            f"{source.name}: expected text in UTF-8, got bytes that are not (at line {line}); "
            "check that this is the right file"
        ) from None
    try:
        content = tomllib.loads(text) if suffix == ".toml" else _parse_json(text)
    except (tomllib.TOMLDecodeError, json.JSONDecodeError, RecursionError) as problem:
        raise SpecError(
            f"{source.name}: expected valid {suffix[1:].upper()}, got {problem}; mend that place"
        ) from None
    if not isinstance(content, dict):
        raise SpecError(
            f"{source.name}: expected a table, got a {type(content).__name__}; "
            "write the fields of one specification"
        )
    return content


def _suffix(path: Path) -> str:
    if path.suffix not in (".toml", ".json"):
        raise SpecError(
            f"path: expected a name ending in .toml or .json, got {path.name!r}; rename it"
        )
    return path.suffix


def _parse_json(text: str) -> object:
    return json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    table = dict(pairs)
    if len(table) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise SpecError(f"{twice}: expected one value, got several; keep one")
    return table


def _no_constant(name: str) -> object:
    raise SpecError(f"$: expected finite numbers, got {name}; write a number")


def _replace(target: Path, text: str) -> None:
    """Write beside the target, then move: a reader never meets half a file."""
    beside = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        beside.write_text(text, encoding="utf-8", newline="\n")
        os.replace(beside, target)
    finally:
        beside.unlink(missing_ok=True)
