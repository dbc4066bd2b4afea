"""The roles of this layer: how assets move together, apart from how much each of them moves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol, Self, TypeAlias, runtime_checkable

import numpy as np
import pandas as pd

from quant import _checks
from quant._typing import CovarianceKind, FloatArray, Matrix
from quant.dependence import _matrices
from quant.errors import InputError
from quant.volatility.base import FitDiagnostics

__all__ = ["CopulaFit", "CopulaModel", "DependenceFit", "DependenceForecast", "DependenceModel"]

Margins: TypeAlias = Literal["ranks", "uniforms"]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class DependenceForecast:
    r"""Correlation of the periods after `as_of`, and the scale it was fitted on.

    .. math:: H_k = D_k R_k D_k, \quad D_k = diag(\sigma_k)

    Attributes
    ----------
    as_of : pandas.Timestamp
        Last date that was used.
    assets : tuple of str
    correlation : ndarray (h, N, N)
        Correlation of each future period.
    sigma : ndarray (h, N)
        Volatility per period of what was fitted: of returns where returns were, decimal; ones where
        standardised innovations were.
    """

    as_of: pd.Timestamp
    assets: tuple[str, ...]
    correlation: FloatArray
    sigma: Matrix

    @property
    def covariance(self) -> FloatArray:
        """Covariance of each future period, (h, N, N), in the unit of what was fitted."""
        return self.scaled(self.sigma)

    def scaled(self, sigma: Matrix) -> FloatArray:
        """Return the (h, N, N) covariances under other volatilities (h, N)."""
        widths = _checks.matrix("sigma", sigma)
        if widths.shape != self.sigma.shape or not (widths > 0.0).all():
            raise InputError(
                f"sigma: expected positive volatilities of shape {self.sigma.shape}, got shape "
                f"{widths.shape} and a least value of {widths.min():g}; stack one column per asset"
            )
        return np.asarray(self.correlation * widths[:, :, None] * widths[:, None, :])

    def correlate(self, shocks: Matrix, step: int = 1) -> Matrix:
        """Return shocks (n, N) with the correlation of period `step`, made of independent ones.

        The symmetric square root is used: no asset comes first, and a singular matrix will do.
        """
        independent = _checks.matrix("shocks", shocks)
        if independent.shape[1] != len(self.assets):
            raise InputError(
                f"shocks: expected {len(self.assets)} columns, got {independent.shape[1]}; "
                "draw one per asset"
            )
        if _checks.count("step", step) > len(self.correlation):
            raise InputError(
                f"step: expected at most the horizon {len(self.correlation)}, got {step}; "
                "forecast further"
            )
        correlated: Matrix = independent @ _matrices.root(self.correlation[step - 1])
        return correlated

    def draw(self, n: int, seed: int = 0) -> Iterator[Matrix]:
        """Yield, period by period, normal shocks (n, N) with mean 0, variance 1, correlated."""
        rows = _checks.count("n", n)
        generator = np.random.default_rng(_checks.count("seed", seed, 0))
        for step in range(1, len(self.correlation) + 1):
            yield self.correlate(generator.standard_normal((rows, len(self.assets))), step)

    def __repr__(self) -> str:
        return (
            f"DependenceForecast({len(self.assets)} assets, horizon={len(self.correlation)}, "
            f"as_of={_checks.stamp(self.as_of)})"
        )


class DependenceFit(Protocol):
    """A correlation model with its parameters and its state after the last row."""

    @property
    def spec(self) -> DependenceModel:
        """The specification that was fitted."""
        ...

    @property
    def assets(self) -> tuple[str, ...]:
        """Names of the N columns."""
        ...

    @property
    def params(self) -> Mapping[str, float]:
        """Parameters by name."""
        ...

    @property
    def correlation(self) -> pd.DataFrame:
        """Correlation of the next period, (N, N)."""
        ...

    @property
    def loglikelihood(self) -> float:
        """Log-likelihood of the estimation sample, as the model defines it."""
        ...

    @property
    def diagnostics(self) -> FitDiagnostics:
        """What the optimiser said."""
        ...

    def correlation_at(self, date: object) -> pd.DataFrame:
        """Return the correlation of one date of the panel as known one period before."""
        ...

    def param_cov(self, kind: CovarianceKind = "robust") -> pd.DataFrame:
        """Return the covariance of the estimates; zero rows for parameters that were given."""
        ...

    def at(self, params: Mapping[str, float]) -> Self:
        """Return the same history filtered under other parameters."""
        ...

    def forecast(self, horizon: int = 1) -> DependenceForecast:
        """Return the correlations of the next `horizon` periods."""
        ...

    def update(self, panel: pd.DataFrame) -> Self:
        """Return the fit moved on by new rows, parameters kept."""
        ...


class DependenceModel(Protocol):
    """A frozen specification that can be fitted to a panel of N assets on the same dates."""

    def fit(self, panel: pd.DataFrame) -> DependenceFit:
        """Estimate on standardised innovations (T, N), or on returns where the model allows."""
        ...


class CopulaFit(Protocol):
    """A copula with its parameters: the joint law of N uniforms."""

    @property
    def spec(self) -> CopulaModel:
        """The specification that was fitted."""
        ...

    @property
    def assets(self) -> tuple[str, ...]:
        """Names of the N columns."""
        ...

    @property
    def params(self) -> Mapping[str, float]:
        """Parameters by name, correlations apart."""
        ...

    @property
    def correlation(self) -> pd.DataFrame:
        """Correlation of the elliptical law behind the copula, (N, N)."""
        ...

    @property
    def loglikelihood(self) -> float:
        """Log-likelihood of the uniforms that were fitted."""
        ...

    @property
    def diagnostics(self) -> FitDiagnostics:
        """What the optimiser said."""
        ...

    def logpdf(self, uniforms: Matrix) -> FloatArray:
        """Return the log density (n,) at points (n, N) of the open unit cube."""
        ...

    def sample(self, n: int, seed: int = 0) -> Matrix:
        """Return (n, N) uniforms."""
        ...

    def tail_dependence(self) -> pd.DataFrame:
        """Return the limit of P(one falls below its quantile | the other does), (N, N)."""
        ...


@runtime_checkable
class CopulaModel(Protocol):
    """A frozen specification of a copula."""

    @property
    def margins(self) -> Margins:
        """Whether it ranks what it is handed, or is handed uniforms."""
        ...

    def fit(self, panel: pd.DataFrame) -> CopulaFit:
        """Estimate on observations (T, N), by their ranks, or on uniforms."""
        ...
