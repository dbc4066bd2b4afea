"""A weight on a stressed period, in the place that is named."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from quant import _checks
from quant._typing import Vector
from quant.distributions.base import Distribution
from quant.distributions.empirical import Empirical
from quant.errors import InputError, InsufficientDataError
from quant.margin._waterfall import Blend
from quant.margin.base import MarginContext
from quant.risk._mixture import Mixture
from quant.risk._return_loss import ReturnLoss
from quant.risk._walk_forward import as_stamp
from quant.risk.base import LossForecast, RiskEstimator
from quant.risk.historical import HistoricalSimulation

__all__ = ["StressedWeight"]


@dataclass(frozen=True, slots=True)
class StressedWeight:
    r"""Give a stressed period a fixed weight in the margin.

    .. math::
        F &= (1 - w) F_{current} + w F_{stressed} &&\text{observations} \\
        M &= m \sqrt{(1 - w) s^2 + w S^2} / s &&\text{variance} \\
        M &= m\, [(1 - w) s + w S] / s &&\text{volatility} \\
        M &= (1 - w)\, m + w\, m_{stressed} &&\text{rate}

    with m the running value, s and S the current and the stressed volatility.

    Parameters
    ----------
    on : {"observations", "variance", "volatility", "rate"}
        Where the weight is put. The rule speaks of observations: the loss law becomes the mixture.
        The others are readings in use; they are not the same number, so none is the default.
    weight : float
        In [0, 1].
    window : int
        Length of the stressed period: the stretch of that many periods with the largest variance
        the past holds.
    period : tuple of two ISO dates, optional
        First and last date of a stressed period named outright, instead of `window`.
    estimator : RiskEstimator
        Forecasts the stressed losses from the returns of that period.

    Raises
    ------
    InputError
        If a field lies outside its range.
    InsufficientDataError
        If the past is shorter than the window or does not hold the period.

    References
    ----------
    European Union (2013), Delegated Regulation 153/2013, Article 28(1)(b).

    Examples
    --------
    >>> import quant as q
    >>> q.StressedWeight(on="observations").weight
    0.25
    """

    on: Literal["observations", "variance", "volatility", "rate"]
    weight: float = 0.25
    window: int = 250
    period: tuple[str, str] | None = None
    estimator: RiskEstimator = HistoricalSimulation()

    def __post_init__(self) -> None:
        _checks.one_of("on", self.on, ("observations", "variance", "volatility", "rate"))
        object.__setattr__(self, "weight", _checks.between("weight", self.weight, 0.0, 1.0))
        object.__setattr__(self, "window", _checks.count("window", self.window, 2))
        if self.period is not None:
            first, last = self.period
            if pd.Timestamp(first) >= pd.Timestamp(last):
                raise InputError(
                    f"period: expected a first date before the last, got {first}, {last}; swap them"
                )
            object.__setattr__(self, "period", (str(first), str(last)))

    def stressed_returns(self, returns: pd.Series) -> pd.Series:
        """Return the stressed stretch of the past."""
        if self.period is not None:
            first, last = self.period
            begin, end = (as_stamp("period", date, returns.index) for date in self.period)
            if end > returns.index[-1] or begin < returns.index[0]:
                raise InsufficientDataError(
                    f"period: expected dates inside {_checks.stamp(returns.index[0])} to "
                    f"{_checks.stamp(returns.index[-1])}, got {first} to {last}; name another"
                )
            return returns.loc[first:last]
        if len(returns) < self.window:
            raise InsufficientDataError(
                f"window: expected at most the {len(returns)} returns there are, got {self.window} "
                f"in StressedWeight; shorten the window"
            )
        at = int(np.argmax(_rolling_variance(returns.to_numpy(), self.window)))
        return returns.iloc[at : at + self.window]

    def prepare(self, context: MarginContext) -> Blend:
        """Return the blend with the stressed period worked out."""
        stressed = self.stressed_returns(context.returns)
        forecast = context.fit(self.estimator, stressed).forecast(context.horizon, context.side)
        scale, rate = self._blend(context, forecast)
        first, last = (_checks.stamp(d) for d in (stressed.index[0], stressed.index[-1]))
        note = f"stressed {first} to {last}"
        return Blend(type(self).__name__, scale, rate, note, forecast.converged)

    def _blend(self, context: MarginContext, stressed: LossForecast) -> tuple[float, float]:
        w = self.weight
        if self.on == "rate":
            return 1.0 - w, w * context.measure(stressed).value
        base = context.require_forecast(type(self).__name__)
        if self.on == "observations":
            mixed = LossForecast(
                loss=_mixture(base.loss, stressed.loss, w),
                as_of=base.as_of,
                horizon=base.horizon,
                side=base.side,
                converged=base.converged and stressed.converged,
            )
            return 1.0, context.measure(mixed).value - context.measure(base).value
        current, stress = _volatility(base.loss), _volatility(stressed.loss)
        if self.on == "volatility":
            return ((1.0 - w) * current + w * stress) / current, 0.0
        return math.sqrt((1.0 - w) * current**2 + w * stress**2) / current, 0.0

    def __call__(self, running: float, context: MarginContext) -> float:
        """Return the increment that the weight brings."""
        return self.prepare(context)(running, context)


def _rolling_variance(r: Vector, window: int) -> Vector:
    centred = r - r.mean()
    sums = np.concatenate((np.zeros((2, 1)), np.cumsum((centred, centred**2), axis=1)), axis=1)
    mean, square = (sums[:, window:] - sums[:, :-window]) / window
    return np.asarray(square - mean**2)


def _mixture(current: Distribution, stressed: Distribution, weight: float) -> Distribution:
    if not (isinstance(current, Empirical) and isinstance(stressed, Empirical)):
        return Mixture(current, stressed, weight)
    shares = ((current, 1.0 - weight), (stressed, weight))
    return Empirical(
        np.concatenate([law.losses for law, _ in shares]),
        np.concatenate([_weights(law) * share for law, share in shares]),
        finite_mean=current.finite_mean and stressed.finite_mean,
    )


def _weights(law: Empirical) -> Vector:
    if law.weights is not None:
        return law.weights
    return np.full(law.losses.size, 1.0 / law.losses.size)


def _volatility(law: Distribution) -> float:
    """Return the standard deviation of the sample of losses, or of the log return behind a law."""
    if isinstance(law, Empirical):
        return law.std()
    if isinstance(law, ReturnLoss):
        return law.sigma
    raise InputError(
        f"on: expected 'observations' or 'rate' for a {type(law).__name__}, whose volatility is "
        "not known; choose one of them"
    )
