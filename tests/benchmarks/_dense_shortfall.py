"""Statistics of expected shortfall from whole histories in NumPy: losses (n, T), a row each.

Losses are in units of the day's scale, under which VaR and ES are the two numbers `var` and `es`.
Large values speak against the null.
"""

from __future__ import annotations

import numpy as np

Rows = np.ndarray


def z1(loss: Rows, var: float, es: float) -> Rows:
    hits = loss > var
    return np.where(hits, loss, 0.0).sum(axis=1) / es / np.maximum(hits.sum(axis=1), 1) - 1.0


def z2(loss: Rows, var: float, es: float, p: float) -> Rows:
    return np.where(loss > var, loss, 0.0).sum(axis=1) / (es * p * loss.shape[1]) - 1.0


def ridge(loss: Rows, var: float, es: float, p: float) -> Rows:
    return np.mean(np.maximum(loss - var, 0.0) / p - (es - var), axis=1) / es


def ridge_in_widths(loss: Rows, var: float, es: float, p: float) -> Rows:
    return np.mean(np.maximum(loss - var, 0.0) / (p * (es - var)) - 1.0, axis=1)


def general(loss: Rows, var: float, es: float) -> Rows:
    """Return Nolde and Ziegel's general statistic, sigma being ES - VaR."""
    beyond = np.where(loss > var, (loss - es) / (es - var), 0.0)
    square = (beyond**2).sum(axis=1)
    return beyond.sum(axis=1) ** 2 / np.where(square > 0.0, square, 1.0)


def nolde_ziegel(loss: Rows, var: float, es: float, p: float) -> Rows:
    one = p - (loss > var)
    two = np.maximum(loss - var, 0.0) / (p * (es - var)) - 1.0
    a, b, c = (one * one).sum(axis=1), (one * two).sum(axis=1), (two * two).sum(axis=1)
    x, y = one.sum(axis=1), two.sum(axis=1)
    determinant = a * c - b * b
    regular = determinant > 1e-12 * a * c
    safe = np.where(regular, determinant, 1.0)
    joint = (x * x * c - 2.0 * x * y * b + y * y * a) / safe
    return np.where(regular, joint, float(loss.shape[1]))


def students(residuals: Rows) -> Rows:
    """Return the mean of each row over its standard error."""
    size = residuals.shape[1]
    return residuals.mean(axis=1) / (residuals.std(axis=1, ddof=1) / np.sqrt(size))


def violations(pit: Rows, level: float) -> Rows:
    return np.maximum(pit - level, 0.0) / (1.0 - level)


def violated(pit: Rows, level: float) -> Rows:
    return violations(pit, level).sum(axis=1)


def memory(pit: Rows, level: float, lags: int = 5) -> Rows:
    days = pit.shape[1]
    centred = violations(pit, level) - 0.5 * (1.0 - level)
    covariance = [
        np.einsum("ij,ij->i", centred[:, j:], centred[:, : days - j]) / (days - j)
        for j in range(lags + 1)
    ]
    return days * sum((c / covariance[0]) ** 2 for c in covariance[1:])
