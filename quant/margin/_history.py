"""Rates through time."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from quant import _checks
from quant._typing import Side

__all__ = ["MarginHistory"]


@dataclass(frozen=True, slots=True, eq=False)
class MarginHistory:
    """The rates a model would have posted.

    Attributes
    ----------
    components : DataFrame (K, components)
        Indexed by the first period a rate applies to; rows sum to `value`.
    side : {"long", "short"}
    converged : Series (K,) of bool, or None
        Whether the searches behind each rate settled; None where all did, or nobody knows.
    """

    components: pd.DataFrame
    side: Side
    converged: pd.Series | None = None

    def __post_init__(self) -> None:
        if self.converged is not None and self.converged.all():
            object.__setattr__(self, "converged", None)

    @property
    def value(self) -> pd.Series:
        """The rate of each period (K,), a fraction of exposure."""
        return self.components.sum(axis=1).rename("rate")

    def __len__(self) -> int:
        return len(self.components)

    def __repr__(self) -> str:
        value = self.value
        unsettled = "" if self.converged is None else f", {(~self.converged).sum()} not converged"
        return (
            f"MarginHistory({self.side}, {len(value)} rates from {_checks.stamp(value.index[0])} "
            f"to {_checks.stamp(value.index[-1])}: mean {value.mean():.2%}, "
            f"min {value.min():.2%}, max {value.max():.2%}{unsettled})"
        )
