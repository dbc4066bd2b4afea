"""The compiled engine of GARCH and GJR-GARCH, as seen from Python.

Kernels are compiled when first used and cached beside their source; this module and what it
imports load numba, so it is imported inside functions only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt

from quant._typing import FloatArray, Matrix, Vector
from quant.volatility._bounds import Indices
from quant.volatility._fast_estimates import FastEstimates, FastModel
from quant.volatility._filter import MeanSquare, Presample, variance_before
from quant.volatility._kernels.climbs import CONVERGED
from quant.volatility._kernels.law_constants import (
    NormalKernel,
    PowerKernel,
    SkewKernel,
    StudentKernel,
)
from quant.volatility._kernels.newton import SIZE
from quant.volatility._kernels.variances import OneSlope, TwoSlopes
from quant.volatility._kernels.windows import curvature, fit_windows, screen
from quant.volatility._starts import starts, usual

Number = TypeVar("Number", np.float64, np.int64)
Box: TypeAlias = tuple[Vector, Vector, Vector]  # lower, upper, longest steps

# Evaluations after which the climbs of a window are compared, and how far behind is too far.
_ROUNDS = np.array(
    [
        *[(3.0, 90.0), (4.0, 65.0), (5.0, 30.0), (6.0, 24.0), (7.0, 15.0), (8.0, 13.0)],
        *[(calls, 10.0) for calls in (9.0, 10.0, 11.0, 12.0, 14.0, 16.0, 20.0, 25.0, 400.0)],
    ]
)
_MORE_CLIMBS = 6
_HIGHER = 1e-6  # log-likelihood by which another maximum replaces the one found
_SPECK = 1e-6

# Kernel, and the bounds of its shapes.
_LAWS = {
    "normal": (NormalKernel(), (), ()),
    "t": (StudentKernel(), (1.0 / 500.0,), (1.0 / 2.05,)),
    "skewt": (SkewKernel(), (1.0 / 300.0, _SPECK - 1.0), (1.0 / 2.05, 1.0 - _SPECK)),
    "ged": (PowerKernel(), (np.log(1.01),), (np.log(500.0),)),
}


def screened(model: FastModel, returns: Vector, ends: Indices, n: int) -> tuple[Indices, Vector]:
    """Return the ends of windows that may not be fit to be used, and the share of zeros of all."""
    told = np.empty((ends.size, 3), np.int64)
    screen(_plain(returns), _plain(ends), n, told)
    most = 2.0 / 3.0 if model.distribution in ("t", "skewt") else 0.9
    return ends[(told[:, 0] == 1) | (told[:, 2] > most * n)], told[:, 1] / n


def estimate(model: FastModel, returns: Vector, ends: Indices, n: int) -> FastEstimates:
    """Fit the windows returns[end - n : end], each from the same starting points."""
    found = _climbed(model, returns, ends, n, starts(model), usual(model), _box(model))
    # damped to a crawl, or out of evaluations: a fresh climb from there soon comes to rest
    for _ in range(_MORE_CLIMBS):
        weary = np.flatnonzero(~found.converged)
        if not weary.size:
            break
        again = estimate_near(model, returns, ends[weary], n, found.of(weary))
        found = found.improved(weary, again)
    # climbs along a flat likelihood end far apart: the starts of extreme windows look further
    vague = np.flatnonzero(found.flat & ~found.extreme)
    if vague.size:
        far = np.ascontiguousarray(starts(model)[:, usual(model) :])
        again = _climbed(model, returns, ends[vague], n, far, far.shape[1], _box(model))
        found = _where_higher(found, vague, again)
    # crashes and many zeros make modes that the symmetric model finds more easily
    odd = np.flatnonzero(found.extreme) if model.leverage else np.empty(0, np.int64)
    if odd.size:
        nested = estimate(replace(model, leverage=False), returns, ends[odd], n)
        again = estimate_near(model, returns, ends[odd], n, nested)
        found = _where_higher(found, odd, again)
    # at a kink in the mean the climb ends, and leaves the other coordinates a little off
    stuck = _at_kink(model, found)
    if stuck.size:
        again = _from(model, returns, ends[stuck], n, found.of(stuck), _box(model, hold_mean=True))
        found = found.improved(stuck, again)
    return found


def _where_higher(found: FastEstimates, rows: Indices, again: FastEstimates) -> FastEstimates:
    """Return the estimates, those of some windows replaced where another maximum is higher."""
    gain = np.flatnonzero(again.loglikelihood > found.loglikelihood[rows] + _HIGHER)
    return found.improved(rows[gain], again.of(gain))


def _at_kink(model: FastModel, found: FastEstimates) -> Indices:
    """Return the windows whose mean is one of their returns, where a power law has a kink."""
    if model.distribution != "ged" or model.mean == "zero":
        return np.empty(0, np.int64)
    return np.flatnonzero(found.at_a_return)


def estimate_near(
    model: FastModel, returns: Vector, ends: Indices, n: int, nearby: FastEstimates
) -> FastEstimates:
    """Fit the windows returns[end - n : end], each from one point: its row of `nearby`."""
    return _from(model, returns, ends, n, nearby, _box(model))


def _from(
    model: FastModel, returns: Vector, ends: Indices, n: int, nearby: FastEstimates, box: Box
) -> FastEstimates:
    windows = np.lib.stride_tricks.sliding_window_view(returns, n)[ends - n]
    centre = windows.mean(axis=1) if model.mean == "constant" else np.zeros(ends.size)
    scale = np.sqrt(np.mean((windows - centre[:, None]) ** 2, axis=1))
    was = dict(zip(nearby.model.names, nearby.params.T, strict=True))
    half = 0.5 * was.get("gamma", np.zeros(ends.size))
    news = was["alpha"] + half
    persistence = news + was["beta"]
    columns = [
        (was.get("mu", 0.0) - centre) / scale,
        np.log(was["omega"] / scale**2),
        persistence,
        *((_share(half, news),) if model.leverage else ()),
        _share(news, persistence),
    ]
    if "nu" in was:
        columns.append(np.log(was["nu"]) if model.distribution == "ged" else 1.0 / was["nu"])
    if "skew" in was:
        columns.append(was["skew"])
    points = np.clip(np.column_stack(columns), box[0], box[1])
    return _climbed(model, returns, ends, n, np.ascontiguousarray(points[:, None, :]), 1, box)


def _share(part: Vector, whole: Vector) -> Vector:
    """Return part / whole, 0 where there is nothing to share."""
    return np.divide(part, whole, out=np.zeros(part.size), where=whole > 0.0)


@cache
def _box(model: FastModel, hold_mean: bool = False) -> Box:
    """Return the bounds of the coordinates that the climbs move in, and their longest steps."""
    _, low, high = _LAWS[model.distribution]
    sides = ((-1.0,), (1.0,)) if model.leverage else ((), ())
    free = np.inf if model.mean == "constant" else 0.0
    lower = np.array((-free, np.log(1e-8), 0.0, *sides[0], 0.0, *low))
    upper = np.array((free, np.log(10.0), 1.0, *sides[1], 1.0, *high))
    reach = np.full(lower.size, np.inf)
    reach[1] = 2.5
    if hold_mean:
        reach[0] = 0.0
    return lower, upper, reach


def _climbed(
    model: FastModel,
    returns: Vector,
    ends: Indices,
    n: int,
    starts: FloatArray,
    usual: int,
    box: Box,
) -> FastEstimates:
    out = np.zeros((ends.size, 14))
    counts = np.zeros((ends.size, 5), np.int64)
    fit_windows(
        _LAWS[model.distribution][0],
        TwoSlopes() if model.leverage else OneSlope(),
        _plain(returns),
        _plain(ends),
        n,
        model.mean == "constant",
        0.0 if model.startup == "arch" else 1.0,
        0.0 if model.startup == "sample" else 1.0,
        starts,
        usual,
        _ROUNDS,
        *box,
        out,
        counts,
    )
    return FastEstimates(
        model=model,
        params=out[:, model.columns],
        loglikelihood=out[:, 7],
        next_variance=out[:, 8],
        presample=out[:, 9],
        unit_omega=out[:, 10],
        centre=out[:, 11],
        mean_square=out[:, 12],
        at_a_return=out[:, 13] > 0.0,
        evaluations=counts[:, 0],
        converged=counts[:, 1] == CONVERGED,
        modes=counts[:, 2],
        flat=counts[:, 3] == 1,
        extreme=counts[:, 4] == 1,
    )


def _plain(values: npt.NDArray[Number]) -> npt.NDArray[Number]:
    """Return a contiguous copy that may be written to: kernels are compiled for each other kind."""
    return np.array(values, order="C")


def hessian(
    model: FastModel, returns: Vector, params: Mapping[str, float], presample: Presample
) -> Matrix:
    """Return the second derivatives of the log-likelihood in the parameters, in their order."""
    mu, alpha = params.get("mu", 0.0), params["alpha"]
    slopes = (alpha, alpha + params["gamma"]) if model.leverage else (alpha,)
    centre = presample.centre if isinstance(presample, MeanSquare) else 0.0
    before = (variance_before(presample, mu), centre)
    out = np.zeros((SIZE, SIZE))
    curvature(
        _LAWS[model.distribution][0],
        TwoSlopes() if model.leverage else OneSlope(),
        _plain(returns),
        np.array((mu, params["omega"], *slopes, params["beta"])),
        np.array([params[name] for name in ("nu", "skew") if name in params]),
        np.array(before),
        float(isinstance(presample, MeanSquare)),
        0.0 if model.startup == "sample" else 1.0,
        out,
    )
    if model.leverage:  # from the slopes after rises and falls to alpha and gamma
        out[2] += out[3]
        out[:, 2] += out[:, 3]
    first = 0 if model.mean == "constant" else 1
    last = first + len(model.names)
    return out[first:last, first:last]
