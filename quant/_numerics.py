"""Arithmetic that must exist once: tail ranks, tail means, scores, quadrature.

Ranks count from the worst loss, 1 for the worst. `n (1 - level)` is rounded to the nearest whole
number when it lies within floating-point distance of one, so that 500 losses at 0.99 have exactly
five in the tail.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from quant._typing import FloatArray, Rank, Vector
from quant.errors import InputError, InsufficientDataError

_GUARD = 1e-9


def guarded(number: float) -> float:
    """Return the nearest whole number when `number` is one up to rounding, else `number`."""
    nearest = round(number)
    return float(nearest) if abs(number - nearest) <= _GUARD * max(1.0, abs(number)) else number


def worst_rank(n: int, level: float, rank: Rank = "sample") -> int:
    """Return the rank, counted from the worst of `n` equally weighted losses, that is the VaR.

    ``"sample"`` is ceil(n (1 - level)), the first loss from the worst at which the tail weight
    reaches 1 - level; ``"lower"`` is inf{l : P(L <= l) >= level}, floor(n (1 - level)) + 1;
    ``"predictive"`` is floor((n + 1)(1 - level)), whose iid breach probability, rank / (n + 1),
    never exceeds 1 - level.
    """
    tail = guarded(n * (1.0 - level))
    if rank == "sample":
        return max(1, math.ceil(tail))
    if rank == "lower":
        return math.floor(tail) + 1
    predictive = math.floor(guarded((n + 1) * (1.0 - level)))
    if predictive < 1:
        needed = math.ceil(1.0 / (1.0 - level) - _GUARD) - 1
        raise InsufficientDataError(
            f"rank: expected at least {needed} losses for a predictive {level:g} quantile, "
            f"got {n}; lengthen the history or lower the level"
        )
    return predictive


def sample_quantile(
    losses: Vector, level: float, rank: Rank = "sample", weights: Vector | None = None
) -> float:
    """Return the VaR of a (weighted) sample of losses under one of the three rank rules."""
    if weights is None:
        k = worst_rank(losses.size, level, rank)
        return float(np.partition(losses, losses.size - k)[losses.size - k])
    if rank == "predictive":
        raise InputError(
            "rank: expected 'sample' or 'lower' for weighted losses, got 'predictive'; "
            "the predictive rank is defined for equal weights"
        )
    order = np.argsort(-losses, kind="stable")
    tail = np.cumsum(weights[order])
    target = 1.0 - level
    reached = tail >= target - _GUARD if rank == "sample" else tail > target + _GUARD
    position = int(np.argmax(reached)) if reached.any() else losses.size - 1
    return float(losses[order[position]])


def tail_weights(losses: Vector, level: float, weights: Vector | None = None) -> Vector:
    """Return the share of each loss in the tail mean: it sums to one, the atom at VaR is split."""
    probability = np.full(losses.size, 1.0 / losses.size) if weights is None else weights
    target = 1.0 - level
    order = np.argsort(-losses, kind="stable")
    before = np.concatenate(([0.0], np.cumsum(probability[order])[:-1]))
    taken = np.clip(target - before, 0.0, probability[order])
    taken[taken <= _GUARD * target / losses.size] = 0.0
    share = np.empty_like(taken)
    share[order] = taken / taken.sum()
    return share


def sample_tail_mean(losses: Vector, level: float, weights: Vector | None = None) -> float:
    """Return the Acerbi-Tasche expected shortfall of a (weighted) sample of losses."""
    if weights is not None:
        return float(tail_weights(losses, level, weights) @ losses)
    tail = guarded(losses.size * (1.0 - level))
    if tail <= 1.0:
        return float(losses.max())
    k = math.floor(tail)
    worst = (
        np.sort(np.partition(losses, losses.size - k - 1)[losses.size - k - 1 :])
        if (k < losses.size)
        else np.sort(losses)
    )
    whole = math.fsum(worst[-k:])
    part = (tail - k) * float(worst[-k - 1]) if tail > k else 0.0
    return (whole + part) / tail


def tick(loss: FloatArray, var: FloatArray, level: float) -> FloatArray:
    """Return the quantile (tick) score of each loss: (1{loss > var} - (1 - level)) (loss - var)."""
    return ((loss > var) - (1.0 - level)) * (loss - var)


def fz0(loss: FloatArray, var: FloatArray, es: FloatArray, level: float) -> FloatArray:
    """Return the zero-degree Fissler-Ziegel score of each (VaR, ES) pair; needs ES > 0.

    With q = -VaR, e = -ES and y = -loss it is
    -1{y <= q}(q - y) / ((1 - level) e) + q / e + ln(-e) - 1.
    """
    excess = np.where(loss >= var, loss - var, 0.0)
    return excess / ((1.0 - level) * es) + var / es + np.log(es) - 1.0


_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(40)


def integrate(function: Callable[[FloatArray], FloatArray], knots: FloatArray) -> float:
    """Return the integral of a function that is smooth between knots, 40 Gauss points in each."""
    half = 0.5 * np.diff(knots)
    middle = 0.5 * (knots[1:] + knots[:-1])
    points = middle[:, None] + half[:, None] * _NODES
    values = function(points.ravel()).reshape(points.shape)
    return float(half @ (values @ _WEIGHTS))
