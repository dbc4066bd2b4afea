"""What was posted beside what was lost while a position was being closed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from quant import _checks
from quant._typing import Side, Vector
from quant.backtesting import _binomial
from quant.backtesting._result import TestResult

__all__ = ["Adequacy"]


@dataclass(frozen=True, slots=True, eq=False)
class Adequacy:
    """Posted margins or haircuts beside the losses they were to cover.

    Attributes
    ----------
    posted : Series (K,)
        What was held against the loss, a fraction of value, by the first period of the loss.
    loss : Series (K,)
        Loss over the horizon, a fraction of value, at the end of it or at its worst point.
    horizon : int
        Periods a loss runs over.
    level : float or None
        Coverage aimed at; None when nobody stated it.
    side : {"long", "short"}
    what : str
        ``"margin"`` or ``"haircut"``.
    """

    posted: pd.Series
    loss: pd.Series
    horizon: int
    level: float | None
    side: Side
    what: str

    @property
    def shortfall(self) -> pd.Series:
        """What was lost beyond what was posted, 0 where it sufficed (K,)."""
        missing = np.maximum(self._losses - self._held, 0.0)
        return pd.Series(missing, index=self.loss.index, name="shortfall")

    @property
    def n_obs(self) -> int:
        """Number of losses, K; neighbours share periods when the horizon is above one."""
        return len(self.loss)

    @property
    def n_shortfalls(self) -> int:
        """Number of losses above what was posted."""
        return int(np.count_nonzero(self._losses > self._held))

    @property
    def coverage(self) -> float:
        """Share of the losses that were covered."""
        return 1.0 - self.n_shortfalls / self.n_obs

    def episodes(self) -> pd.DataFrame:
        """Return a row per run of neighbouring shortfalls.

        Columns: ``start`` and ``end``, first periods of the first and the last loss of the run;
        ``duration``, losses in it (one shock of one period is seen by `horizon` of them);
        ``largest`` and ``mean`` shortfall, fractions of value.
        """
        missing = self.shortfall.to_numpy()
        short = np.concatenate([[False], self._losses > self._held, [False]])
        edges = np.flatnonzero(short[1:] != short[:-1])
        rows = [
            {
                "start": self.loss.index[first],
                "end": self.loss.index[after - 1],
                "duration": after - first,
                "largest": float(missing[first:after].max()),
                "mean": float(missing[first:after].mean()),
            }
            for first, after in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)
        ]
        return pd.DataFrame(rows, columns=["start", "end", "duration", "largest", "mean"])

    def test(self, level: float | None = None) -> TestResult:
        """Test that what was posted suffices with at least the probability `level`.

        Parameters
        ----------
        level : float, optional
            Coverage aimed at; that of the model when left out.

        Returns
        -------
        TestResult
            `statistic` is the number of shortfalls; `pvalue` the binomial P(X >= x), which never
            fails a prudent margin. Where losses share periods it is twice the mean over the
            subsamples of every `horizon`-th loss, a p-value whatever their dependence.

        References
        ----------
        Vovk and Wang (2020), Combining p-values via averaging, Biometrika 107, proposition 2.
        """
        aimed = self._aimed(level)
        short = self._losses > self._held
        parts = [short[offset :: self.horizon] for offset in range(min(self.horizon, self.n_obs))]
        tails = [_binomial.at_least(int(part.sum()), int(part.size), 1.0 - aimed) for part in parts]
        merged = tails[0] if len(tails) == 1 else min(1.0, 2.0 * float(np.mean(tails)))
        return TestResult(
            name=f"{self.what} adequacy",
            null=f"the {self.what} covers the loss with probability at least {aimed:.4g}",
            statistic=float(self.n_shortfalls),
            pvalue=merged,
            extras={
                "expected": self.n_obs * (1.0 - aimed),
                "coverage": self.coverage,
                "subsamples": len(parts),
            },
        )

    def to_frame(self) -> pd.DataFrame:
        """Return a row per loss: posted, loss and shortfall."""
        return pd.DataFrame(
            {"posted": self._held, "loss": self._losses, "shortfall": self.shortfall},
            index=self.loss.index,
        )

    @property
    def _losses(self) -> Vector:
        return self.loss.to_numpy(dtype=np.float64)

    @property
    def _held(self) -> Vector:
        return self.posted.to_numpy(dtype=np.float64)

    def _aimed(self, level: float | None) -> float:
        # posted margins of others come without the level they aim at
        return _checks.level(self.level if level is None else level)

    def __repr__(self) -> str:
        first, last = (_checks.stamp(self.loss.index[i]) for i in (0, -1))
        over = f"{self.horizon} period{'s' if self.horizon > 1 else ''}"
        lines = [
            f"{self.what.capitalize()} adequacy, {self.side} side, over {over}",
            f"  losses      {self.n_obs}, from {first} to {last}",
            f"  covered     {self.coverage:.2%}"
            + ("" if self.level is None else f", aimed at {self.level:.4g}"),
            f"  shortfalls  {self.n_shortfalls}",
        ]
        if self.n_shortfalls:
            runs = self.episodes()
            worst = runs.iloc[int(np.argmax(runs["largest"].to_numpy()))]
            lines.append(
                f"  largest     {worst['largest']:.4g} of value, in the run from "
                f"{_checks.stamp(worst['start'])}; longest run {runs['duration'].max()}"
            )
        return "\n".join(lines)
