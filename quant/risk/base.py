"""The hub of the layer: estimators forecast a loss distribution, measures read a number off it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol, Self

import numpy as np
import pandas as pd

from quant import _checks
from quant._typing import Side, Vector
from quant.distributions.base import Distribution
from quant.errors import InputError, InsufficientDataError
from quant.risk._estimation_error import EstimationError

__all__ = ["LossForecast", "Measure", "RiskEstimate", "RiskEstimator"]


@dataclass(frozen=True, slots=True, eq=False)
class LossForecast:
    """The distribution of a loss over the periods after `as_of`.

    Attributes
    ----------
    loss : Distribution
        Losses are positive; an `Empirical` law when the forecast is a set of scenarios.
    unit : str
        ``"fraction"`` of the position's value, or the currency of an account.
    as_of : pandas.Timestamp or None
        Last date whose data was used.
    horizon : int
        Periods the loss runs over.
    n_obs : int
        Independent draws behind a sample: dates of a historical law and innovations of a filtered
        one, divided by the horizon; paths of a law drawn from a model.
    side : {"long", "short"} or None
    labels : pandas.Index (S,) or None
        Date or path of each scenario, in the order of the law's sample.
    parts : pandas.DataFrame (S, positions) or None
        Loss of each position in each scenario; rows sum to the loss.
    parameter_error : EstimationError or None
        Present when the law depends on estimated parameters.
    variance_share : callable or None
        Returns the share of each past date in the variance behind a parametric law.
    driver_dates : callable or None
        Turns weights of the scenarios into weights of the dates they were made of.
    periods : int or None
        Past periods the law was estimated on, where these are not what `n_obs` counts: a law of
        simulated paths.
    replicates : callable or None
        Returns what a bootstrap would have forecast, one after the other: standard errors and
        intervals are then theirs. Nothing is drawn before one is asked for.
    mean_variance : callable or None
        Returns the sampling variance of the mean over the scenarios of one number each (S,), where
        scenarios share what they were drawn from and `n_obs` cannot say it.
    interval_of : callable or None
        Returns the interval of a measure at a confidence, where neither the law nor the error of
        its parameters tells it.
    std_error_of : callable or None
        Returns the standard error of a measure, where it is not told by these either.
    converged : bool
        Whether the search for the parameters came to rest where another one did.
    """

    loss: Distribution
    unit: str = "fraction"
    as_of: pd.Timestamp | None = None
    horizon: int = 1
    n_obs: int = 0
    side: Side | None = None
    labels: pd.Index | None = None
    parts: pd.DataFrame | None = None
    parameter_error: EstimationError | None = None
    variance_share: Callable[[], pd.Series] | None = None
    driver_dates: Callable[[Vector], pd.Series] | None = None
    periods: int | None = None
    replicates: Callable[[], Iterator[LossForecast]] | None = None
    mean_variance: Callable[[Vector], float] | None = None
    interval_of: Callable[[Measure, float], tuple[float, float]] | None = None
    std_error_of: Callable[[Measure], float] | None = None
    converged: bool = True

    def __repr__(self) -> str:
        facts = [f"{type(self.loss).__name__}", f"horizon={self.horizon}", f"unit={self.unit}"]
        if self.side is not None:
            facts.append(f"side={self.side}")
        if self.as_of is not None:
            facts.append(f"as_of={_checks.stamp(self.as_of)}")
        return f"LossForecast({', '.join(facts)}, n_obs={self.n_obs})"


@dataclass(frozen=True, slots=True, eq=False)
class RiskEstimate:
    """A measure of a loss forecast: the number and what stands behind it.

    Attributes
    ----------
    value : float
        In the unit of the forecast; the estimate also formats and converts as this number.
    measure : Measure
    forecast : LossForecast
    components : pandas.Series or None
        Contributions of the positions, summing to `value`, when the forecast knows its parts.
    beyond_max_move : float
        Probability of a move beyond the measure's `max_move`, counted as a move of that size.
    share_beyond : float
        Share of `value` that those moves contribute.
    extrapolated : bool
        Whether the number lies beyond the past it was estimated on: of as many independent
        observations, weights and overlap counted, fewer than one is expected past the level. The
        form of the tail then comes from the model and not from the data.
    """

    value: float
    measure: Measure
    forecast: LossForecast
    components: pd.Series | None = None
    beyond_max_move: float = 0.0
    share_beyond: float = 0.0
    extrapolated: bool = False

    @property
    def as_of(self) -> pd.Timestamp | None:
        """Last date whose data was used."""
        return self.forecast.as_of

    @property
    def std_error(self) -> float:
        """Standard error of `value`: of its bootstrap, else what the measure says it covers."""
        if self.forecast.replicates is not None:
            return float(np.std(self._replicated(self.forecast.replicates), ddof=1))
        if self.forecast.std_error_of is not None:
            return self.forecast.std_error_of(self.measure)
        return self.measure.std_error(self.forecast)

    def interval(self, confidence: float = 0.95) -> tuple[float, float]:
        """Return a two-sided confidence interval: bootstrap percentiles, else the measure's own."""
        inside = _checks.level(confidence, "confidence")
        if self.forecast.replicates is None:
            if self.forecast.interval_of is not None:
                return self.forecast.interval_of(self.measure, inside)
            return self.measure.interval(self.forecast, inside)
        values = self._replicated(self.forecast.replicates)
        if values.size * (1.0 - inside) < 2.0 - 1e-9:
            raise InsufficientDataError(
                f"confidence: expected at most {1.0 - 2.0 / values.size:g} with {values.size} "
                f"replicates, got {inside:g}; raise n_boot"
            )
        low, high = np.quantile(values, [0.5 - 0.5 * inside, 0.5 + 0.5 * inside])
        return float(low), float(high)

    def _replicated(self, replicates: Callable[[], Iterator[LossForecast]]) -> Vector:
        return np.array([self.measure(forecast).value for forecast in replicates()])

    @property
    def drivers(self) -> pd.Series:
        """Scenarios that set the number, with their weights; empty for a parametric law."""
        return self.measure.drivers(self.forecast)

    def __float__(self) -> float:
        return self.value

    def __format__(self, spec: str) -> str:
        return format(self.value, spec)

    def __repr__(self) -> str:
        beyond = ""
        if self.share_beyond > 0.0:
            beyond = f", {self.share_beyond:.2%} of it from moves beyond max_move"
        if self.extrapolated:
            beyond += ", extrapolated"
        if not self.forecast.converged:
            beyond += ", not converged"
        return f"RiskEstimate({self.measure!r} = {self.value:.6g} {self.forecast.unit}{beyond})"


class Measure(Protocol):
    """A function from a loss forecast to a number, with its sampling error and its drivers."""

    @property
    def level(self) -> float:
        """Confidence in (0, 1)."""
        ...

    def __call__(self, forecast: LossForecast) -> RiskEstimate:
        """Return the number and what stands behind it."""
        ...

    def std_error(self, forecast: LossForecast) -> float:
        """Return the standard error of the number."""
        ...

    def interval(self, forecast: LossForecast, confidence: float) -> tuple[float, float]:
        """Return a two-sided confidence interval."""
        ...

    def drivers(self, forecast: LossForecast) -> pd.Series:
        """Return what sets the number, with weights."""
        ...


class RiskFit(Protocol):
    """An estimator with its data: what forecasts losses."""

    def forecast(self, horizon: int = 1, side: Side = "long") -> LossForecast:
        """Return the law of the loss of the next `horizon` periods on one side."""
        ...

    def update(self, returns: pd.Series, realized: pd.Series | None = None) -> Self:
        """Return the fit moved on by new returns, estimated parameters kept."""
        ...


class RiskEstimator(Protocol):
    """A frozen specification that turns the returns of one asset into loss forecasts."""

    def fit(self, returns: pd.Series, realized: pd.Series | None = None) -> RiskFit:
        """Estimate on log returns, decimal, per period; only the past is handed in.

        `realized` holds the realised variances of the same dates, for volatility models driven by
        them. It is handed in only where the caller has it.
        """
        ...


def keep_window(spec: object, window: int | None) -> None:
    """Store the window of a specification: at least 2 periods, or None for all there are."""
    if window is not None:
        object.__setattr__(spec, "window", _checks.count("window", window, 2))


def keep_draws(spec: object, n_paths: int, seed: int) -> None:
    """Store what a specification draws: at least 100 paths, from a seed."""
    object.__setattr__(spec, "n_paths", _checks.count("n_paths", n_paths, 100))
    object.__setattr__(spec, "seed", _checks.count("seed", seed, 0))


def estimation_window(returns: pd.Series, window: int | None, who: str) -> pd.Series:
    """Return the last `window` returns; too few, no variation, or prices, are refused."""
    _checks.returns(returns)
    if window is not None and len(returns) < window:
        raise InsufficientDataError(
            f"window: expected at most the {len(returns)} returns there are, got {window} "
            f"in {who}; shorten the window or lengthen the history"
        )
    kept = returns if window is None else returns.iloc[-window:]
    r = kept.to_numpy(dtype=np.float64)
    if np.ptp(r) == 0.0:
        raise InputError(
            f"returns: expected variation, got the constant {r[0]:g} from "
            f"{_checks.stamp(kept.index[0])} to {_checks.stamp(kept.index[-1])}; "
            "a constant series carries no risk estimate"
        )
    _checks.not_prices("returns", r)
    return kept


def realized_window(
    returns: pd.Series, realized: pd.Series | None, kept: pd.Series
) -> pd.Series | None:
    """Return the realised variances of the returns kept, when there are any."""
    return None if realized is None else _checks.realized(returns, realized).iloc[-len(kept) :]


def append_returns(past: pd.Series, returns: pd.Series) -> pd.Series:
    """Return past and new returns in one series."""
    joined: pd.Series = pd.concat([past, _checks.later(returns, past.index[-1])])
    return joined


def window_moved_on(past: pd.Series, returns: pd.Series, window: int | None) -> pd.Series:
    """Return the last `window` of past and new returns, or all of them."""
    joined = append_returns(past, returns)
    return joined if window is None else joined.iloc[-window:]
