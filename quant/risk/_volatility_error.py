"""How the estimation error of a volatility model reaches a loss law."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from quant._typing import Matrix, Vector
from quant.distributions.base import Distribution
from quant.risk.base import ParameterError
from quant.volatility.base import VolatilityFit


def parameter_error(
    fit: VolatilityFit, law_at: Callable[[VolatilityFit], Distribution]
) -> ParameterError | None:
    """Return the dependence of a law on the estimated parameters, or None when there are none."""
    if not fit.params:
        return None
    names = tuple(fit.params)

    def at(values: Vector) -> Distribution:
        return law_at(fit.at(dict(zip(names, (float(v) for v in values), strict=True))))

    def covariance() -> Matrix:
        frame = fit.param_cov("robust").reindex(index=names, columns=names, fill_value=0.0)
        return frame.to_numpy(dtype=np.float64)

    return ParameterError(at, np.array([fit.params[name] for name in names]), covariance)
