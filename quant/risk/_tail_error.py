"""The loss law of filtered tails, and how the estimation error of both reaches it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from quant._typing import Matrix, Side, Vector
from quant.distributions.base import Distribution
from quant.distributions.empirical import Empirical
from quant.distributions.gpd_tail import GPDTail
from quant.errors import InputError
from quant.risk._parameter_error import Likely, ParameterError
from quant.risk._return_loss import ReturnLoss, loss_of
from quant.risk._two_tails import TwoTails
from quant.risk._unfiltered import Unfiltered
from quant.risk._volatility_error import parameter_error
from quant.volatility.base import VolatilityFit

_TAIL = 3  # xi, beta and the share of exceedances
_DRAWS = 500  # of the tail, behind an interval


@dataclass(frozen=True, slots=True, eq=False)
class TailLaw:
    """The loss law that a filter makes of innovations with tails."""

    innovations: TwoTails
    horizon: int
    side: Side
    n_paths: int
    seed: int

    def __call__(self, filtered: VolatilityFit | Unfiltered, scale: float) -> Distribution:
        if self.horizon == 1:
            ahead = filtered.forecast(1)
            return ReturnLoss(
                self.innovations, ahead.mean, scale * float(ahead.sigma[0]), self.side
            )
        z = self.innovations.ppf(_levels(self.seed, self.n_paths, self.horizon))
        moves = scale * filtered.propagate(z.T).sum(axis=1)
        return Empirical(loss_of(moves, self.side), finite_mean=self.side == "long")


def tail_error(filtered: VolatilityFit | Unfiltered, law: TailLaw) -> ParameterError:
    """Return the dependence of the loss law on the filter's parameters and on its side's tail.

    The two are taken as independent. The other side's tail matters over several periods only, and
    little; its error is left out.
    """
    tail = law.innovations.tail(law.side)
    values = np.array([tail.xi, tail.beta, tail.exceed_share])
    if isinstance(filtered, Unfiltered):  # the divisor cancels: it is no parameter
        likely = Likely(_Points(tail, np.empty(0)), _no_error)
        return ParameterError(_AtTail(filtered, law), values, _Spread(tail), likely)
    of_filter = parameter_error(filtered, law)
    return ParameterError(
        _AtBoth(filtered, law),
        np.concatenate([of_filter.estimate, values]),
        _Blocks(of_filter.covariance, _Spread(tail)),
        Likely(_Points(tail, of_filter.estimate), _Blocks(of_filter.covariance, _no_error)),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _AtTail:
    filtered: Unfiltered
    law: TailLaw

    def __call__(self, values: Vector) -> Distribution:
        return _with_tail(self.law, values)(self.filtered, 1.0)


@dataclass(frozen=True, slots=True, eq=False)
class _AtBoth:
    filtered: VolatilityFit
    law: TailLaw

    def __call__(self, values: Vector) -> Distribution:
        moved = _with_tail(self.law, values[-_TAIL:])
        return parameter_error(self.filtered, moved).law_at(values[:-_TAIL])


@dataclass(frozen=True, slots=True, eq=False)
class _Points:
    """Draws of the tail beside the estimates of the filter."""

    tail: GPDTail
    kept: Vector

    def __call__(self) -> Matrix:
        drawn = self.tail.likely(_DRAWS)
        return np.hstack([np.tile(self.kept, (_DRAWS, 1)), drawn])


@dataclass(frozen=True, slots=True, eq=False)
class _Spread:
    """The covariance of a tail's estimates, by the likelihood or, on its bound, by the draws."""

    tail: GPDTail

    def __call__(self) -> Matrix:
        try:
            return self.tail.param_cov()
        except InputError:  # no information about an estimate on its bound
            drawn: Matrix = np.cov(self.tail.likely(_DRAWS), rowvar=False)
            return drawn


def _no_error() -> Matrix:
    """Return the covariance left to a tail that is drawn."""
    return np.zeros((_TAIL, _TAIL))


def _with_tail(law: TailLaw, values: Vector) -> TailLaw:
    xi, beta, share = (float(value) for value in values)
    tail = GPDTail(xi, beta, law.innovations.tail(law.side).threshold, share)
    return replace(law, innovations=law.innovations.with_tail(law.side, tail))


@dataclass(frozen=True, slots=True, eq=False)
class _Blocks:
    """Two covariances of independent estimates as one."""

    first: Callable[[], Matrix]
    second: Callable[[], Matrix]

    def __call__(self) -> Matrix:
        one, two = self.first(), self.second()
        k = one.shape[0]
        joined = np.zeros((k + two.shape[0], k + two.shape[0]))
        joined[:k, :k], joined[k:, k:] = one, two
        return joined


@lru_cache(maxsize=2)
def _levels(seed: int, n_paths: int, horizon: int) -> Matrix:
    """Return the levels, steps (rows) by paths (columns), that innovations are drawn at."""
    drawn = np.random.default_rng(seed).random((n_paths, horizon))
    levels = np.ascontiguousarray(np.clip(drawn, 2.0**-54, None).T)
    levels.setflags(write=False)
    return levels
