"""The two equations of the log-linear realised GARCH model."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from quant._typing import Matrix, Vector
from quant.errors import SpecError

_LOG_TWO_PI = math.log(2.0 * math.pi)


@dataclass(frozen=True, slots=True)
class LogLinear:
    r"""Log variance driven by a measurement of it, and the measurement by the variance.

    .. math::
        \ln h_{t+1} &= \omega + \beta \ln h_t + \gamma \ln x_t \\
        \ln x_t &= \xi + \phi \ln h_t + \tau_1 z_t + \tau_2 (z_t^2 - 1) + u_t, \quad
        u_t \sim N(0, \sigma_u^2)
    """

    omega: float
    beta: float
    gamma: float
    xi: float
    phi: float
    tau1: float
    tau2: float
    sigma_u: float

    @property
    def persistence(self) -> float:
        """How much of a deviation of the log variance is expected to remain a period later."""
        return self.beta + self.gamma * self.phi

    def measurement_density(self, log_variance: Vector, log_x: Vector, z: Vector) -> Vector:
        """Return the log density of each log measurement given the return of its period, (T,)."""
        u = log_x - self._measured(log_variance, z)
        spread = math.log(self.sigma_u) if self.sigma_u > 0.0 else math.nan
        density = -0.5 * (_LOG_TWO_PI + (u / self.sigma_u) ** 2) - spread
        return np.asarray(density, dtype=np.float64)

    def expected(self, log_variance: float, horizon: int) -> Vector:
        r"""Return E[h] of each of the next periods, (h,), in closed form.

        A weight b on the measurement's response to the shocks of one period contributes

        .. math::
            \frac{1}{\sqrt{1 - 2 b \tau_2}} \exp\!\left(-b \tau_2 +
            \frac{b^2 \tau_1^2}{2 (1 - 2 b \tau_2)} + \frac{b^2 \sigma_u^2}{2}\right)
        """
        path = np.empty(horizon)
        known, log_factor, weight = log_variance, 0.0, self.gamma
        for k in range(horizon):
            path[k] = known + log_factor
            left = 1.0 - 2.0 * weight * self.tau2
            if left <= 0.0 and k + 1 < horizon:
                raise SpecError(
                    f"horizon: expected 1 where gamma tau2 is {weight * self.tau2:g}, at or above "
                    "one half, got more; the variance after that has no finite mean"
                )
            known = self.omega + self.gamma * self.xi + self.persistence * known
            if left > 0.0:
                log_factor += (
                    -weight * self.tau2
                    - 0.5 * math.log(left)
                    + 0.5 * (weight * self.tau1) ** 2 / left
                    + 0.5 * (weight * self.sigma_u) ** 2
                )
            weight *= self.persistence
        return np.exp(path)

    def propagate(self, log_variance: float, z: Matrix, u: Matrix) -> Matrix:
        """Return the (n, h) shocks that standardised shocks z and measurement errors u become.

        The errors (n, h - 1) are those of all periods but the last.
        """
        shocks = np.empty(z.shape)
        path = np.full(z.shape[0], log_variance)
        for k in range(z.shape[1]):
            shocks[:, k] = np.exp(0.5 * path) * z[:, k]
            if k + 1 == z.shape[1]:
                break
            log_x = self._measured(path, z[:, k]) + self.sigma_u * u[:, k]
            path = self.omega + self.beta * path + self.gamma * log_x
        return shocks

    def _measured(self, log_variance: Vector, z: Vector) -> Vector:
        response = self.tau1 * z + self.tau2 * (z * z - 1.0)
        return np.asarray(self.xi + self.phi * log_variance + response, dtype=np.float64)


def log_variances(omega: float, beta: float, gamma: float, start: float, log_x: Vector) -> Vector:
    """Return the log variance of each period and of the one after them, (T + 1,)."""
    from scipy.signal import lfilter

    following, _ = lfilter([1.0], [1.0, -beta], omega + gamma * log_x, zi=[beta * start])
    return np.concatenate(([start], following))
