"""What differs between arch's variance processes: orders, units of parameters, constraints.

Everything is stated for returns of mean square 1, on which arch estimates.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np

from quant._typing import Vector

_EDGE = 1e-6
_SLACK = 1.0 - 1e-12  # rounding may leave a stopping point this much outside a constraint
_ZERO = 2e-8  # an omega that has come to rest at its lower bound


class Process(Protocol):
    """One of arch's variance processes with a single lag of everything it has."""

    @property
    def kind(self) -> Literal["GARCH", "EGARCH", "APARCH", "FIGARCH"]:
        """What arch calls it."""
        ...

    @property
    def leverage(self) -> bool:
        """Whether it has a term in the sign of the shock."""
        ...

    def moved_inside(self, slopes: Vector) -> Vector:
        """Return the parameters after omega, moved to satisfy arch's constraints."""
        ...

    def omega(self, params: Mapping[str, float], scale: float) -> float:
        """Return omega for returns that are `scale` times those the parameters belong to."""
        ...

    def held(self, params: Mapping[str, float]) -> dict[str, bool]:
        """Return whether each constraint of the optimisation holds with equality."""
        ...


@dataclass(frozen=True, slots=True)
class Garch:
    """GARCH, and GJR-GARCH with `leverage`: alpha + gamma / 2 + beta <= 1."""

    leverage: bool
    kind: Literal["GARCH"] = "GARCH"

    def moved_inside(self, slopes: Vector) -> Vector:
        weights = np.array([1.0, 0.5, 1.0] if self.leverage else [1.0, 1.0])
        shrunk = slopes.copy()
        shrunk[: weights.size] *= min(1.0, _SLACK / float(weights @ slopes[: weights.size]))
        return shrunk

    def omega(self, params: Mapping[str, float], scale: float) -> float:
        return params["omega"] * scale**2

    def held(self, params: Mapping[str, float]) -> dict[str, bool]:
        alpha, beta, gamma = params["alpha"], params["beta"], params.get("gamma", 0.0)
        return {
            "omega": params["omega"] <= _ZERO,
            "alpha": alpha <= _EDGE,
            "gamma": self.leverage and alpha + gamma <= _EDGE,
            "beta": beta <= _EDGE,
            "persistence": alpha + 0.5 * gamma + beta >= 1.0 - _EDGE,
        }


@dataclass(frozen=True, slots=True)
class Egarch:
    """EGARCH: beta <= 1, and omega within ln(10,000) of the log mean square."""

    kind: Literal["EGARCH"] = "EGARCH"
    leverage: bool = True

    def moved_inside(self, slopes: Vector) -> Vector:
        inside = slopes.copy()
        inside[2] = np.clip(inside[2], 0.0, _SLACK)
        return inside

    def omega(self, params: Mapping[str, float], scale: float) -> float:
        # ln h moves by ln scale^2 on both sides of the recursion
        return params["omega"] + (1.0 - params["beta"]) * 2.0 * float(np.log(scale))

    def held(self, params: Mapping[str, float]) -> dict[str, bool]:
        return {
            "omega": abs(params["omega"]) >= np.log(1e4) - 0.01,
            "beta": params["beta"] <= _EDGE,
            "persistence": params["beta"] >= 1.0 - _EDGE,
        }


@dataclass(frozen=True, slots=True)
class Aparch:
    """APARCH: alpha + beta <= 1, |gamma| <= 0.9997, delta from 0.05 to 4."""

    kind: Literal["APARCH"] = "APARCH"
    leverage: bool = True

    def moved_inside(self, slopes: Vector) -> Vector:
        alpha, gamma, beta, delta = slopes[:4]
        shrink = min(1.0, _SLACK / (alpha + beta))
        inside = slopes.copy()
        inside[:4] = alpha * shrink, np.clip(gamma, -0.9997, 0.9997), beta * shrink, delta
        return inside

    def omega(self, params: Mapping[str, float], scale: float) -> float:
        return params["omega"] * float(scale ** params["delta"])

    def held(self, params: Mapping[str, float]) -> dict[str, bool]:
        return {
            "omega": params["omega"] <= _ZERO,
            "alpha": params["alpha"] <= _EDGE,
            "gamma": abs(params["gamma"]) >= 0.9997 - _EDGE,
            "beta": params["beta"] <= _EDGE,
            "delta": not 0.05 + _EDGE < params["delta"] < 4.0 - _EDGE,
            "persistence": params["alpha"] + params["beta"] >= 1.0 - _EDGE,
        }


@dataclass(frozen=True, slots=True)
class Figarch:
    """FIGARCH: 0 <= phi <= (1 - d) / 2, 0 <= d <= 1, 0 <= beta <= d + phi."""

    kind: Literal["FIGARCH"] = "FIGARCH"
    leverage: bool = False

    def moved_inside(self, slopes: Vector) -> Vector:
        phi, d, beta = slopes[:3]
        d = np.clip(d, 0.0, 1.0 - 2e-8)
        phi = np.clip(phi, 0.0, 0.5 * _SLACK * (1.0 - d))
        inside = slopes.copy()
        inside[:3] = phi, d, np.clip(beta, 0.0, min(_SLACK * (d + phi), 1.0 - 2e-8))
        return inside

    def omega(self, params: Mapping[str, float], scale: float) -> float:
        return params["omega"] * scale**2

    def held(self, params: Mapping[str, float]) -> dict[str, bool]:
        phi, d, beta = params["phi"], params["d"], params["beta"]
        return {
            "omega": params["omega"] <= _ZERO,
            "phi": not _EDGE < phi < 0.5 * (1.0 - d) - _EDGE,
            "d": not _EDGE < d < 1.0 - _EDGE,
            "beta": not _EDGE < beta < d + phi - _EDGE,
        }
