"""Numbers, strings and dates as a file states them: checked, never converted."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable
from typing import get_args

import pandas as pd

from quant.errors import SpecError


def boolean(data: object, _: object) -> bool:
    if not isinstance(data, bool):
        raise SpecError(f"$: expected true or false, got {data!r}; write one of them")
    return data


def whole(data: object, _: object) -> int:
    if isinstance(data, bool) or not isinstance(data, int):
        raise SpecError(f"$: expected a whole number, got {data!r}; {_remedy(data, 'an int')}")
    return data


def number(data: object, _: object) -> float:
    if isinstance(data, bool) or not isinstance(data, (int, float)):
        raise SpecError(f"$: expected a number, got {data!r}; {_remedy(data, 'a number')}")
    try:
        same = float(data)
    except OverflowError:
        same = math.inf
    if not math.isfinite(same) or same != data:
        raise SpecError(
            f"$: expected a finite number, got {data!r}; write one that a float can hold"
        )
    return same


def text(data: object, _: object) -> str:
    if not isinstance(data, str):
        raise SpecError(f"$: expected a string, got {data!r}; put it in quotes")
    return data


def choice(data: object, annotation: object) -> object:
    """Return `data` when it is, type and all, one of the values of a Literal."""
    options = get_args(annotation)
    for option in options:
        if type(option) is type(data) and option == data:
            return option
    listed = ", ".join(repr(option) for option in options)
    raise SpecError(f"$: expected one of {listed}, got {data!r}; choose one of them")


def day(data: object, _: object) -> dt.date:
    moment = instant(data, _)
    if moment != moment.replace(hour=0, minute=0, second=0, microsecond=0) or moment.tzinfo:
        raise SpecError(f"$: expected a date, got {data!r}; leave the time of day out")
    return moment.date()


def instant(data: object, _: object) -> dt.datetime:
    if isinstance(data, dt.datetime):
        return data
    if isinstance(data, dt.date):
        return dt.datetime(data.year, data.month, data.day)
    if isinstance(data, str):
        try:
            return dt.datetime.fromisoformat(data)
        except ValueError:
            pass
    raise SpecError(f"$: expected a date, got {data!r}; write it as 2020-03-12")


def timestamp(data: object, _: object) -> pd.Timestamp:
    return pd.Timestamp(instant(data, _))


def _remedy(data: object, kind: str) -> str:
    return "drop the quotes" if isinstance(data, str) else f"write {kind}"


HOOKS: dict[type, Callable[[object, object], object]] = {
    bool: boolean,
    int: whole,
    float: number,
    str: text,
    dt.date: day,
    dt.datetime: instant,
    pd.Timestamp: timestamp,
}
