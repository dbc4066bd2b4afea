"""The recursion of EGARCH: the logarithm of the variance moves with the standardised shock."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from quant._numerics import integrate
from quant._typing import FloatArray, Matrix, Vector
from quant.distributions.base import InnovationLaw
from quant.errors import SpecError
from quant.volatility._filter import NOTHING, Kinked, State

_ROOT_TWO_OVER_PI = math.sqrt(2.0 / math.pi)
_NEGLIGIBLE = -50.0  # log of an integrand that adds nothing
_FARTHEST = 1e5


@dataclass(frozen=True, slots=True)
class ExponentialFilter(Kinked):
    r"""Log variance linear in the size and the sign of the last standardised shock.

    .. math:: \ln h_{t+1} = \omega + \alpha (|z_t| - \sqrt{2/\pi}) + \gamma z_t + \beta \ln h_t
    """

    omega: float
    alpha: float
    gamma: float
    beta: float

    def open(self, presample: float) -> State:
        # no shock before the sample: its size and sign are at their normal means
        log_variance = self.omega + self.beta * math.log(presample)
        return State(_exp(log_variance), NOTHING)

    def presample_of(self, variance: float) -> float:
        """Return the presample variance from which the recursion opens at `variance`."""
        return _exp((math.log(variance) - self.omega) / self.beta)

    def run(self, state: State, shocks: Vector) -> tuple[Vector, State]:
        from quant.volatility._paths import exponential_path

        constant = self.omega - self.alpha * _ROOT_TWO_OVER_PI
        path = exponential_path(
            math.log(state.variance), constant, self.alpha, self.gamma, self.beta, shocks
        )
        with np.errstate(over="ignore"):
            variance = np.exp(path)
        variance[0] = state.variance
        return variance[:-1], State(float(variance[-1]), NOTHING)

    def expected(self, state: State, horizon: int, law: InnovationLaw) -> Vector:
        r"""Return E[h], exactly: what is known times one expectation per shock in between.

        .. math:: E[h_{T+k}] = e^{E_0} \prod_{j=0}^{k-2} E[\exp(\beta^j g(z))]
        """
        path = np.empty(horizon)
        path[0] = state.variance
        known, log_factor, weight = math.log(state.variance), 0.0, 1.0
        for k in range(1, horizon):
            known = self.omega + self.beta * known
            log_factor += math.log(self._mean_response(weight, law))
            weight *= self.beta
            path[k] = _exp(known + log_factor)
        if not np.isfinite(path).all():
            raise self._no_mean(law)
        return path

    def propagate(self, state: State, z: Matrix) -> Matrix:
        shocks = np.empty(z.shape)
        log_variance = np.full(z.shape[0], math.log(state.variance))
        for k in range(z.shape[1]):
            shocks[:, k] = np.exp(0.5 * log_variance) * z[:, k]
            log_variance = self.omega + self._news(z[:, k]) + self.beta * log_variance
        return shocks

    def _news(self, z: FloatArray) -> FloatArray:
        return self.alpha * (np.abs(z) - _ROOT_TWO_OVER_PI) + self.gamma * z

    def _mean_response(self, weight: float, law: InnovationLaw) -> float:
        """Return E[exp(weight g(z))]; SpecError where it is infinite."""
        steepest = weight * max(self.alpha + self.gamma, self.alpha - self.gamma)
        if steepest > 0.0 and steepest >= law.exponential_moment:
            raise self._no_mean(law)

        def log_integrand(z: FloatArray) -> FloatArray:
            return law.logpdf(z) + weight * self._news(z)

        far = 8.0
        while far < _FARTHEST and log_integrand(np.array([-far, far])).max() > _NEGLIGIBLE:
            far *= 2.0
        # knots crowd at zero, where |z| and the density of a GED have their kinks
        side = np.geomspace(1e-4, far, 40)
        knots = np.concatenate((-side[::-1], [0.0], side))
        with np.errstate(over="ignore"):
            return integrate(lambda z: np.exp(log_integrand(z)), knots)

    def _no_mean(self, law: InnovationLaw) -> SpecError:
        return SpecError(
            f"horizon: expected 1 from EGARCH with innovations {law!r}, under which the variance "
            "after that has no finite mean; use distribution 'normal' or 'ged', or follow paths "
            "with simulate or propagate"
        )


def _exp(exponent: float) -> float:
    """Return exp, infinite beyond the largest float: whoever checks the variances refuses it."""
    return math.exp(exponent) if exponent < 709.0 else math.inf
