"""Plain data to specifications, refusing whatever would have to be guessed."""

from __future__ import annotations

import difflib
import types
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import MISSING, fields
from functools import lru_cache
from typing import Literal, Union, get_args, get_origin, get_type_hints

from cattrs import Converter

from quant.config import _primitives
from quant.config._path import ROOT, under
from quant.config._registry import NONE, TAG, is_role, known_specs, plays
from quant.errors import InputError, SpecError


def from_dict(data: Mapping[str, object], *, classes: Collection[type] = ()) -> object:
    """Return the specification that plain data describes; the inverse of `to_dict`.

    Parameters
    ----------
    data : mapping
        As `to_dict` writes it. Numbers are checked, never converted: 2.7 is not an int and "0.99"
        is not a float; a whole number may stand for a float. ``"none"`` is None, for a field whose
        default is something else.
    classes : collection of type
        Specifications of your own that the data may name. Data never imports code.

    Returns
    -------
    object
        A specification equal to the one that was written.

    Raises
    ------
    SpecError
        With the path of what is wrong, e.g. ``$.estimator.window``.

    Examples
    --------
    >>> from quant import VaR, from_dict, to_dict
    >>> from_dict(to_dict(VaR(0.99))) == VaR(0.99)
    True
    """
    return _converter(tuple(classes)).structure(data, object)


@lru_cache(maxsize=32)
def _converter(classes: tuple[type, ...]) -> Converter:
    known = known_specs(classes)
    converter = Converter(structure_fallback_factory=lambda _: _refuse)

    def spec(data: object, *roles: object) -> object:
        players = {name: cls for name, cls in known.items() if any(plays(cls, r) for r in roles)}
        cls = _named_class(data, players, roles)
        assert isinstance(data, Mapping)
        return _build(cls, {key: value for key, value in data.items() if key != TAG}, converter)

    def sequence(data: object, annotation: object) -> tuple[object, ...]:
        if not isinstance(data, (list, tuple)):
            raise SpecError(f"$: expected a list, got {data!r}; put it in [brackets]")
        kinds = get_args(annotation)
        if get_origin(annotation) is not tuple or kinds[1:] == (...,):
            kinds = kinds[:1] * len(data)
        if len(kinds) != len(data):
            raise SpecError(f"$: expected {len(kinds)} entries, got {len(data)}; write one of each")
        built = []
        for i, (value, kind) in enumerate(zip(data, kinds, strict=True)):
            with under(f".{i}"):
                built.append(converter.structure(value, kind))
        return tuple(built)

    def table(data: object, annotation: object) -> dict[str, object]:
        if not isinstance(data, Mapping):
            raise SpecError(f"$: expected a table, got {data!r}; write key = value lines")
        kind = get_args(annotation)[1]
        built = {}
        for key, value in data.items():
            with under(f".{key}"):
                built[key] = converter.structure(value, kind)
        return built

    def alternatives(data: object, annotation: object) -> object:
        kinds = [kind for kind in get_args(annotation) if kind is not types.NoneType]
        if data is None:
            raise SpecError(f"$: expected a value, got null; leave the key out, or write {NONE!r}")
        roles = [kind for kind in kinds if is_role(kind)]
        if isinstance(data, Mapping) and roles:
            return spec(data, *roles)
        refusals = []
        for kind in kinds:
            try:
                return converter.structure(data, kind)
            except SpecError as refusal:
                refusals.append(refusal)
        if data == NONE and len(kinds) < len(get_args(annotation)):
            return None
        raise max(refusals, key=_depth)

    for cls, hook in _primitives.HOOKS.items():
        converter.register_structure_hook(cls, hook)
    for origins, reader in (
        ((tuple, list, Sequence), sequence),
        ((dict, Mapping), table),
        ((Union, types.UnionType), alternatives),
        ((Literal,), _primitives.choice),
    ):
        converter.register_structure_hook_func(_has_origin(origins), reader)
    converter.register_structure_hook_func(lambda kind: kind is object or is_role(kind), spec)
    return converter


def _build(cls: type, data: Mapping[str, object], converter: Converter) -> object:
    """Return an instance of `cls`, its fields read by the annotations."""
    settable = {field.name: field for field in fields(cls) if field.init}
    for key in data:
        if key not in settable:
            raise SpecError(
                f"$.{key}: expected a field of {cls.__name__} ({', '.join(settable) or 'none'}), "
                f"got {key!r}; {_advice(key, settable, 'remove it')}"
            )
    for name, field in settable.items():
        if name not in data and field.default is MISSING and field.default_factory is MISSING:
            raise SpecError(
                f"$.{name}: expected a value, got none; {cls.__name__} needs this field"
            )
    kinds = get_type_hints(cls)
    values = {}
    for name, value in data.items():
        with under(f".{name}"):
            values[name] = converter.structure(value, kinds[name])
    try:
        return cls(**values)
    except InputError as refusal:
        message = str(refusal)
        field_first = message.partition(":")[0] in settable
        raise SpecError(f"{ROOT}{'.' if field_first else ': '}{message}") from refusal


def _named_class(data: object, players: Mapping[str, type], roles: tuple[object, ...]) -> type:
    wanted = " or ".join(
        "specification" if role is object else getattr(role, "__name__", str(role))
        for role in roles
    )
    if not isinstance(data, Mapping):
        raise SpecError(
            f"$: expected a table for a {wanted}, got {data!r}; write {TAG} = "
            f'"{next(iter(players), wanted)}" and its fields'
        )
    name = data.get(TAG)
    if not isinstance(name, str) or name not in players:
        got = "no type" if name is None else repr(name)
        raise SpecError(
            f"$.{TAG}: expected the name of a {wanted} ({', '.join(players)}), got {got}; "
            f"{_advice(str(name), players, 'pass classes=(...) for one of your own')}"
        )
    return players[name]


def _advice(word: str, known: Collection[str], otherwise: str) -> str:
    close = difflib.get_close_matches(word, known, n=1)
    return f"did you mean {close[0]!r}?" if close else otherwise


def _depth(refusal: SpecError) -> int:
    return str(refusal).partition(":")[0].count(".")


def _has_origin(origins: tuple[object, ...]) -> Callable[[object], bool]:
    return lambda annotation: get_origin(annotation) in origins


def _refuse(_: object, annotation: object) -> object:
    raise SpecError(
        f"$: expected a field that a file can hold, got one of type {annotation}; "
        "annotate it with a number, string, date, specification or tuple"
    )
