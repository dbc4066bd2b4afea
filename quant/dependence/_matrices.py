"""Correlation and covariance matrices: what they must satisfy, roots, rescaling."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from quant._typing import Matrix, Vector
from quant.errors import InputError

ROUNDING = 1e-10  # of the largest eigenvalue
_SINGULAR = 1e-10


def rescaled(matrix: Matrix) -> Matrix:
    """Return the correlation matrix of a covariance matrix.

    Its diagonal is one and no entry lies outside [-1, 1], exactly: rounding is cut off.
    """
    return np.clip(_divided(matrix), -1.0, 1.0)


def _divided(matrix: Matrix) -> Matrix:
    scale = 1.0 / np.sqrt(np.diag(matrix))
    correlation = matrix * np.multiply.outer(scale, scale)
    np.fill_diagonal(correlation, 1.0)
    return np.asarray(correlation, dtype=np.float64)


def frozen(matrix: Matrix) -> Matrix:
    """Return the matrix, no longer writeable."""
    matrix.setflags(write=False)
    return matrix


def root(matrix: Matrix) -> Matrix:
    """Return the symmetric square root of a positive semidefinite matrix."""
    values, vectors = np.linalg.eigh(matrix)
    symmetric: Matrix = (vectors * np.sqrt(np.clip(values, 0.0, None))) @ vectors.T
    return symmetric


def semidefinite(name: str, matrix: Matrix) -> Matrix:
    """Return a symmetric matrix without a negative eigenvalue or a diagonal entry of zero."""
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        raise InputError(f"{name}: expected a square matrix, got shape {matrix.shape}; pass (N, N)")
    if not np.allclose(matrix, matrix.T, rtol=1e-12, atol=0.0):
        raise InputError(f"{name}: expected a symmetric matrix, got another; average it with its T")
    if not (np.diag(matrix) > 0.0).all():
        raise InputError(
            f"{name}: expected a positive diagonal, got {np.diag(matrix).min():g}; "
            "drop the asset that does not move"
        )
    values = np.linalg.eigvalsh(_divided(matrix))
    if values[0] < -ROUNDING * values[-1]:
        raise InputError(
            f"{name}: expected a positive semidefinite matrix, got the eigenvalue {values[0]:.3g}; "
            "estimate every pair on the same dates (align_returns), or choose an estimate that is "
            "semidefinite by construction; it is not repaired here"
        )
    return matrix


def correlation(name: str, matrix: Matrix, assets: Sequence[str]) -> Matrix:
    """Return a positive definite correlation matrix: what has a density."""
    semidefinite(name, matrix)
    if np.abs(np.diag(matrix) - 1.0).max() > 1e-12:
        raise InputError(
            f"{name}: expected a diagonal of ones, got {np.diag(matrix).min():g}; "
            "divide by the standard deviations"
        )
    if np.linalg.eigvalsh(matrix)[0] < _SINGULAR:
        first, second = _closest(matrix)
        raise InputError(
            f"{name}: expected assets none of which the others explain wholly, got a singular "
            f"matrix, {assets[first]} and {assets[second]} closest with "
            f"{matrix[first, second]:.6f}; drop one"
        )
    return matrix


def _closest(matrix: Matrix) -> tuple[int, int]:
    off = np.abs(np.triu(matrix, 1))
    at = int(np.argmax(off))
    return at // len(matrix), at % len(matrix)


def log_determinant(matrix: Matrix) -> float:
    """Return the logarithm of the determinant of a positive definite matrix."""
    factor: Vector = np.diag(np.linalg.cholesky(matrix))
    return 2.0 * float(np.log(factor).sum())
