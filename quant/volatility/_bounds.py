"""Which constraints of a GARCH estimation hold with equality: for one fit or for many."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt

from quant._typing import Vector

Flags: TypeAlias = npt.NDArray[np.bool_]
Indices: TypeAlias = npt.NDArray[np.int64]
Values = TypeVar("Values", float, Vector)  # of one fit, or of many

NU_BOUNDS = {"t": (2.05, 500.0), "skewt": (2.05, 300.0), "ged": (1.01, 500.0)}
EDGE = 1e-6


def held(params: Mapping[str, Values], distribution: str) -> Mapping[str, bool | Flags]:
    """Return a flag (per fit) for each constraint, from parameters at mean square 1."""
    alpha, beta = params["alpha"], params["beta"]
    gamma = params.get("gamma", 0.0 * alpha)
    flags = {
        "omega": params["omega"] <= 2e-8,
        "alpha": alpha <= EDGE,
        "gamma": (alpha + gamma <= EDGE) & ("gamma" in params),
        "beta": beta <= EDGE,
        "persistence": alpha + 0.5 * gamma + beta >= 1.0 - EDGE,
    }
    if "nu" in params:
        low, high = NU_BOUNDS[distribution]
        flags["nu"] = (params["nu"] <= low + 1e-4) | (params["nu"] >= high - 1e-4)
    if "skew" in params:
        flags["skew"] = abs(params["skew"]) >= 1.0 - EDGE
    return flags
