"""The generalised Pareto tail of a loss above a threshold."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Self

import numpy as np
import numpy.typing as npt

from quant import _checks
from quant._typing import FloatArray, Matrix, Vector
from quant.distributions import _pareto
from quant.distributions._elementwise import ElementwiseLaw
from quant.distributions._pareto_draws import likely_tails
from quant.distributions._pareto_profile import profile_interval
from quant.errors import InputError, InsufficientDataError

__all__ = ["GPDTail"]

FEWEST = 10


@dataclass(frozen=True, slots=True, eq=False)
class GPDTail(ElementwiseLaw):
    r"""Peaks over a threshold: the tail of a loss as a generalised Pareto law.

    .. math::
        P(L > x) = \zeta \left(1 + \xi \frac{x - u}{\beta}\right)^{-1/\xi}, \quad x \ge u

    Parameters
    ----------
    xi : float
        Shape: above 0 the tail is polynomial with index 1 / xi, at 0 exponential, below 0 the
        loss has an end. From 1 on the mean beyond any quantile is infinite.
    beta : float
        Scale, above 0, in the unit of the loss.
    threshold : float
        u, where the tail begins, in the unit of the loss.
    exceed_share : float
        :math:`\zeta`, the probability of a loss above the threshold, in (0, 1].
    excesses : ndarray (k,), optional
        Losses above the threshold, less the threshold, that the tail was fitted to; standard
        errors and intervals need them.

    Raises
    ------
    InputError
        If `beta` is not above 0, `exceed_share` not in (0, 1], or a question concerns the part
        below the threshold, of which the law knows only its probability.

    Notes
    -----
    The normal interval of a far quantile is poor when xi exceeds about 0.2: the likelihood falls
    slowly on one side. `var_interval` and `es_interval` follow the profile likelihood instead,
    that of the share of exceedances included.

    References
    ----------
    McNeil, Frey and Embrechts (2015), Quantitative Risk Management, section 5.2.
    Davison and Smith (1990), Models for exceedances over high thresholds, section 2.

    Examples
    --------
    >>> law = GPDTail(xi=0.2, beta=0.6, threshold=1.5, exceed_share=0.1)
    >>> f"{law.ppf(0.99):.4f} {law.tail_mean(0.99):.4f}"
    '3.2547 4.4433'
    """

    xi: float
    beta: float
    threshold: float = 0.0
    exceed_share: float = 1.0
    excesses: Vector | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        keep = object.__setattr__
        keep(self, "xi", _checks.real("xi", self.xi))
        keep(self, "beta", _checks.positive("beta", self.beta))
        keep(self, "threshold", _checks.real("threshold", self.threshold))
        share = _checks.between("exceed_share", self.exceed_share, 0.0, 1.0, low_open=True)
        keep(self, "exceed_share", share)
        if self.excesses is not None:
            keep(self, "excesses", _checks.vector("excesses", self.excesses))

    @classmethod
    def fit(cls, losses: npt.ArrayLike, threshold: float) -> Self:
        """Return the maximum-likelihood tail of a sample of losses (n,) above `threshold`.

        Parameters
        ----------
        losses : array_like (n,)
            The whole sample, not its exceedances only: they are the losses strictly above
            `threshold`, and their share is a part of the law.
        threshold : float
            In the unit of the losses.

        Returns
        -------
        GPDTail

        Raises
        ------
        InsufficientDataError
            If fewer than 10 losses exceed the threshold.
        InputError
            If all of them are equal.
        """
        sample = _checks.vector("losses", losses)
        above = _checks.real("threshold", threshold)
        excesses = sample[sample > above] - above
        if excesses.size < FEWEST:
            raise InsufficientDataError(
                f"threshold: expected at least {FEWEST} losses above it, got {excesses.size} of "
                f"{sample.size} above {above:g}; lower it or lengthen the history"
            )
        if np.ptp(excesses) <= 1e-12 * float(excesses.max()):
            raise InputError(
                f"losses: expected variation above the threshold, got {excesses.size} times "
                f"{above + excesses[0]:g}; a tail cannot be fitted to one value"
            )
        best = _pareto.maximum(excesses)
        return cls(best.xi, best.beta, above, excesses.size / sample.size, excesses)

    @property
    def finite_mean(self) -> bool:
        """Whether the mean beyond a quantile is finite: xi below 1."""
        return self.xi < 1.0

    @property
    def on_bound(self) -> bool:
        """Whether a fitted shape is held at -1/2, where standard errors mean nothing."""
        return self.excesses is not None and self.xi <= _pareto.LEAST_SHAPE + 1e-6

    @property
    def loglikelihood(self) -> float:
        """Log-likelihood of the excesses."""
        return _pareto.loglikelihood(self._sample, self.xi, self.beta)

    def _cdf(self, x: FloatArray) -> FloatArray:
        if (x < self.threshold).any():
            raise InputError(
                f"x: expected losses of at least the threshold, {self.threshold:g}, got "
                f"{x.min():g}; below it only the share {1.0 - self.exceed_share:g} is known"
            )
        excess = (x - self.threshold) / self.beta
        room = np.maximum(self.xi * excess, -1.0)
        with np.errstate(divide="ignore"):
            log = np.where(room > -1.0, excess * _pareto.log_ratio(room), np.inf)
        return 1.0 - self.exceed_share * np.exp(-log)

    def _ppf(self, level: FloatArray) -> FloatArray:
        inside = (level > 0.0) & (level < 1.0) & (1.0 - level <= self.exceed_share + 1e-12)
        if not inside.all():
            raise InputError(
                f"level: expected numbers from {1.0 - self.exceed_share:g} up to 1, got "
                f"{level[~inside].flat[0]:g}; the tail begins there: lower the threshold"
            )
        # at the edge itself the two may differ by a rounding: the quantile is the threshold
        log = np.maximum(np.log(self.exceed_share) - np.log1p(-level), 0.0)
        room = self.xi * log
        small = np.abs(room) < 1e-12
        ratio = np.where(small, log, np.expm1(room) / (1.0 if self.xi == 0.0 else self.xi))
        return np.asarray(self.threshold + self.beta * ratio)

    def tail_mean(self, level: float) -> float:
        """Return the mean loss beyond the quantile, (VaR + beta - xi u) / (1 - xi)."""
        var = self.ppf(_checks.level(level))
        if not self.finite_mean:
            raise InputError(
                f"xi: expected a number below 1 for an expected shortfall, got {self.xi:g}; the "
                "mean of so heavy a tail is infinite: choose another threshold or ask for VaR"
            )
        return var + (self.beta + self.xi * (var - self.threshold)) / (1.0 - self.xi)

    def rvs(self, size: int | tuple[int, ...], seed: int = 0) -> FloatArray:
        """Return independent losses, each above the threshold; the same seed, the same draws."""
        tail = 1.0 - np.random.default_rng(seed).random(size)
        return np.asarray(self.ppf(1.0 - self.exceed_share * np.maximum(tail, 2.0**-53)))

    def param_cov(self) -> Matrix:
        """Return the covariance (3, 3) of xi, beta and exceed_share from observed information."""
        k = self._sample.size
        information = _pareto.information(self._sample, self.xi, self.beta)
        if self.on_bound or np.linalg.eigvalsh(information)[0] <= 0.0:
            raise InputError(
                f"xi: expected an estimate inside its bounds, got {self.xi:g}; it has no standard "
                "error: choose another threshold"
            )
        covariance = np.zeros((3, 3))
        covariance[:2, :2] = np.linalg.inv(information)
        covariance[2, 2] = self.exceed_share**2 * (1.0 - self.exceed_share) / k
        return covariance

    def likely(self, count: int, seed: int = 0) -> Matrix:
        """Return draws (count, 3) of xi, beta and exceed_share from what the sample says of them.

        The posterior under the maximal data information prior of Northrop and Attalides (2016), for
        tails with a mean where the estimate has one; the same seed gives the same draws.
        """
        estimate = (self.xi, self.beta, self.exceed_share)
        return likely_tails(self._sample, estimate, _checks.count("count", count), seed)

    def std_errors(self) -> dict[str, float]:
        """Return the standard errors of xi, beta and exceed_share."""
        errors = np.sqrt(np.diag(self.param_cov())).tolist()
        return dict(zip(("xi", "beta", "exceed_share"), errors, strict=True))

    def var_interval(self, level: float, confidence: float = 0.95) -> tuple[float, float]:
        """Return the profile-likelihood interval of the quantile at `level`."""
        return self._interval(level, confidence, lambda tail, xi: _pareto.power_ratio(tail, xi))

    def es_interval(self, level: float, confidence: float = 0.95) -> tuple[float, float]:
        """Return the profile-likelihood interval of the mean beyond the quantile at `level`."""
        self.tail_mean(level)
        return self._interval(
            level,
            confidence,
            lambda tail, xi: (
                (_pareto.power_ratio(tail, xi) + 1.0) / (1.0 - xi) if xi < 1.0 else math.inf
            ),
        )

    def _interval(
        self, level: float, confidence: float, of_unit: Callable[[float, float], float]
    ) -> tuple[float, float]:
        self.ppf(_checks.level(level))
        low, high = profile_interval(
            self._sample,
            (self.xi, self.beta, self.exceed_share),
            1.0 - level,
            _checks.level(confidence, "confidence"),
            of_unit,
        )
        return self.threshold + low, self.threshold + high

    @property
    def _sample(self) -> Vector:
        if self.excesses is None:
            raise InputError(
                "excesses: expected those the tail was fitted to, got None; use GPDTail.fit"
            )
        return self.excesses
