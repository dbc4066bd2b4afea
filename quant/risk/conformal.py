"""Coverage control: whatever the estimator and the market do, breaches come at their rate."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Self

import numpy as np
import pandas as pd

from quant import _checks
from quant._typing import Matrix, Side
from quant.errors import InputError
from quant.risk._coverage_control import Control, Rule, Scaled, ScoreInterval, Walked, adverse_move
from quant.risk._observed import Observed
from quant.risk._parameter_error import ParameterError
from quant.risk._reading import Reader, periods_needed
from quant.risk._replay import first_origin, minimum_past, one_history, replay
from quant.risk.base import LossForecast, RiskEstimator, RiskFit

__all__ = ["ConformalRisk"]


@dataclass(frozen=True, slots=True)
class ConformalRisk:
    r"""Another estimator's VaR, scaled so that in the long run it is breached as often as it says.

    .. math::
        m_t = m_{t-1} + \gamma \, (1 - level - 1\{L_{t-1} > VaR_{t-1}\}), \quad
        VaR_t = \hat q_{1 - m_t}\left(\frac{x_s}{v_s},\ s < t\right) \cdot v_t

    with :math:`x_s` the adverse log move of period s, :math:`v_s` the log move of the VaR that
    `estimator` forecast for it, and m the working miss rate: a breach lowers it, a quiet period
    raises it a little.

    Parameters
    ----------
    estimator : RiskEstimator
        Its VaR at `level` is the yardstick of every period, so that scores are free of volatility.
    level : float
        Confidence of the VaR controlled, and of the ES beside it.
    gamma : float
        Step of the working miss rate, above 0. A working rate near 1 - level moves by about
        gamma / (1 - level) of itself with a breach.
    calibration : int or None
        Past periods in which the estimator is walked forward to collect scores and move the
        working rate; at least 1 / (1 - level). None walks through all the history there is.
    refit_every : int
        Periods between estimations of `estimator`, counted from the start of the history.
    max_move : float
        Largest log move reckoned with where the loss has no bound.

    Raises
    ------
    InputError
        If a field is out of its range, the horizon is above 1, another level is asked for, or
        `estimator` forecasts a VaR that is no loss.

    Notes
    -----
    For any sequence of losses whatever (a short's log moves up to `max_move`), over T periods of
    one chain of updates starting at the working rate :math:`m_1`

    .. math::
        |breaches / T - (1 - level)| \le (\max(m_1, 1 - m_1) + \gamma) / (\gamma T)

    The working rate may leave (0, 1) and is clipped: at or below 0 no breach is allowed, and the
    forecast is the whole value for a long and ``expm1(max_move)`` for a short, until quiet periods
    have brought the rate back; this is the price of the guarantee, and rare while gamma is small
    beside 1 - level: with the default, at 99 %, on none of 4,529 days of the S&P 500 through 2018.
    The fit's `repr` says when it is so. The first 1 / (1 - level) scores only fill the set. A walk
    that refits starts each chain anew `calibration` periods before; ``calibration=None`` makes all
    of them one chain.

    ES is scaled with VaR: coverage is controlled, the mean beyond it is not.

    What is issued aims at a rate of breaches, not at a quantile: the working rate wanders about
    1 - level by design, and the score it picks with it. Among independent losses, with 250 scores
    at 99 %, that is the worst score or one of the next two, on average a VaR 18 % above the
    quantile (6 % at 97.5 %). Standard errors are those of the score picked, at the working rate it
    was picked for. Intervals are about the VaR and ES *at the level*: those of the sample of scores
    itself at the rate asked for, with the error of the estimator's own VaR, and widened to hold
    what is issued: a nominal 95 % covers 92 to 98 %. They take scores for independent
    draws of one law; with fewer than 369 of them at 99 % (147 at 97.5 %) none bounds the VaR, and
    the nominal 95 % interval ends at the largest loss there can be.

    References
    ----------
    Gibbs and Candes (2021), Adaptive conformal inference under distribution shift, section 2 and
    proposition 4.1. A rate held inside (0, 1) would void the proposition: nothing then answers to
    breaches that go on at the largest score. Angelopoulos, Candes and Tibshirani (2023), Conformal
    PID control for time series prediction, section 2, whose quantile tracking needs no clip but
    bounded scores.

    Examples
    --------
    >>> import quant as q
    >>> returns = q.log_returns(q.load_sample("markets"))["SP500"].dropna().iloc[-1000:]
    >>> inner = q.ParametricRisk(volatility=q.EWMA(half_life=33), window=500)
    >>> fit = q.ConformalRisk(estimator=inner, level=0.975, calibration=250).fit(returns)
    >>> loss = fit.forecast(horizon=1, side="long").loss
    >>> 0.0 < loss.ppf(0.975) < loss.tail_mean(0.975) < 1.0
    True
    """

    estimator: RiskEstimator
    level: float
    gamma: float = 0.002
    calibration: int | None = 500
    refit_every: int = 20
    max_move: float = math.log(10.0)

    def __post_init__(self) -> None:
        object.__setattr__(self, "level", _checks.level(self.level))
        object.__setattr__(self, "gamma", _checks.positive("gamma", self.gamma))
        object.__setattr__(self, "refit_every", _checks.count("refit_every", self.refit_every))
        object.__setattr__(self, "max_move", _checks.positive("max_move", self.max_move))
        if self.calibration is not None:
            needed = periods_needed(self.level)
            periods = _checks.count("calibration", self.calibration, needed)
            object.__setattr__(self, "calibration", periods)
        elif self._inner_window is None:
            raise InputError(
                "calibration: expected a number of periods for an estimator without a window, got "
                "None; name how many to walk through, or give the estimator a window"
            )

    @property
    def _inner_window(self) -> int | None:
        return getattr(self.estimator, "window", None)

    @property
    def _fewest(self) -> int:
        return periods_needed(self.level) if self.calibration is None else self.calibration

    @property
    def window(self) -> int | None:
        """Periods looked back at least: the estimator's and those calibrated on."""
        inner = self._inner_window
        return None if inner is None else inner + self._fewest

    def fit(self, returns: pd.Series, realized: pd.Series | None = None) -> ConformalFit:
        """Walk the estimator through the calibration periods and move the working rate.

        Parameters
        ----------
        returns : Series (T,)
            Log returns, decimal, per period.
        realized : Series (T,), optional
            Realised variances of the same dates, handed on to the estimator.
        """
        _checks.returns(returns)
        return next(self._fits(Observed(returns, realized), [len(returns)]))

    def fit_many(self, pasts: Sequence[pd.Series]) -> Iterator[ConformalFit]:
        """Yield the fit to each past; where they are beginnings of one history, in one walk."""
        history = one_history(pasts)
        if history is None:
            yield from map(self.fit, pasts)
            return
        _checks.returns(history)
        yield from self._fits(Observed(history), [len(past) for past in pasts])

    def _fits(self, observed: Observed, ends: Sequence[int]) -> Iterator[ConformalFit]:
        minimum = minimum_past(self._inner_window)
        firsts = []
        for end in ends:
            first = first_origin(end, self._inner_window, self._fewest, type(self).__name__)
            firsts.append(minimum if self.calibration is None else first)
        lowest, last = min(firsts), max(ends)
        standing: dict[int, RiskFit] = {}
        scales = np.empty((last - lowest, 2))
        for origin, fit in replay(
            self.estimator,
            observed,
            lowest,
            last,
            refit_every=self.refit_every,
            minimum=minimum,
        ):
            if origin in ends:
                standing[origin] = fit
            if origin < last:
                scales[origin - lowest] = self._scales(fit)
        walked = Walked(observed.returns, lowest, scales)
        chains: dict[int, tuple[int, Control, Control]] = {}
        for first, end in zip(firsts, ends, strict=True):
            known = chains.get(first)
            if known is None or known[0] > end:
                known = (first, self._fresh("long", walked), self._fresh("short", walked))
            start, long, short = known
            long, short = walked.moved(long, start, end), walked.moved(short, start, end)
            chains[first] = (end, long, short)
            yield ConformalFit(self, standing[end], long, short)

    def _fresh(self, side: Side, walked: Walked) -> Control:
        rule = Rule(self.level, self.gamma, self.calibration, self.max_move)
        none = pd.Series(dtype=np.float64, index=walked.returns.index[:0], name="score")
        return Control(rule, side, none, 1.0 - self.level)

    def _scales(self, fit: RiskFit) -> tuple[float, float]:
        """Return the log moves of the estimator's VaR, long and short."""
        return self._scale(fit.forecast(1, "long")), self._scale(fit.forecast(1, "short"))

    def _scale(self, forecast: LossForecast) -> float:
        var = self._read.var(forecast).value
        if var <= 0.0:
            raise InputError(
                f"estimator: expected a VaR above 0 to scale, got {var:g} on the {forecast.side} "
                f"side at {_checks.stamp(forecast.as_of)}; raise the level or choose another"
            )
        return adverse_move(var, forecast.side or "long")

    @property
    def _read(self) -> Reader:
        return Reader(self.level, self.max_move)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ConformalFit:
    """A fitted estimator with the coverage control of either side."""

    spec: ConformalRisk
    inner: RiskFit
    long: Control = field(repr=False)
    short: Control = field(repr=False)

    def forecast(self, horizon: int = 1, side: Side = "long") -> LossForecast:
        """Return VaR and ES of the next period at the level of the specification."""
        if _checks.count("horizon", horizon) != 1:
            raise InputError(
                f"horizon: expected 1, got {horizon}; ConformalRisk counts breaches of one period: "
                "use returns over longer periods"
            )
        control = self._control(side)
        ahead = self.inner.forecast(1, side)
        es = self.spec._read(ahead).es
        scale = self.spec._scale(ahead)
        gap = None if es is None else adverse_move(es, side) - scale
        law = Scaled(control.rule, side, scale, gap)
        multiplier = control.multiplier
        issued = law(np.array([multiplier]))
        return LossForecast(
            loss=issued,
            as_of=ahead.as_of,
            side=side,
            n_obs=len(control.scores),
            parameter_error=ParameterError(
                law, np.array([multiplier]), partial(_variance, control)
            ),
            variance_share=control.setting_score,
            interval_of=ScoreInterval(
                control.rule, side, control.scores.to_numpy(), scale, ahead, issued
            ),
            converged=ahead.converged,
        )

    def update(self, returns: pd.Series, realized: pd.Series | None = None) -> Self:
        """Return the fit moved on by new returns: the working rates answer to each of them."""
        _checks.later(returns, self.long.scores.index[-1])
        new, inner = Observed(returns, realized), self.inner
        scales = np.empty((len(returns), 2))
        for t in range(len(returns)):
            scales[t] = self.spec._scales(inner)
            inner = new.between(t, t + 1).move(inner)
        walked = Walked(returns, 0, scales)
        long, short = (walked.moved(c, 0, len(returns)) for c in (self.long, self.short))
        return type(self)(self.spec, inner, long, short)

    def working_level(self, side: Side = "long") -> float:
        """Return the level at which past scores are read; outside (0, 1) it is clipped."""
        return 1.0 - self._control(side).miss

    def breach_rate(self, side: Side = "long") -> float:
        """Return the share of breaches in the periods controlled so far."""
        control = self._control(side)
        return control.breaches / control.periods if control.periods else 0.0

    def _control(self, side: Side) -> Control:
        return self.long if _checks.side(side) == "long" else self.short

    def __repr__(self) -> str:
        said = ", ".join(
            f"{control.side} {1.0 - control.miss:.4g}{'' if 0 < control.miss < 1 else ' (clipped)'}"
            for control in (self.long, self.short)
        )
        return f"ConformalFit({self.spec!r}, working level: {said})"


def _variance(control: Control) -> Matrix:
    return np.array([[control.std_error() ** 2]])
