"""GARCH(1, 1)."""

from __future__ import annotations

from dataclasses import dataclass

from quant.volatility._garch_family import GarchFamily

__all__ = ["GARCH"]


@dataclass(frozen=True, slots=True)
class GARCH(GarchFamily):
    r"""GARCH(1, 1) with a constant or zero mean.

    .. math::
        r_t = \mu + e_t, \quad e_t = \sqrt{h_t} z_t, \quad
        h_{t+1} = \omega + \alpha e_t^2 + \beta h_t

    Parameters
    ----------
    distribution : {"normal", "t", "skewt", "ged"}
        Law of z, with variance 1; ``"skewt"`` is Hansen's.
    mean : {"constant", "zero"}
    startup : {"arch", "sample", "fcp"}
        The first variance. ``"arch"``: omega + (alpha + beta) b, b the exponentially weighted
        (0.94) mean of the first 75 squared deviations from the sample mean. ``"fcp"``: the same of
        the mean square about mu. ``"sample"``: that mean square itself.
    engine : {"fast", "arch"}
        The compiled engine of this package, or arch with its optimiser.

    Raises
    ------
    SpecError
        If a start is asked for that the engine cannot make.

    Notes
    -----
    Parameters: mu, omega, alpha, beta, and nu, skew where the law has them, in decimal units.
    The third digit of the estimates depends on the start of the recursion; packages differ in it.
    The optimiser keeps alpha + beta <= 1; `diagnostics.on_bound` says when that binds.

    References
    ----------
    Bollerslev (1986), Generalized autoregressive conditional heteroskedasticity, section 2.

    Examples
    --------
    >>> GARCH(distribution="t")
    GARCH(distribution='t', mean='constant', startup='arch', engine='fast')
    """
