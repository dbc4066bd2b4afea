"""Sampling error of quantiles and tail means of a (weighted) sample."""

from __future__ import annotations

import math

import numpy as np

from quant import _numerics
from quant._typing import Rank, Vector
from quant.distributions.empirical import Empirical
from quant.risk.base import LossForecast


def effective_size(forecast: LossForecast) -> float:
    """Return how many independent draws the sample is worth: weights and overlap make it fewer."""
    assert isinstance(forecast.loss, Empirical)
    weights, count = forecast.loss.weights, forecast.loss.losses.size
    size = float(count) if weights is None else 1.0 / float(weights @ weights)
    return size * min(1.0, forecast.n_obs / count) if forecast.n_obs else size


def size_at(forecast: LossForecast, quantile: float) -> float:
    """Return how many independent draws would know the probability of a loss this large as well."""
    assert isinstance(forecast.loss, Empirical)
    if forecast.mean_variance is None:
        return effective_size(forecast)
    beyond = (forecast.loss.losses >= quantile).astype(np.float64)
    probability = float(beyond.mean())
    variance = forecast.mean_variance(beyond)
    return max(1.0, probability * (1.0 - probability) / variance) if variance > 0.0 else beyond.size


def extrapolated(forecast: LossForecast, level: float) -> bool:
    """Return whether less than one of the observations behind the law is expected past `level`."""
    if forecast.periods is not None:
        size = float(forecast.periods)
    elif isinstance(forecast.loss, Empirical):
        size = effective_size(forecast)
    else:
        size = float(forecast.n_obs)
    return size > 0.0 and _numerics.guarded(size * (1.0 - level)) < 1.0


def tail_rank(law: Empirical, level: float, rank: Rank, size: float) -> float:
    """Return the rank from the worst, on the scale of the effective size, that is the quantile."""
    if law.weights is None and size == law.losses.size:
        return float(_numerics.worst_rank(law.losses.size, level, rank))
    return max(1.0, size * (1.0 - level))


def _descending(law: Empirical) -> tuple[Vector, Vector]:
    order = np.argsort(-law.losses, kind="stable")
    n = law.losses.size
    weights = np.full(n, 1.0 / n) if law.weights is None else law.weights[order]
    return law.losses[order], np.cumsum(weights)


def quantile_std_error(law: Empirical, k: float, size: float) -> float:
    """Return the bootstrap standard error of the k-th worst loss, in closed form.

    The k-th worst of a resample is the i-th worst of the sample with probability
    I_{C_i}(k, n - k + 1) - I_{C_{i-1}}(k, n - k + 1), C the cumulated weights from the worst.

    References
    ----------
    Maritz and Jarrett (1978), section 2.
    """
    from scipy.special import betainc

    losses, cumulated = _descending(law)
    reached = betainc(k, max(size - k + 1.0, 1.0), np.minimum(cumulated, 1.0))
    probability = np.diff(reached, prepend=0.0)
    mean = probability @ losses
    return math.sqrt(max(float(probability @ (losses - mean) ** 2), 0.0))


def shortfall_std_error(law: Empirical, level: float, size: float) -> float:
    """Return the asymptotic standard error of the tail mean.

    Var(ES) = [Var(L | L >= VaR) + level (ES - VaR)^2] / (n (1 - level)); with a single loss in the
    tail it is the standard error of that loss.

    References
    ----------
    Chen (2008), Nonparametric estimation of expected shortfall, section 3.
    """
    share = _numerics.tail_weights(law.losses, level, law.weights)
    es = float(share @ law.losses)
    concentration = float(share @ share)
    if concentration > 1.0 - 1e-9:
        return quantile_std_error(law, max(1.0, size * (1.0 - level)), size)
    var = float(law.ppf(level))
    spread = float(share @ (law.losses - es) ** 2) / (1.0 - concentration)
    return math.sqrt((spread + level * (es - var) ** 2) / (size * (1.0 - level)))


def rank_interval(
    law: Empirical, level: float, confidence: float, size: float
) -> tuple[float, float]:
    """Return the order-statistic interval of the quantile.

    Ranks from the worst are binom.ppf((1 - confidence) / 2) and binom.ppf((1 + confidence) / 2) + 1
    of Binomial(n, 1 - level). A rank of 0 or beyond n has no loss: the interval is open there.
    """
    from scipy.stats import binom

    n = max(1, math.floor(_numerics.guarded(size)))
    high = int(binom.ppf((1.0 - confidence) / 2.0, n, 1.0 - level))
    low = int(binom.ppf((1.0 + confidence) / 2.0, n, 1.0 - level)) + 1
    losses, cumulated = _descending(law)

    def at(rank: int) -> float:
        return float(losses[np.searchsorted(cumulated, rank / n - 1e-9)])

    return (-math.inf if low > n else at(low), math.inf if high < 1 else at(high))
