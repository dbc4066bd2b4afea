"""Joint linear regression of the lower quantile and the expected shortfall of a return."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from quant._typing import FloatArray, Matrix, Vector
from quant.backtesting._quantile_line import quantile_line
from quant.errors import ConvergenceError

_ROUNDS, _TOLERANCE = 200, 1e-11


@dataclass(frozen=True, slots=True, eq=False)
class JointRegression:
    """Coefficients that minimise the mean FZ0 loss of (X_q b_q, X_e b_e) for responses y < 0.

    Attributes
    ----------
    y, x_quantile, x_shortfall : the data; the first column of either matrix is 1.
    alpha : tail probability.
    quantile, shortfall : ndarray
        The coefficients.
    """

    y: Vector
    x_quantile: Matrix
    x_shortfall: Matrix
    alpha: float
    quantile: Vector
    shortfall: Vector

    @property
    def fitted_quantile(self) -> Vector:
        """Quantile of each response."""
        return self.x_quantile @ self.quantile

    @property
    def fitted_shortfall(self) -> Vector:
        """Expected shortfall of each response, below 0."""
        return self.x_shortfall @ self.shortfall


def joint_regression(
    y: Vector, x_quantile: Matrix, x_shortfall: Matrix, alpha: float
) -> JointRegression:
    """Return the fit: quantile and shortfall in turn, each the best given the other.

    The loss is c / m + ln m with m = -X_e b_e and c = (X_q b_q - y)^+ / alpha - X_q b_q: a
    quantile regression with weights 1 / m in b_q, and in b_e the likelihood of an exponential
    variable c with mean m. It is smooth in b_e, so that no point is best in turn but not jointly.
    """
    weights = np.ones(y.size)
    deepest = quantile_regression(y, x_shortfall, alpha / 2.7)  # about where a tail has its mean
    shortfall = _below_zero(x_shortfall, deepest)
    best = np.inf
    for _ in range(_ROUNDS):
        weights = -1.0 / (x_shortfall @ shortfall)
        quantile = quantile_regression(y, x_quantile, alpha, weights)
        fitted = x_quantile @ quantile
        deficit = np.maximum(fitted - y, 0.0) / alpha - fitted
        shortfall = _mean_regression(deficit, x_shortfall, shortfall)
        loss = _loss(deficit, x_shortfall @ shortfall)
        if best - loss < _TOLERANCE:
            break
        best = loss
    return JointRegression(y, x_quantile, x_shortfall, alpha, quantile, shortfall)


def quantile_regression(
    y: Vector, x: Matrix, probability: float, weights: Vector | None = None
) -> Vector:
    """Return the coefficients of the linear `probability` quantile, an exact corner of its LP."""
    from scipy.optimize import linprog

    bound = np.ones(y.size) if weights is None else weights / weights.mean()
    line = quantile_line(y, x, probability, bound)
    if line is not None:
        return line
    answer = linprog(
        -y,
        A_eq=x.T,
        b_eq=(1.0 - probability) * (x.T @ bound),
        bounds=[(0.0, float(most)) for most in bound],
        method="highs",
    )
    if answer.status != 0:
        raise ConvergenceError(
            f"laws: expected a quantile regression at {probability:.4g} to have a solution, got "
            f"{answer.message}; check that forecasts vary"
        )
    return -np.asarray(answer.eqlin.marginals, dtype=np.float64)


def _below_zero(x: Matrix, coefficients: Vector) -> Vector:
    """Return coefficients with the intercept lowered until every fitted value is below 0."""
    lowered = coefficients.copy()
    lowered[0] -= max(0.0, float((x @ coefficients).max()) + 1e-3)
    return lowered


def _loss(deficit: Vector, shortfall: Vector) -> float:
    return float(np.mean(deficit / -shortfall + np.log(-shortfall)))


def _mean_regression(deficit: Vector, x: Matrix, start: Vector) -> Vector:
    """Return the shortfall coefficients given quantiles: scoring steps, halved until they gain."""
    b = start
    loss = _loss(deficit, x @ b)
    for _ in range(_ROUNDS):
        mean = -(x @ b)
        weighted = x / mean[:, None]
        target = -np.linalg.lstsq(weighted, deficit / mean, rcond=None)[0]
        step: FloatArray = target - b
        for _ in range(60):
            trial = b + step
            fitted = x @ trial
            if fitted.max() < 0.0 and _loss(deficit, fitted) <= loss:
                break
            step = 0.5 * step
        else:
            return b
        gained = loss - _loss(deficit, x @ trial)
        b, loss = trial, loss - gained
        if gained < 1e-15:
            break
    return b
