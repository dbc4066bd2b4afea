"""Specifications to plain data."""

from __future__ import annotations

import datetime as dt
import inspect
import math
from collections.abc import Callable, Mapping
from dataclasses import fields
from functools import cache
from typing import NoReturn, get_args, get_origin, get_type_hints

from cattrs import Converter

from quant.config._path import under
from quant.config._registry import NONE, TAG, is_spec
from quant.errors import SpecError


def to_dict(spec: object) -> dict[str, object]:
    """Return a specification as plain data: numbers, strings, lists and tagged dictionaries.

    Parameters
    ----------
    spec : object
        A frozen dataclass whose fields are numbers, strings, dates, specifications or tuples.

    Returns
    -------
    dict
        The key ``"type"`` names the class; a field that is None by default is left out
        when it is, and is ``"none"`` where the default is something else; dates are ISO strings.

    Raises
    ------
    SpecError
        If a field holds anything else.

    Examples
    --------
    >>> from quant import VaR, to_dict
    >>> to_dict(VaR(0.99))["level"]
    0.99
    """
    if not is_spec(type(spec)):
        raise SpecError(
            f"spec: expected a specification, got {type(spec).__name__}; pass a frozen dataclass"
        )
    plain: dict[str, object] = _converter().unstructure(spec)
    return plain


@cache
def _converter() -> Converter:
    converter = Converter(unstructure_fallback_factory=lambda _: _refuse)

    def sequence(values: tuple[object, ...]) -> list[object]:
        plain = []
        for i, value in enumerate(values):
            with under(f".{i}"):
                plain.append(converter.unstructure(value))
        return plain

    def table(values: Mapping[object, object]) -> dict[str, object]:
        plain = {}
        for key, value in values.items():
            with under(f".{key}"):
                if not isinstance(key, str):
                    _refuse(key)
                plain[str(key)] = converter.unstructure(value)
        return plain

    def tagged(spec: object) -> dict[str, object]:
        plain: dict[str, object] = {TAG: type(spec).__name__}
        kinds = get_type_hints(type(spec))
        for field in fields(spec):  # type: ignore[arg-type]
            value = getattr(spec, field.name)
            with under(f".{field.name}"):
                if value is None and field.default is not None:
                    plain[field.name] = NONE
                elif value is not None:
                    keyed = isinstance(value, tuple) and value and _takes_mapping(kinds[field.name])
                    plain[field.name] = converter.unstructure(dict(value) if keyed else value)
        return plain

    for cls in (bool, int, str):
        converter.register_unstructure_hook(cls, cls)
    converter.register_unstructure_hook(float, _finite)
    converter.register_unstructure_hook(dt.date, lambda date: date.isoformat())
    converter.register_unstructure_hook(dt.datetime, lambda date: date.isoformat())
    converter.register_unstructure_hook_func(_subclass_of(tuple, list), sequence)
    converter.register_unstructure_hook_func(_subclass_of(Mapping), table)
    converter.register_unstructure_hook_func(is_spec, tagged)
    return converter


def _subclass_of(*parents: type) -> Callable[[object], bool]:
    return lambda cls: inspect.isclass(cls) and issubclass(cls, parents)


def _takes_mapping(annotation: object) -> bool:
    """Say whether pairs in the field may be written as the table they were given as."""
    return any(get_origin(kind) is Mapping for kind in get_args(annotation))


def _finite(number: float) -> float:
    if not math.isfinite(number):
        raise SpecError(f"$: expected a finite number, got {number}; leave the field at None")
    return float(number)


def _refuse(value: object) -> NoReturn:
    raise SpecError(
        f"$: expected a number, string, date, specification or tuple, got {type(value).__name__}; "
        "only these can be written"
    )
