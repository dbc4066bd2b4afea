"""Windows fitted in chains: each from the estimates of the one before, the first from cold starts.

Imported inside functions only, as the engine is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from quant._typing import Vector
from quant.volatility._bounds import Flags, Indices
from quant.volatility._engine import estimate as estimate_cold
from quant.volatility._engine import estimate_near
from quant.volatility._fast_estimates import FastEstimates, FastModel

LENGTH = 8  # windows of a chain
_STRAYED = 1e-3  # log-likelihood; closer local maxima count as one


@dataclass(frozen=True, slots=True, eq=False)
class ChainedEstimates:
    """Estimates of windows in order.

    Attributes
    ----------
    restarted : ndarray (n,) of bool
        Windows that began from the cold starts.
    strayed : ndarray (n,) of bool
        Last windows of chains which, carried on, find another maximum than the next cold fit.
    """

    found: FastEstimates
    restarted: Flags
    strayed: Flags


def estimate(
    model: FastModel, returns: Vector, ends: Indices, n: int, beyond: int | None
) -> ChainedEstimates:
    """Fit the windows returns[end - n : end] in chains that start at every `LENGTH`-th.

    All chains take a step in one call; no chain sees another. `beyond` is the end of the window
    after the last, if the chains go on there.
    """
    heads = ends[::LENGTH]
    ahead = heads if beyond is None else np.append(heads, beyond)
    cold = estimate_cold(model, returns, ahead, n)
    now = cold.of(slice(heads.size))
    parts, places = [now], [np.arange(0, ends.size, LENGTH)]
    restarted = np.zeros(ends.size, np.bool_)
    restarted[::LENGTH] = True
    for step in range(1, min(LENGTH, ends.size)):
        own = ends[step::LENGTH]
        now = estimate_near(model, returns, own, n, now.of(slice(own.size)))
        places.append(np.arange(step, ends.size, LENGTH))
        lost = np.flatnonzero(~now.converged)
        if lost.size:
            restarted[places[-1][lost]] = True
            now = now.mended(lost, estimate_cold(model, returns, own[lost], n))
        parts.append(now)
    strayed = np.zeros(ends.size, np.bool_)
    if ahead.size > 1:
        carried = estimate_near(model, returns, ahead[1:], n, now.of(slice(ahead.size - 1)))
        gap = np.abs(carried.loglikelihood - cold.loglikelihood[1:])
        strayed[LENGTH - 1 :: LENGTH][: gap.size] = gap > _STRAYED
    order = np.argsort(np.concatenate(places))
    return ChainedEstimates(parts[0].followed_by(*parts[1:]).of(order), restarted, strayed)
