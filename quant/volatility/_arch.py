"""The one adapter to arch: returns in, parameters by name in the same units out."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from quant._typing import Vector
from quant.volatility._arch_processes import Garch, Process
from quant.volatility._bounds import NU_BOUNDS
from quant.volatility._laws import LawName

MeanName: TypeAlias = Literal["constant", "zero"]

_NAMES = {
    "alpha[1]": "alpha",
    "gamma[1]": "gamma",
    "beta[1]": "beta",
    "eta": "nu",
    "lambda": "skew",
}
_GAIN = 1e-6  # log-likelihood that a restart may add to a maximum


@dataclass(frozen=True, slots=True)
class ArchEstimate:
    """What arch found, in the units of the returns it was given."""

    params: tuple[tuple[str, float], ...]
    loglikelihood: float
    converged: bool
    iterations: int
    message: str
    on_bound: tuple[str, ...]


def backcast(returns: Vector, mean: MeanName) -> float:
    """Return arch's start: the exponentially weighted mean of the first 75 squared residuals."""
    residuals = returns - (returns.mean() if mean == "constant" else 0.0)
    weights = 0.94 ** np.arange(min(75, residuals.size))
    return float(weights @ residuals[: weights.size] ** 2 / weights.sum())


def estimate(
    returns: Vector, *, leverage: bool, distribution: LawName, mean: MeanName, presample: float
) -> ArchEstimate:
    """Return the estimate of GARCH, or of GJR-GARCH with `leverage`; see `estimate_process`."""
    return estimate_process(
        returns, Garch(leverage), distribution=distribution, mean=mean, presample=presample
    )


def estimate_process(
    returns: Vector,
    process: Process,
    *,
    distribution: LawName,
    mean: MeanName,
    presample: float,
    nearby: Mapping[str, float] | None = None,
) -> ArchEstimate:
    """Return the maximum-likelihood estimate with the presample variance held fixed.

    arch's own starting values are used, or those of a point, `nearby`.

    The optimiser works on returns scaled to mean square 1, less their mean where that would drown
    their spread, so that its tolerances mean the same for every asset. It is restarted where it
    stopped until that gains nothing: at tight tolerances its own status says little.
    """
    from arch.univariate import arch_model

    far = mean == "constant" and abs(returns.mean()) > returns.std()
    centre = float(returns.mean()) if far else 0.0
    scale = float(np.sqrt(np.mean((returns - centre) ** 2)))
    model = arch_model(
        (returns - centre) / scale,
        mean="Constant" if mean == "constant" else "Zero",
        vol=process.kind,
        o=1 if process.leverage else 0,
        dist=distribution,
        rescale=False,
    )
    first = 2 if mean == "constant" else 1
    start, best, gain, iterations = None, -np.inf, np.inf, 0
    if nearby is not None:
        unit = {
            "omega": process.omega(nearby, 1.0 / scale),
            "mu": (nearby.get("mu", 0.0) - centre) / scale,
        }
        start = np.array([unit.get(name, value) for name, value in nearby.items()])
    notes: list[str] = []
    for _ in range(6):
        # arch writes to the process-wide filters and warns about what diagnostics already say
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            found = model.fit(
                starting_values=None if start is None else _inside(start, process, first),
                disp="off",
                update_freq=0,
                show_warning=False,
                backcast=presample / scale**2,
                options={"ftol": 1e-14, "maxiter": 500},
            )
        notes = [str(found.optimization_result.message), *(str(w.message) for w in caught)]
        iterations += int(found.optimization_result.nit)
        value = float(found.loglikelihood)
        if start is None or value > best or not np.isfinite(best):
            start = np.asarray(found.params, dtype=np.float64)
            gain, best = value - best, value
        else:
            gain = 0.0
        done = found.convergence_flag == 0 or gain < _GAIN
        if not np.isfinite(best) or done:
            break
    assert start is not None
    names = (_NAMES.get(name, name) for name in found.params.index)
    raw = {name: float(value) for name, value in zip(names, start, strict=True)}
    units = {"omega": process.omega(raw, scale)}
    if "mu" in raw:
        units["mu"] = centre + raw["mu"] * scale
    return ArchEstimate(
        params=tuple((raw | units).items()),
        loglikelihood=best - returns.size * float(np.log(scale)),
        converged=bool(np.isfinite(best) and np.isfinite(start).all() and done),
        iterations=iterations,
        message="; ".join(dict.fromkeys(notes)),
        on_bound=_on_bound(raw, process, distribution),
    )


def _inside(values: Vector, process: Process, first: int) -> Vector:
    """Return starting values that satisfy the constraints after rounding."""
    return np.concatenate((values[:first], process.moved_inside(values[first:])))


def _on_bound(params: dict[str, float], process: Process, distribution: LawName) -> tuple[str, ...]:
    """Return the constraints of the optimisation that hold with equality, at mean square 1."""
    low, high = NU_BOUNDS.get(distribution, (-np.inf, np.inf))
    active = process.held(params) | {
        "nu": "nu" in params and not low + 1e-4 < params["nu"] < high - 1e-4,
        "skew": abs(params.get("skew", 0.0)) >= 1.0 - 1e-6,
    }
    return tuple(name for name, holds in active.items() if holds)
