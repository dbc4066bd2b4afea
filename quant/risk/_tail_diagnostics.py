"""What helps to choose a threshold: tails fitted over many of them, side by side."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from quant import _checks
from quant._typing import Vector
from quant.distributions.gpd_tail import GPDTail
from quant.errors import InputError

SHARES = (0.02, 0.03, 0.04, 0.05, 0.06, 0.08, 0.1, 0.12, 0.15, 0.2, 0.25)


def hill(losses: Vector, k: int) -> float:
    """Return Hill's estimate of xi from the k largest losses, over the (k + 1)-th.

    The mean of log L_(i), i = 1, ..., k, less log L_(k+1); programs that take the k-th largest as
    threshold give (k - 1) / k times the estimate for k - 1.
    """
    worst = np.sort(losses)[-k - 1 :]
    if worst[0] <= 0.0:
        raise InputError(
            f"k: expected fewer losses than there are positive, got {k} of {losses.size}, the "
            f"next being {worst[0]:g}; take fewer"
        )
    return float(np.mean(np.log(worst[1:])) - np.log(worst[0]))


def threshold_table(losses: Vector, shares: Sequence[float]) -> pd.DataFrame:
    """Return a row per threshold, by the number of losses above it, k.

    Columns: `threshold`; `mean_excess`, linear in the threshold under a generalised Pareto tail;
    `xi` and `beta` with `xi_std_error`; `modified_scale`, beta - xi times the threshold, level
    where the tail has begun; `hill`.
    """
    rows = {}
    ordered = np.sort(losses)
    for share in shares:
        asked = _checks.between("shares", share, 0.0, 0.5, low_open=True, high_open=True)
        tail = GPDTail.fit(losses, threshold=float(ordered[-int(asked * losses.size + 1e-9) - 1]))
        assert tail.excesses is not None
        k = tail.excesses.size
        rows[k] = {
            "threshold": tail.threshold,
            "mean_excess": float(tail.excesses.mean()),
            "xi": tail.xi,
            "xi_std_error": None if tail.on_bound else tail.std_errors()["xi"],
            "beta": tail.beta,
            "modified_scale": tail.beta - tail.xi * tail.threshold,
            "hill": hill(losses, k) if tail.threshold > 0.0 else None,
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("k")
