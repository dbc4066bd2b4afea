"""Joint scenarios from a copula and a law for each asset alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Literal, Self, TypeAlias

import numpy as np
import pandas as pd

from quant import _checks
from quant._typing import FloatArray, Vector
from quant.dependence.base import CopulaFit, CopulaModel
from quant.distributions.base import InnovationLaw
from quant.errors import SpecError
from quant.risk.base import keep_draws, keep_window
from quant.scenarios import _drawn, _filters
from quant.scenarios._filters import Filters
from quant.scenarios.base import Scenarios
from quant.volatility.base import VolatilityModel

__all__ = ["CopulaScenarios"]

Quantile: TypeAlias = Callable[[FloatArray], FloatArray]

_INSIDE = (np.finfo(np.float64).tiny, 1.0 - np.finfo(np.float64).epsneg)


@dataclass(frozen=True, slots=True)
class CopulaScenarios:
    r"""Innovations tied together by a copula, each with its own law and its own volatility.

    .. math::
        r_{a,T+k} = \mu_a + \sigma_{a,T+k} F_a^{-1}(u_{a,k}), \quad u_k \sim C

    Parameters
    ----------
    volatility : VolatilityModel
        Fitted to every asset; each has its own parameters and its own path.
    copula : GaussianCopula or StudentTCopula
        Fitted to the innovations of all assets together; it stays the same over the horizon.
    marginals : {"residuals", "fitted"} or law
        Law of each innovation. ``"residuals"``: those of the window, as they are, so that no draw
        lies beyond the largest seen. ``"fitted"``: the law each volatility model was estimated
        under. Or one law of mean 0 and variance 1 for all assets.
    window : int or None
        Periods everything is fitted to; None uses all.
    n_paths : int
        Paths drawn, for every horizon.
    seed : int
        Seed of the draws; the same draws serve every date.

    Raises
    ------
    SpecError
        If `copula` is a model of correlations.

    Notes
    -----
    Shocks of one period are independent of those of the next; volatilities answer to them inside
    each path. A copula with ``margins="ranks"`` sees ranks of the innovations; with ``"uniforms"``
    their probabilities under the marginals, which must then fit. A Gaussian copula has no tail
    dependence: with it, crashes of several assets at once are rarer than they are. Standard errors
    of a measure leave out what estimation adds.

    References
    ----------
    McNeil, Frey and Embrechts (2015), Quantitative Risk Management, sections 7.1, 7.5 and 14.2.
    Jondeau and Rockinger (2006), The copula-GARCH model of conditional dependencies, section 2.

    Examples
    --------
    >>> import quant as q
    >>> prices = q.load_sample("markets")[["SP500", "WTI"]]
    >>> joint = q.align_returns(q.log_returns(prices), how="intersection")
    >>> model = q.CopulaScenarios(q.EWMA(half_life=33), q.StudentTCopula(nu=4.0))
    >>> fit = model.fit(joint)
    >>> f"{fit.copula.tail_dependence().loc['SP500', 'WTI']:.2f}"
    '0.15'
    >>> fit.forecast(horizon=2)
    Scenarios(10000 rows x 2 assets, horizon=2, as_of=2018-12-28)
    """

    volatility: VolatilityModel
    copula: CopulaModel
    marginals: InnovationLaw | Literal["residuals", "fitted"] = "residuals"
    window: int | None = 1000
    n_paths: int = 10_000
    seed: int = 0

    def __post_init__(self) -> None:
        if not isinstance(self.copula, CopulaModel):
            raise SpecError(
                f"copula: expected GaussianCopula or StudentTCopula, got {self.copula!r}; "
                "use CorrelatedScenarios"
            )
        if isinstance(self.marginals, str):
            _checks.one_of("marginals", self.marginals, ("residuals", "fitted"))
        keep_window(self, self.window)
        keep_draws(self, self.n_paths, self.seed)

    def fit(
        self, returns: pd.DataFrame, realized: pd.DataFrame | None = None
    ) -> CopulaScenariosFit:
        """Fit the volatilities to the window, then the copula to their innovations.

        Parameters
        ----------
        returns : DataFrame (T, N)
            Log returns, decimal, per period, without blanks; at least two assets.
        realized : DataFrame (T, N), optional
            Realised variances of the same dates, for models that are driven by them.

        Raises
        ------
        InputError
            If the panel holds a blank (`align_returns`, `proxy_returns`), unsorted dates, a single
            asset, or the correlation of the copula is not positive definite.
        InsufficientDataError
            If the window is longer than the history, or too short for the models.
        """
        name = type(self).__name__
        filters = _filters.fitted(self.volatility, returns, realized, self.window, name)
        seen = filters.z
        if self.copula.margins == "uniforms":
            seen = self._uniforms(filters)
        return CopulaScenariosFit(self, filters, self.copula.fit(seen))

    def _uniforms(self, filters: Filters) -> pd.DataFrame:
        """Return the innovations' probabilities under their marginals."""
        z = filters.z
        if self.marginals == "residuals":
            return z.rank() / (len(z) + 1.0)
        uniforms = {
            name: np.clip(self._law(fit.distribution).cdf(z[name].to_numpy()), *_INSIDE)
            for name, fit in zip(filters.assets, filters.fits, strict=True)
        }
        return pd.DataFrame(uniforms, index=z.index)

    def _quantile(self, fitted: InnovationLaw, z: Vector) -> Quantile:
        if self.marginals == "residuals":
            return partial(_seen, np.sort(z))
        return self._law(fitted).ppf

    def _law(self, fitted: InnovationLaw) -> InnovationLaw:
        return fitted if isinstance(self.marginals, str) else self.marginals


@dataclass(frozen=True, slots=True, eq=False)
class CopulaScenariosFit:
    """Fitted volatilities and the fitted copula of their innovations.

    Attributes
    ----------
    spec : CopulaScenarios
    filters : Filters
        A volatility fit per asset and the innovations (W, N).
    copula : CopulaFit
    """

    spec: CopulaScenarios
    filters: Filters
    copula: CopulaFit = field(repr=False)

    def forecast(self, horizon: int = 1) -> Scenarios:
        """Return joint moves over the next `horizon` periods."""
        n_paths = self.spec.n_paths
        paths = self.paths(horizon)
        # innovations of the window, not paths, are what there is to know of the tail of an asset
        seen = self.spec.marginals == "residuals"
        n_obs = len(self.filters.z) // horizon if seen else n_paths
        settled = self.copula.diagnostics.converged
        return _drawn.summed(self.filters, paths, horizon, n_paths, n_obs, converged=settled)

    def paths(self, horizon: int = 1) -> Iterator[FloatArray]:
        """Yield the rows of the forecast step by step, in blocks (s, horizon, N), s <= 256."""
        z = self.filters.z.to_numpy()
        quantiles = [
            self.spec._quantile(fit.distribution, z[:, j])
            for j, fit in enumerate(self.filters.fits)
        ]
        shocks = partial(_shocks, self.copula, quantiles, self.filters.steps(horizon))
        return _drawn.blocks(self.filters, shocks, self.spec.n_paths, self.spec.seed)

    def update(self, returns: pd.DataFrame, realized: pd.DataFrame | None = None) -> Self:
        """Return the fit moved on by new rows; volatility parameters and copula are kept."""
        filters = self.filters.update(returns, realized, self.spec.window)
        return type(self)(self.spec, filters, self.copula)


def _seen(ranked: Vector, uniforms: FloatArray) -> FloatArray:
    """Return the innovation at each level, of innovations in ascending order."""
    return np.asarray(ranked[(uniforms * ranked.size).astype(np.int64)])


def _shocks(
    copula: CopulaFit, quantiles: Sequence[Quantile], horizon: int, size: int, seed: int
) -> FloatArray:
    uniforms = copula.sample(size * horizon, seed=seed).reshape(size, horizon, len(quantiles))
    shocks = np.empty_like(uniforms)
    for j, quantile in enumerate(quantiles):
        shocks[:, :, j] = quantile(uniforms[:, :, j])
    return shocks
