"""A law of which a few quantiles are known, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NoReturn, TypeAlias, overload

import numpy as np

from quant import _checks
from quant._typing import FloatArray, Scalar
from quant.errors import InputError

__all__ = ["Quantiles"]

Row: TypeAlias = tuple[float, float, float | None]

_SAME_LEVEL = 1e-12
_ROUNDING = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class Quantiles:
    r"""A law of a loss known at stated levels only: its quantile and, maybe, the mean beyond it.

    .. math:: P(L \le VaR_i) = level_i, \quad ES_i = E[L \mid L > VaR_i]

    Parameters
    ----------
    rows : sequence of (level, VaR, ES or None)
        One per level, levels ascending; VaR and ES in the unit of the loss, positive when money
        is lost. None where the expected shortfall is not known.

    Raises
    ------
    InputError
        If there is no row, levels do not ascend, a quantile falls as the level rises, or an
        expected shortfall is below its VaR.

    Notes
    -----
    What some estimators forecast that fit a quantile without a law around it. Any other question
    is refused: `ppf` and `tail_mean` between the levels, `cdf` and `rvs` altogether. A backtest of
    such forecasts has no `pit`, and no `es` where that is None.

    Examples
    --------
    >>> law = Quantiles([(0.975, 0.041, 0.052), (0.99, 0.049, None)])
    >>> law.ppf(0.99), law.tail_mean(0.975)
    (0.049, 0.052)
    >>> law.levels
    (0.975, 0.99)
    """

    rows: Sequence[Row]

    def __post_init__(self) -> None:
        kept = tuple(_row(row) for row in self.rows)
        if not kept:
            raise InputError("rows: expected at least one, got none; pass (level, VaR, ES)")
        for (low, left, _), (high, right, _) in pairwise(kept):
            if high <= low:
                raise InputError(
                    f"rows: expected ascending levels, got {high:g} after {low:g}; sort them"
                )
            if right < left:
                raise InputError(
                    f"rows: expected a VaR of at least {left:g} at {high:g}, got {right:g}; "
                    "quantiles must not cross"
                )
        object.__setattr__(self, "rows", kept)

    @property
    def levels(self) -> tuple[float, ...]:
        """The levels that can be asked for."""
        return tuple(level for level, _, _ in self.rows)

    @property
    def finite_mean(self) -> bool:
        """True: every number stated is finite."""
        return True

    def has_tail_mean(self, level: float) -> bool:
        """Say whether the expected shortfall at one of the levels is known."""
        return self._at(level)[2] is not None

    @overload
    def ppf(self, level: float) -> float: ...
    @overload
    def ppf(self, level: FloatArray) -> FloatArray: ...
    def ppf(self, level: Scalar) -> Scalar:
        """Return the quantile at one of the levels; an array of them is answered elementwise."""
        if np.ndim(level) == 0:
            return self._at(float(level))[1]
        asked = np.asarray(level, dtype=np.float64)
        return np.array([self._at(float(each))[1] for each in asked.flat]).reshape(asked.shape)

    def tail_mean(self, level: float) -> float:
        """Return the expected shortfall at one of the levels, where it is known."""
        es = self._at(level)[2]
        if es is None:
            raise InputError(
                f"level: expected one at which the ES is known, got {level:g} of a law that has "
                "its VaR only; ask for VaR, or use an estimator that forecasts both"
            )
        return es

    def cdf(self, x: Scalar) -> NoReturn:
        """Refuse: between its levels the law is not known."""
        raise InputError(
            f"x: expected no question for a probability, got {x!r}; the law is known at "
            f"{self._listed} only: use an estimator that forecasts a whole law"
        )

    def rvs(self, size: int | tuple[int, ...], seed: int = 0) -> FloatArray:
        """Refuse: what is known at a few levels cannot be drawn from."""
        raise InputError(
            f"size: expected no draws, got {size} with seed {seed}; the law is known at "
            f"{self._listed} only: use an estimator that forecasts a whole law"
        )

    def _at(self, level: float) -> Row:
        asked = _checks.level(level)
        for row in self.rows:
            if abs(row[0] - asked) <= _SAME_LEVEL:
                return row
        raise InputError(
            f"level: expected {self._listed}, where the law is known, got {asked:g}; ask there, "
            "or estimate at the level you need"
        )

    @property
    def _listed(self) -> str:
        return " or ".join(f"{level:.12g}" for level in self.levels)


def _row(row: Row) -> Row:
    try:
        level, var, es = row
    except (TypeError, ValueError):
        raise InputError(
            f"rows: expected (level, VaR, ES or None), got {row!r}; pass three entries"
        ) from None
    level, var = _checks.level(level), _checks.real("VaR", var)
    if es is None:
        return level, var, None
    es = _checks.real("ES", es)
    if es < var - _ROUNDING * abs(var):
        raise InputError(
            f"ES: expected at least the VaR, {var:g}, got {es:g} at {level:g}; check that both "
            "are losses at one level"
        )
    return level, var, es
