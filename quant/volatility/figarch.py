"""FIGARCH(1, d, 1): shocks to the variance die out like a power, not an exponential."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from quant._typing import Vector
from quant.volatility._arch_family import ArchFamily
from quant.volatility._arch_processes import Figarch, Process
from quant.volatility._arch_starts import Start, fractional_starts
from quant.volatility._fractional import FractionalFilter

__all__ = ["FIGARCH"]

_LAGS = 1000


@dataclass(frozen=True, slots=True)
class FIGARCH(ArchFamily):
    r"""Fractionally integrated GARCH(1, d, 1), estimated by arch.

    .. math::
        r_t = \mu + e_t, \quad
        h_t = \frac{\omega}{1 - \beta} + \sum_{k=1}^{1000} \lambda_k e_{t-k}^2, \quad
        \lambda(L) = 1 - \frac{(1 - \phi L)(1 - L)^d}{1 - \beta L}

    Parameters
    ----------
    distribution : {"normal", "t", "skewt", "ged"}
        Law of z = e / sqrt(h), with variance 1; ``"skewt"`` is Hansen's.
    mean : {"constant", "zero"}
    engine : {"arch"}

    Notes
    -----
    There is no unconditional variance: the weights of the untruncated model sum to one. Cut at
    1,000 lags they sum to a little less, so that forecasts over several years drift to a level
    that the truncation made; margins over such horizons must not use it.

    Squared shocks before the sample are b, the exponentially weighted (0.94) mean of the first 75
    squared residuals, held fixed. The optimiser keeps 0 <= phi <= (1 - d) / 2 and
    0 <= beta <= d + phi; it also starts near the integrated GARCH and from a moderate memory, and
    the best end counts: a fit takes four times as long as arch's own. Estimates from few thousand
    observations depend on the package, and phi and beta are then hardly identified apart: see
    `param_cov`.

    References
    ----------
    Baillie, Bollerslev and Mikkelsen (1996), Fractionally integrated generalized autoregressive
    conditional heteroskedasticity, section 3. Conrad and Haag (2006), Inequality constraints in
    the fractionally integrated GARCH model.

    Examples
    --------
    >>> FIGARCH(distribution="ged")
    FIGARCH(distribution='ged', mean='constant', engine='arch')
    """

    _process: ClassVar[Process] = Figarch()

    def _starts(self, returns: Vector) -> tuple[Start, ...]:
        return fractional_starts(returns, self.distribution, self.mean)

    def _filter(self, params: Mapping[str, float]) -> FractionalFilter:
        return FractionalFilter(params["omega"], params["phi"], params["d"], params["beta"], _LAGS)
