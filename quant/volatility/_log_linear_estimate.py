"""Maximum likelihood of the log-linear realised GARCH model.

Given a path of variances the measurement equation is a regression: its four coefficients and the
spread of its errors are solved for, so that only the variance equation is searched over. Returns
and measurements are scaled first, so that starts and bounds mean the same for every asset.
"""

from __future__ import annotations

import math

import numpy as np

from quant._typing import Matrix, Vector
from quant.volatility._log_linear import log_variances
from quant.volatility._maximise import Maximum, maximise

_SEARCHED = ("omega", "beta", "gamma", "mu")
_START = (0.0, 0.5, 0.4)
_BOUNDS = ((-3.0, 3.0), (-0.5, 0.9999), (-0.5, 3.0))


def estimate(
    returns: Vector, log_x: Vector, mean: float | None, presample: float
) -> tuple[dict[str, float], Maximum, tuple[str, ...]]:
    """Return the parameters by name, how they were found, and those that rest on a bound.

    `mean` is where the search for the mean return starts; None leaves it at zero.
    """
    scale = math.sqrt(float(np.mean(returns**2)))
    level, centre = 2.0 * math.log(scale), float(log_x.mean())
    scaled, measured = returns / scale, log_x - centre
    log_start = math.log(presample) - level
    start, bounds = list(_START), list(_BOUNDS)
    if mean is not None:
        start.append(mean / scale)
        bounds.append((-1.0, 1.0))

    def at(point: Vector) -> tuple[Vector, Vector, Vector, float]:
        omega, beta, gamma = point[:3].tolist()
        path = log_variances(omega, beta, gamma, log_start, measured)[:-1]
        z = (scaled - (point[3] if mean is not None else 0.0)) * np.exp(-0.5 * path)
        design = _design(path, z)
        if not np.isfinite(design).all():  # LAPACK would complain on the standard output
            raise np.linalg.LinAlgError
        coefficients = np.asarray(np.linalg.lstsq(design, measured, rcond=None)[0], np.float64)
        u = measured - design @ coefficients
        return path, np.asarray(z, np.float64), coefficients, math.sqrt(float(np.mean(u * u)))

    def loglikelihood(point: Vector) -> float:
        with np.errstate(over="ignore", invalid="ignore"):
            try:
                path, z, _, spread = at(point)
            except np.linalg.LinAlgError:  # a path that overflows cannot be regressed on
                return -math.inf
            # constants are left out
            return float(-0.5 * np.sum(path + z * z) - path.size * math.log(spread))

    found = maximise(loglikelihood, np.array(start), bounds)
    _, _, (xi, phi, tau1, tau2), spread = at(found.point)
    omega, beta, gamma = found.point[:3].tolist()
    params = {} if mean is None else {"mu": float(found.point[3]) * scale}
    params |= {
        "omega": omega + level * (1.0 - beta) - gamma * centre,
        "beta": beta,
        "gamma": gamma,
        "xi": float(xi) + centre - float(phi) * level,
        "phi": float(phi),
        "tau1": float(tau1),
        "tau2": float(tau2),
        "sigma_u": spread,
    }
    held = tuple(
        name
        for name, value, (low, high) in zip(_SEARCHED, found.point, bounds, strict=False)
        if min(value - low, high - value) <= 1e-7 * (high - low)
    )
    return params, found, held


def _design(path: Vector, z: Vector) -> Matrix:
    return np.column_stack((np.ones(path.size), path, z, z * z - 1.0))
