"""The one adapter to arch: returns in, parameters by name in the same units out."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from quant._typing import Vector
from quant.volatility._bounds import names_held

LawName: TypeAlias = Literal["normal", "t", "skewt", "ged"]
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
    """Return the maximum-likelihood estimate with the presample variance held fixed.

    The optimiser works on returns scaled to mean square 1, where its tolerances mean the same for
    every asset. It is restarted where it stopped until that gains nothing: at tight tolerances its
    own status says little.
    """
    from arch.univariate import arch_model

    scale = float(np.sqrt(np.mean(returns**2)))
    model = arch_model(
        returns / scale,
        mean="Constant" if mean == "constant" else "Zero",
        vol="GARCH",
        o=1 if leverage else 0,
        dist=distribution,
        rescale=False,
    )
    start, best, gain, iterations = None, -np.inf, np.inf, 0
    notes: list[str] = []
    for _ in range(6):
        # arch writes to the process-wide filters and warns about what diagnostics already say
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            found = model.fit(
                starting_values=None if start is None else _inside(start, leverage, mean),
                disp="off",
                update_freq=0,
                show_warning=False,
                backcast=presample / scale**2,
                options={"ftol": 1e-14, "maxiter": 500},
            )
        notes = [str(found.optimization_result.message), *(str(w.message) for w in caught)]
        iterations += int(found.optimization_result.nit)
        value = float(found.loglikelihood)
        if start is None or value > best:
            start = np.asarray(found.params, dtype=np.float64)
            gain, best = value - best, value
        else:
            gain = 0.0
        done = found.convergence_flag == 0 or gain < _GAIN
        if not np.isfinite(best) or done:
            break
    assert start is not None
    units = {"mu": scale, "omega": scale**2}
    raw = dict(zip((_NAMES.get(name, name) for name in found.params.index), start, strict=True))
    return ArchEstimate(
        params=tuple((name, float(v) * units.get(name, 1.0)) for name, v in raw.items()),
        loglikelihood=best - returns.size * float(np.log(scale)),
        converged=bool(np.isfinite(best) and np.isfinite(start).all() and done),
        iterations=iterations,
        message="; ".join(dict.fromkeys(notes)),
        on_bound=names_held(raw, distribution),
    )


def _inside(values: Vector, leverage: bool, mean: MeanName) -> Vector:
    """Return starting values that satisfy alpha + gamma / 2 + beta <= 1 after rounding."""
    first = 2 if mean == "constant" else 1
    weights = np.array([1.0, 0.5, 1.0] if leverage else [1.0, 1.0])
    moved = values.copy()
    slopes = moved[first : first + weights.size]
    slopes *= min(1.0, (1.0 - 1e-12) / float(weights @ slopes))
    return moved
