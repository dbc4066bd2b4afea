"""The parameters of a quantile recursion at which the score is lowest: a search, and a second look.

A fit is believed when two descents that began elsewhere ended at one score. Where they did not,
points about the lowest are followed down until one comes back to it or a lower one is found.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from quant._typing import Matrix, Vector
from quant.risk._quantile_dynamics import Dynamics, Sample, draws

_KEEP = 3  # starts that are followed to their minima
_SAME = 1e-3  # of the sum of scores: one minimum
_LOOKS = 4  # rounds about the lowest point
_ABOUT = 100  # points of a round
_FOLLOWED = 4
_SPREAD = 0.2


@dataclass(frozen=True, slots=True, eq=False)
class Lowest:
    """Where a search ended.

    Attributes
    ----------
    point : ndarray
        The parameters.
    score : float
        Their mean score; infinite if no start had a finite one.
    agreed : bool
        Whether two descents reached it.
    modes : int
        Different minima that descents reached.
    evaluations : int
        Scores computed.
    """

    point: Vector
    score: float
    agreed: bool
    modes: int
    evaluations: int


def lowest(dynamics: Dynamics, x: Vector, tail: float, sample: Sample, first: float) -> Lowest:
    """Return the parameters with the lowest mean score of the losses x (T,)."""
    starts = starting_points(dynamics, x, tail, sample)
    ends = [_descents(dynamics, starts, _KEEP, x, tail, first, way) for way in dynamics.ways]
    points = np.vstack([found for found, _, _ in ends])
    scores = np.concatenate([reached for _, reached, _ in ends])
    evaluations = sum(used for _, _, used in ends)
    order = np.argsort(scores)
    best, score = points[order[0]], float(scores[order[0]])
    reached = np.sort(scores[np.isfinite(scores)]) * x.size
    modes = 1 + int(np.sum(np.diff(reached) > _SAME))
    agreed = bool(reached.size > 1 and reached[1] - reached[0] <= _SAME)
    for look in range(_LOOKS if reached.size else 0):
        if agreed:
            break
        near = _about(dynamics, best, look)
        found, nearby, used = _descents(dynamics, near, _FOLLOWED, x, tail, first, (0.0,))
        evaluations += used
        i = int(np.argmin(nearby))
        agreed = bool(abs(float(nearby[i]) - score) * x.size <= _SAME)
        if nearby[i] < score:
            best, score = found[i], float(nearby[i])
    return Lowest(best, score, agreed, modes, evaluations)


def starting_points(dynamics: Dynamics, x: Vector, tail: float, sample: Sample) -> Matrix:
    """Return where searches of these losses begin."""
    from quant.risk._quantile_scales import with_scales

    starts = dynamics.starts(draws(dynamics.n_starts, max(len(dynamics.names), 3)), sample)
    return with_scales(dynamics.code, starts, x, tail, 3) if dynamics.solved else starts


def _descents(
    dynamics: Dynamics,
    starts: Matrix,
    keep: int,
    x: Vector,
    tail: float,
    first: float,
    way: tuple[float, ...],
) -> tuple[Matrix, Vector, int]:
    from quant.risk._quantile_search import search

    found: tuple[Matrix, Vector, int] = search(
        *(dynamics.code, starts, len(dynamics.names), keep, x, x, tail, first), np.array(way)
    )
    return found


def _about(dynamics: Dynamics, point: Vector, look: int) -> Matrix:
    """Return points about one: each parameter by its size, a persistence by its gap to 1."""
    names = dynamics.names
    z = _deviates(len(names), look)
    near = np.tile(point, (_ABOUT, 1))
    near[:, : len(names)] *= np.exp(_SPREAD * z)
    if "persistence" in names:
        at = names.index("persistence")
        near[:, at] = 1.0 - (1.0 - point[at]) * np.exp(2.0 * _SPREAD * z[:, at])
    return near


@cache
def _deviates(n_params: int, look: int) -> Matrix:
    drawn = np.random.default_rng([20_040_712, look]).standard_normal((_ABOUT, n_params))
    drawn.setflags(write=False)
    return drawn
