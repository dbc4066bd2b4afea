"""The fit of every model whose variance is a recursion: parameters, paths and a state."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from quant import _checks
from quant._typing import CovarianceKind, Matrix, Vector
from quant.distributions import GED
from quant.distributions.base import InnovationLaw
from quant.errors import InputError
from quant.volatility._covariance import estimate_covariance
from quant.volatility._filter import (
    Kinked,
    Presample,
    SharedOut,
    State,
    variance_before,
)
from quant.volatility._filtering import FilteredModel, contributions, paths
from quant.volatility._observations import following
from quant.volatility.base import FitDiagnostics, VolatilityForecast

Links: TypeAlias = list[dict[str, Any]]  # fields of a fit and of those that updates made of it


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class FilteredFit:
    """Returns filtered by one model under one set of parameters; see `VolatilityFit`.

    Attributes
    ----------
    returns : Series (T,)
        The returns that `sigma` and `z` cover.
    presample : float or MeanSquare
        Variance assumed before the first return: a number that stays with the sample, or a mean
        square that moves with the parameter mu.
    state : State
        Where the recursion stands after the last return.
    estimated : bool
        Whether the parameters maximise a likelihood, or were given.
    before : FilteredFit or None
        The fit that `update` moved on.
    hessian : callable or None
        Returns the exact second derivatives of the log-likelihood at the estimates.
    """

    spec: FilteredModel
    named: tuple[tuple[str, float], ...]
    returns: pd.Series
    sigma: pd.Series
    z: pd.Series
    loglikelihood: float
    distribution: InnovationLaw
    diagnostics: FitDiagnostics
    presample: Presample
    state: State
    estimated: bool
    before: FilteredFit | None = None
    hessian: Callable[[], Matrix] | None = None

    @property
    def params(self) -> Mapping[str, float]:
        """Parameters by name, in decimal return units."""
        return dict(self.named)

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
        """Return the covariance of the parameter estimates, in decimal return units.

        Parameters
        ----------
        kind : {"robust", "hessian", "opg"}
            Sandwich of Bollerslev and Wooldridge (1992), inverse Hessian, or inverse outer product
            of the scores.

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
        parameters it binds. "persistence" binds beta here, given the others.
        """
        _checks.one_of("kind", kind, ("robust", "hessian", "opg"))
        origin = self._lineage()[0]
        names = [name for name, _ in origin.named]
        covariance = np.zeros((len(names), len(names)))
        if origin.estimated and names:
            covariance = estimate_covariance(
                origin._contributions,
                np.array([value for _, value in origin.named]),
                kind,
                bound=tuple(origin._is_bound(name) for name in names),
                rough=tuple(name == "mu" and origin._has_kink() for name in names),
                reach=tuple(origin._reach() if name == "mu" else np.inf for name in names),
                hessian=origin.hessian() if origin.hessian and kind != "opg" else None,
            )
        return pd.DataFrame(covariance, index=names, columns=names)

    def at(self, params: Mapping[str, float]) -> FilteredFit:
        """Return the same history filtered under other parameters, which are taken as given.

        Raises
        ------
        InputError
            If a name is missing or unknown, or a variance is not positive under them.
        """
        named = _in_order(params, [name for name, _ in self.named])
        if named == self.named:
            return self
        first, *updates = self._lineage()
        moved = filtered(self.spec, dict(named), first.returns, first.presample, FitDiagnostics())
        for update in updates:
            moved = moved.update(update.returns)
        return moved

    def forecast(self, horizon: int = 1) -> VolatilityForecast:
        """Return the volatility of the next `horizon` periods."""
        steps = _checks.count("horizon", horizon)
        recursion = self.spec._filter(self.params)
        variance = recursion.expected(self.state, steps, self.distribution)
        sigma = np.sqrt(variance)
        sigma.setflags(write=False)
        return VolatilityForecast(as_of=self.as_of, sigma=sigma, mean=self.mean)

    def propagate(self, z: Matrix) -> Matrix:
        """Return the (n, h) returns that (n, h) standardised shocks produce from here."""
        shocks = _checks.shocks("z", z)
        return self.mean + self.spec._filter(self.params).propagate(self.state, shocks)

    def simulate(self, n_paths: int, horizon: int, seed: int = 0) -> Matrix:
        """Return (n_paths, horizon) returns with shocks drawn from the model's own law."""
        size = (_checks.count("n_paths", n_paths), _checks.count("horizon", horizon))
        return self.propagate(self.distribution.rvs(size, seed=seed))

    def resimulate(self, z: Matrix) -> Matrix:
        """Return the (n, T) returns that (n, T) shocks would have made of the estimation sample.

        The paths begin where the sample did, at its presample variance.
        """
        origin = self._lineage()[0]
        recursion = self.spec._filter(self.params)
        opening = recursion.open(variance_before(origin.presample, self.mean))
        return self.mean + recursion.propagate(opening, _checks.shocks("z", z))

    def variance_share(self) -> pd.Series:
        """Return how much of the next period's variance each past return accounts for.

        It is the share that would be missing had the shock of that date been zero. The shares sum
        to less than one where the model has a constant or still remembers its presample variance.
        """
        returns = pd.concat([fit.returns for fit in self._lineage()])
        recursion = self.spec._filter(self.params)
        opening = recursion.open(variance_before(self.presample, self.mean))
        shocks = returns.to_numpy(dtype=np.float64) - self.mean
        if isinstance(recursion, SharedOut):
            share = recursion.shares(self.state, shocks)
            return pd.Series(share, index=returns.index, name="weight")
        missing = np.empty(shocks.size)
        for t in range(shocks.size):
            without = shocks.copy()
            without[t] = 0.0
            missing[t] = self.state.variance - recursion.run(opening, without)[1].variance
        return pd.Series(missing / self.state.variance, index=returns.index, name="weight")

    def update(self, returns: pd.Series, realized: pd.Series | None = None) -> FilteredFit:
        """Return the fit moved on by new returns, parameters kept; `sigma` and `z` cover these.

        Raises
        ------
        InputError
            If a date does not lie after the last one used.
        """
        del realized  # a variance recursion is driven by the returns
        new = following(returns, self.as_of)
        sigma, z, state = paths(self.spec, self.params, new, self.state)
        return replace(self, returns=new, sigma=sigma, z=z, state=state, before=self)

    def __reduce__(
        self,
    ) -> tuple[Callable[[list[dict[str, Any]]], FilteredFit], tuple[list[dict[str, Any]]]]:
        # a chain of updates is stored link by link: nested, it would be as deep as it is long
        names = [field.name for field in fields(self) if field.name != "before"]
        links = [{name: getattr(fit, name) for name in names} for fit in self._lineage()]
        return _relinked, (links,)

    def _lineage(self) -> list[FilteredFit]:
        """Return the fit of the estimation and those that updates made of it, up to this one."""
        fits = [self]
        while (before := fits[-1].before) is not None:
            fits.append(before)
        return fits[::-1]

    def _is_bound(self, name: str) -> bool:
        """Return whether a constraint holds the parameter; beta gives way to the persistence."""
        held = self.diagnostics.on_bound
        return name in held or (name == "beta" and "persistence" in held)

    def _has_kink(self) -> bool:
        return isinstance(self.distribution, GED) and self.distribution.nu < 2.0

    def _reach(self) -> float:
        """Return how far the mean may move until a shock changes its sign, where that matters."""
        if not isinstance(self.spec._filter(self.params), Kinked):
            return float("inf")
        return float(np.abs(self.returns.to_numpy() - self.mean).min())

    def _contributions(self, values: Vector) -> Vector:
        """Return the log-likelihood of each return at other parameter values."""
        params = {name: float(v) for (name, _), v in zip(self.named, values, strict=True)}
        return contributions(self.spec, params, self.returns, self.presample)

    def __repr__(self) -> str:
        numbers = ", ".join(f"{name}={value:.6g}" for name, value in self.named)
        return (
            f"{self.spec!r} on {len(self.returns)} returns to {_checks.stamp(self.as_of)}"
            f"{': ' if numbers else ''}{numbers}"
        )


def _relinked(links: Links) -> FilteredFit:
    fit = FilteredFit(**links[0])
    for link in links[1:]:
        fit = FilteredFit(**link, before=fit)
    return fit


def filtered(
    spec: FilteredModel,
    params: Mapping[str, float],
    returns: pd.Series,
    presample: Presample,
    diagnostics: FitDiagnostics,
    *,
    estimated: bool = False,
    loglikelihood: float | None = None,
    hessian: Callable[[], Matrix] | None = None,
) -> FilteredFit:
    """Return the fit of `spec` to `returns` at `params`; the likelihood may be known already."""
    law = spec._law(params)
    opening = spec._filter(params).open(variance_before(presample, params.get("mu", 0.0)))
    sigma, z, state = paths(spec, params, returns, opening)
    if loglikelihood is None:
        loglikelihood = law.loglikelihood(z.to_numpy()) - float(np.log(sigma.to_numpy()).sum())
    return FilteredFit(
        spec=spec,
        named=tuple((name, float(value)) for name, value in params.items()),
        returns=returns,
        sigma=sigma,
        z=z,
        loglikelihood=loglikelihood,
        distribution=law,
        diagnostics=diagnostics,
        presample=presample,
        state=state,
        estimated=estimated,
        hessian=hessian,
    )


def _in_order(params: Mapping[str, float], names: list[str]) -> tuple[tuple[str, float], ...]:
    if set(params) != set(names):
        raise InputError(
            f"params: expected the names {', '.join(names) or '(none)'}, got "
            f"{', '.join(params) or '(none)'}; start from dict(fit.params)"
        )
    return tuple((name, _checks.real(name, params[name])) for name in names)
