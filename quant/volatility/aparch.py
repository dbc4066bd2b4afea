"""APARCH(1, 1): the power of the volatility that follows the recursion is estimated too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from quant._typing import Vector
from quant.volatility._arch_family import ArchFamily
from quant.volatility._arch_processes import Aparch, Process
from quant.volatility._arch_starts import Start, power_starts
from quant.volatility._power import PowerFilter

__all__ = ["APARCH"]


@dataclass(frozen=True, slots=True)
class APARCH(ArchFamily):
    r"""Asymmetric power ARCH(1, 1), estimated by arch.

    .. math::
        r_t = \mu + e_t, \quad e_t = \sigma_t z_t, \quad
        \sigma_{t+1}^\delta = \omega + \alpha (|e_t| - \gamma e_t)^\delta + \beta \sigma_t^\delta

    Parameters
    ----------
    distribution : {"normal", "t", "skewt", "ged"}
        Law of z, with variance 1; ``"skewt"`` is Hansen's.
    mean : {"constant", "zero"}
    engine : {"arch"}

    Notes
    -----
    gamma > 0 is leverage: a fall raises the variance more than a rise. omega has the unit of a
    return to the power delta: in percent it is 100^delta times its decimal value. delta = 2 is
    `GJRGARCH` with alpha (1 - gamma)^2 and 4 alpha gamma for its alpha and gamma.

    The first value is sigma_1^delta = omega + (alpha + beta) b^(delta / 2), b the exponentially
    weighted (0.94) mean of the first 75 squared residuals, held fixed. The optimiser keeps
    alpha + beta <= 1, which bounds the growth of sigma^delta only where E(|z| - gamma z)^delta
    is 1.

    arch's own starting values are at times far from any maximum, so the search also begins at the
    estimates of `GJRGARCH` and at two models of the absolute shock, with leverage and against it,
    and the best end counts: a fit takes three to four times as long as arch's own.

    Beyond one period a forecast is the mean variance of 10,000 simulated paths, always the same
    ones; for delta = 2 it is exact.

    References
    ----------
    Ding, Granger and Engle (1993), A long memory property of stock market returns and a new model,
    section 4.

    Examples
    --------
    >>> APARCH(distribution="t")
    APARCH(distribution='t', mean='constant', engine='arch')
    """

    _process: ClassVar[Process] = Aparch()

    def _starts(self, returns: Vector) -> tuple[Start, ...]:
        return power_starts(returns, self.distribution, self.mean)

    def _filter(self, params: Mapping[str, float]) -> PowerFilter:
        return PowerFilter(
            params["omega"], params["alpha"], params["gamma"], params["beta"], params["delta"]
        )
