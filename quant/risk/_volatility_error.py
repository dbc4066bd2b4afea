"""How the estimation error of a volatility model reaches a loss law."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from quant._typing import Matrix, Vector
from quant.distributions.base import Distribution
from quant.risk.base import ParameterError
from quant.volatility.base import VolatilityFit


def parameter_error(
    fit: VolatilityFit, law_at: Callable[[VolatilityFit, float], Distribution]
) -> ParameterError:
    r"""Return the dependence of a loss law on what the volatility model estimated.

    `law_at` maps a fit and a factor on its returns to the law. A model with estimated parameters
    brings their robust covariance. One without (a moving average) estimates the variance itself:
    of :math:`h = \sum_t w_t e_t^2`, with share :math:`s_t = w_t e_t^2 / h` and kurtosis k of the
    innovations, the relative variance is :math:`(1 - 1/k) \sum_t s_t^2`, and a quarter of that for
    the volatility. That is its error where the moving average is the true filter; what a wrong
    filter misses is not in it.
    """
    names = tuple(fit.params)
    if not names:
        return ParameterError(
            lambda factor: law_at(fit, float(factor[0])), np.ones(1), lambda: _level_error(fit)
        )

    def at(values: Vector) -> Distribution:
        return law_at(fit.at(dict(zip(names, (float(v) for v in values), strict=True))), 1.0)

    def covariance() -> Matrix:
        frame = fit.param_cov("robust").reindex(index=names, columns=names, fill_value=0.0)
        return frame.to_numpy(dtype=np.float64)

    return ParameterError(at, np.array([fit.params[name] for name in names]), covariance)


def _level_error(fit: VolatilityFit) -> Matrix:
    share = fit.variance_share().to_numpy(dtype=np.float64)
    kurtosis = max(float(np.mean(fit.z.to_numpy() ** 4)), 1.0)
    return np.array([[0.25 * (1.0 - 1.0 / kurtosis) * float(share @ share)]])
