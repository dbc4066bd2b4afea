"""A sample of losses as a law."""

from __future__ import annotations

from dataclasses import dataclass
from typing import overload

import numpy as np

from quant import _checks, _numerics
from quant._typing import FloatArray, Rank, Scalar, Vector
from quant.errors import InputError

__all__ = ["Empirical"]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Empirical:
    r"""The law that puts a weight on each of a sample of losses.

    .. math:: P(L \le x) = \sum_s w_s 1\{l_s \le x\}

    Parameters
    ----------
    losses : array (S,)
        Losses, positive when money is lost; kept in the order given, read-only.
    weights : array (S,), optional
        Non-negative, summing to 1; equal when left out.
    finite_mean : bool
        False when the sample was drawn from a law whose tail mean is infinite, which no sample
        can show: ES then asks for a bound on the move.

    Raises
    ------
    InputError
        If a loss is not finite, or the weights are negative, do not fit or do not sum to 1.

    Notes
    -----
    `ppf` is the first loss from the worst at which the tail weight reaches 1 - level unless
    another `rank` is named (see `VaR`); `tail_mean` splits the atom at the quantile.

    References
    ----------
    Acerbi and Tasche (2002), On the coherence of expected shortfall, definition 2.6.

    Examples
    --------
    >>> law = Empirical([float(i) for i in range(1, 251)])
    >>> f"{law.ppf(0.99)} {law.tail_mean(0.99):.1f}"
    '248.0 249.2'
    """

    losses: Vector
    weights: Vector | None = None
    finite_mean: bool = True

    def __post_init__(self) -> None:
        losses = _checks.vector("losses", self.losses)
        object.__setattr__(self, "losses", losses)
        if self.weights is not None:
            object.__setattr__(self, "weights", _weights(self.weights, losses.size))

    @overload
    def cdf(self, x: float) -> float: ...
    @overload
    def cdf(self, x: FloatArray) -> FloatArray: ...
    def cdf(self, x: Scalar) -> Scalar:
        """Return the weight of the losses that do not exceed `x`."""
        if self.weights is None and np.ndim(x) == 0:
            return float(np.count_nonzero(self.losses <= x) / self.losses.size)
        order = np.argsort(self.losses, kind="stable")
        at_most = np.searchsorted(self.losses[order], x, side="right")
        if self.weights is None:
            weight = at_most / self.losses.size
        else:
            running = np.concatenate(([0.0], np.cumsum(self.weights[order])))
            weight = np.minimum(running, 1.0)[at_most]
        return float(weight) if np.ndim(x) == 0 else np.asarray(weight, dtype=np.float64)

    @overload
    def ppf(self, level: float, rank: Rank = "sample") -> float: ...
    @overload
    def ppf(self, level: FloatArray, rank: Rank = "sample") -> FloatArray: ...
    def ppf(self, level: Scalar, rank: Rank = "sample") -> Scalar:
        """Return the loss at each level under one of the three rank rules."""
        _checks.one_of("rank", rank, ("sample", "lower", "predictive"))
        levels = np.asarray(level, dtype=np.float64)
        found = [
            _numerics.sample_quantile(self.losses, _checks.level(float(c)), rank, self.weights)
            for c in levels.flat
        ]
        return found[0] if levels.ndim == 0 else np.array(found).reshape(levels.shape)

    def tail_mean(self, level: float) -> float:
        """Return the mean of the worst 1 - level of the weight, the atom at its edge split."""
        return _numerics.sample_tail_mean(self.losses, _checks.level(level), self.weights)

    def rvs(self, size: int | tuple[int, ...], seed: int = 0) -> FloatArray:
        """Return losses drawn with replacement by weight; the same seed gives the same draws."""
        return np.random.default_rng(seed).choice(self.losses, size=size, p=self.weights)

    def std(self) -> float:
        """Return the standard deviation of the law (divisor 1, not a sample correction)."""
        mean = np.average(self.losses, weights=self.weights)
        return float(np.sqrt(np.average((self.losses - mean) ** 2, weights=self.weights)))

    def __repr__(self) -> str:
        kind = "equal weights" if self.weights is None else "weighted"
        return f"Empirical({self.losses.size} losses, {kind})"


def _weights(weights: Vector, size: int) -> Vector:
    checked = _checks.vector("weights", weights)
    if checked.size != size:
        raise InputError(
            f"weights: expected one per loss, {size}, got {checked.size}; pass as many as losses"
        )
    if (checked < 0.0).any():
        raise InputError(
            f"weights: expected non-negative numbers, got {checked.min():g}; drop the sign"
        )
    if abs(checked.sum() - 1.0) > 1e-9:
        raise InputError(
            f"weights: expected a sum of 1, got {checked.sum():g}; divide them by their sum"
        )
    return checked
