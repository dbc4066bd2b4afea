"""Murphy diagrams: one forecast against another under every proper score at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import pandas as pd

from quant import _checks
from quant._typing import FloatArray, Vector
from quant.backtesting._es_requirements import expected_shortfall
from quant.backtesting._same_losses import named_backtests, same_losses
from quant.backtesting.base import Backtest
from quant.errors import InputError

__all__ = ["murphy_diagram"]

MeasureName: TypeAlias = Literal["VaR", "ES"]


@dataclass(frozen=True, slots=True, eq=False)
class MurphyDiagram:
    """Mean elementary scores of forecasts at each threshold; lower is better.

    Attributes
    ----------
    measure : {"VaR", "ES"}
    level : float
    thresholds : ndarray (G,)
        In the unit of the losses, ascending.
    scores : DataFrame (G, forecasts)
        Indexed by the thresholds.
    """

    measure: MeasureName
    level: float
    thresholds: Vector
    scores: pd.DataFrame

    def dominant(self) -> str | None:
        """Return the forecast that no other scores below at any threshold, None if none does."""
        least = self.scores.min(axis=1)
        for name in self.scores.columns:
            if (self.scores[name] <= least * (1.0 + 1e-12)).all():
                return str(name)
        return None

    def __repr__(self) -> str:
        return (
            f"Murphy diagram of {', '.join(map(str, self.scores.columns))}: {self.level:.4g} "
            f"{self.measure}, {self.thresholds.size} thresholds from {self.thresholds[0]:.4g} to "
            f"{self.thresholds[-1]:.4g}"
        )


def murphy_diagram(
    forecasts: Backtest | Mapping[str, Backtest],
    *,
    measure: MeasureName = "VaR",
    thresholds: object | None = None,
) -> MurphyDiagram:
    r"""Return the mean elementary scores of forecasts at each threshold.

    .. math:: S^{VaR}_\theta &= (1\{L > VaR\} - p)(1\{\theta < L\} - 1\{\theta < VaR\}) \\
        S^{ES}_\theta &= 1\{\theta \ge ES\} \left(\frac{(L - VaR)^+}{p} + VaR - \theta\right)
        + 1\{\theta \ge L\} (\theta - L)

    with p = 1 - level. Every consistent score is a mixture of these: a forecast whose curve is
    nowhere above another's is better under all of them.

    Parameters
    ----------
    forecasts : Backtest or mapping of str to Backtest
        For the same losses. A single one is named "forecast".
    measure : {"VaR", "ES"}
        ``"ES"`` scores the pair, and leaves out the scores of VaR alone.
    thresholds : array_like (G,), optional
        By default 501 from the smallest to the largest number among forecasts and losses; beyond
        those, differences between curves do not change.

    Returns
    -------
    MurphyDiagram

    Raises
    ------
    InputError
        If losses differ, there is no forecast, or ES is wanted and missing.

    Notes
    -----
    Scores are at least 0. Differences between forecasts, not levels, are what counts.

    References
    ----------
    Ehm, Gneiting, Jordan and Krueger (2016), Of quantiles and expectiles: consistent scoring
    functions, Choquet representations and forecast rankings, Journal of the Royal Statistical
    Society B 78; Ziegel, Krueger, Jordan and Fasciati (2020), Robust forecast evaluation of
    expected shortfall, Journal of Financial Econometrics 18.

    Examples
    --------
    >>> bt = Backtest.from_arrays(loss=[0.0, 2.0], var=[1.0, 1.0], level=0.75)
    >>> murphy_diagram(bt, thresholds=[0.5, 1.5]).scores["forecast"].tolist()
    [0.125, 0.375]
    """
    _checks.one_of("measure", measure, ("VaR", "ES"))
    named = (
        {"forecast": forecasts} if isinstance(forecasts, Backtest) else named_backtests(forecasts)
    )
    if not named:
        raise InputError("forecasts: expected at least one Backtest, got none; add one")
    first = next(iter(named.values()))
    for name, bt in named.items():
        same_losses(f"forecasts[{name!r}]", first, bt)
    grid = (
        _grid(list(named.values()), measure)
        if thresholds is None
        else np.sort(_checks.vector("thresholds", thresholds))
    )
    score = _var_scores if measure == "VaR" else _es_scores
    scores = pd.DataFrame(
        {name: [float(np.mean(score(bt, x))) for x in grid] for name, bt in named.items()},
        index=pd.Index(grid, name="threshold"),
    )
    grid.setflags(write=False)
    return MurphyDiagram(measure, first.level, grid, scores)


def _grid(forecasts: list[Backtest], measure: MeasureName) -> Vector:
    ends = [
        bt.var if measure == "VaR" else expected_shortfall(bt, "murphy_diagram") for bt in forecasts
    ]
    every: FloatArray = np.concatenate((*ends, forecasts[0].loss))
    return np.linspace(every.min(), every.max(), 501)


def _var_scores(bt: Backtest, threshold: float) -> Vector:
    side = (threshold < bt.loss).astype(np.float64) - (threshold < bt.var)
    return (bt.breaches - (1.0 - bt.level)) * side


def _es_scores(bt: Backtest, threshold: float) -> Vector:
    es = expected_shortfall(bt, "murphy_diagram")
    beyond = np.maximum(bt.loss - bt.var, 0.0) / (1.0 - bt.level)
    covered = np.where(threshold >= es, beyond + bt.var - threshold, 0.0)
    return covered + np.maximum(threshold - bt.loss, 0.0)
