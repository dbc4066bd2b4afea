"""Which class a name in a file may stand for: the public specifications, and those handed in."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from dataclasses import is_dataclass
from functools import cache
from typing import Generic, Protocol

from quant import (
    backtesting,
    collateral,
    dependence,
    distributions,
    liquidation,
    margin,
    portfolio,
    risk,
    scenarios,
    volatility,
)
from quant.errors import SpecError

TAG = "type"  # the key that names the class
NONE = "none"  # None where the default is another value: TOML has no null

_PACKAGES = (
    distributions,
    volatility,
    dependence,
    risk,
    scenarios,
    portfolio,
    margin,
    collateral,
    liquidation,
    backtesting,
)


def is_spec(cls: object) -> bool:
    """Say whether a class is a specification: a frozen dataclass that is equal by value."""
    if not (inspect.isclass(cls) and is_dataclass(cls)):
        return False
    options = cls.__dataclass_params__  # type: ignore[attr-defined]
    return bool(options.frozen and options.eq)


def is_role(annotation: object) -> bool:
    """Say whether a field annotated so holds a specification: by its class or by its protocol."""
    return inspect.isclass(annotation) and (
        is_spec(annotation)
        or getattr(annotation, "_is_protocol", False)
        or (inspect.isabstract(annotation) and annotation.__module__.startswith("quant."))
    )


@cache
def public_specs() -> dict[str, type]:
    """Return the specifications that the packages publish, by name."""
    published = (getattr(package, name) for package in _PACKAGES for name in package.__all__)
    return {cls.__name__: cls for cls in published if is_spec(cls)}


def known_specs(classes: Iterable[type]) -> dict[str, type]:
    """Return the public specifications and `classes`, by name."""
    known = dict(public_specs())
    for cls in classes:
        if not is_spec(cls):
            raise SpecError(
                f"classes: expected frozen dataclasses, got {cls!r}; decorate it with "
                "@dataclass(frozen=True, slots=True)"
            )
        if known.setdefault(cls.__name__, cls) is not cls:
            raise SpecError(
                f"classes: expected names that are still free, got {cls.__name__}; rename the class"
            )
    return known


def plays(cls: type, role: object) -> bool:
    """Say whether instances of `cls` can stand in a field annotated with `role`.

    A protocol is played by the classes of its own package, or by a user's class, that have its
    members: a volatility model and a risk estimator can both be fitted, yet are not the same.
    """
    if not (inspect.isclass(role) and getattr(role, "_is_protocol", False)):
        return inspect.isclass(role) and issubclass(cls, role)
    homes = [tuple(part.__module__.split(".")[:2]) for part in (cls, role)]
    if homes[0][0] == "quant" and homes[0] != homes[1]:
        return False
    offered = {name for base in cls.__mro__ if base is not object for name in vars(base)}
    return _members(role) <= offered


def _members(role: type) -> set[str]:
    bases = (base for base in role.__mro__ if base not in (Protocol, Generic, object))
    names = {name for base in bases for name in (*vars(base), *inspect.get_annotations(base))}
    return {name for name in names if not name.startswith("_") or name == "__call__"}
