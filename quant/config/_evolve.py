"""Variants of a specification by dotted path."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import TypeVar

from quant.config._path import ROOT, under
from quant.config._registry import is_spec
from quant.errors import InputError, SpecError

Spec = TypeVar("Spec")


def evolve(spec: Spec, changes: Mapping[str, object]) -> Spec:
    """Return a copy of a specification with fields changed, however deep they lie.

    Parameters
    ----------
    spec : specification
        Left as it is.
    changes : mapping of str to object
        New values by path: field names and tuple positions joined by dots, e.g.
        ``"estimator.volatility.half_life"`` or ``"adjustments.0.rate"``. All changes of one
        specification are made at once, so that it is validated with all of them.

    Returns
    -------
    specification
        Of the same class, validated like a new one.

    Raises
    ------
    SpecError
        If a path leads nowhere (the fields there are listed) or a value is refused.

    Examples
    --------
    >>> from quant import VaR, evolve
    >>> evolve(VaR(0.99), {"level": 0.975}).level
    0.975
    """
    if not is_spec(type(spec)):
        raise SpecError(
            f"spec: expected a specification, got {type(spec).__name__}; pass a frozen dataclass"
        )
    return _changed(spec, changes)


def _changed(part: Spec, changes: Mapping[str, object]) -> Spec:
    """Return `part` with the changes below it made; the empty path stands for `part` itself."""
    below: dict[str, dict[str, object]] = {}
    for path, value in changes.items():
        step, _, rest = path.partition(".")
        below.setdefault(step, {})[rest] = value
    known = _steps(part)
    values = {}
    for step, inner in below.items():
        if step not in known:
            listed = ", ".join(known) or "no fields"
            raise SpecError(
                f"{ROOT}.{step}: expected one of {listed} of {type(part).__name__}, got {step!r}; "
                "name one of them"
            )
        with under(f".{step}"):
            value = inner.pop("", known[step])
            values[step] = _changed(value, inner) if inner else value
    return _rebuilt(part, known, values)


def _steps(part: object) -> dict[str, object]:
    """Return what lies directly below a specification or a tuple, by the name of the step."""
    if isinstance(part, tuple):
        return {str(i): value for i, value in enumerate(part)}
    if is_spec(type(part)):
        return {f.name: getattr(part, f.name) for f in fields(part) if f.init}  # type: ignore[arg-type]
    return {}


def _rebuilt(part: Spec, known: Mapping[str, object], values: Mapping[str, object]) -> Spec:
    if isinstance(part, tuple):
        return tuple((dict(known) | dict(values)).values())  # type: ignore[return-value]
    try:
        return replace(part, **values)  # type: ignore[type-var]
    except InputError as refusal:
        message = str(refusal)
        joint = "." if message.partition(":")[0] in known else ": "
        raise SpecError(f"{ROOT}{joint}{message}") from refusal
