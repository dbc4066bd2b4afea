"""The roles of this layer: a model is a frozen specification, its fit a frozen state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, Self

import pandas as pd

from quant._typing import CovarianceKind, Matrix, Vector
from quant.distributions.base import InnovationLaw

__all__ = ["VolatilityFit", "VolatilityModel"]


@dataclass(frozen=True, slots=True, eq=False)
class VolatilityForecast:
    """Volatility of the periods after `as_of`.

    Attributes
    ----------
    as_of : pandas.Timestamp
        Last date whose return was used.
    sigma : ndarray (h,)
        Square root of the expected variance of each future period, decimal.
    mean : float
        Conditional mean of the return of one period.
    """

    as_of: pd.Timestamp
    sigma: Vector
    mean: float = 0.0

    @property
    def sigma_total(self) -> float:
        """Volatility of the sum of the h uncorrelated returns, sqrt(sum sigma^2)."""
        return float((self.sigma @ self.sigma) ** 0.5)


@dataclass(frozen=True, slots=True)
class FitDiagnostics:
    """What the optimiser said: data, not an exception.

    Attributes
    ----------
    converged : bool
    iterations : int
    message : str
    on_bound : tuple of str
        Constraints that hold with equality, e.g. ``"persistence"`` or ``"nu"``; standard errors
        are not meaningful for the parameters they bind.
    zero_share : float
        Share of returns that are exactly zero.
    modes : int
        Distinct local maxima that the starting values led to, or were heading for when they were
        given up for a higher one: a warning, not a count. Of 1000 daily returns it is seldom wrong;
        of few returns, or of a constant volatility, whose likelihood is flat, often too high.
    flat : bool
        Whether the data hardly tell how long a shock lasts: none moves the variance (alpha = 0),
        or the curvature of the log-likelihood leaves the persistence, the other parameters
        adjusting, a standard error above 0.25. So it is with a constant volatility: sigma is sound
        then, beta means little. Looked at by the fast engine of GARCH and GJRGARCH; False
        elsewhere.
    """

    converged: bool = True
    iterations: int = 0
    message: str = ""
    on_bound: tuple[str, ...] = ()
    zero_share: float = 0.0
    modes: int = 1
    flat: bool = False


class VolatilityFit(Protocol):
    """A volatility model with its parameters and its state at the last return."""

    @property
    def spec(self) -> VolatilityModel:
        """The specification that was fitted."""
        ...

    @property
    def params(self) -> Mapping[str, float]:
        """Parameters by name, in decimal return units."""
        ...

    @property
    def sigma(self) -> pd.Series:
        """Volatility of each period as known one period before, (T,)."""
        ...

    @property
    def z(self) -> pd.Series:
        """Standardised innovations (r - mean) / sigma, (T,)."""
        ...

    @property
    def loglikelihood(self) -> float:
        """Log-likelihood of the estimation sample."""
        ...

    @property
    def distribution(self) -> InnovationLaw:
        """Law of the innovations."""
        ...

    @property
    def diagnostics(self) -> FitDiagnostics:
        """What the optimiser said."""
        ...

    def param_cov(self, kind: CovarianceKind = "robust") -> pd.DataFrame:
        """Return the covariance of the estimates; zero rows for parameters that were given."""
        ...

    def at(self, params: Mapping[str, float]) -> Self:
        """Return the same history filtered under other parameters."""
        ...

    def forecast(self, horizon: int = 1) -> VolatilityForecast:
        """Return the volatility of the next `horizon` periods."""
        ...

    def propagate(self, z: Matrix) -> Matrix:
        """Return the (n, h) returns that (n, h) shocks produce from the present state."""
        ...

    def simulate(self, n_paths: int, horizon: int, seed: int = 0) -> Matrix:
        """Return (n_paths, horizon) returns with shocks drawn from the model's own law."""
        ...

    def variance_share(self) -> pd.Series:
        """Return the share of each past return in the variance of the next period."""
        ...

    def update(self, returns: pd.Series, realized: pd.Series | None = None) -> Self:
        """Return the fit moved on by new returns, parameters kept; `sigma` and `z` cover these.

        `realized` holds the realised variances of the same dates, for models driven by them.
        """
        ...


class VolatilityModel(Protocol):
    """A frozen specification that can be fitted to the returns of one asset."""

    def fit(self, returns: pd.Series, realized: pd.Series | None = None) -> VolatilityFit:
        """Estimate the parameters on log returns, decimal, per period."""
        ...
