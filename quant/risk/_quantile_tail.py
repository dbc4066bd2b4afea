"""One side's quantile recursion: fitted, moved on, and turned into a law."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from typing import Self

import numpy as np

from quant import _checks, _numerics
from quant._typing import Matrix, Side, Vector
from quant.distributions.quantiles import Quantiles
from quant.errors import ConvergenceError, InputError
from quant.risk._quantile_dynamics import Dynamics, Sample
from quant.risk._quantile_error import sandwich
from quant.risk._quantile_estimate import Lowest, lowest, starting_points
from quant.risk._quantile_redraw import N_REDRAWN, SEED, RedrawnError, redrawn_points
from quant.risk._return_loss import loss_of
from quant.volatility.base import FitDiagnostics

_FIRST = 300  # losses whose quantile starts the path
_FEWER = 40  # starts of a redrawn sample, whose estimate is near that of the sample
_LEAST = 1e-3  # of the VaR: a redrawn recursion may end at no quantile at all
_STEP = 1e-5
_EDGE = 1e-4


@dataclass(frozen=True, slots=True, eq=False)
class QuantileTail:
    """A fitted recursion with its state, in losses divided by their root mean square.

    Attributes
    ----------
    dynamics, level, side
    scale : float
        Root mean square of the losses of the estimation.
    points : ndarray (1 + 2 k, ·)
        The estimate, then the estimate with each parameter moved up and down a little.
    starts : ndarray (1 + 2 k,)
        First state of each point.
    state : float
        Present state of the estimate.
    losses : ndarray (T,)
        Those of the estimation.
    later : ndarray
        Those of the updates since.
    """

    dynamics: Dynamics
    level: float
    side: Side
    scale: float
    points: Matrix = field(repr=False)
    starts: Vector = field(repr=False)
    state: float
    losses: Vector = field(repr=False)
    score: float
    diagnostics: FitDiagnostics
    later: Vector = field(default_factory=lambda: np.empty(0), repr=False)

    @classmethod
    def fit(cls, dynamics: Dynamics, level: float, returns: Vector, side: Side) -> Self:
        """Return the recursion whose path has the lowest mean score."""
        from quant.risk import _quantile_kernels as kernels

        _checks.tail_supported(returns.size, level, "window")
        raw = _adverse(dynamics, returns, side)
        scale = float(np.sqrt(np.mean(raw**2)))
        x = raw / scale
        sample = _sample(x, level, scale)
        first = _numerics.sample_quantile(x[:_FIRST], level)
        if min(first, sample.var) <= 0.0:
            raise InputError(
                f"level: expected losses of a {side} beyond it, got a {level:g} quantile of "
                f"{scale * min(first, sample.var):g}; raise the level or lengthen the window"
            )
        found = lowest(dynamics, x, 1.0 - level, sample, first)
        if not math.isfinite(found.score):
            raise ConvergenceError(
                f"returns: expected a path of {' and '.join(dynamics.names)} with a finite score, "
                f"got none from {dynamics.n_starts} starts; look at the largest returns"
            )
        points = _around(found.point, len(dynamics.names))
        starts = np.array([kernels.begin(dynamics.code, p, first) for p in points])
        state = kernels.advance(dynamics.code, points[:1], starts[:1], x, 1.0 - level)
        return cls(
            dynamics,
            level,
            side,
            scale,
            points,
            starts,
            float(state[0]),
            x,
            found.score,
            _diagnosed(dynamics, found, returns),
        )

    @property
    def params(self) -> dict[str, float]:
        """Estimates by name, for losses in decimals."""
        factors = self._factors
        estimates = self.points[0, : len(factors)] * factors
        return dict(zip(self.dynamics.names, estimates.tolist(), strict=True))

    @property
    def law(self) -> Quantiles:
        """What is known of the loss of the next period."""
        from quant.risk._quantile_kernels import read

        return self._law(*read(self.dynamics.code, self.points[0], self.state))

    def update(self, returns: Vector) -> Self:
        """Return the recursion moved on by new returns."""
        from quant.risk._quantile_kernels import advance

        x = _adverse(self.dynamics, returns, self.side) / self.scale
        now = np.array([self.state])
        code, tail = self.dynamics.code, 1.0 - self.level
        state = float(advance(code, self.points[:1], now, x, tail)[0])
        return replace(self, state=state, later=np.concatenate([self.later, x]))

    def param_cov(self) -> Matrix:
        """Return the sandwich covariance of the estimates, for losses in decimals."""
        return self.unit_cov() * np.outer(self._factors, self._factors)

    def unit_cov(self) -> Matrix:
        """Return the sandwich covariance of the estimates, for losses divided by the scale."""
        from quant.risk._quantile_kernels import paths

        code, tail = self.dynamics.code, 1.0 - self.level
        var, es = paths(code, self.points, self.starts, self.losses, tail)
        slopes = [self._slopes(path) for path in (var, es)]
        return sandwich(self.losses, var[0], es[0], slopes[0], slopes[1], tail, self.dynamics)

    def parameter_error(self) -> RedrawnError:
        """Return the error of what is read off the law: that of the estimates."""
        return RedrawnError(self.law, partial(_redrawn, self))

    def redrawn(self, size: int, seed: int) -> Iterator[Quantiles]:
        """Yield the laws of the next period at what redrawn samples would have been estimated at.

        All are made from where the losses that there were have led to.
        """
        from quant.risk import _quantile_kernels as kernels

        code, tail = self.dynamics.code, 1.0 - self.level
        point, first = self.points[0], float(self.starts[0])
        var, es = kernels.paths(code, self.points[:1], self.starts[:1], self.losses, tail)
        sample = _sample(self.losses, self.level, self.scale)
        starts = starting_points(self.dynamics, self.losses, tail, sample)
        starts = starts[:: len(starts) // _FEWER]
        past = np.concatenate([self.losses, self.later])
        now = kernels.read(code, point, self.state)[0]
        least = _LEAST * now if now > 0.0 else -math.inf
        for moved in redrawn_points(
            *(self.dynamics, point, first, self.losses, var[0], es[0], starts),
            tail=tail,
            size=size,
            seed=seed,
        ):
            begun = np.array([kernels.begin(code, moved, first)])
            state = float(kernels.advance(code, moved[None, :], begun, past, tail)[0])
            yield self._law(*kernels.read(code, moved, state), least)

    @property
    def _factors(self) -> Vector:
        return self.scale ** np.array(self.dynamics.powers, dtype=np.float64)

    def _slopes(self, path: Matrix) -> Matrix:
        """Return the slopes (T, k) of a path (1 + 2 k, T) in the parameters."""
        free = len(self.dynamics.names)
        up, down = 1 + 2 * np.arange(free), 2 + 2 * np.arange(free)
        width = self.points[up, range(free)] - self.points[down, range(free)]
        return ((path[up] - path[down]) / width[:, None]).T

    def _law(self, var: float, es: float, least: float = -math.inf) -> Quantiles:
        """Return the law of a VaR and an ES in units of the scale, none below `least`."""
        var = max(var, least)
        if self.dynamics.joint:
            return Quantiles([(self.level, self.scale * var, self.scale * max(es, var))])
        move = np.asarray(self.scale * var)
        loss = float(loss_of(-move if self.side == "long" else move, self.side))
        return Quantiles([(self.level, loss, None)])


def _adverse(dynamics: Dynamics, returns: Vector, side: Side) -> Vector:
    """Return what is fitted: the adverse log move, whose quantile becomes that of the loss.

    The mean beyond it does not, so that a recursion which has one is fitted to the loss itself.
    """
    if dynamics.joint:
        return loss_of(returns, side)
    return -returns if side == "long" else returns.copy()


def _sample(x: Vector, level: float, scale: float) -> Sample:
    return Sample(
        _numerics.sample_quantile(x, level),
        _numerics.sample_tail_mean(x, level),
        float(np.abs(x).mean()),
        scale,
    )


@lru_cache(maxsize=8)  # VaR, ES and both ends of their intervals read the same laws
def _redrawn(tail: QuantileTail) -> tuple[Quantiles, ...]:
    return tuple(tail.redrawn(N_REDRAWN, SEED))


def _around(point: Vector, free: int) -> Matrix:
    points = np.tile(point, (1 + 2 * free, 1))
    for i in range(free):
        step = _STEP * max(abs(point[i]), 1e-2)
        points[1 + 2 * i, i] += step
        points[2 + 2 * i, i] -= step
    return points


def _diagnosed(dynamics: Dynamics, found: Lowest, returns: Vector) -> FitDiagnostics:
    named = dict(zip(dynamics.names, found.point.tolist(), strict=False))
    bound = [
        name
        for name, value in named.items()
        if (name == "persistence" and abs(value) > 1.0 - _EDGE)
        or (name in dynamics.from_zero and abs(value) < _EDGE)
    ]
    return FitDiagnostics(
        converged=found.agreed,
        iterations=found.evaluations,
        message="" if found.agreed else "one start alone reached the lowest score",
        on_bound=tuple(bound),
        zero_share=float(np.mean(returns == 0.0)),
        modes=found.modes,
    )
