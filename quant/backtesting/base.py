"""What every test and score reads: losses beside the forecasts made for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from quant import _checks
from quant._typing import Side, Vector
from quant.backtesting._dates import as_dates, same_index
from quant.distributions.base import Distribution
from quant.errors import InputError

__all__ = ["Backtest"]

_ROUNDING = 1e-12  # relative slack of ES >= VaR: both may be sums of the same losses


@dataclass(frozen=True, slots=True, eq=False)
class Backtest:
    """Realised losses beside the forecasts made for them.

    The tests of coverage and independence (`kupiec`, `christoffersen`, `haas` and the others) read
    `var` and only `var`: a posted margin, or an ES put in its place, is breached less often than
    1 - `level` by design and has another null. Tests of the whole law read `pit`.

    Parameters
    ----------
    dates : pandas.Index (K,)
        End of each loss period; ascending and unique.
    loss : ndarray (K,)
        Realised losses, positive when money is lost, in the unit of `var`.
    var : ndarray (K,)
        VaR at `level` forecast for each loss from earlier data. May be negative (a hedged book).
    level : float
        Confidence of `var` and `es` in (0, 1), e.g. 0.99.
    horizon : int
        Periods each loss runs over.
    step : int or None
        Periods between the starts of neighbouring losses; None means `horizon`, no overlap.
    es : ndarray (K,) or None
        Expected shortfall at `level`; never below `var`.
    pit : ndarray (K,) or None
        Forecast distribution function at the realised loss, in [0, 1].
    laws : tuple of Distribution (K,) or None
        Forecast law of each loss.
    spec : object or None
        The specification that made the forecasts.
    side : {"long", "short"} or None
    converged : ndarray (K,) of bool, or None
        Whether the search behind each forecast settled; None where all did, or nobody knows.

    Raises
    ------
    InputError
        If lengths differ, a number is not finite, an ES is below its VaR, a PIT is outside
        [0, 1], or dates are unsorted or repeated.
    InsufficientDataError
        If there is no loss at all.

    Examples
    --------
    >>> bt = Backtest.from_arrays(loss=[0.01, -0.02, 0.05], var=[0.03, 0.03, 0.04], level=0.99)
    >>> bt.breaches
    array([False, False,  True])
    """

    dates: pd.Index
    loss: Vector
    var: Vector
    level: float
    horizon: int = 1
    step: int | None = None
    es: Vector | None = None
    pit: Vector | None = None
    laws: tuple[Distribution, ...] | None = None
    spec: object | None = None
    side: Side | None = None
    converged: npt.NDArray[np.bool_] | None = None

    def __post_init__(self) -> None:
        keep = object.__setattr__
        keep(self, "level", _checks.level(self.level))
        keep(self, "horizon", _checks.count("horizon", self.horizon))
        step = self.horizon if self.step is None else _checks.count("step", self.step)
        keep(self, "step", step)
        if self.side is not None:
            _checks.side(self.side)
        keep(self, "dates", as_dates(self.dates))
        for name in ("loss", "var", "es", "pit"):
            given = getattr(self, name)
            if given is not None:
                keep(self, name, self._row(name, given))
        if self.laws is not None:
            keep(self, "laws", tuple(self.laws))
            self._same_length("laws", len(self.laws))
        if self.converged is not None:
            keep(self, "converged", self._unsettled(self.converged))
        self._check_es()
        self._check_pit()

    @classmethod
    def from_arrays(
        cls,
        *,
        loss: npt.ArrayLike | pd.Series,
        var: npt.ArrayLike | pd.Series,
        level: float,
        es: npt.ArrayLike | pd.Series | None = None,
        horizon: int = 1,
        step: int | None = None,
        dates: pd.Index | Sequence[pd.Timestamp] | None = None,
        pit: npt.ArrayLike | pd.Series | None = None,
        laws: Sequence[Distribution] | None = None,
        spec: object | None = None,
        side: Side | None = None,
        converged: npt.ArrayLike | pd.Series | None = None,
    ) -> Backtest:
        """Return a backtest of anybody's forecasts.

        Parameters
        ----------
        loss, var, es, pit, converged : array_like (K,)
            See the class. Series must carry the same index, entry by entry: they are compared,
            never aligned, so that a forecast shifted by a day does not pass.
        level, horizon, step, laws, spec, side
            See the class.
        dates : sequence (K,), optional
            End of each loss period; taken from the first Series, else 0 to K - 1.

        Returns
        -------
        Backtest

        Raises
        ------
        InputError, InsufficientDataError
            As the class, and when two Series have different indices.
        """
        given = {"loss": loss, "var": var, "es": es, "pit": pit, "converged": converged}
        series = {name: row for name, row in given.items() if isinstance(row, pd.Series)}
        if dates is None:
            first = next(iter(series.values()), None)
            dates = pd.RangeIndex(np.size(loss)) if first is None else first.index
        index = as_dates(dates)
        for name, row in series.items():
            same_index(name, row.index, index)
        return cls(
            dates=index,
            loss=np.asarray(loss),
            var=np.asarray(var),
            level=level,
            horizon=horizon,
            step=step,
            es=None if es is None else np.asarray(es),
            pit=None if pit is None else np.asarray(pit),
            laws=None if laws is None else tuple(laws),
            spec=spec,
            side=side,
            converged=None if converged is None else np.asarray(converged),
        )

    @property
    def breaches(self) -> npt.NDArray[np.bool_]:
        """Where the loss exceeds the VaR, strictly; (K,)."""
        return self.loss > self.var

    @property
    def n_obs(self) -> int:
        """Number of losses, K."""
        return int(self.loss.size)

    @property
    def n_breaches(self) -> int:
        """Number of losses above their VaR."""
        return int(np.count_nonzero(self.breaches))

    @property
    def expected_breaches(self) -> float:
        """Number of breaches a correct VaR leads one to expect, K (1 - level)."""
        return self.n_obs * (1.0 - self.level)

    @property
    def overlapping(self) -> bool:
        """Whether neighbouring losses share periods, so that breaches are not independent."""
        return self.step is not None and self.step < self.horizon

    @property
    def shared_periods(self) -> int:
        """Number of losses that run over one period: every such-many-th stands alone."""
        assert self.step is not None
        return -(-self.horizon // self.step)

    def thinned(self, offset: int = 0) -> Backtest:
        """Return every `shared_periods`-th loss, the first being number `offset`: no overlap."""
        every = self.shared_periods
        first = _checks.count("offset", offset, 0)
        if first >= min(every, self.n_obs):
            raise InputError(
                f"offset: expected less than {min(every, self.n_obs)}, got {first}; "
                "later subsamples repeat earlier ones"
            )
        kept = slice(first, None, every)
        assert self.step is not None
        return replace(
            self,
            dates=self.dates[kept],
            loss=self.loss[kept],
            var=self.var[kept],
            step=every * self.step,
            es=None if self.es is None else self.es[kept],
            pit=None if self.pit is None else self.pit[kept],
            laws=None if self.laws is None else self.laws[kept],
            converged=None if self.converged is None else self.converged[kept],
        )

    def to_frame(self) -> pd.DataFrame:
        """Return a row per date: loss, var, es, pit and converged where known, and breach."""
        rows = {"loss": self.loss, "var": self.var, "es": self.es, "pit": self.pit}
        columns = {name: row for name, row in rows.items() if row is not None}
        table = pd.DataFrame(columns | {"breach": self.breaches}, index=self.dates)
        return table if self.converged is None else table.assign(converged=self.converged)

    def __repr__(self) -> str:
        measures = "VaR" if self.es is None else "VaR and ES"
        first, last = (_checks.stamp(self.dates[i]) for i in (0, -1))
        lines = [
            f"Backtest of a {self.level:.4g} {measures}"
            + ("" if self.side is None else f", {self.side} side"),
            f"  losses    {self.n_obs}, from {first} to {last}",
            f"  horizon   {self.horizon}, step {self.step}"
            + (" (overlapping)" if self.overlapping else ""),
            f"  breaches  {self.n_breaches}, expected {self.expected_breaches:.4g}",
        ]
        if self.n_breaches:
            worst = int(np.argmax(self.loss - self.var))
            lines.append(
                f"  worst     {_checks.stamp(self.dates[worst])}: "
                f"loss {self.loss[worst]:.4g} against VaR {self.var[worst]:.4g}"
            )
        if self.converged is not None:
            lines.append(
                f"  search    not converged behind {int(np.sum(~self.converged))} forecasts"
            )
        return "\n".join(lines)

    def _row(self, name: str, given: object) -> Vector:
        array = _checks.vector(name, given)
        self._same_length(name, array.size)
        return array

    def _unsettled(self, given: object) -> npt.NDArray[np.bool_] | None:
        flags = np.array(given)
        if flags.dtype != np.bool_ or flags.ndim != 1:
            raise InputError(
                f"converged: expected True or False per date, got {flags.dtype} of shape "
                f"{flags.shape}; pass booleans"
            )
        self._same_length("converged", flags.size)
        flags.setflags(write=False)
        return None if flags.all() else flags

    def _same_length(self, name: str, size: int) -> None:
        if size != len(self.dates):
            raise InputError(
                f"{name}: expected {len(self.dates)} entries, one per date, got {size}; "
                "pass one forecast for every loss"
            )

    def _check_es(self) -> None:
        if self.es is None:
            return
        below = self.es < self.var - _ROUNDING * np.abs(self.var)
        if below.any():
            at = int(np.argmax(below))
            raise InputError(
                f"es: expected at least the VaR, {self.var[at]:g}, got {self.es[at]:g} at "
                f"{_checks.stamp(self.dates[at])}; check that both are losses at one level"
            )

    def _check_pit(self) -> None:
        if self.pit is None:
            return
        outside = (self.pit < 0.0) | (self.pit > 1.0)
        if outside.any():
            at = int(np.argmax(outside))
            raise InputError(
                f"pit: expected numbers in [0, 1], got {self.pit[at]:g} at "
                f"{_checks.stamp(self.dates[at])}; pass the forecast cdf at the loss"
            )
