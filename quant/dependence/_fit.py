"""The fit of every model whose correlation is a matrix recursion."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import pandas as pd

from quant import _checks
from quant._typing import CovarianceKind, Matrix
from quant.dependence import _matrices, _panel
from quant.dependence._recursion import MatrixRecursion
from quant.dependence.base import DependenceForecast, DependenceModel
from quant.errors import InputError
from quant.volatility._record import followed_by
from quant.volatility.base import FitDiagnostics


class FilteredModel(DependenceModel, Protocol):
    """A specification that turns parameters and a sample into a recursion and its first state."""

    def _opening(
        self, params: Mapping[str, float], sample: pd.DataFrame
    ) -> tuple[MatrixRecursion, Matrix]: ...

    def _loglikelihood(self, params: Mapping[str, float], sample: pd.DataFrame) -> float: ...

    def _covariance(self, fit: CorrelationFit, kind: CovarianceKind) -> Matrix: ...

    def _sigma(self, state: Matrix) -> Matrix: ...


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class CorrelationFit:
    """A panel filtered by one model under one set of parameters; see `DependenceFit`.

    Attributes
    ----------
    panel : DataFrame (T, N)
        The rows this fit covers: the sample, or after an update the new ones.
    recursion : MatrixRecursion
    start, state : ndarray (N, N)
        The matrix of the first row, and that of the period after the last; no path is kept.
    estimated : bool
        Whether the parameters come from the sample, or were given.
    sample : DataFrame
        The rows the parameters belong to.
    later : tuple of DataFrame
        The rows since then, by blocks.
    """

    spec: FilteredModel
    named: tuple[tuple[str, float], ...]
    panel: pd.DataFrame
    recursion: MatrixRecursion
    start: Matrix
    state: Matrix
    diagnostics: FitDiagnostics
    estimated: bool
    sample: pd.DataFrame
    later: tuple[pd.DataFrame, ...] = ()

    @property
    def params(self) -> Mapping[str, float]:
        """Parameters by name."""
        return dict(self.named)

    @property
    def assets(self) -> tuple[str, ...]:
        """Names of the N columns."""
        return tuple(self.panel.columns)

    @property
    def as_of(self) -> pd.Timestamp:
        """Last date that was used."""
        last: pd.Timestamp = self.panel.index[-1]
        return last

    @property
    def correlation(self) -> pd.DataFrame:
        """Correlation of the next period, (N, N)."""
        return self._labelled(_matrices.rescaled(self.state))

    @property
    def loglikelihood(self) -> float:
        """Log-likelihood of the estimation sample, as the model defines it."""
        return self.spec._loglikelihood(self.params, self.sample)

    def correlation_at(self, date: object) -> pd.DataFrame:
        """Return the correlation of one date as known one period before; O(t N^2).

        Raises
        ------
        InputError
            If the date is not one of the panel's.
        """
        rows, state = self.panel, self.start
        if date not in rows.index:
            rows = pd.concat((self.sample, *self.later))
            state = self.spec._opening(self.params, self.sample)[1]
        if date not in rows.index:
            raise InputError(
                f"date: expected one from {_checks.stamp(self.sample.index[0])} to "
                f"{_checks.stamp(self.as_of)} in the panel, got {_checks.stamp(date)}; "
                "`correlation` is that of the next period"
            )
        before = rows.to_numpy()[: rows.index.get_loc(date)]
        return self._labelled(_matrices.rescaled(self.recursion.run(state, before)))

    def param_cov(self, kind: CovarianceKind = "robust") -> pd.DataFrame:
        """Return the covariance of the estimates given the innovations, (k, k).

        Parameters
        ----------
        kind : {"robust", "hessian", "opg"}
            What the model's notes offer.

        Returns
        -------
        DataFrame (k, k)
            Zero rows and columns for parameters that were given, or are held by a bound.

        Notes
        -----
        The innovations are taken as observed: the error of the volatility parameters behind them
        (the first step of Engle and Sheppard 2001) is **not** included.
        """
        _checks.one_of("kind", kind, ("robust", "hessian", "opg"))
        names = [name for name, _ in self.named]
        covariance = np.zeros((len(names), len(names)))
        if self.estimated and names:
            covariance = self.spec._covariance(self._origin(), kind)
        return pd.DataFrame(covariance, index=names, columns=names)

    def at(self, params: Mapping[str, float]) -> CorrelationFit:
        """Return the same history filtered under other parameters, which are taken as given.

        Raises
        ------
        InputError
            If a name is missing or unknown, or the model is not defined under them.
        """
        names = [name for name, _ in self.named]
        if set(params) != set(names):
            raise InputError(
                f"params: expected the names {_listed(names)}, got {_listed(list(params))}; "
                "start from dict(fit.params)"
            )
        named = tuple((name, _checks.real(name, params[name])) for name in names)
        moved = filtered(self.spec, dict(named), self.sample, FitDiagnostics())
        if not self.later:
            return moved
        rows = np.concatenate([block.to_numpy() for block in self.later])
        cut = len(rows) - len(self.panel)
        start = moved.recursion.run(moved.state, rows[:cut])
        state = moved.recursion.run(start, rows[cut:])
        return replace(moved, panel=self.panel, start=start, state=state, later=self.later)

    def forecast(self, horizon: int = 1) -> DependenceForecast:
        """Return the correlations of the next `horizon` periods; see the model's notes."""
        steps = _checks.count("horizon", horizon)
        recursion = self.recursion
        fade = (recursion.a + recursion.b) ** np.arange(steps)[:, None, None]
        now, later = self.state, recursion.target
        if recursion.news == "row":  # E[x x'] is R, not Q: the correlations are iterated
            now, later = _matrices.rescaled(now), _matrices.rescaled(later)
        path = fade * now + (1.0 - fade) * later
        correlation = np.stack([_matrices.rescaled(matrix) for matrix in path])
        return DependenceForecast(
            as_of=self.as_of,
            assets=self.assets,
            correlation=_matrices.frozen(correlation),
            sigma=_matrices.frozen(np.tile(self.spec._sigma(self.state), (steps, 1))),
        )

    def update(self, panel: pd.DataFrame) -> CorrelationFit:
        """Return the fit moved on by new rows, parameters kept; O(new).

        Raises
        ------
        InputError
            If the assets differ, or a date does not lie after the last one used.
        """
        new = _panel.following(panel, self.assets, self.as_of)
        state = self.recursion.run(self.state, new.to_numpy())
        later = followed_by(self.later, new, pd.concat)
        return replace(self, panel=new, start=self.state, state=state, later=later)

    def _origin(self) -> CorrelationFit:
        """Return the fit as it was before any update."""
        if not self.later:
            return self
        given = (self.spec, self.params, self.sample, self.diagnostics)
        return filtered(*given, estimated=self.estimated)

    def _labelled(self, matrix: Matrix) -> pd.DataFrame:
        return pd.DataFrame(matrix, index=list(self.assets), columns=list(self.assets))

    def __repr__(self) -> str:
        rows, columns = self.panel.shape
        shown = ", ".join(f"{name}={value:.6g}" for name, value in self.named[:6])
        more = ", ..." if len(self.named) > 6 else ""
        return (
            f"{self.spec!r} on {rows} rows of {columns} assets to {_checks.stamp(self.as_of)}"
            f"{': ' if shown else ''}{shown}{more}"
        )


def filtered(
    spec: FilteredModel,
    params: Mapping[str, float],
    sample: pd.DataFrame,
    diagnostics: FitDiagnostics,
    *,
    estimated: bool = False,
) -> CorrelationFit:
    """Return the fit of `spec` to `sample` at `params`."""
    recursion, start = spec._opening(params, sample)
    return CorrelationFit(
        spec=spec,
        named=tuple((name, float(value)) for name, value in params.items()),
        panel=sample,
        recursion=recursion,
        start=start,
        state=recursion.run(start, sample.to_numpy()),
        diagnostics=diagnostics,
        estimated=estimated,
        sample=sample,
    )


def _listed(names: list[str]) -> str:
    return ", ".join(names[:6]) + (", ..." if len(names) > 6 else "") or "(none)"
