"""How the estimation error of a volatility model reaches a loss law."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from quant._typing import CovarianceKind, Matrix, Vector
from quant.distributions.base import Distribution
from quant.risk._parameter_error import ParameterError
from quant.volatility.base import VolatilityFit


def parameter_error(
    fit: VolatilityFit,
    law_at: Callable[[VolatilityFit, float], Distribution],
    kind: CovarianceKind = "robust",
) -> ParameterError:
    r"""Return the dependence of a loss law on what the volatility model estimated.

    `law_at` maps a fit and a factor on its returns to the law. A model with estimated parameters
    brings their covariance, of the kind asked. One without (a moving average) estimates the
    variance itself: of :math:`h = \sum_t w_t e_t^2`, with share :math:`s_t = w_t e_t^2 / h` and
    kurtosis k of the innovations, the relative variance is :math:`(1 - 1/k) \sum_t s_t^2`, and a
    quarter of that for the volatility. That is its error where the moving average is the true
    filter; what a wrong filter misses is not in it.
    """
    if not fit.params:
        return ParameterError(_AtLevel(fit, law_at), np.ones(1), partial(_level_error, fit))
    estimate = np.array(list(fit.params.values()))
    return ParameterError(_AtParameters(fit, law_at), estimate, partial(_covariance, fit, kind))


@dataclass(frozen=True, slots=True, eq=False)
class _AtLevel:
    fit: VolatilityFit
    law_at: Callable[[VolatilityFit, float], Distribution]

    def __call__(self, factor: Vector) -> Distribution:
        return self.law_at(self.fit, float(factor[0]))


@dataclass(frozen=True, slots=True, eq=False)
class _AtParameters:
    fit: VolatilityFit
    law_at: Callable[[VolatilityFit, float], Distribution]

    def __call__(self, values: Vector) -> Distribution:
        named = zip(self.fit.params, (float(v) for v in values), strict=True)
        return self.law_at(self.fit.at(dict(named)), 1.0)


def _covariance(fit: VolatilityFit, kind: CovarianceKind) -> Matrix:
    names = list(fit.params)
    frame = fit.param_cov(kind).reindex(index=names, columns=names, fill_value=0.0)
    return frame.to_numpy(dtype=np.float64, copy=True)


def _level_error(fit: VolatilityFit) -> Matrix:
    share = fit.variance_share().to_numpy(dtype=np.float64)
    kurtosis = max(float(np.mean(fit.z.to_numpy() ** 4)), 1.0)
    return np.array([[0.25 * (1.0 - 1.0 / kurtosis) * float(share @ share)]])
