"""GJR-GARCH(1, 1): a fall raises the variance more than a rise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from quant.volatility._garch_family import GarchFamily

__all__ = ["GJRGARCH"]


@dataclass(frozen=True, slots=True)
class GJRGARCH(GarchFamily):
    r"""GARCH(1, 1) with a leverage term.

    .. math:: h_{t+1} = \omega + (\alpha + \gamma 1\{e_t < 0\}) e_t^2 + \beta h_t

    Parameters
    ----------
    distribution : {"normal", "t", "skewt", "ged"}
        Law of z, with variance 1; ``"skewt"`` is Hansen's.
    mean : {"constant", "zero"}
    startup : {"arch", "sample", "fcp"}
        As for `GARCH`, with half of gamma before the first return.
    engine : {"fast", "arch"}
        The compiled engine of this package, or arch with its optimiser.

    Raises
    ------
    SpecError
        If a start is asked for that the engine cannot make.

    Notes
    -----
    Forecasts use alpha + gamma E[z^2 1{z < 0}] + beta, which is alpha + gamma / 2 + beta for a
    symmetric law only. The optimiser bounds the latter by 1 whatever the law; when the former
    exceeds 1 with a skewed law, `diagnostics.on_bound` names "persistence" too.

    References
    ----------
    Glosten, Jagannathan and Runkle (1993), On the relation between the expected value and the
    volatility of the nominal excess return on stocks, section III.

    Examples
    --------
    >>> GJRGARCH(mean="zero")
    GJRGARCH(distribution='normal', mean='zero', startup='arch', engine='fast')
    """

    _leverage: ClassVar[bool] = True
