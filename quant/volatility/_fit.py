"""The fit of every model of this package: parameters, paths, a state, and the data behind them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from quant import _checks
from quant._typing import CovarianceKind, Matrix
from quant.distributions.base import InnovationLaw
from quant.errors import InputError
from quant.volatility._dynamics import Dynamics, Origin, paths
from quant.volatility._filter import State
from quant.volatility._observations import following
from quant.volatility._postponed import Made, Paths
from quant.volatility._record import Record, Sample, joined
from quant.volatility._uncertainty import Likelihood, Uncertainty
from quant.volatility.base import FitDiagnostics, VolatilityForecast, VolatilityModel


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Fit:
    """A sample filtered by one model under one set of parameters; see `VolatilityFit`.

    Attributes
    ----------
    origin : Origin
        The specification, and what its estimation sample fixed before any parameter.
    dynamics : Dynamics
        How the variance moves at these parameters.
    sample : Sample
        What `sigma` and `z` cover.
    record : Record
        The estimation sample and all that followed.
    paths : Paths
        `sigma` and `z`.
    state : State
        Where the recursion stands after the last return.
    loglikelihood : float
        Of the estimation sample: of the returns, and of the measurements where they are modelled.
    returns_loglikelihood : float
        Of the returns alone, which compares across models.
    uncertainty : Uncertainty or None
        That of the estimates; None when the parameters were given.
    """

    origin: Origin
    named: tuple[tuple[str, float], ...]
    dynamics: Dynamics
    sample: Sample
    record: Record
    paths: Paths
    state: State
    loglikelihood: float
    returns_loglikelihood: float
    diagnostics: FitDiagnostics
    uncertainty: Uncertainty | None = None

    @property
    def spec(self) -> VolatilityModel:
        """The specification that was fitted."""
        return self.origin.spec

    @property
    def params(self) -> Mapping[str, float]:
        """Parameters by name, in decimal return units."""
        return dict(self.named)

    @property
    def returns(self) -> pd.Series:
        """The returns that `sigma` and `z` cover, (T,)."""
        return self.sample.returns

    @property
    def sigma(self) -> pd.Series:
        """Volatility of each period as known one period before, (T,)."""
        return self.paths.sigma

    @property
    def z(self) -> pd.Series:
        """Standardised innovations (r - mean) / sigma, (T,)."""
        return self.paths.z

    @property
    def distribution(self) -> InnovationLaw:
        """Law of the innovations."""
        return self.dynamics.law

    @property
    def as_of(self) -> pd.Timestamp:
        """Last date whose return was used."""
        return self.sample.last

    @property
    def mean(self) -> float:
        """Conditional mean of the return of one period."""
        return self.dynamics.mean

    def param_cov(self, kind: CovarianceKind = "robust") -> pd.DataFrame:
        """Return the covariance of the parameter estimates, in decimal return units.

        Parameters
        ----------
        kind : {"robust", "hessian", "opg"}
            Sandwich of Bollerslev and Wooldridge (1992), inverse Hessian, or inverse outer product
            of the scores. Of HAR and range models, whose estimates solve moment equations instead:
            Newey and West (1987); as with homoskedastic, uncorrelated residuals; inverse outer
            product of the moments.

        Returns
        -------
        DataFrame (k, k)
            Zero rows and columns for parameters that were given instead of estimated, and for
            those held by a bound when the Hessian cannot be inverted with them in it.

        Raises
        ------
        ConvergenceError
            If the likelihood is not concave at the estimates.

        Notes
        -----
        The sandwich takes the scores about their mean and divides by T - 1, as arch does. An active
        constraint is named in `diagnostics.on_bound`: no standard error is meaningful for the
        parameters it binds. "persistence" binds beta here, given the others. Moments are stacked,
        so that the covariance between the estimates that solve them is counted too.
        """
        _checks.one_of("kind", kind, ("robust", "hessian", "opg"))
        names = [name for name, _ in self.named]
        covariance = np.zeros((len(names), len(names)))
        if self.uncertainty is not None:
            covariance = self.uncertainty.covariance(kind)
        return pd.DataFrame(covariance, index=names, columns=names)

    def at(self, params: Mapping[str, float]) -> Fit:
        """Return the same history filtered under other parameters, which are taken as given.

        Raises
        ------
        InputError
            If a name is missing or unknown, or a variance is not positive under them.
        """
        named = _in_order(params, [name for name, _ in self.named])
        if named == self.named:
            return self
        moved = fitted(self.origin, dict(named), self.record.first, FitDiagnostics())
        if not self.record.later:
            return moved
        later = joined(self.record.later)
        sigma, z, state = paths(moved.dynamics, self.spec, later, moved.state)
        n = len(self.returns)
        return replace(
            moved,
            sample=self.sample,
            record=self.record,
            paths=Made(sigma.iloc[-n:], z.iloc[-n:]),
            state=state,
        )

    def forecast(self, horizon: int = 1) -> VolatilityForecast:
        """Return the volatility of the next `horizon` periods."""
        steps = _checks.count("horizon", horizon)
        sigma = np.sqrt(self.dynamics.expected(self.state, steps))
        sigma.setflags(write=False)
        return VolatilityForecast(as_of=self.as_of, sigma=sigma, mean=self.mean)

    def propagate(self, z: Matrix) -> Matrix:
        """Return the (n, h) returns that (n, h) standardised shocks produce from here.

        With HAR and range models the variance follows its forecast on every path: a shock to a
        return says little of the realised variance of its day, and a path holds no other news. Sums
        over many periods are therefore thinner in the tails than with a variance that answers to
        shocks. Realised GARCH draws the errors of the measurements on the way with the seed of the
        specification: those of a path and a period are the same, however many paths and periods
        `z` has.
        """
        return self.dynamics.propagate(self.state, _checks.shocks("z", z))

    def simulate(self, n_paths: int, horizon: int, seed: int = 0) -> Matrix:
        """Return (n_paths, horizon) returns with shocks drawn from the model's own law."""
        size = (_checks.count("n_paths", n_paths), _checks.count("horizon", horizon))
        return self.propagate(self.distribution.rvs(size, seed=seed))

    @property
    def driven_by_returns(self) -> bool:
        """Whether returns alone move the variance, so that other samples can be made of shocks."""
        return self.sample.realized is None

    def resimulate(self, z: Matrix) -> Matrix:
        """Return the (n, T) returns that (n, T) shocks would have made of the estimation sample.

        The paths begin where the sample did, at its presample variance.

        Raises
        ------
        InputError
            If there is not one shock per return of the sample, or the model is driven by realised
            variances, which shocks to returns do not make.
        """
        shocks, size = _checks.shocks("z", z), len(self.record.first.returns)
        if not self.driven_by_returns:
            raise InputError(
                f"resimulate: expected a variance driven by returns alone, got {self.spec!r}; its "
                "realised variances cannot be drawn anew"
            )
        if shocks.shape[1] != size:
            raise InputError(
                f"z: expected {size} columns, one per return of the estimation sample, got "
                f"{shocks.shape[1]}; pass paths as rows, and use propagate for the periods ahead"
            )
        return self.dynamics.propagate(self.dynamics.open(), shocks)

    def with_errors(self, stream: int, first: int = 0) -> Fit:
        """Return the fit whose paths draw the measurement errors of a stream of their own.

        For paths of many assets, whose errors are not shared, and for paths made piece by piece:
        `first` is the number of the first. Models without such errors are the same in any stream.
        """
        return replace(self, dynamics=self.dynamics.with_errors(stream, first))

    def variance_share(self) -> pd.Series:
        """Return how much of the next period's variance each past return accounts for.

        It is the share that would be missing had the shock of that date been zero. The shares sum
        to less than one where the model has a constant or still remembers its presample variance.
        Where realised variances drive the variance it is the percentage by which it moves per
        percent of the realised variance of that date.
        """
        whole = self.record.whole()
        share = self.dynamics.shares(self.state, whole)
        index = whole.returns.index[len(whole.returns) - share.size :]
        return pd.Series(share, index=index, name="weight")

    def update(self, returns: pd.Series, realized: pd.Series | None = None) -> Fit:
        """Return the fit moved on by new returns, parameters kept; `sigma` and `z` cover these.

        Raises
        ------
        InputError
            If a date does not lie after the last one used, or the model is driven by realised
            variances and `realized` is not on the same dates.
        """
        new = self.origin.observed(following(returns, self.as_of), realized)
        sigma, z, state = paths(self.dynamics, self.spec, new, self.state)
        record = self.record.followed_by(new)
        return replace(self, sample=new, record=record, paths=Made(sigma, z), state=state)

    def __repr__(self) -> str:
        numbers = ", ".join(f"{name}={value:.6g}" for name, value in self.named)
        return (
            f"{self.spec!r} on {len(self.returns)} returns to {_checks.stamp(self.as_of)}"
            f"{': ' if numbers else ''}{numbers}"
        )


def fitted(
    origin: Origin, params: Mapping[str, float], sample: Sample, diagnostics: FitDiagnostics
) -> Fit:
    """Return the fit to a sample at given `params`."""
    dynamics = origin.dynamics(params)
    sigma, z, state = paths(dynamics, origin.spec, sample, dynamics.open())
    volatility, shocks = sigma.to_numpy(), z.to_numpy()
    loglikelihood = dynamics.law.loglikelihood(shocks) - float(np.log(volatility).sum())
    of_measurements = float(dynamics.measurement_density(sample, volatility, shocks).sum())
    return Fit(
        origin=origin,
        named=tuple((name, float(value)) for name, value in params.items()),
        dynamics=dynamics,
        sample=sample,
        record=Record(sample),
        paths=Made(sigma, z),
        state=state,
        loglikelihood=loglikelihood + of_measurements,
        returns_loglikelihood=loglikelihood,
        diagnostics=diagnostics,
    )


def estimated(fit: Fit, hessian: Callable[[], Matrix] | None = None) -> Fit:
    """Return the fit whose parameters maximise its likelihood, and so have an uncertainty."""
    held = fit.diagnostics.on_bound
    found = Likelihood(fit.origin, fit.named, fit.sample, held, hessian)
    return replace(fit, uncertainty=found)


def _in_order(params: Mapping[str, float], names: list[str]) -> tuple[tuple[str, float], ...]:
    if set(params) != set(names):
        raise InputError(
            f"params: expected the names {', '.join(names) or '(none)'}, got "
            f"{', '.join(params) or '(none)'}; start from dict(fit.params)"
        )
    return tuple((name, _checks.real(name, params[name])) for name in names)
