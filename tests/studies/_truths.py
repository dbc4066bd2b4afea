"""Worlds whose law is known: independent shocks times a scale that follows a recursion."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy.special import ndtr

from quant._typing import Side


class Law(Protocol):
    """A law of shocks: those of quant.distributions, and the two below."""

    def rvs(self, size: int | tuple[int, ...], seed: int) -> np.ndarray: ...

    def cdf(self, x: np.ndarray) -> np.ndarray: ...


@dataclass(frozen=True, slots=True)
class Truth:
    """Moves ``mean + scale(state) z``; a move is a log return, or a simple one.

    The state of the next period is ``following(state, move)``.
    """

    law: Law
    following: Callable[[np.ndarray, np.ndarray], np.ndarray]
    start: float
    scale: Callable[[np.ndarray], np.ndarray] = np.sqrt
    mean: float = 0.0
    simple: bool = False
    burn: int = 500

    def windows(self, rng: np.random.Generator, size: int, n: int) -> tuple[np.ndarray, np.ndarray]:
        """Return log returns (size, n) and the states (size,) they lead to."""
        logs, state = self._run(rng, np.full(size, self.start), self.burn + n)
        return logs[self.burn :].T.copy(), state

    def ahead(
        self, rng: np.random.Generator, state: np.ndarray, outcomes: int, periods: int
    ) -> np.ndarray:
        """Return log returns (periods, size, outcomes) from each of the states (size,)."""
        return self._run(rng, np.repeat(state[:, None], outcomes, axis=1), periods)[0]

    def beyond(self, var: np.ndarray, state: np.ndarray, side: Side) -> np.ndarray:
        """Return the probability that the loss of the next period exceeds `var`."""
        adverse = -var if side == "long" else var
        move = adverse if self.simple else np.log1p(adverse)
        below = np.asarray(self.law.cdf((move - self.mean) / self.scale(state)))
        return below if side == "long" else 1.0 - below

    def _run(
        self, rng: np.random.Generator, state: np.ndarray, periods: int
    ) -> tuple[np.ndarray, np.ndarray]:
        z = self.law.rvs((periods, *state.shape), seed=int(rng.integers(2**32)))
        logs = np.empty_like(z)
        for t in range(periods):
            move = self.mean + self.scale(state) * z[t]
            logs[t] = np.log1p(move) if self.simple else move
            state = self.following(state, move)
        return logs, state


@dataclass(frozen=True, slots=True)
class Bent:
    """Shocks whose quantile is the Cornish-Fisher expansion of the normal one."""

    skewness: float
    excess_kurtosis: float

    def rvs(self, size: int | tuple[int, ...], seed: int) -> np.ndarray:
        return self.bent(np.random.default_rng(seed).standard_normal(size))

    def cdf(self, x: np.ndarray) -> np.ndarray:
        w = np.linspace(-9.0, 9.0, 200_001)
        return ndtr(np.interp(x, self.bent(w), w))

    def bent(self, w: np.ndarray) -> np.ndarray:
        """Return the expansion at normal shocks."""
        s, k = self.skewness, self.excess_kurtosis
        bent = w + s / 6 * (w**2 - 1) + k / 24 * (w**3 - 3 * w)
        return bent - s**2 / 36 * (2 * w**3 - 5 * w)


@dataclass(frozen=True, slots=True, eq=False)
class Spliced:
    """Shocks with a piecewise uniform body and Pareto tails (share, threshold, beta, xi)."""

    body: np.ndarray
    lower: tuple[float, float, float, float]
    upper: tuple[float, float, float, float]

    def rvs(self, size: int | tuple[int, ...], seed: int) -> np.ndarray:
        u = np.random.default_rng(seed).random(size)
        inside = np.linspace(self.lower[0], 1.0 - self.upper[0], self.body.size)
        z = np.interp(u, inside, self.body)
        z = np.where(u < inside[0], -_pareto(u, *self.lower), z)
        return np.where(u > inside[-1], _pareto(1.0 - u, *self.upper), z)

    def cdf(self, x: np.ndarray) -> np.ndarray:
        raise NotImplementedError("breaches under this law are counted")


def _pareto(p: np.ndarray, share: float, u: float, beta: float, xi: float) -> np.ndarray:
    return u + beta / xi * ((np.minimum(p, share) / share) ** -xi - 1.0)


def constant(law: Law, sigma: float, mean: float = 0.0) -> Truth:
    """Return a world without memory."""
    return Truth(law, lambda state, move: state, sigma**2, mean=mean, burn=0)


def garch(law: Law, mu: float, omega: float, alpha: float, beta: float, gamma: float = 0.0):
    """Return a GARCH or GJR world; `gamma` is the extra weight of a fall."""

    def following(h: np.ndarray, move: np.ndarray) -> np.ndarray:
        e = move - mu
        return omega + (alpha + gamma * (e < 0.0)) * e**2 + beta * h

    return Truth(law, following, omega / (1.0 - alpha - beta - 0.5 * gamma), mean=mu)
