"""Exponentially weighted moving average of squared returns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from quant import _checks
from quant._typing import Vector
from quant.distributions import Normal
from quant.distributions.base import InnovationLaw
from quant.volatility._filtered import filtered
from quant.volatility._fit import Fit
from quant.volatility._linear import LinearFilter
from quant.volatility._observations import doubtful, usable
from quant.volatility._window_filters import Innovations, WindowFilter, linear_innovations
from quant.volatility.base import FitDiagnostics

__all__ = ["EWMA"]


@dataclass(frozen=True, slots=True)
class EWMA:
    r"""RiskMetrics variance with zero mean.

    .. math:: h_{t+1} = \lambda h_t + (1 - \lambda) r_t^2, \quad \lambda = 0.5^{1 / half\_life}

    Parameters
    ----------
    half_life : float
        Observations until a squared return has lost half its weight; 11.2 is lambda = 0.94.
    initial : float, optional
        Variance of the first return, decimal. Left out, it is the mean square of all the returns
        the model is fitted to; what it is fades as lambda^t.

    Raises
    ------
    InputError
        If `half_life` or `initial` is not above zero.

    Notes
    -----
    Nothing is estimated: `params` is empty. The term structure of the forecast is flat. Innovations
    are taken as normal.

    References
    ----------
    J.P. Morgan and Reuters (1996), RiskMetrics Technical Document, 4th edition, section 5.2.

    Examples
    --------
    >>> returns = pd.Series([0.01, -0.02, 0.015, -0.03, 0.005])
    >>> fit = EWMA(half_life=11.2, initial=1e-4).fit(returns)
    >>> f"{fit.forecast().sigma[0]:.4%}"
    '1.2736%'
    """

    half_life: float
    initial: float | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "half_life", _checks.positive("half_life", self.half_life))
        if self.initial is not None:
            object.__setattr__(self, "initial", _checks.positive("initial", self.initial))

    def fit(self, returns: pd.Series, realized: pd.Series | None = None) -> Fit:
        """Filter log returns (T,), decimal, per period; at least two that differ."""
        del realized  # has no place in this model
        data = usable(returns, 2, "EWMA")
        values = data.to_numpy()
        start = float(np.mean(values**2)) if self.initial is None else self.initial
        diagnostics = FitDiagnostics(zero_share=float(np.mean(values == 0.0)))
        return filtered(self, {}, data, start, diagnostics)

    def innovations(
        self, returns: Vector, blocks: Sequence[Sequence[int]], window: int
    ) -> Innovations | None:
        """Return the innovations of the `window` returns before each of many origins.

        The filter starts anew for the first origin of each block and moves on to the others. None
        where a fit would be refused.
        """
        recursion, filters = self._filter({}), []
        for block in blocks:
            values = returns[block[0] - window : block[0]]
            if doubtful(values):
                return None
            start = float(np.mean(values**2)) if self.initial is None else self.initial
            filters.append(WindowFilter(0.0, recursion, recursion.open(start).variance))
        return linear_innovations(returns, blocks, window, filters)

    def _filter(self, params: Mapping[str, float]) -> LinearFilter:
        del params
        decay = 0.5 ** (1.0 / self.half_life)
        return LinearFilter(0.0, 1.0 - decay, 0.0, decay)

    def _law(self, params: Mapping[str, float]) -> InnovationLaw:
        del params
        return Normal()
