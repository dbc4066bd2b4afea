"""Where in the data a refusal happened: hooks know the rule, their callers the way to it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from quant.errors import SpecError

ROOT = "$"


@contextmanager
def under(step: str) -> Iterator[None]:
    """Put `step` in front of the path of a refusal that is raised inside."""
    try:
        yield
    except SpecError as refusal:
        raise SpecError(f"{ROOT}{step}{str(refusal).removeprefix(ROOT)}") from None
