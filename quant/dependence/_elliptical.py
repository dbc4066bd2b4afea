"""The laws behind elliptical copulas: scores, densities, draws, tail dependence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy.special import gammaln, ndtr, ndtri, stdtr, stdtrit

from quant._typing import FloatArray, Matrix, Vector
from quant.dependence import _matrices

_ROUNDS = 200
_STILL = 1e-10


class Elliptical(Protocol):
    """A law of N correlated numbers whose margins are all the same."""

    @property
    def params(self) -> Mapping[str, float]:
        """Parameters by name."""
        ...

    def scores(self, uniforms: Matrix) -> Matrix:
        """Return the quantiles of the margin."""
        ...

    def uniforms(self, normal: Matrix, generator: np.random.Generator) -> Matrix:
        """Return the uniforms of draws made of correlated normal ones."""
        ...

    def copula_logpdf(self, scores: Matrix, matrix: Matrix) -> FloatArray:
        """Return the joint log density less those of the margins, (n,)."""
        ...

    def tail_dependence(self, matrix: Matrix) -> Matrix:
        """Return the coefficients of tail dependence."""
        ...

    def correlation_of(self, scores: Matrix, assets: Sequence[str]) -> Matrix:
        """Return the law's own correlation matrix of the scores; a singular one is refused."""
        ...


@dataclass(frozen=True, slots=True)
class GaussianShape:
    """The normal law."""

    @property
    def params(self) -> Mapping[str, float]:
        """None."""
        return {}

    def scores(self, uniforms: Matrix) -> Matrix:
        """Return the quantiles of the margin."""
        return np.asarray(ndtri(uniforms))

    def uniforms(self, normal: Matrix, generator: np.random.Generator) -> Matrix:
        """Return the uniforms of draws made of correlated normal ones."""
        del generator
        return np.asarray(ndtr(normal))

    def copula_logpdf(self, scores: Matrix, matrix: Matrix) -> FloatArray:
        """Return the joint log density less those of the margins, (n,)."""
        squares = np.sum(scores * scores, axis=1)
        half_log = 0.5 * _matrices.log_determinant(matrix)
        return np.asarray(-half_log - 0.5 * (_distance(scores, matrix) - squares))

    def tail_dependence(self, matrix: Matrix) -> Matrix:
        """Return zeros: beyond high quantiles normal numbers part."""
        return np.zeros_like(matrix)

    def correlation_of(self, scores: Matrix, assets: Sequence[str]) -> Matrix:
        """Return the correlation of the normal scores."""
        return _matrices.correlation("correlation", _matrices.rescaled(scores.T @ scores), assets)


@dataclass(frozen=True, slots=True)
class StudentShape:
    """Student's t with `nu` degrees of freedom, in its raw scale."""

    nu: float

    @property
    def params(self) -> Mapping[str, float]:
        """Degrees of freedom."""
        return {"nu": self.nu}

    def scores(self, uniforms: Matrix) -> Matrix:
        """Return the quantiles of the margin."""
        lower, place = np.unique(np.minimum(uniforms, 1.0 - uniforms), return_inverse=True)
        size = -np.asarray(stdtrit(self.nu, lower))[place.reshape(uniforms.shape)]  # ranks recur
        return np.where(uniforms < 0.5, -size, size)

    def uniforms(self, normal: Matrix, generator: np.random.Generator) -> Matrix:
        """Return the uniforms of draws made of correlated normal ones, one divisor per row."""
        divisor = np.sqrt(generator.chisquare(self.nu, len(normal)) / self.nu)
        return np.asarray(stdtr(self.nu, normal / divisor[:, None]))

    def copula_logpdf(self, scores: Matrix, matrix: Matrix) -> FloatArray:
        """Return the joint log density less those of the margins, (n,)."""
        nu, n = self.nu, len(matrix)
        constant = (
            float(gammaln((nu + n) / 2.0))
            + (n - 1) * float(gammaln(nu / 2.0))
            - n * float(gammaln((nu + 1.0) / 2.0))
            - 0.5 * _matrices.log_determinant(matrix)
        )
        joint = -0.5 * (nu + n) * np.log1p(_distance(scores, matrix) / nu)
        margins = -0.5 * (nu + 1.0) * np.sum(np.log1p(scores * scores / nu), axis=1)
        return np.asarray(constant + joint - margins)

    def tail_dependence(self, matrix: Matrix) -> Matrix:
        r"""Return 2 t_{nu+1}(-sqrt((nu + 1)(1 - rho) / (1 + rho)))."""
        ratio = np.clip(1.0 - matrix, 0.0, None) / (1.0 + matrix)
        return np.asarray(2.0 * stdtr(self.nu + 1.0, -np.sqrt((self.nu + 1.0) * ratio)))

    def correlation_of(self, scores: Matrix, assets: Sequence[str]) -> Matrix:
        """Return the fixed point of R = mean of weighted products, scaled to a unit diagonal.

        A row weighs (nu + N) / (nu + x'R^-1 x), as in the t likelihood, whose maximum at a unit
        diagonal this meets but for the scaling.
        """
        n = scores.shape[1]
        start = _matrices.rescaled(scores.T @ scores)
        matrix = _matrices.correlation("correlation", start, assets)
        for _ in range(_ROUNDS):
            weights = (self.nu + n) / (self.nu + _distance(scores, matrix))
            weighted = np.sqrt(weights)[:, None] * scores
            moved = _matrices.rescaled(weighted.T @ weighted)
            change = float(np.abs(moved - matrix).max())
            matrix = moved
            if change < _STILL:
                break
        return matrix


def _distance(scores: Matrix, matrix: Matrix) -> Vector:
    factor = np.linalg.cholesky(matrix)
    solved = np.linalg.solve(factor, scores.T)
    return np.asarray(np.einsum("it,it->t", solved, solved))
