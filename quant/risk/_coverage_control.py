"""The feedback of adaptive conformal inference on one side of the market."""

from __future__ import annotations

import math
from bisect import bisect_left, insort
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from quant import _numerics
from quant._typing import Matrix, Side, Vector
from quant.distributions.empirical import Empirical
from quant.distributions.quantiles import Quantiles
from quant.risk._intervals import scale_interval
from quant.risk._parameter_error import Number
from quant.risk._reading import Reader, periods_needed
from quant.risk._sampling import quantile_std_error
from quant.risk.base import LossForecast, Measure


@dataclass(frozen=True, slots=True)
class Rule:
    """What is kept to: the miss rate asked for, how fast it is corrected, and the largest loss.

    Attributes
    ----------
    level : float
        Confidence of the VaR that is controlled.
    gamma : float
        Step of the working miss rate.
    kept : int or None
        Scores kept; None keeps all.
    max_move : float
        Largest log move reckoned with where a loss has no bound.
    """

    level: float
    gamma: float
    kept: int | None
    max_move: float

    def multiplier(self, ranked: Sequence[float] | Vector, miss: float) -> float:
        """Return what scales the estimator's VaR: a rank of past scores; infinite where clipped.

        `ranked` ascends. At a miss rate m it is the floor((n + 1) m)-th largest of n scores, whose
        breach probability never exceeds m were they exchangeable, or the largest of them.
        """
        if miss <= 0.0:
            return math.inf
        if miss >= 1.0:
            return -math.inf
        return float(ranked[len(ranked) - self.rank(len(ranked), miss)])

    def rank(self, n: int, miss: float) -> int:
        """Return the rank from the largest of `n` scores that a working miss rate reads."""
        return min(max(math.floor(_numerics.guarded((n + 1) * miss)), 1), n)

    def move(self, multiplier: float, scale: float, side: Side) -> float:
        """Return the adverse log move that is the VaR."""
        return self.bounded(multiplier * scale, side)

    def bounded(self, move: float, side: Side) -> float:
        """Return an adverse log move within what the side can lose or win."""
        if side == "long":
            return max(move, -self.max_move)
        return min(move, self.max_move)


@dataclass(frozen=True, slots=True, eq=False)
class Control:
    """The state of the feedback after the last period.

    Attributes
    ----------
    scores : Series (n,)
        Adverse log move over the log move of the estimator's VaR, by date.
    miss : float
        Working miss rate of the next period; outside (0, 1) it is clipped when read.
    periods, breaches : int
        Periods whose VaR came from this feedback, and how many of them breached it.
    """

    rule: Rule
    side: Side
    scores: pd.Series
    miss: float
    periods: int = 0
    breaches: int = 0

    def after(self, returns: pd.Series, scales: Vector) -> Control:
        """Return the state after these returns, of which the estimator had said `scales`."""
        needed = periods_needed(self.rule.level)
        kept: deque[float] = deque(self.scores.to_list())
        ranked = sorted(kept)
        miss, periods, breaches = self.miss, self.periods, self.breaches
        moves = returns.to_numpy(dtype=np.float64) * (-1.0 if self.side == "long" else 1.0)
        for move, scale in zip(moves.tolist(), scales.tolist(), strict=True):
            if len(kept) >= needed:
                limit = self.rule.move(self.rule.multiplier(ranked, miss), scale, self.side)
                breach = move > limit
                miss += self.rule.gamma * ((1.0 - self.rule.level) - breach)
                periods, breaches = periods + 1, breaches + breach
            kept.append(move / scale)
            insort(ranked, move / scale)
            if self.rule.kept is not None and len(kept) > self.rule.kept:
                ranked.pop(bisect_left(ranked, kept.popleft()))
        dates = self.scores.index.append(returns.index)[-len(kept) :]
        scores = pd.Series(np.array(kept), index=dates, name="score")
        return Control(self.rule, self.side, scores, miss, periods, breaches)

    @property
    def multiplier(self) -> float:
        """What scales the estimator's VaR of the next period."""
        return self.rule.multiplier(np.sort(self.scores.to_numpy()), self.miss)

    def std_error(self) -> float:
        """Return the standard error of the multiplier; none where it is clipped."""
        if not 0.0 < self.miss < 1.0:
            return 0.0
        scores = Empirical(self.scores.to_numpy())
        return quantile_std_error(
            scores, float(self.rule.rank(len(self.scores), self.miss)), len(self.scores)
        )

    def setting_score(self) -> pd.Series:
        """Return the date whose score is the multiplier, or the largest where it is clipped."""
        rank = self.rule.rank(len(self.scores), min(max(self.miss, 0.0), 1.0))
        at = np.argsort(self.scores.to_numpy(), kind="stable")[-rank]
        return pd.Series(1.0, index=self.scores.index[[at]], name="weight")


@dataclass(frozen=True, slots=True, eq=False)
class Walked:
    """What the estimator forecast in the periods walked through, from position `first` on."""

    returns: pd.Series
    first: int
    scales: Matrix  # long, short

    def moved(self, control: Control, start: int, end: int) -> Control:
        """Return the control moved on by the periods from `start` to before `end`."""
        own = self.scales[start - self.first : end - self.first, int(control.side == "short")]
        return control.after(self.returns.iloc[start:end], own)


@dataclass(frozen=True, slots=True)
class Scaled:
    """VaR and ES of one period as they depend on the multiplier."""

    rule: Rule
    side: Side
    scale: float
    gap: float | None  # log move from VaR to ES

    def __call__(self, multiplier: Vector) -> Quantiles:
        factor = float(multiplier[0])
        move = self.rule.move(factor, self.scale, self.side)
        es = None
        if self.gap is not None:
            beyond = max(factor, 0.0) * (self.scale + self.gap)
            es = loss_of_move(max(move, self.rule.bounded(beyond, self.side)), self.side)
        return Quantiles([(self.rule.level, loss_of_move(move, self.side), es)])


def adverse_move(loss: float, side: Side) -> float:
    """Return the log move behind a loss, positive when money is lost."""
    return -math.log1p(-loss) if side == "long" else math.log1p(loss)


def loss_of_move(move: float, side: Side) -> float:
    """Return the loss that an adverse log move makes."""
    return -math.expm1(-move) if side == "long" else math.expm1(move)


@dataclass(frozen=True, slots=True, eq=False)
class ScoreInterval:
    """Where the VaR and ES at the controlled level lie: an interval of the scores' own tail.

    The working rate says which score is issued, not what the scores are: the interval is that of
    the rate asked for, with the error of the yardstick, widened to hold what is issued.
    """

    rule: Rule
    side: Side
    scores: Vector
    scale: float
    ahead: LossForecast
    issued: Quantiles

    def __call__(self, measure: Measure, confidence: float) -> tuple[float, float]:
        moves = [self.rule.move(score, self.scale, self.side) for score in self.scores.tolist()]
        losses = Empirical(np.array([loss_of_move(move, self.side) for move in moves]))
        sample = LossForecast(
            losses,
            n_obs=len(moves),
            side=self.side,
            parameter_error=_YardstickError(losses, self._relative_error()),
        )
        low, high = measure.interval(sample, confidence)
        value = measure(LossForecast(self.issued, side=self.side)).value
        largest = 1.0 if self.side == "long" else math.expm1(self.rule.max_move)
        return min(low, value), max(min(high, largest), value)

    def _relative_error(self) -> float:
        yardstick = Reader(self.rule.level, self.rule.max_move).var(self.ahead)
        return yardstick.std_error / yardstick.value


@dataclass(frozen=True, slots=True, eq=False)
class _YardstickError:
    """The error of numbers that are all proportional to one."""

    law: Empirical
    relative: float

    def variance(self, number: Number) -> float:
        return (self.relative * number(self.law)) ** 2

    def interval(self, number: Number, confidence: float) -> tuple[float, float]:
        value = number(self.law)
        return scale_interval(value, self.relative * value, confidence)
