"""Where the climbs of a likelihood begin."""

from __future__ import annotations

from functools import cache
from typing import TypeAlias

import numpy as np

from quant._typing import FloatArray
from quant.volatility._fast_estimates import FastModel

Start: TypeAlias = tuple[float, float, float, int]

# Persistence, news share, asymmetry and number of the shapes at which the climbs begin. The
# likelihood has several maxima on returns with crashes or changes of regime; the first starts
# cover what thousands of real windows showed, the others serve windows with a return of more than
# ten standard deviations and likelihoods that are flat. Climbs that begin near the normal law find
# maxima that those from a heavy tail miss, and the other way round; from a flat variance a very
# heavy tail gets there in time.
#
# Each set was searched for on windows of stocks, coins and currencies, and picked out of a few on
# other windows of them, against 26 unhurried climbs each. GARCH, normal: of the maxima of 8,857
# such windows the fits miss 1.
_NORMAL_STARTS = (
    *((0.999, 0.001, 0.0, 0), (0.99, 0.06, 0.0, 0), (0.8, 0.1, 0.0, 0), (0.1, 0.2, 0.0, 0)),
    *((0.999, 0.01, 0.0, 0), (0.3, 0.6, 0.0, 0), (0.95, 0.95, 0.0, 0), (0.5, 0.5, 0.0, 0)),
    (0.9, 0.2, 0.0, 0),
)
# GJR-GARCH, normal: 6 of 8,857.
_LEANING_STARTS = (
    *((0.97, 0.06, 0.3, 0), (0.999, 0.01, 0.3, 0), (0.3, 0.6, 0.3, 0), (0.999, 0.001, 0.3, 0)),
    *((0.9, 0.2, 0.3, 0), (0.95, 0.95, 0.9, 0), (0.5, 0.5, -0.9, 0), (0.99, 0.1, 0.9, 0)),
    (0.2, 0.2, 0.3, 0),
)
# Student laws: 29 of 35,428.
_STUDENT_STARTS = (
    *((0.9, 0.03, 0.3, 0), (0.2, 0.4, 0.3, 1), (0.999, 0.001, 0.3, 1), (0.995, 0.03, 0.3, 1)),
    *((0.999, 0.01, 0.3, 2), (0.9, 0.2, 0.3, 1), (0.95, 0.95, 0.9, 1), (0.5, 0.5, -0.9, 1)),
    (0.99, 0.1, 0.9, 1),
)
# The power law, which has kinks more often than modes: 14 of 5,398.
_POWER_STARTS = (
    *((0.97, 0.06, 0.3, 2), (0.3, 0.6, 0.3, 1), (0.999, 0.001, 0.3, 1), (0.9, 0.2, 0.3, 1)),
    *((0.999, 0.01, 0.3, 2), (0.95, 0.95, 0.9, 1), (0.5, 0.5, -0.9, 1), (0.99, 0.1, 0.9, 1)),
    (0.2, 0.2, 0.3, 1),
)
# Shapes from light to heavy tails.
_SHAPES = {
    "normal": ((), (), ()),
    "t": ((1.0 / 30.0,), (1.0 / 8.0,), (1.0 / 4.0,)),
    "skewt": ((1.0 / 30.0, 0.0), (1.0 / 8.0, 0.0), (1.0 / 4.0, 0.0)),
    "ged": ((np.log(1.8),), (np.log(1.5),), (np.log(1.2),)),
}


def usual(model: FastModel) -> int:
    """Return how many of the starting points serve every window."""
    return _choice(model)[0]


@cache
def starts(model: FastModel) -> FloatArray:
    """Return the one set of starting points (1, S, k) of every window."""
    _, chosen = _choice(model)
    shapes = _SHAPES[model.distribution]
    return np.array(
        [
            [
                (0.0, np.log(1.0 - p), p, *((d,) if model.leverage else ()), s, *shapes[tail])
                for p, s, d, tail in chosen
            ]
        ]
    )


def _choice(model: FastModel) -> tuple[int, tuple[Start, ...]]:
    if model.distribution == "normal":
        return (5, _LEANING_STARTS) if model.leverage else (4, _NORMAL_STARTS)
    return (3, _POWER_STARTS) if model.distribution == "ged" else (4, _STUDENT_STARTS)
