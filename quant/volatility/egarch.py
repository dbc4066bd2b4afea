"""EGARCH(1, 1): the logarithm of the variance answers to the size and sign of the shock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from quant._typing import Vector
from quant.volatility._arch_family import ArchFamily
from quant.volatility._arch_processes import Egarch, Process
from quant.volatility._arch_starts import Start, exponential_starts
from quant.volatility._exponential import ExponentialFilter

__all__ = ["EGARCH"]


@dataclass(frozen=True, slots=True)
class EGARCH(ArchFamily):
    r"""Exponential GARCH(1, 1), estimated by arch.

    .. math::
        r_t = \mu + \sqrt{h_t} z_t, \quad
        \ln h_{t+1} = \omega + \alpha (|z_t| - \sqrt{2/\pi}) + \gamma z_t + \beta \ln h_t

    Parameters
    ----------
    distribution : {"normal", "t", "skewt", "ged"}
        Law of z, with variance 1; ``"skewt"`` is Hansen's.
    mean : {"constant", "zero"}
    engine : {"arch"}

    Notes
    -----
    alpha is the effect of size, gamma that of sign, negative where falls raise the variance; other
    packages swap the names. The constant sqrt(2/pi) is E|z| of the normal law and is kept for every
    law, so that omega depends on the law.

    The first variance is ln h_1 = omega + beta ln b, b the exponentially weighted (0.94) mean of
    the first 75 squared residuals, held fixed. The optimiser keeps 0 <= beta <= 1. It also starts
    near the estimates of `GJRGARCH` and from a variance that hardly moves, and the best end counts:
    a fit takes three to four times as long as arch's own.

    Forecasts are E[h], by quadrature; the exponential of the expected log variance is below it.
    Under ``"t"`` and ``"skewt"`` that mean is infinite beyond one period and is refused. Paths
    with `simulate` and `propagate` exist under every law.

    References
    ----------
    Nelson (1991), Conditional heteroskedasticity in asset returns: a new approach, section 2.

    Examples
    --------
    >>> EGARCH(mean="zero")
    EGARCH(distribution='normal', mean='zero', engine='arch')
    """

    _process: ClassVar[Process] = Egarch()

    def _starts(self, returns: Vector) -> tuple[Start, ...]:
        return exponential_starts(returns, self.distribution, self.mean)

    def _filter(self, params: Mapping[str, float]) -> ExponentialFilter:
        return ExponentialFilter(params["omega"], params["alpha"], params["gamma"], params["beta"])
