"""The second-step likelihood of dynamic correlations as a function of (a, b)."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from quant._typing import Matrix, Vector
from quant.dependence import _kernels, _matrices
from quant.dependence._recursion import MatrixRecursion, News

_BLOCK = 64  # dates whose inverses exist at once


@dataclass(frozen=True, slots=True, eq=False)
class CorrelationLikelihood:
    """Innovations (T, N) with the choice of recursion and likelihood.

    The target of the recursion is a moment of the innovations: mean z z', not rescaled, for Engle;
    for Aielli the correlation of z* = diag(Q)^(1/2) z, which moves with (a, b).
    """

    z: Matrix
    news: News
    composite: bool
    mean_product: Matrix = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "mean_product", self.z.T @ self.z / len(self.z))

    def recursion(self, a: float, b: float) -> MatrixRecursion:
        """Return the recursion at (a, b), its target estimated."""
        return MatrixRecursion(_matrices.frozen(self._target(a, b)), a, b, self.news)

    def moments(self, a: float, b: float) -> Matrix:
        """Return (T, N) the rows whose mean product is the target: z or z*."""
        if self.news == "row":
            return self.z
        return _kernels.rescaled(self.z, a, b)

    def _target(self, a: float, b: float) -> Matrix:
        if self.news == "row":
            return self.mean_product
        rows = self.moments(a, b)
        return _matrices.rescaled(rows.T @ rows)

    def contributions(self, a: float, b: float) -> Vector:
        """Return the log-likelihood of each date (T,); -inf where Q is not positive definite."""
        recursion = self.recursion(a, b)
        if self.composite:
            return _kernels.composite(self.z, recursion)
        terms = _kernels.gaussian(self.z, recursion.target, recursion, scale_density=True)
        squares = np.einsum("ti,ti->t", self.z, self.z)
        dates = -0.5 * (terms[:, 0] + terms[:, 1] - squares)
        return np.where(np.isfinite(dates), dates, -np.inf)

    def total(self, a: float, b: float) -> float:
        """Return the log-likelihood of the sample."""
        return float(self.contributions(a, b).sum())

    def target_gradient(self, a: float, b: float) -> Matrix:
        """Return (N, N) the derivative of the log-likelihood in the target, (a, b) and z* held."""
        recursion = self.recursion(a, b)
        if not self.composite:
            return _target_gradient(self.z, recursion)
        return _kernels.composite_slopes(self.z, recursion)


def _target_gradient(z: Matrix, recursion: MatrixRecursion) -> Matrix:
    """Return sum_t w_t dl_t/dQ_t: every Q_t holds the target w_t times.

    .. math:: dl/dQ = -1/2 [Q^-1 - Q^-1 u u' Q^-1 - diag((1 - v z) / q)], v = diag(q)^1/2 Q^-1 u
    """
    state = recursion.target
    held, gradient = 1.0, np.zeros_like(state)
    for begin in range(0, len(z), _BLOCK):
        rows = z[begin : begin + _BLOCK]
        path = np.empty((len(rows), *state.shape))
        shares = np.empty(len(rows))
        for k, row in enumerate(rows):
            path[k], shares[k] = state, held
            state = recursion.run(state, row[None, :])
            held = 1.0 - recursion.a - recursion.b + recursion.b * held
        inverse = np.linalg.inv(path)
        diagonal = np.diagonal(path, axis1=1, axis2=2)
        solved = np.einsum("tij,tj->ti", inverse, np.sqrt(diagonal) * rows)
        gradient -= 0.5 * np.tensordot(shares, inverse, 1)
        gradient += 0.5 * (shares[:, None] * solved).T @ solved
        inner = (1.0 - np.sqrt(diagonal) * solved * rows) / diagonal
        gradient += 0.5 * np.diag(shares @ inner)
    return gradient
