"""What a variance recursion must be able to do, whatever it remembers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, TypeAlias, runtime_checkable

import numpy as np

from quant._typing import Matrix, Vector
from quant.distributions.base import InnovationLaw

NOTHING = np.empty(0)  # the memory of a recursion whose variance says it all


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """Where a recursion stands after the last return it has seen.

    Attributes
    ----------
    variance : float
        Variance of the next period.
    memory : ndarray
        Whatever else the recursion needs to go on; empty when the variance says it all.
    """

    variance: float
    memory: Vector


class Kinked:
    """Marks a recursion whose variance has a kink where a shock changes its sign."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class MeanSquare:
    """A presample variance that is the mean square of the sample about the model's own mean.

    Attributes
    ----------
    variance : float
        Mean square of the sample about `centre`, its mean (or about zero, where that is assumed).
    centre : float
    """

    variance: float
    centre: float

    def about(self, mean: float) -> float:
        """Return the mean square about `mean`."""
        distance = mean - self.centre
        return self.variance + distance * distance


Presample: TypeAlias = float | MeanSquare


def variance_before(presample: Presample, mean: float) -> float:
    """Return the variance assumed before the first return, under a mean."""
    return presample.about(mean) if isinstance(presample, MeanSquare) else presample


class VarianceFilter(Protocol):
    """A variance recursion at given parameters, fed with shocks e = r - mean."""

    def open(self, presample: float) -> State:
        """Return the state before the first shock, from the variance assumed before the sample."""
        ...

    def run(self, state: State, shocks: Vector) -> tuple[Vector, State]:
        """Return the variance of each period, known one before, (T,), and the state after them."""
        ...

    def expected(self, state: State, horizon: int, law: InnovationLaw) -> Vector:
        """Return the expected variance of each of the next periods, (h,)."""
        ...

    def propagate(self, state: State, z: Matrix) -> Matrix:
        """Return the (n, h) shocks that (n, h) standardised shocks become."""
        ...


@runtime_checkable
class SharedOut(Protocol):
    """A recursion in which the next variance is a sum over past shocks."""

    def shares(self, state: State, shocks: Vector) -> Vector:
        """Return the share of each shock (T,) in the variance of `state`, which follows them."""
        ...
