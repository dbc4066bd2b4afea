"""Weights of several forecasters from the scores of their past VaR and ES."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from quant import _numerics
from quant._typing import Matrix, Vector

# What the exponential weights are tried at, in units of the spread of the members' total scores.
_DECAYS = np.concatenate([[0.0], np.geomspace(0.05, 50.0, 61)])


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """Shares of the members in VaR and in the distance from VaR to ES; each sums to one."""

    var: Vector
    gap: Vector

    @classmethod
    def equal(cls, members: int) -> Weights:
        """Return the plain average."""
        share = np.full(members, 1.0 / members)
        return cls(share, share)


@dataclass(frozen=True, slots=True, eq=False)
class Record:
    """Past losses beside what each member had forecast.

    Attributes
    ----------
    loss : ndarray (T,)
    var : ndarray (T, M)
    gap : ndarray (T, M) or None
        ES less VaR; None where a member forecasts no ES: VaR alone is scored then.
    level : float
    """

    loss: Vector
    var: Matrix
    gap: Matrix | None
    level: float

    def score(self, weights: Weights) -> float:
        """Return the mean score of a combination: FZ0 of VaR and ES, else tick of VaR."""
        var = self.var @ weights.var
        if self.gap is None:
            return float(_numerics.tick(self.loss, var, self.level).mean())
        es = var + self.gap @ weights.gap
        return float(_numerics.fz0(self.loss, var, es, self.level).mean())

    def gradient(self, weights: Weights) -> tuple[Vector, Vector]:
        """Return the slopes of the mean score in the shares of VaR and of the gap."""
        tail = 1.0 - self.level
        var = self.var @ weights.var
        above = (self.loss > var).astype(np.float64)
        if self.gap is None:
            return self.var.T @ (tail - above) / self.loss.size, np.zeros(weights.gap.size)
        es = var + self.gap @ weights.gap
        by_var = (1.0 - above / tail) / es
        by_es = 1.0 / es - (above * (self.loss - var) / tail + var) / es**2
        n = self.loss.size
        return self.var.T @ (by_var + by_es) / n, self.gap.T @ by_es / n


def relative_score(record: Record) -> Weights:
    """Return weights that fall exponentially with the members' past scores.

    w_i is proportional to exp(-lambda S_i); lambda minimises the score of the combination.

    References
    ----------
    Taylor (2020), section 3.3.
    """
    members = record.var.shape[1]
    scores = np.array([record.score(Weights(one, one)) for one in np.eye(members)])
    spread = float(np.ptp(scores))
    if spread == 0.0:
        return Weights.equal(members)
    tried = []
    for decay in _DECAYS:
        share = np.exp(-decay * (scores - scores.min()) / spread)
        tried.append(Weights(share / share.sum(), share / share.sum()))
    return min(tried, key=record.score)


def minimum_score(record: Record) -> Weights:
    """Return the convex weights whose combination would have scored best.

    VaR and the distance from VaR to ES have weights of their own.

    References
    ----------
    Taylor (2020), section 3.4.
    """
    from scipy.optimize import LinearConstraint, minimize

    members = record.var.shape[1]

    def split(x: Vector) -> Weights:
        return Weights(_shares(x[:members]), _shares(x[members:]))

    # FZ0 is free of the unit of the loss, the tick score is not
    unit = 1.0 if record.gap is not None else float(np.abs(record.var).mean())

    def score(x: Vector) -> float:
        return record.score(Weights(x[:members], x[members:])) / unit

    def slope(x: Vector) -> Vector:
        return np.concatenate(record.gradient(Weights(x[:members], x[members:]))) / unit

    whole = np.zeros((2, 2 * members))
    whole[0, :members] = whole[1, members:] = 1.0
    starts = [np.full(2 * members, 1.0 / members), *(np.tile(one, 2) for one in np.eye(members))]
    tried = [split(start) for start in starts]
    for start in starts:
        # the score has kinks where a loss meets the combined VaR: a stop at one is as good as any
        found = minimize(
            score,
            start,
            jac=slope,
            method="SLSQP",
            bounds=[(0.0, 1.0)] * (2 * members),
            constraints=LinearConstraint(whole, 1.0, 1.0),
            options={"ftol": 1e-10},
        )
        tried.append(split(found.x))
    return min(tried, key=record.score)


def _shares(x: Vector) -> Vector:
    kept: Vector = np.maximum(x, 0.0)
    shares: Vector = kept / kept.sum()
    return shares
