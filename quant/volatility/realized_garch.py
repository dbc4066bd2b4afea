"""Realised GARCH, log-linear: the variance follows a measurement of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from quant import _checks
from quant.errors import ConvergenceError, InputError
from quant.volatility._fit import Fit, estimated, fitted
from quant.volatility._log_linear import LogLinear
from quant.volatility._log_linear_estimate import estimate
from quant.volatility._measured import MeasuredOrigin
from quant.volatility._observations import measured, usable, varied
from quant.volatility._record import Sample
from quant.volatility.base import FitDiagnostics

__all__ = ["RealizedGARCH"]

_MINIMUM = 100


@dataclass(frozen=True, slots=True)
class RealizedGARCH:
    r"""Log-linear realised GARCH(1, 1) with normal innovations.

    .. math::
        r_t &= \mu + \sqrt{h_t} z_t, \quad
        \ln h_{t+1} = \omega + \beta \ln h_t + \gamma \ln x_t \\
        \ln x_t &= \xi + \phi \ln h_t + \tau_1 z_t + \tau_2 (z_t^2 - 1) + u_t, \quad
        u_t \sim N(0, \sigma_u^2)

    Parameters
    ----------
    mean : {"constant", "zero"}
    seed : int
        Seed of the measurement errors u on simulated paths; they are drawn apart from z.

    Notes
    -----
    x is the realised variance, decimal squared, not its root. It may belong to a part of the period
    only: xi and phi absorb the difference. h_1 is the mean squared residual, held fixed.

    `loglikelihood` is that of returns and ln x together and does not compare with that of a GARCH
    model; `returns_loglikelihood` does. The persistence is beta + gamma phi. Forecasts of the
    variance are exact.

    References
    ----------
    Hansen, Huang and Shek (2012), Realized GARCH: a joint model for returns and realized measures
    of volatility, Journal of Applied Econometrics 27, sections 2 and 4.

    Examples
    --------
    >>> RealizedGARCH(mean="zero")
    RealizedGARCH(mean='zero', seed=0)
    """

    mean: Literal["constant", "zero"] = "constant"
    seed: int = 0

    def __post_init__(self) -> None:
        _checks.one_of("mean", self.mean, ("constant", "zero"))
        object.__setattr__(self, "seed", _checks.count("seed", self.seed, 0))

    def fit(self, returns: pd.Series, realized: pd.Series | None = None) -> Fit:
        """Estimate on log returns (T,), decimal, and realised variances of the same dates.

        Raises
        ------
        InputError
            If `realized` is left out, is on other dates, does not vary, or is not above zero.
        InsufficientDataError
            If there are fewer than 100 periods.
        ConvergenceError
            If no start leads to a maximum; `best` carries the best fit.
        """
        data = usable(returns, _MINIMUM, type(self).__name__)
        x = measured(data, realized, type(self).__name__)
        self._usable(x)
        values, log_x = data.to_numpy(), np.log(x.to_numpy())
        if np.ptp(log_x) <= 1e-8:
            raise InputError(
                f"realized: expected variances that vary, got a constant {x.iloc[0]:g}; "
                "there is nothing to follow"
            )
        varied(x)
        mean = float(values.mean()) if self.mean == "constant" else None
        presample = float(np.mean((values - (mean or 0.0)) ** 2))
        params, found, held = estimate(values, log_x, mean, presample)
        diagnostics = FitDiagnostics(
            converged=found.converged,
            iterations=found.iterations,
            message=found.message,
            on_bound=held,
            zero_share=float(np.mean(values == 0.0)),
            modes=found.modes,
        )
        origin = MeasuredOrigin(self, presample)
        fit = estimated(fitted(origin, params, Sample(data, x), diagnostics))
        if not found.converged:
            raise ConvergenceError(
                f"fit: expected {self!r} to converge on {len(data)} returns, got "
                f"{found.message!r} [at {_checks.stamp(fit.as_of)}]; lengthen the history or "
                "choose a simpler model",
                best=fit,
            )
        return fit

    def _equations(self, params: Mapping[str, float]) -> LogLinear:
        return LogLinear(**{name: value for name, value in params.items() if name != "mu"})

    def _usable(self, realized: pd.Series) -> None:
        zero = np.flatnonzero(realized.to_numpy() == 0.0)
        if zero.size:
            raise InputError(
                f"realized: expected variances above 0 for their logarithm, got 0 at "
                f"{_checks.stamp(realized.index[zero[0]])}; use a finer measure"
            )
