"""The largest increases of a margin over a number of periods."""

from __future__ import annotations

from quant.backtesting._margin_path import (
    MarginPath,
    NPeriodIncrease,
    largest_increase,
    margin_path,
)

__all__ = ["n_period_increase"]


def n_period_increase(margin: MarginPath, periods: int) -> NPeriodIncrease:
    r"""Return the largest increase of a margin over a number of periods, exactly and within.

    .. math:: \max_t M_{t+n} / M_t - 1 \quad \text{and} \quad
        \max_{1 \le k \le n} \max_t M_{t+k} / M_t - 1

    Parameters
    ----------
    margin : MarginHistory, Series or array_like (K,)
        Rates, or money of a portfolio that does not change; above zero.
    periods : int
        n, in steps of the path.

    Returns
    -------
    NPeriodIncrease

    Raises
    ------
    InputError
        If a margin is not above zero.
    InsufficientDataError
        If the path is not longer than `periods`.

    References
    ----------
    Murphy, Vasios and Vause (2014), section 3: the n-day measure, which is read in both ways.

    Examples
    --------
    >>> rise = n_period_increase([100.0, 102.0, 98.0, 110.0, 150.0, 180.0, 160.0], 5)
    >>> print(f"{rise.exact:.1%} exactly, {rise.within:.1%} within")
    80.0% exactly, 83.7% within
    """
    return largest_increase(margin_path("margin", margin).to_numpy(), periods)
