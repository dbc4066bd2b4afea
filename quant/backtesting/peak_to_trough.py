"""The largest margin over the smallest."""

from __future__ import annotations

from quant.backtesting._margin_path import MarginPath, margin_path

__all__ = ["peak_to_trough"]


def peak_to_trough(margin: MarginPath) -> float:
    r"""Return the largest margin of a path over its smallest.

    .. math:: \max_t M_t / \min_t M_t

    Parameters
    ----------
    margin : MarginHistory, Series or array_like (K,)
        Rates, or money of a portfolio that does not change; above zero.

    Returns
    -------
    float
        At least 1, whichever came first; `procyclicality` also reports the largest rise from a
        trough to a later peak.

    Raises
    ------
    InputError
        If a margin is not above zero.

    References
    ----------
    Murphy, Vasios and Vause (2014), An investigation into the procyclicality of risk-based initial
    margin models, Bank of England Financial Stability Paper 29, section 3.

    Examples
    --------
    >>> round(peak_to_trough([100.0, 102.0, 98.0, 110.0, 150.0, 180.0, 160.0]), 4)
    1.8367
    """
    values = margin_path("margin", margin).to_numpy()
    return float(values.max() / values.min())
