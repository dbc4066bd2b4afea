"""The factor that turns predicted realised variances into variances of returns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias

import numpy as np

from quant._typing import Matrix, Vector
from quant.volatility._dynamics import paths
from quant.volatility._moments import MomentEquations, ratio, ratio_moment
from quant.volatility._predicted import PredictedOrigin
from quant.volatility._record import Sample

Scaling: TypeAlias = Literal["shocks", "variance"]


def estimate_scale(
    scaling: Scaling,
    origin: PredictedOrigin,
    params: Mapping[str, float],
    sample: Sample,
    equations: MomentEquations,
) -> tuple[float, MomentEquations]:
    """Return the scale, and the `equations` of `params` with its own beneath them.

    The equations may cover the last dates of the sample alone; so does a ratio of variances then.
    """
    sensitivity, covered = np.zeros(len(params)), len(equations.moments)
    if scaling == "shocks":
        squares = _squared_shocks(origin, params, sample)
        x = np.ones(squares.size)
        steps = 0.1 / np.sqrt(np.diag(equations.slope))  # in standard errors
        for i, (name, step) in enumerate(zip(params, steps.tolist(), strict=True)):
            up, down = (
                _squared_shocks(origin, {**params, name: params[name] + s}, sample).mean()
                for s in (step, -step)
            )
            sensitivity[i] = (up - down) / (2.0 * step)
    else:
        squares = sample.returns.to_numpy()[-covered:] ** 2
        x = sample.measurements()[-covered:]
    scale = ratio(squares, x)
    moment, own = ratio_moment(squares, x, scale)
    variance = block_diagonal([equations.variance, own])
    slope = variance.copy()
    slope[-1, :-1] = -own * sensitivity
    above = np.pad(equations.moments, ((squares.size - covered, 0), (0, 0)))
    moments = np.column_stack((above, moment))
    return scale, MomentEquations(moments, slope, variance, equations.lags)


def _squared_shocks(origin: PredictedOrigin, params: Mapping[str, float], sample: Sample) -> Vector:
    """Return z^2 (T,) where the variance of a return is the predicted realised variance."""
    dynamics = origin.dynamics({**params, "scale": 1.0})
    _, z, _ = paths(dynamics, origin.spec, sample, dynamics.open())
    return np.asarray(z.to_numpy() ** 2, dtype=np.float64)


def block_diagonal(parts: Sequence[Matrix]) -> Matrix:
    """Return the block-diagonal matrix of the parts."""
    size = sum(len(part) for part in parts)
    whole, at = np.zeros((size, size)), 0
    for part in parts:
        whole[at : at + len(part), at : at + len(part)] = part
        at += len(part)
    return whole
