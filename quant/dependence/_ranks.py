"""Ranks of a panel: pseudo-observations, and Kendall's tau of all pairs at once."""

from __future__ import annotations

import numpy as np
import pandas as pd

from quant._typing import Matrix
from quant.dependence import _matrices


def pseudo_observations(panel: pd.DataFrame) -> Matrix:
    """Return (T, N) ranks over T + 1, inside the open unit interval; ties share their mean rank."""
    ranks: Matrix = panel.rank(method="average").to_numpy() / (len(panel) + 1.0)
    return ranks


def kendall(values: Matrix) -> Matrix:
    """Return (N, N) Kendall's tau-b: the correlation of the signs of all differences."""
    total = np.zeros((values.shape[1], values.shape[1]))
    for t in range(len(values) - 1):
        signs = np.sign(values[t + 1 :] - values[t])
        total += signs.T @ signs
    return _matrices.rescaled(total)
