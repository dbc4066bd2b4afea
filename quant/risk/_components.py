"""What each position contributes to a quantile of a sample."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from quant._typing import Vector
from quant.distributions.empirical import Empirical

Rows: TypeAlias = npt.NDArray[np.intp]

_SHARE = 0.25  # of the tail's scenarios, taken on either side of the quantile


def quantile_components(parts: pd.DataFrame, law: Empirical, value: float) -> pd.Series:
    r"""Return the contributions of the columns of `parts` to the quantile `value` of `law`.

    The Euler contribution of position i is :math:`E[L_i | L = VaR]`. The parts of the one scenario
    that is the quantile are an estimate of it from a single draw. Here the scenarios next to it in
    rank are averaged, a quarter as many on either side as lie in the tail: the mean of those at or
    above the quantile and of those at or below it, mixed so that the losses average to `value`.
    With fewer than four scenarios in the tail it is the one scenario. Scenarios of equal loss are
    averaged.

    References
    ----------
    Tasche (1999), Risk contributions and performance measurement. Hallerbach (2003), Decomposing
    portfolio value-at-risk: a general analysis, Journal of Risk 5.
    """
    order = np.argsort(-law.losses, kind="stable")
    ranked = law.losses[order]
    first, end = (int(np.searchsorted(-ranked, -value, side)) for side in ("left", "right"))
    width = int(_SHARE * (first + 1))
    low, high = order[first : end + width], order[max(first - width, 0) : end]
    weights = np.zeros(ranked.size)
    above, below = _mean(law, high), _mean(law, low)
    share = (value - below) / (above - below) if above > below else 0.5
    weights[high] += share * _probabilities(law, high)
    weights[low] += (1.0 - share) * _probabilities(law, low)
    near = np.flatnonzero(weights)
    return pd.Series(weights[near] @ parts.to_numpy()[near], index=parts.columns)


def _probabilities(law: Empirical, rows: Rows) -> Vector:
    if law.weights is None or not law.weights[rows].any():
        return np.full(rows.size, 1.0 / rows.size)
    return np.asarray(law.weights[rows] / law.weights[rows].sum())


def _mean(law: Empirical, rows: Rows) -> float:
    return float(_probabilities(law, rows) @ law.losses[rows])
