"""The fit of realised GARCH: two equations, a history of both, and a state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import pandas as pd

from quant import _checks
from quant._typing import CovarianceKind, Matrix, Vector
from quant.distributions import Normal
from quant.errors import InputError
from quant.volatility._covariance import estimate_covariance
from quant.volatility._fit import _in_order
from quant.volatility._log_linear import LogLinear, log_variances
from quant.volatility._observations import following, measured
from quant.volatility.base import FitDiagnostics, VolatilityForecast, VolatilityModel

_STREAM = 1  # of the measurement errors, apart from the shocks that share their seed


class MeasuredModel(VolatilityModel, Protocol):
    """A specification that turns parameters into the two equations."""

    @property
    def seed(self) -> int: ...

    def _equations(self, params: Mapping[str, float]) -> LogLinear: ...

    def _usable(self, realized: pd.Series) -> None: ...


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class RealizedGarchFit:
    """Returns and realised variances filtered under one set of parameters; see `VolatilityFit`.

    Attributes
    ----------
    returns, realized : Series (T,)
        What `sigma` and `z` cover.
    loglikelihood, returns_loglikelihood : float
        Of returns and log realised variances together, and of the returns alone.
    presample : float
        Variance of the first period.
    log_variance : float
        Logarithm of the variance of the next period.
    estimated : bool
        Whether the parameters maximise a likelihood, or were given.
    before : RealizedGarchFit or None
        The fit that `update` moved on.
    """

    spec: MeasuredModel
    named: tuple[tuple[str, float], ...]
    returns: pd.Series
    realized: pd.Series
    sigma: pd.Series
    z: pd.Series
    loglikelihood: float
    returns_loglikelihood: float
    diagnostics: FitDiagnostics
    presample: float
    log_variance: float
    estimated: bool
    before: RealizedGarchFit | None = None

    @property
    def params(self) -> Mapping[str, float]:
        """Parameters by name, in decimal return units."""
        return dict(self.named)

    @property
    def distribution(self) -> Normal:
        """Law of the innovations."""
        return Normal()

    @property
    def as_of(self) -> pd.Timestamp:
        """Last date whose return was used."""
        last: pd.Timestamp = self.returns.index[-1]
        return last

    @property
    def mean(self) -> float:
        """Conditional mean of the return of one period."""
        return self.params.get("mu", 0.0)

    def param_cov(self, kind: CovarianceKind = "robust") -> pd.DataFrame:
        """Return the covariance of the estimates under the joint likelihood; zero if given."""
        _checks.one_of("kind", kind, ("robust", "hessian", "opg"))
        origin = self._history()[0]
        names = [name for name, _ in origin.named]
        covariance = np.zeros((len(names), len(names)))
        if origin.estimated:
            covariance = estimate_covariance(
                origin._contributions,
                np.array([value for _, value in origin.named]),
                kind,
                bound=tuple(name in origin.diagnostics.on_bound for name in names),
                rough=(False,) * len(names),
            )
        return pd.DataFrame(covariance, index=names, columns=names)

    def at(self, params: Mapping[str, float]) -> RealizedGarchFit:
        """Return the same history filtered under other parameters, which are taken as given.

        Raises
        ------
        InputError
            If a name is missing or unknown, or a variance is not positive under them.
        """
        named = _in_order(params, [name for name, _ in self.named])
        if named == self.named:
            return self
        first, *later = self._history()
        moved = measured_fit(
            self.spec, dict(named), first.returns, first.realized, first.presample, FitDiagnostics()
        )
        for fit in later:
            moved = moved.update(fit.returns, fit.realized)
        return moved

    def forecast(self, horizon: int = 1) -> VolatilityForecast:
        """Return the volatility of the next `horizon` periods."""
        steps = _checks.count("horizon", horizon)
        sigma = np.sqrt(self._equations().expected(self.log_variance, steps))
        sigma.setflags(write=False)
        return VolatilityForecast(as_of=self.as_of, sigma=sigma, mean=self.mean)

    def propagate(self, z: Matrix) -> Matrix:
        """Return the (n, h) returns that (n, h) standardised shocks produce from here.

        The errors of the measurements on the way are drawn with the seed of the specification, the
        same for the same shape of `z`.
        """
        shocks = _checks.matrix("z", z)
        stream = np.random.SeedSequence(self.spec.seed, spawn_key=(_STREAM,))
        u = np.random.default_rng(stream).standard_normal(shocks.shape)
        return self.mean + self._equations().propagate(self.log_variance, shocks, u)

    def simulate(self, n_paths: int, horizon: int, seed: int = 0) -> Matrix:
        """Return (n_paths, horizon) returns with shocks drawn from the model's own law."""
        size = (_checks.count("n_paths", n_paths), _checks.count("horizon", horizon))
        return self.propagate(self.distribution.rvs(size, seed=seed))

    def variance_share(self) -> pd.Series:
        """Return by how much of a percent the next variance moves per percent of each past x.

        The realised variances take the place of squared returns. The shares sum to about
        gamma / (1 - beta).
        """
        index = pd.concat([fit.returns for fit in self._history()]).index
        age = np.arange(len(index) - 1, -1, -1, dtype=np.float64)
        share = self.params["gamma"] * self.params["beta"] ** age
        return pd.Series(share, index=index, name="weight")

    def update(self, returns: pd.Series, realized: pd.Series | None = None) -> RealizedGarchFit:
        """Return the fit moved on by new returns and their realised variances, parameters kept.

        Raises
        ------
        InputError
            If a date does not lie after the last one used, or `realized` is not on the same dates.
        """
        new = following(returns, self.as_of)
        x = measured(new, realized, type(self.spec).__name__)
        self.spec._usable(x)
        sigma, z, after = _paths(self.spec, self.params, new, x, self.log_variance)
        return replace(
            self, returns=new, realized=x, sigma=sigma, z=z, log_variance=after, before=self
        )

    def _equations(self) -> LogLinear:
        return self.spec._equations(self.params)

    def _history(self) -> list[RealizedGarchFit]:
        """Return the estimation and the updates after it, oldest first."""
        fits = [self]
        while (before := fits[-1].before) is not None:
            fits.append(before)
        return fits[::-1]

    def _contributions(self, values: Vector) -> Vector:
        """Return the log density of each return and its measurement at other parameters."""
        params = {name: float(v) for (name, _), v in zip(self.named, values, strict=True)}
        of_returns, of_realized = _densities(
            self.spec, params, self.returns, self.realized, self.presample
        )
        return of_returns + of_realized

    def __repr__(self) -> str:
        numbers = ", ".join(f"{name}={value:.6g}" for name, value in self.named)
        return (
            f"{self.spec!r} on {len(self.returns)} returns to {_checks.stamp(self.as_of)}"
            f": {numbers}"
        )


def measured_fit(
    spec: MeasuredModel,
    params: Mapping[str, float],
    returns: pd.Series,
    realized: pd.Series,
    presample: float,
    diagnostics: FitDiagnostics,
    *,
    estimated: bool = False,
) -> RealizedGarchFit:
    """Return the fit of `spec` to `returns` and `realized` at `params`."""
    sigma, z, after = _paths(spec, params, returns, realized, float(np.log(presample)))
    of_returns, of_realized = _densities(spec, params, returns, realized, presample)
    return RealizedGarchFit(
        spec=spec,
        named=tuple((name, float(value)) for name, value in params.items()),
        returns=returns,
        realized=realized,
        sigma=sigma,
        z=z,
        loglikelihood=float(of_returns.sum() + of_realized.sum()),
        returns_loglikelihood=float(of_returns.sum()),
        diagnostics=diagnostics,
        presample=presample,
        log_variance=after,
        estimated=estimated,
    )


def _densities(
    spec: MeasuredModel,
    params: Mapping[str, float],
    returns: pd.Series,
    realized: pd.Series,
    presample: float,
) -> tuple[Vector, Vector]:
    """Return the log densities of each return and of each log measurement given it, (T,) each."""
    sigma, z, _ = _paths(spec, params, returns, realized, float(np.log(presample)))
    log_sigma, shocks = np.log(sigma.to_numpy()), z.to_numpy()
    of_realized = spec._equations(params).measurement_density(
        2.0 * log_sigma, np.log(realized.to_numpy()), shocks
    )
    return Normal().logpdf(shocks) - log_sigma, of_realized


def _paths(
    spec: MeasuredModel,
    params: Mapping[str, float],
    returns: pd.Series,
    realized: pd.Series,
    start: float,
) -> tuple[pd.Series, pd.Series, float]:
    log_x = np.log(realized.to_numpy())
    path = log_variances(params["omega"], params["beta"], params["gamma"], start, log_x)
    bad = np.flatnonzero(~(np.abs(path) < 700.0))
    if bad.size:
        at = min(int(bad[0]), len(returns) - 1)
        raise InputError(
            f"variance: expected positive finite variances from {spec!r}, got a logarithm of "
            f"{path[bad[0]]:g} at {_checks.stamp(returns.index[at])}; check the parameters and the "
            "realised variances before it"
        )
    sigma = np.exp(0.5 * path[:-1])
    z = (returns.to_numpy() - params.get("mu", 0.0)) / sigma
    for array in (sigma, z):
        array.setflags(write=False)
    return (
        pd.Series(sigma, index=returns.index, name="sigma", copy=False),
        pd.Series(z, index=returns.index, name="z", copy=False),
        float(path[-1]),
    )
