"""One side's quantile recursion: fitted, moved on, and turned into a law."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Self

import numpy as np

from quant import _checks, _numerics
from quant._typing import Matrix, Side, Vector
from quant.distributions.quantiles import Quantiles
from quant.errors import ConvergenceError, InputError
from quant.risk._parameter_error import ParameterError
from quant.risk._quantile_dynamics import Dynamics, Sample, draws
from quant.risk._quantile_error import sandwich
from quant.risk._return_loss import loss_of
from quant.volatility.base import FitDiagnostics

_FIRST = 300  # losses whose quantile starts the path
_KEEP = 3  # starts that are followed to their minima
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
        The estimate, then the estimate with each parameter moved up and down a little: their
        states run along, so that the error of a forecast is known without the past.
    starts, states : ndarray (1 + 2 k,)
        First and present state of each point.
    losses : ndarray (T,)
        Those of the estimation.
    """

    dynamics: Dynamics
    level: float
    side: Side
    scale: float
    points: Matrix = field(repr=False)
    starts: Vector = field(repr=False)
    states: Vector = field(repr=False)
    losses: Vector = field(repr=False)
    score: float
    diagnostics: FitDiagnostics

    @classmethod
    def fit(cls, dynamics: Dynamics, level: float, returns: Vector, side: Side) -> Self:
        """Return the recursion whose path has the lowest mean score."""
        from quant.risk import _quantile_kernels as kernels
        from quant.risk._quantile_search import search

        _checks.tail_supported(returns.size, level, "window")
        raw = _adverse(dynamics, returns, side)
        scale = float(np.sqrt(np.mean(raw**2)))
        x = raw / scale
        sample = Sample(
            _numerics.sample_quantile(x, level),
            _numerics.sample_tail_mean(x, level),
            float(np.abs(x).mean()),
            scale,
        )
        first = _numerics.sample_quantile(x[:_FIRST], level)
        if min(first, sample.var) <= 0.0:
            raise InputError(
                f"level: expected losses of a {side} beyond it, got a {level:g} quantile of "
                f"{scale * min(first, sample.var):g}; raise the level or lengthen the window"
            )
        free = len(dynamics.names)
        found, scores, evaluations = search(
            dynamics.code,
            dynamics.starts(draws(max(free, 3)), sample),
            free,
            _KEEP,
            x,
            1.0 - level,
            first,
            np.array(dynamics.sharpness),
        )
        best = int(np.argmin(scores))
        if not math.isfinite(scores[best]):
            raise ConvergenceError(
                f"returns: expected a path of {' and '.join(dynamics.names)} with a finite score, "
                f"got none from {len(draws(max(free, 3)))} starts; look at the largest returns"
            )
        points = _around(found[best], free)
        starts = np.array([kernels.begin(dynamics.code, p, first) for p in points])
        states = kernels.advance(dynamics.code, points, starts, x, 1.0 - level)
        return cls(
            dynamics,
            level,
            side,
            scale,
            points,
            starts,
            states,
            x,
            float(scores[best]),
            _diagnosed(dynamics, found[best], np.sort(scores) * x.size, evaluations, returns),
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
        return self._law(self.points[0], float(self.states[0]))

    def update(self, returns: Vector) -> Self:
        """Return the recursion moved on by new returns."""
        from quant.risk._quantile_kernels import advance

        x = _adverse(self.dynamics, returns, self.side) / self.scale
        code = self.dynamics.code
        return replace(self, states=advance(code, self.points, self.states, x, 1.0 - self.level))

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

    def parameter_error(self) -> ParameterError:
        """Return the dependence of the law on the estimates, the present state included."""
        estimate = self.points[0, : len(self.dynamics.names)]
        return ParameterError(_At(self), estimate, self.unit_cov)

    def at(self, values: Vector) -> Quantiles:
        """Return the law at estimates moved a little, the state following in proportion."""
        free = values.size
        moved = self.points[0].copy()
        moved[:free] = values
        drift = self._slopes(self.states[:, None])[0] @ (values - self.points[0, :free])
        return self._law(moved, float(self.states[0] + drift))

    @property
    def _factors(self) -> Vector:
        return self.scale ** np.array(self.dynamics.powers, dtype=np.float64)

    def _slopes(self, path: Matrix) -> Matrix:
        """Return the slopes (T, k) of a path (1 + 2 k, T) in the parameters."""
        free = len(self.dynamics.names)
        up, down = 1 + 2 * np.arange(free), 2 + 2 * np.arange(free)
        width = self.points[up, range(free)] - self.points[down, range(free)]
        return ((path[up] - path[down]) / width[:, None]).T

    def _law(self, point: Vector, state: float) -> Quantiles:
        from quant.risk._quantile_kernels import read

        var, es = read(self.dynamics.code, point, state)
        if self.dynamics.joint:
            return Quantiles([(self.level, self.scale * var, self.scale * es)])
        move = np.asarray(self.scale * var)
        loss = float(loss_of(-move if self.side == "long" else move, self.side))
        return Quantiles([(self.level, loss, None)])


@dataclass(frozen=True, slots=True, eq=False)
class _At:
    tail: QuantileTail

    def __call__(self, values: Vector) -> Quantiles:
        return self.tail.at(values)


def _adverse(dynamics: Dynamics, returns: Vector, side: Side) -> Vector:
    """Return what is fitted: the adverse log move, whose quantile becomes that of the loss.

    The mean beyond it does not, so that a recursion which has one is fitted to the loss itself.
    """
    if dynamics.joint:
        return loss_of(returns, side)
    return -returns if side == "long" else returns.copy()


def _around(point: Vector, free: int) -> Matrix:
    points = np.tile(point, (1 + 2 * free, 1))
    for i in range(free):
        step = _STEP * max(abs(point[i]), 1e-2)
        points[1 + 2 * i, i] += step
        points[2 + 2 * i, i] -= step
    return points


def _diagnosed(
    dynamics: Dynamics, point: Vector, scores: Vector, evaluations: int, returns: Vector
) -> FitDiagnostics:
    named = dict(zip(dynamics.names, point.tolist(), strict=False))
    bound = [
        name
        for name, value in named.items()
        if (name == "persistence" and abs(value) > 1.0 - _EDGE)
        or (name in dynamics.from_zero and abs(value) < _EDGE)
    ]
    agreed = bool(scores[1] - scores[0] <= 1e-3)
    return FitDiagnostics(
        converged=agreed,
        iterations=int(evaluations),
        message="" if agreed else "one start alone reached the lowest score",
        on_bound=tuple(bound),
        zero_share=float(np.mean(returns == 0.0)),
        modes=1 + int(np.sum(np.diff(scores[np.isfinite(scores)]) > 1e-3)),
    )
