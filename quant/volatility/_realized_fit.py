"""The fit of every model whose variance is predicted from realised variances alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Protocol, Self

import numpy as np
import pandas as pd

from quant import _checks
from quant._typing import CovarianceKind, Matrix, Vector
from quant.distributions import Normal
from quant.errors import InputError
from quant.volatility._fit import _in_order
from quant.volatility._moments import MomentEquations
from quant.volatility._observations import following, measured
from quant.volatility.base import FitDiagnostics, VolatilityForecast, VolatilityModel


@dataclass(frozen=True, slots=True)
class Seen:
    """What the estimation sample showed of realised variances; it stays when parameters move.

    Attributes
    ----------
    start : float
        Realised variance assumed for each period before the sample.
    low, high, mean : float
        Of the realised variances.
    """

    start: float
    low: float
    high: float
    mean: float

    @classmethod
    def of(cls, realized: Vector, *, start: float) -> Self:
        """Return what these realised variances (T,) show; not one above zero is refused."""
        low, high, mean = (float(f()) for f in (realized.min, realized.max, realized.mean))
        if high <= 0.0:
            raise InputError(
                f"realized: expected variances above 0, got {realized.size} of 0; "
                "a price that does not move has no volatility to estimate"
            )
        return cls(start, low, high, mean)


class Predictor(Protocol):
    """A prediction of the return variance from the last realised variances."""

    @property
    def lags(self) -> int:
        """Realised variances a prediction is made from."""
        ...

    def path(self, realized: Vector) -> Vector:
        """Return the variance of the period after each stretch of `lags`, (n - lags + 1,)."""
        ...

    def ahead(self, realized: Vector, horizon: int) -> Vector:
        """Return the expected variance (h,) of the periods after the last `lags`."""
        ...

    def elasticity(self, realized: Vector) -> Vector:
        """Return the percent by which the next variance moves per percent of each, (lags,)."""
        ...


class RealizedModel(VolatilityModel, Protocol):
    """A specification that turns parameters into a predictor."""

    def _predictor(self, params: Mapping[str, float], seen: Seen) -> Predictor: ...

    def _usable(self, realized: pd.Series) -> None: ...


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class RealizedFit:
    """Returns standardised by a variance predicted from realised variances; see `VolatilityFit`.

    Attributes
    ----------
    returns : Series (T,)
        The returns that `sigma` and `z` cover.
    realized : Series (T,)
        Realised variances of the same dates, decimal squared.
    memory : Series (lags,)
        The last realised variances, from which the next variance is predicted.
    equations : MomentEquations or None
        What the estimates solve; None when the parameters were given.
    before : RealizedFit or None
        The fit that `update` moved on.
    """

    spec: RealizedModel
    named: tuple[tuple[str, float], ...]
    returns: pd.Series
    realized: pd.Series
    sigma: pd.Series
    z: pd.Series
    loglikelihood: float
    diagnostics: FitDiagnostics
    seen: Seen
    memory: pd.Series
    equations: MomentEquations | None = None
    before: RealizedFit | None = None

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

    def param_cov(self, kind: CovarianceKind = "robust") -> pd.DataFrame:
        """Return the covariance of the parameter estimates, in decimal return units.

        Parameters
        ----------
        kind : {"robust", "hessian", "opg"}
            Newey and West (1987); that of homoskedastic, uncorrelated residuals; or the inverse
            outer product of the moments.

        Returns
        -------
        DataFrame (k, k)
            Zero when the parameters were given.

        Notes
        -----
        The estimates solve moment equations, least squares and a ratio of means; no likelihood is
        maximised. Their moments are stacked, so that the covariance between them is counted too.
        """
        _checks.one_of("kind", kind, ("robust", "hessian", "opg"))
        names = [name for name, _ in self.named]
        covariance = np.zeros((len(names), len(names)))
        if self.equations is not None:
            covariance = self.equations.covariance(kind)
        return pd.DataFrame(covariance, index=names, columns=names)

    def at(self, params: Mapping[str, float]) -> RealizedFit:
        """Return the same history under other parameters, which are taken as given.

        Raises
        ------
        InputError
            If a name is missing or unknown, or a variance is not positive under them.
        """
        named = _in_order(params, [name for name, _ in self.named])
        if named == self.named:
            return self
        updates = []
        fit = self
        while fit.before is not None:
            updates.append(fit)
            fit = fit.before
        moved = standardised(
            self.spec, dict(named), fit.returns, fit.realized, fit.seen, FitDiagnostics()
        )
        for later in reversed(updates):
            moved = moved.update(later.returns, later.realized)
        return moved

    def forecast(self, horizon: int = 1) -> VolatilityForecast:
        """Return the volatility of the next `horizon` periods."""
        steps = _checks.count("horizon", horizon)
        sigma = np.sqrt(self._predictor().ahead(self.memory.to_numpy(), steps))
        sigma.setflags(write=False)
        return VolatilityForecast(as_of=self.as_of, sigma=sigma)

    def propagate(self, z: Matrix) -> Matrix:
        """Return the (n, h) returns that (n, h) standardised shocks produce from here.

        The variance follows its forecast on every path: a shock to a return says little of the
        realised variance of its day, and a path holds no other news. Sums over many periods are
        therefore thinner in the tails than with a variance that answers to shocks.
        """
        shocks = _checks.matrix("z", z)
        return np.asarray(self.forecast(shocks.shape[1]).sigma * shocks)

    def simulate(self, n_paths: int, horizon: int, seed: int = 0) -> Matrix:
        """Return (n_paths, horizon) returns with shocks drawn from the model's own law."""
        size = (_checks.count("n_paths", n_paths), _checks.count("horizon", horizon))
        return self.propagate(self.distribution.rvs(size, seed=seed))

    def variance_share(self) -> pd.Series:
        """Return the share of each remembered period in the variance of the next one.

        It is the percentage by which that variance moves per percent of the period's realised
        variance. A constant takes what is missing from one.
        """
        share = self._predictor().elasticity(self.memory.to_numpy())
        return pd.Series(share, index=self.memory.index, name="weight")

    def update(self, returns: pd.Series, realized: pd.Series | None = None) -> RealizedFit:
        """Return the fit moved on by new returns and their realised variances, parameters kept.

        Raises
        ------
        InputError
            If a date does not lie after the last one used, or `realized` is not on the same dates.
        """
        new = following(returns, self.as_of)
        news = measured(new, realized, type(self.spec).__name__)
        self.spec._usable(news)
        sigma, z, memory = _paths(self.spec, self._predictor(), new, news, self.memory)
        return replace(
            self, returns=new, realized=news, sigma=sigma, z=z, memory=memory, before=self
        )

    def _predictor(self) -> Predictor:
        return self.spec._predictor(self.params, self.seen)

    def __repr__(self) -> str:
        numbers = ", ".join(f"{name}={value:.6g}" for name, value in self.named)
        return (
            f"{self.spec!r} on {len(self.returns)} returns to {_checks.stamp(self.as_of)}"
            f": {numbers}"
        )


def standardised(
    spec: RealizedModel,
    params: Mapping[str, float],
    returns: pd.Series,
    realized: pd.Series,
    seen: Seen,
    diagnostics: FitDiagnostics,
    equations: MomentEquations | None = None,
) -> RealizedFit:
    """Return the fit of `spec` to `returns` and `realized` at `params`."""
    predictor = spec._predictor(params, seen)
    opening = pd.Series(np.full(predictor.lags, seen.start), index=returns.index[: predictor.lags])
    sigma, z, memory = _paths(spec, predictor, returns, realized, opening)
    law = Normal()
    return RealizedFit(
        spec=spec,
        named=tuple((name, float(value)) for name, value in params.items()),
        returns=returns,
        realized=realized,
        sigma=sigma,
        z=z,
        loglikelihood=law.loglikelihood(z.to_numpy()) - float(np.log(sigma.to_numpy()).sum()),
        diagnostics=diagnostics,
        seen=seen,
        memory=memory,
        equations=equations,
    )


def _paths(
    spec: RealizedModel,
    predictor: Predictor,
    returns: pd.Series,
    realized: pd.Series,
    memory: pd.Series,
) -> tuple[pd.Series, pd.Series, pd.Series]:
    history = pd.concat((memory, realized))
    variance = predictor.path(history.to_numpy())
    bad = np.flatnonzero(~((variance > 0.0) & np.isfinite(variance)))
    if bad.size:
        at = min(int(bad[0]), len(returns) - 1)
        raise InputError(
            f"variance: expected positive finite variances from {spec!r}, got "
            f"{variance[bad[0]]:g} at {_checks.stamp(returns.index[at])}; "
            "check the realised variances before it"
        )
    sigma = np.sqrt(variance[:-1])
    z = returns.to_numpy() / sigma
    for array in (sigma, z):
        array.setflags(write=False)
    return (
        pd.Series(sigma, index=returns.index, name="sigma", copy=False),
        pd.Series(z, index=returns.index, name="z", copy=False),
        history.iloc[-predictor.lags :],
    )
