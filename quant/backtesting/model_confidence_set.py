"""Hansen, Lunde and Nason's set of the forecasts that none is shown to beat."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import pandas as pd

from quant import _checks
from quant.backtesting._same_losses import named_backtests, same_losses
from quant.backtesting._scoring import Score, tick_score
from quant.backtesting.base import Backtest
from quant.errors import InputError

__all__ = ["model_confidence_set"]

Method: TypeAlias = Literal["R", "max"]


@dataclass(frozen=True, slots=True, eq=False)
class ModelConfidenceSet:
    """The forecasts that survive, and how the others were eliminated.

    Attributes
    ----------
    included, excluded : tuple of str
        Survivors, and the eliminated in the order they went.
    pvalues : Series
        Of each forecast, in the order of elimination; never falling.
    mean_scores : Series
    significance : float
    method, block_length, reps, seed
        Of the bootstrap.
    """

    included: tuple[str, ...]
    excluded: tuple[str, ...]
    pvalues: pd.Series
    mean_scores: pd.Series
    significance: float
    method: Method
    block_length: int
    reps: int
    seed: int

    def to_frame(self) -> pd.DataFrame:
        """Return a row per forecast: mean score, p-value, whether included."""
        table = pd.DataFrame({"mean_score": self.mean_scores, "pvalue": self.pvalues})
        table["included"] = table["pvalue"] > self.significance
        return table.sort_values("mean_score")

    def __repr__(self) -> str:
        return (
            f"Model confidence set at {1.0 - self.significance:.4g} (T_{self.method}, blocks of "
            f"{self.block_length}, {self.reps} resamples, seed {self.seed})\n"
            f"{self.to_frame().to_string(float_format=lambda x: f'{x:.6g}')}"
        )


def model_confidence_set(
    forecasts: Mapping[str, Backtest],
    *,
    score: Score = tick_score,
    significance: float = 0.1,
    method: Method = "R",
    block_length: int | None = None,
    reps: int = 1_000,
    seed: int = 0,
) -> ModelConfidenceSet:
    r"""Return the forecasts that contain the best one with probability 1 - significance.

    While the equality of all mean scores is rejected, the worst forecast is eliminated. The null
    of each step is a circular block bootstrap of score differences.

    Parameters
    ----------
    forecasts : mapping of str to Backtest
        At least two, for the same losses.
    score : callable, optional
        Backtest to scores (K,), lower is better; `quantile_score` by default, or `fz0_score`.
    significance : float
    method : {"R", "max"}
        Largest difference between two forecasts, or from the mean of all.
    block_length : int, optional
        At least the number of losses that share a period; the square root of the number of losses
        by default.
    reps : int
        Resamples.
    seed : int

    Returns
    -------
    ModelConfidenceSet
        `included`, `excluded`, `pvalues` and what the bootstrap was.

    Raises
    ------
    InputError
        If there are fewer than two forecasts, or their losses differ.

    Notes
    -----
    Computed by `arch.bootstrap.MCS`. A finite-sample procedure it is not: the bootstrap is its law.

    References
    ----------
    Hansen, Lunde and Nason (2011), The model confidence set, Econometrica 79.

    Examples
    --------
    >>> import numpy as np
    >>> loss = np.random.default_rng(1).normal(size=500)
    >>> forecasts = {
    ...     name: Backtest.from_arrays(loss=loss, var=np.full(500, var), level=0.95)
    ...     for name, var in (("right", 1.645), ("low", 0.5))
    ... }
    >>> model_confidence_set(forecasts, reps=200).included
    ('right',)
    """
    significance = _checks.level(significance, "significance")
    _checks.one_of("method", method, ("R", "max"))
    reps, seed = _checks.count("reps", reps), _checks.count("seed", seed, 0)
    names = list(named_backtests(forecasts))
    if len(names) < 2:
        raise InputError(
            f"forecasts: expected at least two to compare, got {len(names)}; add a benchmark"
        )
    first = forecasts[names[0]]
    for name in names[1:]:
        same_losses(f"forecasts[{name!r}]", first, forecasts[name])
    if block_length is None:
        block_length = max(first.shared_periods, int(np.sqrt(first.n_obs)))
    block = _checks.count("block_length", block_length, first.shared_periods)
    scores = pd.DataFrame({name: score(forecasts[name]) for name in names})
    _check_differences(scores)
    order, pvalues = _eliminated(scores, significance, method, block, reps, seed)
    kept = tuple(name for name in names if pvalues[name] > significance)
    return ModelConfidenceSet(
        included=kept,
        excluded=tuple(name for name in order if name not in kept),
        pvalues=pvalues[order],
        mean_scores=scores.mean(),
        significance=significance,
        method=method,
        block_length=block,
        reps=reps,
        seed=seed,
    )


def _check_differences(scores: pd.DataFrame) -> None:
    for later, name in enumerate(scores.columns):
        for other in scores.columns[:later]:
            if np.ptp((scores[name] - scores[other]).to_numpy()) == 0.0:
                raise InputError(
                    f"forecasts: expected scores whose differences vary, got {name!r} and "
                    f"{other!r} a constant apart; leave one out"
                )


def _eliminated(
    scores: pd.DataFrame, significance: float, method: Method, block: int, reps: int, seed: int
) -> tuple[list[str], pd.Series]:
    """Return the names in the order of elimination and their p-values."""
    from arch.bootstrap import MCS

    numbered = scores.set_axis(range(scores.shape[1]), axis=1)
    mcs = MCS(
        numbered,
        size=significance,
        reps=reps,
        block_size=block,
        method=method,
        bootstrap="circular",
        seed=np.random.default_rng(seed),
    )
    mcs.compute()
    table = mcs.pvalues["Pvalue"]
    order = [str(scores.columns[i]) for i in table.index]
    return order, pd.Series(table.to_numpy(dtype=np.float64), index=order, name="pvalue")
