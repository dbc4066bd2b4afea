"""Samples that a fitted volatility model might have made, and what it estimates on them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, Self, cast, runtime_checkable

import numpy as np
import pandas as pd

from quant._typing import Matrix, Vector
from quant.errors import ConvergenceError, InputError
from quant.risk._possible_samples import possible_sample
from quant.risk._refits import WindowFitter
from quant.risk._resampling import blocks_of_rows
from quant.risk.base import RiskEstimator, RiskFit
from quant.volatility.base import VolatilityFit, VolatilityModel

# Windows fitted in one call; where one of them fails, so many are fitted one by one.
_TOGETHER = 64


@runtime_checkable
class Resimulated(Protocol):
    """A volatility fit that can make other samples from where its own began."""

    @property
    def driven_by_returns(self) -> bool:
        """Whether returns alone move the variance."""
        ...

    def resimulate(self, z: Matrix) -> Matrix:
        """Return the (n, T) returns that (n, T) shocks would have made of the sample."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Redrawn:
    """What another sample would have shown, not dated: no innovation here is one of the past.

    Attributes
    ----------
    volatility : VolatilityFit
        At the present state, under the parameters estimated on the redrawn sample.
    residuals : Series (T,)
        What that estimation left, for what is estimated on them in turn.
    possible : Series (T,)
        Innovations of a law that those of the actual sample may have come from, with their mean and
        variance, for forecasts that read their tail off the innovations themselves. A sample drawn
        with replacement from the actual one holds nothing worse than its worst.
    """

    volatility: VolatilityFit
    residuals: pd.Series
    possible: pd.Series


@runtime_checkable
class Redrawable(RiskFit, Protocol):
    """A fit that stands on a volatility model and innovations, both of which can be replaced."""

    @property
    def volatility(self) -> VolatilityFit:
        """The fitted volatility model."""
        ...

    def redrawn(self, drawn: Redrawn) -> Self:
        """Return the fit another sample would have given."""
        ...


def redrawable(estimator: RiskEstimator, fit: RiskFit) -> bool:
    """Say whether samples of a fit come from its volatility model, or from returns alone.

    A fit whose samples can be made from neither is refused.
    """
    if getattr(estimator, "volatility", None) is None:
        return False
    if not isinstance(fit, Redrawable):
        raise InputError(
            f"estimator: expected one whose innovations can be drawn anew, got {estimator!r}; use "
            "FilteredHistoricalSimulation or ParametricRisk with the same volatility"
        )
    volatility = fit.volatility
    if not (isinstance(volatility, Resimulated) and volatility.driven_by_returns):
        raise InputError(
            "estimator: expected a volatility driven by returns alone, got "
            f"{fit.volatility.spec!r}; its realised variances cannot be drawn anew: use GARCH or "
            "an average of returns"
        )
    return True


def innovations_redrawn(
    estimated: Redrawable, now: Redrawable, returns: pd.Series, n_boot: int, seed: int
) -> Iterator[RiskFit]:
    """Yield the fit, at the present state, that each redrawn sample would have led to.

    `estimated` is the fit of the estimation sample, `now` the one that updates made of it, and
    `returns` are those of the sample and of the updates.
    """
    z = estimated.volatility.z.to_numpy(dtype=np.float64)
    centre, spread = float(z.mean()), float(z.std())
    samples = _samples(estimated.volatility, (z - centre) / spread, n_boot, seed)
    dates = returns.index[: z.size]
    if estimated.volatility.params:
        moved = _at_parameters(now.volatility, samples, dates)
    else:
        moved = _at_level(estimated.volatility, samples, returns, dates)
    # draws of their own: those of the samples stay what they are without them
    generator = np.random.default_rng((seed, 1))
    for volatility, shocks in moved:
        residuals = pd.Series(centre + spread * shocks, name="z")
        # their scale is the filter's, which has erred already: a law of another variance would err
        # twice, and the tail beyond the worst would make every path wider
        law = possible_sample(z, generator)
        possible = pd.Series(centre + spread * (law - law.mean()) / law.std(), name="z")
        yield now.redrawn(Redrawn(volatility, residuals, possible))


def _samples(fit: VolatilityFit, z: Vector, n_boot: int, seed: int) -> Iterator[Matrix]:
    """Yield blocks of samples (n, T); a moving average has its level redrawn, not its path.

    Simulated under itself, a moving average is the true filter, without any error; and it dies out.
    """
    generator = np.random.default_rng(seed)
    sigma, mean = fit.sigma.to_numpy(dtype=np.float64), fit.forecast(1).mean
    for size in blocks_of_rows(n_boot):
        shocks = z[generator.integers(0, z.size, size=(size, z.size))]
        if not fit.params:
            yield mean + sigma * shocks
            continue
        assert isinstance(fit, Resimulated)
        yield fit.resimulate(shocks)


def _at_parameters(
    now: VolatilityFit, samples: Iterator[Matrix], dates: pd.Index
) -> Iterator[tuple[VolatilityFit, Vector]]:
    for refit in _refits(now.spec, samples, dates):
        yield now.at(refit.params), refit.z.to_numpy()


def _at_level(
    fit: VolatilityFit, samples: Iterator[Matrix], returns: pd.Series, dates: pd.Index
) -> Iterator[tuple[VolatilityFit, Vector]]:
    """Scale the actual returns until the filter stands where it would have on each sample."""
    ends = [
        (float(refit.forecast(1).sigma[0]), refit.z.to_numpy())
        for refit in _refits(fit.spec, samples, dates)
    ]
    usual = float(np.sqrt(np.mean([sigma**2 for sigma, _ in ends])))
    for sigma, z in ends:
        scaled = sigma / usual * returns
        volatility = fit.spec.fit(scaled.iloc[: len(dates)])
        if len(scaled) > len(dates):
            volatility = volatility.update(scaled.iloc[len(dates) :])
        yield volatility, z


def _refits(
    model: VolatilityModel, samples: Iterator[Matrix], dates: pd.Index
) -> Iterator[VolatilityFit]:
    for block in samples:
        windows = [pd.Series(row, index=dates, copy=False) for row in block]
        for start in range(0, len(windows), _TOGETHER):
            yield from _fitted(model, windows[start : start + _TOGETHER])


def _fitted(model: VolatilityModel, windows: Sequence[pd.Series]) -> Sequence[VolatilityFit]:
    if isinstance(model, WindowFitter):
        try:
            return model.fit_windows(windows)
        except ConvergenceError:  # of one of them: the others are what they were
            pass
    return [_best(model, window) for window in windows]


def _best(model: VolatilityModel, window: pd.Series) -> VolatilityFit:
    """Return the fit, or the best the optimiser saw: a sample left out would bias the rest."""
    try:
        return model.fit(window)
    except ConvergenceError as error:
        if error.best is None:
            raise
        return cast(VolatilityFit, error.best)
