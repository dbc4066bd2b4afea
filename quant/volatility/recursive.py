"""The base of a user's own volatility model: name the parameters, write the recursion."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping

import numpy as np
import pandas as pd

from quant._typing import Vector
from quant.distributions import Normal
from quant.distributions.base import InnovationLaw
from quant.errors import ConvergenceError, InputError, SpecError
from quant.volatility._dynamics import contributions
from quant.volatility._filtered import FilteredOrigin, filtered
from quant.volatility._fit import Fit, estimated
from quant.volatility._maximise import Bounds, maximise
from quant.volatility._observations import usable
from quant.volatility._own_recursion import OwnRecursion
from quant.volatility._record import Sample
from quant.volatility.base import FitDiagnostics

__all__ = ["RecursiveModel"]

_MINIMUM = 50


class RecursiveModel(ABC):
    r"""A volatility model given by its variance recursion.

    A subclass, a frozen dataclass, defines `parameters` and `variance_path`; estimation by
    Gaussian quasi-likelihood with zero mean, standard errors, filtering, updating, forecasting and
    simulation follow. A third method, `next_variance`, is optional and makes what runs over many
    paths fast.

    .. math:: \ell = -\tfrac12 \sum_t \left[\ln 2\pi + \ln h_t + r_t^2 / h_t\right]

    Notes
    -----
    `forecast` beyond one period is the mean variance of 2,000 simulated paths, always the same
    ones. Without `next_variance` every distinct path prefix costs one call of `variance_path` on
    the whole history, and a question that needs more than 20,000 of them is refused.

    If `variance_path` starts from a statistic of the returns it is handed, such as their standard
    deviation, the start moves a little whenever returns are added by `update`.

    References
    ----------
    Bollerslev and Wooldridge (1992), Quasi-maximum likelihood estimation and inference in dynamic
    models with time-varying covariances, section 2.

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> @dataclass(frozen=True, slots=True)
    ... class Smoothed(RecursiveModel):
    ...     def parameters(self, scale):
    ...         return (("decay", 0.9, (0.5, 0.999)),)
    ...
    ...     def variance_path(self, params, r):
    ...         (decay,) = params
    ...         h = np.full(len(r) + 1, r[:20].var())
    ...         for t, x in enumerate(r):
    ...             h[t + 1] = decay * h[t] + (1 - decay) * x**2
    ...         return h
    >>> returns = pd.Series(0.01 * Normal().rvs(200, seed=1))
    >>> fit = Smoothed().fit(returns)
    >>> list(fit.params), len(fit.sigma)
    (['decay'], 200)
    """

    __slots__ = ()

    @abstractmethod
    def parameters(self, scale: float) -> tuple[tuple[str, float, Bounds], ...]:
        """Return (name, start, (low, high)) of each parameter.

        `scale` is the root mean square of the returns: parameters with the unit of a return take
        their start and bounds from it.
        """

    @abstractmethod
    def variance_path(self, params: tuple[float, ...], r: Vector) -> Vector:
        """Return the (T + 1,) variances of returns `r` (T,) and of the period after them.

        Entry t may use r[:t] only.
        """

    def next_variance(self, params: tuple[float, ...], variance: Vector, r: Vector) -> Vector:
        """Return the (n,) variances that follow (n,) variances and (n,) returns, path by path."""
        del params, variance, r
        raise NotImplementedError

    def fit(self, returns: pd.Series, realized: pd.Series | None = None) -> Fit:
        """Estimate by Gaussian quasi-likelihood on log returns (T,), decimal, per period.

        Raises
        ------
        InputError
            If returns are not finite, ascending, of one asset, or do not vary.
        InsufficientDataError
            If there are fewer than 50.
        SpecError
            If the methods do not keep to their description.
        ConvergenceError
            If no start leads to a maximum; `best` carries the best fit.
        """
        del realized  # has no place in this model
        data = usable(returns, _MINIMUM, type(self).__name__)
        values = data.to_numpy()
        names, start, bounds = self._declared(float(np.sqrt(np.mean(values**2))))

        origin, sample = FilteredOrigin(self, 0.0), Sample(data)

        def loglikelihood(point: Vector) -> float:
            params = dict(zip(names, point.tolist(), strict=True))
            try:
                return float(contributions(origin, params, sample).sum())
            except InputError as error:
                if isinstance(error, SpecError):
                    raise
                return -np.inf  # no variance there: the optimiser turns back

        found = maximise(loglikelihood, start, bounds)
        params = dict(zip(names, found.point.tolist(), strict=True))
        diagnostics = FitDiagnostics(
            converged=found.converged,
            iterations=found.iterations,
            message=found.message,
            on_bound=tuple(
                name
                for name, value, (low, high) in zip(names, found.point, bounds, strict=True)
                if min(value - low, high - value) <= 1e-7 * (high - low)
            ),
            zero_share=float(np.mean(values == 0.0)),
            modes=found.modes,
        )
        fit = estimated(filtered(self, params, data, 0.0, diagnostics))
        self._filter(params).check_step(values, fit.sigma.to_numpy() ** 2)
        if not found.converged:
            raise ConvergenceError(
                f"fit: expected {self!r} to converge on {len(data)} returns, got "
                f"{found.message!r}; narrow the bounds or move the starting values",
                best=fit,
            )
        return fit

    def _declared(self, scale: float) -> tuple[list[str], Vector, list[Bounds]]:
        declared = self.parameters(scale)
        for name, start, (low, high) in declared:
            if not (np.isfinite([low, high]).all() and low < high and low <= start <= high):
                raise SpecError(
                    f"parameters: expected finite bounds around the start of {name!r}, got "
                    f"{start:g} in ({low:g}, {high:g}); correct {type(self).__name__}.parameters"
                )
        names = [name for name, _, _ in declared]
        if not names or len(set(names)) < len(names):
            raise SpecError(
                f"parameters: expected distinct names, got {', '.join(names) or 'none'}; "
                f"correct {type(self).__name__}.parameters"
            )
        return names, np.array([s for _, s, _ in declared]), [b for _, _, b in declared]

    def _filter(self, params: Mapping[str, float]) -> OwnRecursion:
        stepwise = type(self).next_variance is not RecursiveModel.next_variance
        return OwnRecursion(self, tuple(params.values()), stepwise)

    def _law(self, params: Mapping[str, float]) -> InnovationLaw:
        del params
        return Normal()
