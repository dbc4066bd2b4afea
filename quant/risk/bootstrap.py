"""The error of an estimate, from samples that might have been."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Self

import pandas as pd

from quant import _checks
from quant._typing import Side
from quant.risk._block_job import ManyFitter
from quant.risk._redrawing import Redrawable, innovations_redrawn, redrawable
from quant.risk._resampling import default_block, resampled
from quant.risk._self_redrawn import SelfRedrawn
from quant.risk.base import LossForecast, RiskEstimator, RiskFit

__all__ = ["BootstrapRisk"]


@dataclass(frozen=True, slots=True)
class BootstrapRisk:
    r"""An estimator whose standard errors and intervals come from a bootstrap.

    The loss law, and every number read off it, is that of `estimator`. What a bootstrap adds is
    how far the number would move with another sample, estimation included.

    Parameters
    ----------
    estimator : RiskEstimator
        What forecasts.
    n_boot : int
        Samples drawn.
    seed : int
        Seed of the draws; the same draws serve every date and both sides.
    block : int or None
        Mean length of the blocks in which returns are resampled, for estimators without a
        volatility model; 1 takes them for independent, None is the cube root of their number.

    Raises
    ------
    InputError
        If the estimator filters by a volatility model that cannot be simulated from its own start
        (one driven by realised variances).

    Notes
    -----
    An estimator with a volatility model: innovations of the window, centred and scaled to variance
    1, are drawn with replacement; the fitted model turns them into a window of returns; it is
    estimated anew on these; its parameters are put to the *actual* returns, so that the forecast is
    made from where the market stands. A law fitted to innovations (a tail, an expansion) is fitted
    to the residuals of the replicate. A simulation reads its tail off innovations themselves, and
    of these a sample drawn with replacement holds nothing worse than the worst seen: percentiles of
    its ES would lie too low. There the innovations are those of a law that the actual ones leave
    open: ordered uniforms are drawn for their probabilities, quantiles run straight between them
    and as a Pareto tail of index 1/3 beyond (Hannig, Iyer, Lai and Lee 2016), as in the interval of
    `ES`; they keep the mean and the variance of the actual ones, because the error of the scale is
    that of the filter. A model without estimated parameters (a moving average) has its level
    redrawn instead: its filter is applied to redrawn innovations at the fitted volatilities.

    `CAViaR` and `JointVaRES` have losses over VaR drawn anew at each date, as for their own errors.
    Any other estimator is fitted to returns resampled in blocks of random length (the stationary
    bootstrap). Where its forecast hangs on the latest returns, they are resampled with the rest.

    Nothing is drawn before a standard error or an interval is asked for. Intervals are the
    percentiles of the replicates. `update` keeps the estimated parameters and so their replicates.
    Over several periods every replicate draws the same paths as the estimate: the error of the
    simulation itself, which `n_paths` makes as small as one likes, is not in it.

    References
    ----------
    Christoffersen and Goncalves (2005), Estimation risk in financial risk management, Journal of
    Risk 7, section 3. Pascual, Romo and Ruiz (2006), Bootstrap prediction for returns and
    volatilities in GARCH models, Computational Statistics and Data Analysis 50. Politis and Romano
    (1994), The stationary bootstrap, Journal of the American Statistical Association 89, section 2.

    Examples
    --------
    >>> import quant as q
    >>> returns = q.log_returns(q.load_sample("markets"))["SP500"].dropna()
    >>> risk = q.BootstrapRisk(estimator=q.HistoricalSimulation(window=500), n_boot=199)
    >>> estimate = q.ES(0.975)(risk.fit(returns).forecast(horizon=1, side="long"))
    >>> low, high = estimate.interval(0.9)
    >>> low < estimate.value < high
    True
    """

    estimator: RiskEstimator
    n_boot: int = 999
    seed: int = 0
    block: int | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "n_boot", _checks.count("n_boot", self.n_boot, 20))
        object.__setattr__(self, "seed", _checks.count("seed", self.seed, 0))
        if self.block is not None:
            object.__setattr__(self, "block", _checks.count("block", self.block))

    @property
    def window(self) -> int | None:
        """Periods the estimator looks back; None when it uses all."""
        return getattr(self.estimator, "window", None)

    def fit(self, returns: pd.Series, realized: pd.Series | None = None) -> BootstrapFit:
        """Fit the estimator; nothing is drawn yet.

        Parameters
        ----------
        returns : Series (T,)
            Log returns, decimal, per period.
        realized : Series (T,), optional
            Realised variances of the same dates, handed on to the estimator.
        """
        if realized is None:
            return self._around(self.estimator.fit(returns), returns)
        return self._around(self.estimator.fit(returns, realized), returns)

    def fit_many(self, pasts: Sequence[pd.Series]) -> Iterator[BootstrapFit]:
        """Yield the fit to each past; what `fit` returns, made together where that is faster."""
        if isinstance(self.estimator, ManyFitter):
            for inner, past in zip(self.estimator.fit_many(pasts), pasts, strict=True):
                yield self._around(inner, past)
        else:
            yield from map(self.fit, pasts)

    def _around(self, inner: RiskFit, returns: pd.Series) -> BootstrapFit:
        redrawable(self.estimator, inner)  # refuses now what could not be drawn later
        sample = returns if self.window is None else returns.iloc[-self.window :]
        return BootstrapFit(self, inner, inner, sample)


@dataclass(frozen=True, slots=True, eq=False)
class BootstrapFit:
    """A fit with the sample it was estimated on.

    Attributes
    ----------
    estimated : RiskFit
        The fit as it was estimated.
    inner : RiskFit
        The fit as updates moved it on.
    sample : Series (T,)
        Returns of the estimation and of the updates since.
    """

    spec: BootstrapRisk
    estimated: RiskFit
    inner: RiskFit = field(repr=False)
    sample: pd.Series = field(repr=False)

    def forecast(self, horizon: int = 1, side: Side = "long") -> LossForecast:
        """Return the law of the estimator, with what a bootstrap would have forecast."""
        forecast = self.inner.forecast(horizon, side)
        return replace(forecast, replicates=_Replicates(self, horizon, side))

    def update(self, returns: pd.Series, realized: pd.Series | None = None) -> Self:
        """Return the fit moved on by new returns, parameters and their replicates kept."""
        moved = (
            self.inner.update(returns) if realized is None else self.inner.update(returns, realized)
        )
        grown: pd.Series = pd.concat([self.sample, returns])
        return replace(self, inner=moved, sample=grown)


@dataclass(frozen=True, slots=True, eq=False)
class _Replicates:
    """The forecasts that other samples would have led to."""

    fit: BootstrapFit
    horizon: int
    side: Side

    def __call__(self) -> Iterator[LossForecast]:
        spec, now = self.fit.spec, self.fit.inner
        if isinstance(now, SelfRedrawn):
            yield from now.redrawn_forecasts(self.horizon, self.side, spec.n_boot, spec.seed)
            return
        for fit in self._fits():
            yield fit.forecast(self.horizon, self.side)

    def _fits(self) -> Iterator[RiskFit]:
        spec, now = self.fit.spec, self.fit.inner
        if redrawable(spec.estimator, now):
            estimated = self.fit.estimated
            assert isinstance(estimated, Redrawable)
            assert isinstance(now, Redrawable)
            yield from innovations_redrawn(estimated, now, self.fit.sample, spec.n_boot, spec.seed)
            return
        sample = self.fit.sample
        if spec.window is not None:
            sample = sample.iloc[-spec.window :]
        block = default_block(len(sample)) if spec.block is None else spec.block
        for drawn in resampled(sample, block, spec.n_boot, spec.seed):
            yield spec.estimator.fit(drawn)
