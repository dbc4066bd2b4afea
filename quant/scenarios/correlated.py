"""Joint scenarios from correlations that may move: DCC, CCC or EWMA, under a normal or t law."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Self

import numpy as np
import pandas as pd

from quant._typing import FloatArray, Matrix
from quant.dependence import _matrices
from quant.dependence._blas import one_blas_thread
from quant.dependence.base import CopulaModel, DependenceFit, DependenceModel
from quant.distributions import Normal, StudentT
from quant.errors import SpecError
from quant.risk.base import keep_draws, keep_window
from quant.scenarios import _drawn, _filters
from quant.scenarios._filters import Filters
from quant.scenarios.base import Scenarios
from quant.volatility.base import VolatilityModel

__all__ = ["CorrelatedScenarios"]


@dataclass(frozen=True, slots=True)
class CorrelatedScenarios:
    r"""Innovations of a multivariate law with the forecast correlation, each at its own volatility.

    .. math::
        r_{a,T+k} = \mu_a + \sigma_{a,T+k} z_{a,k}, \quad
        z_k = R_{T+k}^{1/2} x_k \sqrt{(\nu - 2) / \chi^2_\nu}

    with x independent normal and, under a normal law, no divisor.

    Parameters
    ----------
    volatility : VolatilityModel
        Fitted to every asset; each has its own parameters and its own path.
    correlation : DCC, CCC or EWMACovariance
        Fitted to the innovations of all assets together.
    distribution : Normal or StudentT
        Law of the vector of innovations. Under `StudentT` all assets share one divisor in every
        period, so that extremes come together; each asset alone is Student's t with the same nu.
    window : int or None
        Periods everything is fitted to; None uses all.
    n_paths : int
        Paths drawn, for every horizon.
    seed : int
        Seed of the draws; the same draws serve every date.

    Raises
    ------
    SpecError
        If `correlation` is a copula.

    Notes
    -----
    Volatilities answer to the shocks inside each path; correlations do not: step k of every path
    has the correlation forecast for it from today (`DependenceForecast`), which is exact one period
    ahead and for CCC, and under DCC leaves out how a path's own shocks move its correlations. The
    law a volatility model was fitted under gives its parameters only; for margins of their own use
    `CopulaScenarios`. DCC and CCC refuse innovations far from unit variance, such as those of a peg
    that broke; `EWMACovariance` and copulas take them. Standard errors of a measure are those of
    the draws: what estimation adds is not in them.

    References
    ----------
    Engle (2002), Dynamic conditional correlation, section 3. McNeil, Frey and Embrechts (2015),
    Quantitative Risk Management, sections 6.2 and 14.2.

    Examples
    --------
    Student's t makes the tail of the same correlations longer.

    >>> import quant as q
    >>> prices = q.load_sample("markets")[["SP500", "WTI"]]
    >>> joint = q.align_returns(q.log_returns(prices), how="intersection")
    >>> book = q.Account([q.Spot("SP500", 1.0), q.Spot("WTI", 40.0)])
    >>> def shortfall(law):
    ...     model = q.CorrelatedScenarios(q.EWMA(half_life=33), q.CCC(), distribution=law)
    ...     scenarios = model.fit(joint).forecast()
    ...     return q.ES(0.99)(book.loss(scenarios, prices.dropna().iloc[-1])).value
    >>> 1.2 < shortfall(q.StudentT(nu=4)) / shortfall(q.Normal()) < 1.5
    True
    """

    volatility: VolatilityModel
    correlation: DependenceModel
    distribution: Normal | StudentT = Normal()
    window: int | None = 1000
    n_paths: int = 10_000
    seed: int = 0

    def __post_init__(self) -> None:
        given: object = self.correlation
        if isinstance(given, CopulaModel):
            raise SpecError(
                f"correlation: expected DCC, CCC or EWMACovariance, got {given!r}; "
                "use CopulaScenarios"
            )
        keep_window(self, self.window)
        keep_draws(self, self.n_paths, self.seed)

    def fit(
        self, returns: pd.DataFrame, realized: pd.DataFrame | None = None
    ) -> CorrelatedScenariosFit:
        """Fit the volatilities to the window, then the correlation to their innovations.

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
            asset, or assets that others explain wholly.
        InsufficientDataError
            If the window is longer than the history, or too short for the models.
        """
        name = type(self).__name__
        filters = _filters.fitted(self.volatility, returns, realized, self.window, name)
        return CorrelatedScenariosFit(self, filters, self.correlation.fit(filters.z))


@dataclass(frozen=True, slots=True, eq=False)
class CorrelatedScenariosFit:
    """Fitted volatilities and the fitted correlation of their innovations.

    Attributes
    ----------
    spec : CorrelatedScenarios
    filters : Filters
        A volatility fit per asset and the innovations (W, N).
    dependence : DependenceFit
    """

    spec: CorrelatedScenarios
    filters: Filters
    dependence: DependenceFit = field(repr=False)

    def forecast(self, horizon: int = 1) -> Scenarios:
        """Return joint moves over the next `horizon` periods."""
        n_paths = self.spec.n_paths
        return _drawn.summed(self.filters, self.paths(horizon), horizon, n_paths, n_paths)

    def paths(self, horizon: int = 1) -> Iterator[FloatArray]:
        """Yield the rows of the forecast step by step, in blocks (s, horizon, N), s <= 256."""
        roots = _roots(self.dependence, self.filters.steps(horizon))
        shocks = partial(_shocks, self.spec.distribution, roots)
        return _drawn.blocks(self.filters, shocks, self.spec.n_paths, self.spec.seed)

    def update(self, returns: pd.DataFrame, realized: pd.DataFrame | None = None) -> Self:
        """Return the fit moved on by new rows, parameters kept, those of the correlation too."""
        filters = self.filters.update(returns, realized, self.spec.window)
        new = pd.concat([fit.z for fit in filters.fits], axis=1, keys=filters.assets)
        return type(self)(self.spec, filters, self.dependence.update(new))


@one_blas_thread()
def _roots(dependence: DependenceFit, horizon: int) -> list[Matrix]:
    """Return the symmetric root of the correlation of each future period."""
    ahead = dependence.forecast(horizon).correlation
    return [_matrices.root(_matrices.semidefinite("correlation", each)) for each in ahead]


def _shocks(law: Normal | StudentT, roots: list[Matrix], size: int, seed: int) -> FloatArray:
    generator = np.random.default_rng(seed)
    shocks = np.empty((size, len(roots), len(roots[0])))
    for k, root in enumerate(roots):
        shocks[:, k] = generator.standard_normal((size, len(root))) @ root
    if isinstance(law, StudentT):
        divisors = generator.chisquare(law.nu, (size, len(roots), 1))
        shocks *= np.sqrt((law.nu - 2.0) / divisors)
    return shocks
