"""Maximum likelihood of a normal first-order autoregression, for many samples by their sums."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from quant._typing import Matrix, Vector

_SMALLEST = 1e-12  # of a variance: what a sample that follows its own past to the digit leaves


@dataclass(frozen=True, slots=True, eq=False)
class Sums:
    """What the likelihood reads of (n,) samples of `n_obs` values each."""

    n_obs: int
    first: Vector
    last: Vector
    total: Vector
    squares: Vector
    products: Vector  # of each value and the one before it

    @classmethod
    def of(cls, samples: Matrix) -> Sums:
        """Add up (n, T) samples."""
        return cls(
            samples.shape[1],
            samples[:, 0],
            samples[:, -1],
            samples.sum(axis=1),
            np.einsum("ij,ij->i", samples, samples),
            np.einsum("ij,ij->i", samples[:, 1:], samples[:, :-1]),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Autoregression:
    """z_t - mu = rho (z_{t-1} - mu) + sigma eps_t at its most likely, a row for each sample."""

    mu: Vector
    sigma: Vector
    rho: Vector
    ratio: Vector  # likelihood ratio of mu = 0, sigma = 1, rho = 0


def given_the_first(sums: Sums) -> Autoregression:
    """Maximise the likelihood of the values after the first, given the first: least squares."""
    n = sums.n_obs - 1.0
    before, after = sums.total - sums.last, sums.total - sums.first
    spread = sums.squares - sums.last**2 - before**2 / n
    joint = sums.products - before * after / n
    whole = sums.squares - sums.first**2
    rho = np.divide(joint, spread, out=np.zeros_like(joint), where=spread > _SMALLEST)
    constant = (after - rho * before) / n
    variance = np.maximum((whole - after**2 / n - rho * joint) / n, _SMALLEST)
    ratio = whole - n * np.log(variance) - n
    drawn_back = 1.0 - rho  # by none at all, the mean is the sample's
    mean = sums.total / sums.n_obs
    mu = np.divide(constant, drawn_back, out=mean, where=np.abs(drawn_back) > _SMALLEST)
    return Autoregression(mu, np.sqrt(variance), rho, np.maximum(ratio, 0.0))


def stationary(sums: Sums) -> Autoregression:
    """Maximise the likelihood of all values, the first from the stationary law.

    The best mu for a rho is a weighted mean, the best rho for a mu the root of a cubic in (-1, 1);
    the two are nearly independent, so a few alternations settle both.

    References
    ----------
    Beach and MacKinnon (1978), A maximum likelihood procedure for regression with autocorrelated
    errors, Econometrica 46.
    """
    from quant.backtesting._autoregression_kernel import mean_and_slope

    n = float(sums.n_obs)
    ends = sums.first + sums.last
    mu, rho = mean_and_slope(
        sums.first, sums.last, sums.total, sums.squares, sums.products, n, _SMALLEST
    )
    whole = sums.squares - 2.0 * mu * sums.total + n * mu**2
    inner = whole - (sums.first - mu) ** 2 - (sums.last - mu) ** 2
    joint = sums.products - mu * (2.0 * sums.total - ends) + (n - 1.0) * mu**2
    variance = np.maximum((whole + rho**2 * inner - 2.0 * rho * joint) / n, _SMALLEST)
    ratio = sums.squares - n * np.log(variance) + np.log1p(-(rho**2)) - n
    return Autoregression(mu, np.sqrt(variance), rho, np.maximum(ratio, 0.0))
