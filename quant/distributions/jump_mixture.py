"""A quiet law with a rare jump: what a peg is until it is not."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri

from quant import _checks
from quant._typing import FloatArray, Vector
from quant.distributions._elementwise import ElementwiseLaw
from quant.errors import InputError

__all__ = ["JumpMixture"]

# A level that a sum of two probabilities misses by rounding alone is reached.
_ROUNDING = 1e-15
_HALVINGS = 200
_HALF_LOG_TAU = 0.5 * math.log(2.0 * math.pi)


@dataclass(frozen=True, slots=True)
class JumpMixture(ElementwiseLaw):
    r"""The law that is a jump with a small probability, and a quiet normal law otherwise.

    .. math::
        F(x) = (1 - p) \, \Phi\left(\frac{x - m}{\sigma}\right)
               + p \, \Phi\left(\frac{x - J}{s}\right)

    with p = `probability`, J = `jump`, s = `jump_sigma`, m = `otherwise`, :math:`\sigma` = `sigma`.

    Parameters
    ----------
    probability : float
        Probability of the jump over the horizon the law speaks of, in (0, 1).
    jump : float
        Mean size of the jump; of a loss, positive when money is lost.
    otherwise : float
        Mean of the quiet law.
    sigma : float
        Standard deviation of the quiet law; 0 makes it an atom at `otherwise`.
    jump_sigma : float
        Standard deviation of the jump's size; 0 makes it an atom at `jump`.

    Raises
    ------
    InputError
        If `probability` is not in (0, 1), or a standard deviation is negative.

    Notes
    -----
    As written it is a law of a loss, or of a return, over one horizon: VaR of a peg is 0 until its
    level passes 1 - `probability`, while ES sees the jump at every level. `tail_mean` splits the
    atom at the quantile. Its mean and variance are what the fields make them; `innovation` gives
    the one with mean 0 and variance 1 that a volatility multiplies, as `ParametricRisk` wants it.

    References
    ----------
    McNeil, Frey and Embrechts (2015), Quantitative Risk Management, sections 2.2.4 and 6.2.1.
    Merton (1976), Option pricing when underlying stock returns are discontinuous, section 2.

    Examples
    --------
    >>> import quant as q
    >>> peg = q.LossForecast(loss=JumpMixture(probability=0.005, jump=0.1))
    >>> q.VaR(0.99)(peg).value, round(q.ES(0.99)(peg).value, 12)
    (0.0, 0.05)
    >>> crash = JumpMixture.innovation(probability=0.004, jump=-8.0, jump_sigma=2.0)
    >>> f"{crash.mean:.1f} {crash.variance:.1f} {crash.ppf(0.01):.2f}"
    '0.0 1.0 -2.11'
    """

    probability: float
    jump: float
    otherwise: float = 0.0
    sigma: float = 0.0
    jump_sigma: float = 0.0

    def __post_init__(self) -> None:
        probability = _checks.level(self.probability, "probability")
        object.__setattr__(self, "probability", probability)
        for name in ("jump", "otherwise"):
            object.__setattr__(self, name, _checks.real(name, getattr(self, name)))
        for name in ("sigma", "jump_sigma"):
            object.__setattr__(self, name, _checks.nonnegative(name, getattr(self, name)))

    @classmethod
    def innovation(cls, probability: float, jump: float, jump_sigma: float = 1.0) -> Self:
        r"""Return the mixture with mean 0 and variance 1, its jump in units of volatility.

        .. math:: m = -\frac{p J}{1 - p}, \quad \sigma^2 = \frac{1 - p (s^2 + J^2)}{1 - p} - m^2

        Raises
        ------
        InputError
            If the jump alone has a variance of 1 or more.
        """
        p = _checks.level(probability, "probability")
        size, spread = _checks.real("jump", jump), _checks.nonnegative("jump_sigma", jump_sigma)
        mean = -p * size / (1.0 - p)
        variance = (1.0 - p * (spread**2 + size**2)) / (1.0 - p) - mean**2
        if variance <= 0.0:
            raise InputError(
                f"jump: expected one that leaves quiet periods a variance, got {size:g} with "
                f"probability {p:g} and jump_sigma {spread:g}; make it rarer or smaller"
            )
        return cls(p, size, mean, math.sqrt(variance), spread)

    @property
    def mean(self) -> float:
        """Mean of the law."""
        return sum(weight * mean for weight, mean, _ in self._parts)

    @property
    def variance(self) -> float:
        """Variance of the law."""
        square = sum(weight * (mean**2 + sd**2) for weight, mean, sd in self._parts)
        return square - self.mean**2

    @property
    def finite_mean(self) -> bool:
        """True: a normal tail has a mean beyond every quantile."""
        return True

    @property
    def exponential_moment(self) -> float:
        """Infinite: both tails are normal."""
        return math.inf

    @property
    def lower_variance(self) -> float:
        """E[X^2 1{X < 0}]."""
        total = 0.0
        for weight, mean, sd in self._parts:
            if sd == 0.0:
                total += weight * mean**2 * (mean < 0.0)
                continue
            edge = -mean / sd
            total += weight * ((mean**2 + sd**2) * ndtr(edge) - mean * sd * _density(edge))
        return float(total)

    @property
    def knots(self) -> tuple[float, ...]:
        """Points between which the distribution function is smooth on the scale of their gaps."""
        return tuple(
            mean + step * sd
            for _, mean, sd in self._parts
            for step in ((-8.0, -3.0, 0.0, 3.0, 8.0) if sd > 0.0 else (0.0,))
        )

    def _cdf(self, x: FloatArray) -> FloatArray:
        return np.asarray(sum(weight * _below(x, mean, sd) for weight, mean, sd in self._parts))

    def _ppf(self, level: FloatArray) -> FloatArray:
        quiet, jump = (
            mean + sd * ndtri(level) if sd else np.full_like(level, mean)
            for _, mean, sd in self._parts
        )
        # The quantile of a mixture lies between those of its parts.
        low = np.minimum(quiet, jump)
        high = np.where(self._reached(low, level), low, np.maximum(quiet, jump))
        for _ in range(_HALVINGS):
            middle = 0.5 * (low + high)
            if not ((low < middle) & (middle < high)).any():
                break
            reached = self._reached(middle, level)
            low, high = np.where(reached, low, middle), np.where(reached, middle, high)
        for _, mean, sd in self._parts:
            if sd == 0.0:  # halving comes near an atom; the quantile is the atom
                held = self._reached(mean, level, _ROUNDING) & (high >= mean)
                before = self._reached(np.nextafter(mean, -math.inf), level, _ROUNDING)
                high = np.where(held & ~before, mean, high)
        return high

    def tail_mean(self, level: float) -> float:
        """Return the mean beyond the `level` quantile, the atom at it split."""
        confidence = _checks.level(level)
        quantile = float(self.ppf(confidence))
        excess = sum(weight * _excess(mean - quantile, sd) for weight, mean, sd in self._parts)
        return quantile + excess / (1.0 - confidence)

    def logpdf(self, x: FloatArray) -> FloatArray:
        """Return the log density at each point; a law with an atom has none and refuses."""
        points = np.asarray(x, dtype=np.float64)
        if min(sd for _, _, sd in self._parts) == 0.0:
            raise InputError(
                "jump_sigma: expected sigma and jump_sigma above 0 for a density, got an atom; "
                "give both laws a width"
            )
        quiet, jump = (
            math.log(weight / sd) - 0.5 * ((points - mean) / sd) ** 2
            for weight, mean, sd in self._parts
        )
        return np.asarray(np.logaddexp(quiet, jump) - _HALF_LOG_TAU, dtype=np.float64)

    def loglikelihood(self, x: Vector) -> float:
        """Return the sum of the log densities of a sample (T,)."""
        return float(np.sum(self.logpdf(x)))

    def rvs(self, size: int | tuple[int, ...], seed: int = 0) -> FloatArray:
        """Return independent draws; the same seed gives the same draws."""
        generator = np.random.default_rng(seed)
        jumps = generator.random(size) < self.probability
        z = generator.standard_normal(size)
        (_, mean, sd), (_, jump, jump_sd) = self._parts
        return np.where(jumps, jump + jump_sd * z, mean + sd * z)

    @property
    def _parts(self) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
        """Weight, mean and standard deviation of the quiet law and of the jump."""
        p = self.probability
        return (1.0 - p, self.otherwise, self.sigma), (p, self.jump, self.jump_sigma)

    def _reached(
        self, x: FloatArray | float, level: FloatArray, slack: float = 0.0
    ) -> npt.NDArray[np.bool_]:
        """Return whether P(X <= x) >= level, judged on the smaller tail."""
        points = np.asarray(x, dtype=np.float64)
        below = sum(weight * _below(points, mean, sd) for weight, mean, sd in self._parts)
        above = sum(weight * _above(points, mean, sd) for weight, mean, sd in self._parts)
        reached = np.where(level < 0.5, below >= level - slack, above <= 1.0 - level + slack)
        return np.asarray(reached, dtype=np.bool_)


def _below(x: FloatArray, mean: float, sd: float) -> FloatArray:
    return np.asarray(ndtr((x - mean) / sd) if sd else x >= mean, dtype=np.float64)


def _above(x: FloatArray, mean: float, sd: float) -> FloatArray:
    return np.asarray(ndtr((mean - x) / sd) if sd else x < mean, dtype=np.float64)


def _excess(distance: float, sd: float) -> float:
    """Return E[(X - q)^+] of a normal X with mean q + distance."""
    if sd == 0.0:
        return max(distance, 0.0)
    d = distance / sd
    return sd * (_density(d) + d * float(ndtr(d)))


def _density(x: float) -> float:
    return math.exp(-0.5 * x * x) / math.sqrt(2.0 * math.pi)
