"""A user's recursion made into a filter: by steps where it can step, by whole histories else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from quant._typing import Matrix, Vector
from quant.distributions.base import InnovationLaw
from quant.errors import SpecError
from quant.volatility._filter import State

_PATHS = 2_000
_MOST_CALLS = 20_000


class Recursive(Protocol):
    """The two methods of a user's model, and the optional third."""

    def variance_path(self, params: tuple[float, ...], r: Vector) -> Vector: ...

    def next_variance(self, params: tuple[float, ...], variance: Vector, r: Vector) -> Vector: ...


@dataclass(frozen=True, slots=True)
class OwnRecursion:
    """The recursion of `model` at `params`; its memory is the whole history of returns.

    Attributes
    ----------
    stepwise : bool
        Whether the model defines `next_variance`.
    """

    model: Recursive
    params: tuple[float, ...]
    stepwise: bool

    def open(self, presample: float) -> State:
        return State(presample, np.empty(0))

    def run(self, state: State, shocks: Vector) -> tuple[Vector, State]:
        known = state.memory.size
        history = np.concatenate((state.memory, shocks))
        if not (self.stepwise and known):
            path = self._path(history)
            return path[known:-1], State(float(path[-1]), history)
        variance = np.empty(shocks.size + 1)
        variance[0] = state.variance
        for t in range(shocks.size):
            variance[t + 1] = self._step(variance[t : t + 1], shocks[t : t + 1])[0]
        return variance[:-1], State(float(variance[-1]), history)

    def expected(self, state: State, horizon: int, law: InnovationLaw) -> Vector:
        if horizon == 1:
            return np.array([state.variance])
        _, variance = self._simulate(state, law.rvs((_PATHS, horizon), seed=0))
        return np.asarray(variance.mean(axis=0), dtype=np.float64)

    def propagate(self, state: State, z: Matrix) -> Matrix:
        shocks, _ = self._simulate(state, z)
        return shocks

    def check_step(self, r: Vector, variance: Vector) -> None:
        """Refuse a `next_variance` that does not continue `variance_path`."""
        if not self.stepwise:
            return
        stepped = self._step(variance[:-1], r[:-1])
        if not np.allclose(stepped, variance[1:], rtol=1e-8, atol=0.0):
            worst = int(np.argmax(np.abs(stepped / variance[1:] - 1.0)))
            raise SpecError(
                f"next_variance: expected {variance[worst + 1]:g} after return {worst}, as in "
                f"variance_path, got {stepped[worst]:g}; make {type(self.model).__name__}'s two "
                "methods the same recursion"
            )

    def _simulate(self, state: State, z: Matrix) -> tuple[Matrix, Matrix]:
        """Return the (n, h) shocks and variances that (n, h) standardised shocks produce."""
        shocks, variance = np.empty(z.shape), np.empty(z.shape)
        variance[:, 0] = state.variance
        calls = 0
        for k in range(z.shape[1]):
            shocks[:, k] = np.sqrt(variance[:, k]) * z[:, k]
            if k + 1 == z.shape[1]:
                break
            if self.stepwise:
                variance[:, k + 1] = self._step(variance[:, k], shocks[:, k])
                continue
            # bootstrapped shocks repeat: each distinct beginning of a path is followed once
            prefixes, where = np.unique(shocks[:, : k + 1], axis=0, return_inverse=True)
            calls += prefixes.shape[0]
            if calls > _MOST_CALLS:
                raise SpecError(
                    f"horizon: expected at most {_MOST_CALLS} distinct path beginnings for "
                    f"{type(self.model).__name__}, got {calls} by period {k + 1}; define "
                    "next_variance(self, params, variance, r) to step all paths at once"
                )
            ahead = [self._path(np.concatenate((state.memory, p)))[-1] for p in prefixes]
            variance[:, k + 1] = np.array(ahead)[where.ravel()]
        return shocks, variance

    def _path(self, r: Vector) -> Vector:
        path = np.asarray(self.model.variance_path(self.params, r), dtype=np.float64)
        if path.shape != (r.size + 1,):
            raise SpecError(
                f"variance_path: expected shape ({r.size + 1},), one more than the returns, got "
                f"{path.shape}; correct {type(self.model).__name__}.variance_path"
            )
        return path

    def _step(self, variance: Vector, r: Vector) -> Vector:
        following = np.asarray(self.model.next_variance(self.params, variance, r), dtype=np.float64)
        if following.shape != variance.shape:
            raise SpecError(
                f"next_variance: expected shape {variance.shape}, one per path, got "
                f"{following.shape}; correct {type(self.model).__name__}.next_variance"
            )
        return following
