"""The recursions of conditional quantiles: their names, their units, where a search begins."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Literal, TypeAlias

import numpy as np

from quant._typing import Matrix, Vector

QuantileName: TypeAlias = Literal[
    "symmetric absolute value", "asymmetric slope", "indirect GARCH", "adaptive"
]
JointName: TypeAlias = Literal["one-factor GAS", "GARCH-FZ", "asymmetric Laplace"]

_STEEPNESS = 1000.0  # Engle and Manganelli's G = 10 is for returns in percent
_CLIFFS = (5.0, 20.0, 0.0)  # Patton, Ziegel and Chen smooth the indicator first
_STARTS = 120


@dataclass(frozen=True, slots=True)
class Sample:
    """Of losses with mean square 1: VaR and ES of the sample and the mean size of a move."""

    var: float
    es: float
    size: float
    scale: float


@dataclass(frozen=True, slots=True)
class Dynamics:
    """A recursion as the compiled search needs it.

    Attributes
    ----------
    code : int
        Its number in the kernels.
    names : tuple of str
        Parameters that are estimated.
    powers : tuple of int
        Power of the unit of the losses that each parameter carries.
    starts : callable
        Turns uniform draws (m, k) and a sample into starting points.
    joint : bool
        Whether it forecasts ES as well.
    from_zero : tuple of str
        Parameters that may not be negative, whose errors mean nothing at 0.
    ways : tuple of tuple of float
        Surfaces the search descends over, by their sharpness; the true one, 0, last of each way.
    n_starts : int
        Draws that become starting points.
    solved : bool
        Whether VaR and ES are a size times a scale each, so that starts need not guess the scales.
    """

    code: int
    names: tuple[str, ...]
    powers: tuple[int, ...]
    starts: Callable[[Matrix, Sample], Matrix] = field(repr=False)
    joint: bool = False
    from_zero: tuple[str, ...] = ()
    ways: tuple[tuple[float, ...], ...] = ((0.0,),)
    n_starts: int = _STARTS
    solved: bool = False


@cache
def draws(size: int, n_params: int) -> Matrix:
    """Return the uniform draws that every search with so many parameters starts from."""
    drawn = np.random.default_rng(20_040_712).random((size, n_params))
    drawn.setflags(write=False)
    return drawn


def _between(u: Vector, low: float, high: float) -> Vector:
    return low + (high - low) * u


def _symmetric(u: Matrix, sample: Sample) -> Matrix:
    persistence = 1.0 - _between(u[:, 0], 0.1, 0.75) ** 2
    news = _between(u[:, 1], 0.0, 1.0) * (1.0 - persistence) * sample.var / sample.size
    intercept = sample.var * (1.0 - persistence) - news * sample.size
    level = _between(u[:, 2], 0.7, 1.3)
    return np.column_stack([level * intercept, persistence, level * news])


def _asymmetric(u: Matrix, sample: Sample) -> Matrix:
    start = _symmetric(u, sample)
    gain = 2.0 * u[:, 3] * start[:, 2]
    return np.column_stack([start[:, :2], gain, 2.0 * start[:, 2] - gain])


def _indirect(u: Matrix, sample: Sample) -> Matrix:
    persistence = 1.0 - _between(u[:, 0], 0.1, 0.75) ** 2
    news = u[:, 1] * (1.0 - persistence) * sample.var**2
    level = _between(u[:, 2], 0.5, 1.5)
    intercept = sample.var**2 * (1.0 - persistence) - news
    return np.column_stack([level * intercept, persistence, level * news])


def _adaptive(u: Matrix, sample: Sample) -> Matrix:
    # one parameter and a surface full of steps: a fine grid, not a few draws
    speed = sample.var * np.geomspace(1e-3, 3.0, 4 * len(u))
    return np.column_stack([speed, np.full(speed.size, _STEEPNESS * sample.scale)])


def _sized(u: Matrix, sample: Sample) -> tuple[Vector, Vector]:
    var = sample.var * _between(u[:, 2], 0.7, 1.3)
    return var, var * (1.0 + (sample.es / sample.var - 1.0 + 0.02) * _between(u[:, 3], 0.5, 1.5))


def _score_driven(u: Matrix, sample: Sample) -> Matrix:
    var, es = _sized(u, sample)
    persistence = 1.0 - _between(u[:, 0], 0.02, 0.5) ** 2
    return np.column_stack([persistence, 10.0 ** _between(u[:, 1], -3.0, -0.7), var, es])


def _squared(u: Matrix, sample: Sample) -> Matrix:
    var, es = _sized(u, sample)
    total = 1.0 - _between(u[:, 0], 0.07, 0.5) ** 2
    alpha = _between(u[:, 1], 0.01, 0.25) * total
    news = alpha / (1.0 - total)
    mean = np.sqrt((1.0 + news) / (1.0 - total + alpha))
    return np.column_stack([total - alpha, news, var / mean, es / mean])


def _laplace(u: Matrix, sample: Sample) -> Matrix:
    ratio = (sample.es / sample.var - 1.0 + 0.02) * _between(u[:, 3], 0.5, 1.5)
    return np.column_stack([_symmetric(u, sample), np.log(ratio)])


# The order is that of the codes in the kernels.
QUANTILES: dict[QuantileName, Dynamics] = {
    "symmetric absolute value": Dynamics(
        0, ("intercept", "persistence", "size"), (1, 0, 0), _symmetric
    ),
    "asymmetric slope": Dynamics(
        1, ("intercept", "persistence", "gain", "loss"), (1, 0, 0, 0), _asymmetric
    ),
    "indirect GARCH": Dynamics(
        *(2, ("intercept", "persistence", "square"), (2, 0, 0), _indirect),
        from_zero=("persistence", "square"),
    ),
    "adaptive": Dynamics(3, ("speed",), (1,), _adaptive, from_zero=("speed",)),
}
JOINT: dict[JointName, Dynamics] = {
    "one-factor GAS": Dynamics(
        *(4, ("persistence", "score", "var_scale", "es_scale"), (0, 0, 1, 1), _score_driven),
        joint=True,
        ways=(_CLIFFS, _CLIFFS[1:]),
        n_starts=4 * _STARTS,
        solved=True,
    ),
    "GARCH-FZ": Dynamics(
        *(5, ("persistence", "square", "var_scale", "es_scale"), (0, -2, 1, 1), _squared),
        joint=True,
        from_zero=("persistence", "square"),
        ways=(_CLIFFS,),
    ),
    "asymmetric Laplace": Dynamics(
        *(6, ("intercept", "persistence", "size", "es_gap"), (1, 0, 0, 0), _laplace), joint=True
    ),
}
