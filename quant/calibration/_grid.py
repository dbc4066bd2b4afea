"""The candidates of a grid: every combination of its values, all aiming at the same target."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

import numpy as np

from quant.calibration.base import Model
from quant.config import evolve
from quant.errors import InputError


def candidates_of(
    model: Model, grid: Mapping[str, Sequence[object]]
) -> list[tuple[dict[str, object], Model]]:
    """Return what each candidate changes, and the candidate."""
    for path, values in grid.items():
        if isinstance(values, str) or not isinstance(values, (Sequence, np.ndarray)):
            raise InputError(
                f"grid: expected a list of values for {path}, got {values!r}; put it in [brackets]"
            )
    combinations = itertools.product(*grid.values())
    tried = [dict(zip(grid, values, strict=True)) for values in combinations]
    if not grid or not tried:
        raise InputError("grid: expected at least one candidate, got none; give values to try")
    candidates = [(changes, evolve(model, changes)) for changes in tried]
    target = (model.measure.level, model.horizon)
    for changes, candidate in candidates:
        if (candidate.measure.level, candidate.horizon) != target:
            raise InputError(
                f"grid: expected candidates of one level and horizon, got {described(changes)}; "
                "scores of different targets cannot be compared, calibrate them one by one"
            )
    return candidates


def described(changes: Mapping[str, object]) -> str:
    """Return the values of a candidate in one line."""
    return ", ".join(f"{path} = {value!r}" for path, value in changes.items())
