"""Scenarios that repeat history: every asset's move on the same dates."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd

from quant import _checks
from quant._typing import FloatArray
from quant.errors import InsufficientDataError
from quant.scenarios import _panel
from quant.scenarios.base import BLOCK, Scenarios

__all__ = ["HistoricalScenarios"]


@dataclass(frozen=True, slots=True)
class HistoricalScenarios:
    r"""Past joint moves as equally likely futures.

    .. math:: r_s = \sum_{j=0}^{h-1} r_{t_s - j}

    Parameters
    ----------
    window : int, optional
        Last observations used; the whole history when left out.

    Notes
    -----
    A horizon of h periods sums h consecutive returns, windows overlapping by h - 1. The level of a
    tail estimate is then nearly right, but rows are not independent (`n_obs` counts window // h),
    and far out the tail is short of moves, as in `HistoricalSimulation`. Rows take every asset on
    the same dates, so past dependence is kept, that of the tail included.

    Examples
    --------
    >>> past = pd.DataFrame({"BTC": [0.01, -0.02, 0.03], "ETH": [0.02, -0.05, 0.01]})
    >>> HistoricalScenarios().fit(past).forecast(horizon=2).returns.round(2).tolist()
    [[-0.01, -0.03], [0.01, -0.04]]
    """

    window: int | None = None

    def __post_init__(self) -> None:
        if self.window is not None:
            object.__setattr__(self, "window", _checks.count("window", self.window))

    def fit(self, returns: pd.DataFrame) -> HistoricalScenariosFit:
        """Take the last `window` rows of a panel of log returns (T, N) without blanks.

        Raises
        ------
        InsufficientDataError
            If the window is longer than the history.
        InputError
            If the panel holds a blank, an infinite number or unsorted dates.
        """
        panel = _panel.whole(returns)
        if self.window is not None and len(panel) < self.window:
            raise InsufficientDataError(
                f"window: expected at most the {len(panel)} returns there are, got {self.window}; "
                "shorten the window or lengthen the history"
            )
        kept = panel if self.window is None else panel.iloc[-self.window :]
        return HistoricalScenariosFit(self, kept.copy())


@dataclass(frozen=True, slots=True, eq=False)
class HistoricalScenariosFit:
    """The joint returns that the scenarios repeat.

    Attributes
    ----------
    spec : HistoricalScenarios
    returns : pandas.DataFrame (T, N)
    """

    spec: HistoricalScenarios
    returns: pd.DataFrame

    def forecast(self, horizon: int = 1) -> Scenarios:
        """Return the sums of every `horizon` consecutive returns, labelled by their last date."""
        steps = self._steps(horizon)
        index = self.returns.index
        return Scenarios(
            steps.sum(axis=1),
            list(self.returns.columns),
            horizon,
            labels=index[horizon - 1 :],
            as_of=_panel.as_of(index),
            period=_panel.period(index),
            n_obs=len(index) // horizon,
        )

    def paths(self, horizon: int = 1) -> Iterator[FloatArray]:
        """Return every `horizon` consecutive returns in blocks (s, horizon, N), s <= 256."""
        steps = self._steps(horizon)
        return (
            np.ascontiguousarray(steps[start : start + BLOCK])
            for start in range(0, len(steps), BLOCK)
        )

    def update(self, returns: pd.DataFrame) -> Self:
        """Return the fit with new rows appended and the window moved on."""
        new = _panel.following(returns, self.returns)
        joined = pd.concat([self.returns, new])
        kept = joined if self.spec.window is None else joined.iloc[-self.spec.window :]
        return type(self)(self.spec, kept)

    def _steps(self, horizon: int) -> FloatArray:
        """Return a view (S, horizon, N) of the returns by sliding window."""
        _checks.count("horizon", horizon)
        values = self.returns.to_numpy(dtype=np.float64)
        if horizon > len(values):
            raise InsufficientDataError(
                f"horizon: expected at most the {len(values)} returns there are, got {horizon}; "
                "shorten the horizon or lengthen the history"
            )
        windows = np.lib.stride_tricks.sliding_window_view(values, horizon, axis=0)
        return windows.transpose(0, 2, 1)
