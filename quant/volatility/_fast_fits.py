"""Fits of GARCH and GJR-GARCH by the compiled engine.

Imported on first use: the engine brings numba along.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from quant._typing import Vector
from quant.volatility import _engine
from quant.volatility._fast_estimates import FastEstimates
from quant.volatility._filter import NOTHING, State
from quant.volatility._filtered import FilteredOrigin, filtered
from quant.volatility._fit import Fit, estimated
from quant.volatility._postponed import Postponed
from quant.volatility._record import Record, Sample
from quant.volatility._uncertainty import Likelihood
from quant.volatility.base import FitDiagnostics

if TYPE_CHECKING:
    from quant.volatility._garch_family import GarchFamily


def fast_fits(spec: GarchFamily, windows: Sequence[pd.Series]) -> list[Fit]:
    """Return the fits to windows of one length, each what it would be alone."""
    n = len(windows[0])
    values = [window.to_numpy() for window in windows]
    ends = n * np.arange(1, len(windows) + 1)
    found = _engine.estimate(spec._kernel_model, np.concatenate(values), ends, n)
    return [_fit(spec, found, row, windows[row], values[row]) for row in range(len(windows))]


def _fit(
    spec: GarchFamily, found: FastEstimates, row: int, returns: pd.Series, values: Vector
) -> Fit:
    """Return one fit, its paths postponed: the engine has been along them to their end."""
    params, presample = found.named(row), found.presample_of(row)
    converged = bool(found.converged[row])
    diagnostics = FitDiagnostics(
        converged=converged,
        iterations=int(found.evaluations[row]),
        message="" if converged else "no maximum after all evaluations",
        on_bound=spec._on_bound(params, found.on_bound_in(row)),
        zero_share=float(np.count_nonzero(values == 0.0) / values.size),
        modes=int(found.modes[row]),
        flat=bool(found.flat[row]),
    )
    # a power law's second derivative in the mean is a spike: differences are wide there
    spiked = spec.distribution == "ged"
    hessian = None if spiked else partial(spec._hessian, values, params, presample)
    next_variance = float(found.next_variance[row])
    # slopes are not negative: a path above zero stays there, and from infinity none comes back
    if not (params["omega"] > 0.0 and 0.0 < next_variance < np.inf):
        return estimated(filtered(spec, params, returns, presample, diagnostics), hessian)
    origin, sample = FilteredOrigin(spec, presample), Sample(returns)
    dynamics, named = origin.dynamics(params), tuple(params.items())
    loglikelihood = float(found.loglikelihood[row])
    return Fit(
        origin=origin,
        named=named,
        dynamics=dynamics,
        sample=sample,
        record=Record(sample),
        paths=Postponed(dynamics, spec, sample),
        state=State(next_variance, NOTHING),
        loglikelihood=loglikelihood,
        returns_loglikelihood=loglikelihood,
        diagnostics=diagnostics,
        uncertainty=Likelihood(origin, named, sample, diagnostics.on_bound, hessian),
    )
