"""From a log return to the loss of a position, and the law of that loss."""

from __future__ import annotations

from dataclasses import dataclass
from typing import overload

import numpy as np

from quant import _numerics
from quant._typing import FloatArray, Side
from quant.distributions._elementwise import ElementwiseLaw
from quant.distributions.base import StandardLaw
from quant.errors import InputError

LARGEST_MOVE = 700.0  # log return whose loss is finite on both sides


def loss_of(log_return: FloatArray, side: Side) -> FloatArray:
    """Return the loss per unit of value: 1 - exp(r) for a long, exp(r) - 1 for a short."""
    gain = np.expm1(log_return)
    if side == "short":
        return gain
    return np.negative(gain, out=gain) if gain.ndim else -gain  # long histories: no second copy


@dataclass(frozen=True, slots=True, eq=False)
class ReturnLoss(ElementwiseLaw):
    """Law of the loss of a position whose log return is ``mean + sigma Z``.

    A long loses 1 - exp(r), at most everything; a short loses exp(r) - 1, without bound, so that
    its tail mean is finite only when `law` has an exponential moment of order `sigma`.
    """

    law: StandardLaw
    mean: float
    sigma: float
    side: Side

    @property
    def finite_mean(self) -> bool:
        """Whether the mean beyond a quantile exists without a bound on the move."""
        return self.side == "long" or self.sigma < self.law.exponential_moment

    def _cdf(self, x: FloatArray) -> FloatArray:
        edge = np.minimum(x, 1.0) if self.side == "long" else np.maximum(x, -1.0)
        with np.errstate(divide="ignore"):
            move = np.log1p(-edge if self.side == "long" else edge)
        below = np.asarray(self.law.cdf((move - self.mean) / self.sigma))
        return 1.0 - below if self.side == "long" else below

    def _ppf(self, level: FloatArray) -> FloatArray:
        z = self.law.ppf(1.0 - level if self.side == "long" else level)
        return loss_of(np.asarray(self.mean + self.sigma * z), self.side)

    def tail_mean(self, level: float) -> float:
        """Return the mean loss beyond the `level` quantile."""
        if not self.finite_mean:
            raise InputError(
                f"max_move: expected a bound on the move, got None for a short under "
                f"{type(self.law).__name__}, whose mean loss is infinite; "
                "use ES(level, max_move=...)"
            )
        return self.capped_tail_mean(level, np.inf)[0]

    def capped_tail_mean(self, level: float, cap: float) -> tuple[float, float, float]:
        """Return the tail mean of min(loss, cap), the probability beyond the cap, and its share.

        With m the adverse move, q its quantile and g(m) the loss,
        E[g(m) | m > q] = g(q) + (1 - level)^-1 int_q g'(m) P(M > m) dm.
        """
        long = self.side == "long"
        sign = -1.0 if long else 1.0
        z = float(self.law.ppf(1.0 - level if long else level))
        start = sign * (self.mean + self.sigma * z)
        # Where no bound ends it, 40 sigma beyond the quantile and e^-40 of a long add nothing.
        end = start + 40.0 * (self.sigma + long) if np.isinf(cap) else float(np.log1p(cap))
        if start >= end:
            return cap, self._beyond(end), 1.0
        widths = self.sigma * np.array([0.0, *2.0 ** np.arange(-1.0, 40.0)])
        own = sign * (self.mean + self.sigma * np.array(getattr(self.law, "knots", ())))
        knots = np.concatenate([start + widths, own])
        knots = np.append(np.unique(knots[(start <= knots) & (knots < end)]), end)
        excess = _numerics.integrate(
            lambda move: np.exp(sign * move) * np.asarray(self._beyond(move)), knots
        )
        value = float(loss_of(np.asarray(sign * start), self.side)) + excess / (1.0 - level)
        if not np.isfinite(cap):
            return value, 0.0, 0.0
        probability = self._beyond(end)
        return value, probability, cap * probability / (1.0 - level) / value

    @overload
    def _beyond(self, move: float) -> float: ...
    @overload
    def _beyond(self, move: FloatArray) -> FloatArray: ...
    def _beyond(self, move: float | FloatArray) -> float | FloatArray:
        """Return the probability of an adverse log move larger than `move`."""
        if self.side == "long":
            return self.law.cdf((-move - self.mean) / self.sigma)
        return 1.0 - self.law.cdf((move - self.mean) / self.sigma)

    def rvs(self, size: int | tuple[int, ...], seed: int = 0) -> FloatArray:
        """Return independent losses."""
        return loss_of(self.mean + self.sigma * self.law.rvs(size, seed=seed), self.side)
