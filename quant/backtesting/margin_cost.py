"""What an anti-procyclicality tool costs."""

from __future__ import annotations

from quant.backtesting._margin_path import MarginPath, margin_path, same_periods

__all__ = ["margin_cost"]


def margin_cost(margin: MarginPath, unmitigated: MarginPath) -> float:
    r"""Return the mean extra margin against the unmitigated model.

    .. math:: \bar M / \bar M^{raw} - 1

    Parameters
    ----------
    margin : MarginHistory, Series or array_like (K,)
        What is posted.
    unmitigated : MarginHistory, Series or array_like (K,)
        What the model without its anti-procyclicality tool posts, over the same periods.

    Returns
    -------
    float
        A fraction of the unmitigated mean: the ratio of means, not the mean of daily ratios.

    Raises
    ------
    InputError
        If the periods differ or a margin is not above zero.

    References
    ----------
    Murphy and Vause (2021), A cost-benefit analysis of anti-procyclicality, Bank of England Staff
    Working Paper 892, section 3.

    Examples
    --------
    >>> raw = [80.0, 80.0, 100.0, 160.0, 120.0]
    >>> round(margin_cost([max(110.0, m) for m in raw], raw), 4)
    0.1296
    """
    path, raw = margin_path("margin", margin), margin_path("unmitigated", unmitigated)
    same_periods(path, raw)
    return float(path.to_numpy().mean() / raw.to_numpy().mean() - 1.0)
