"""The volatility paths of many assets: fitted together, moved on together, driven by any shocks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol, Self, runtime_checkable

import numpy as np
import pandas as pd

from quant import _checks
from quant._typing import FloatArray, Matrix
from quant.errors import ConvergenceError, InputError, InsufficientDataError, QuantError
from quant.risk._observed import of_column
from quant.risk._refits import volatility_fits
from quant.risk.base import estimation_window, realized_window
from quant.scenarios import _panel
from quant.volatility.base import VolatilityFit, VolatilityModel


@runtime_checkable
class WithErrors(Protocol):
    """A volatility fit whose paths draw errors of their own beside the shocks."""

    def with_errors(self, stream: int, first: int) -> VolatilityFit:
        """Return the fit that draws them from a stream, as of its path number `first`."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Filters:
    """One volatility fit per asset and the innovations of the window, (W, N).

    Attributes
    ----------
    fits : tuple of VolatilityFit
        In the order of the columns of `z`.
    z : DataFrame (W, N)
    period : Timedelta or None
        Usual distance of two dates.
    """

    fits: tuple[VolatilityFit, ...]
    z: pd.DataFrame = field(repr=False)
    period: pd.Timedelta | None

    @property
    def assets(self) -> list[str]:
        """Names of the N columns."""
        return list(self.z.columns)

    @property
    def as_of(self) -> pd.Timestamp | None:
        """Last date that was used, where rows are dated."""
        return _panel.as_of(self.z.index)

    def moves(self, shocks: FloatArray, first: int = 0) -> FloatArray:
        """Return the returns (s, h, N) of the next h periods that shocks (s, h, N) produce.

        They are those of the paths from number `first` on.
        """
        returns = np.empty_like(shocks)
        for j in range(len(self.fits)):
            returns[:, :, j] = self.moves_of(j, shocks[:, :, j], first)
        return returns

    def moves_of(self, j: int, shocks: Matrix, first: int = 0) -> Matrix:
        """Return the returns (s, h) of asset j; no two assets share the errors of a measurement."""
        fit = self.fits[j]
        own = fit.with_errors(j, first) if isinstance(fit, WithErrors) else fit
        return own.propagate(shocks)

    def steps(self, horizon: int) -> int:
        """Return the horizon when the innovations reach as far."""
        count = _checks.count("horizon", horizon)
        if count > len(self.z):
            raise InsufficientDataError(
                f"horizon: expected at most the {len(self.z)} innovations there are, got {count}; "
                "shorten the horizon or lengthen the history"
            )
        return count

    def update(
        self, returns: pd.DataFrame, realized: pd.DataFrame | None, window: int | None
    ) -> Self:
        """Return the fits moved on by new rows, parameters kept; the window is moved on too."""
        new = _panel.following(returns, self.z)
        moved = []
        for name, fit in zip(self.assets, self.fits, strict=True):
            with _naming(name):
                moved.append(fit.update(*of_column(new, realized, name)))
        z = pd.concat([self.z, _innovations(tuple(moved), self.assets)])
        return type(self)(tuple(moved), z if window is None else z.iloc[-window:], self.period)


def fitted(
    model: VolatilityModel,
    returns: pd.DataFrame,
    realized: pd.DataFrame | None,
    window: int | None,
    who: str,
) -> Filters:
    """Return the model fitted to the last `window` returns of every asset, on the same dates."""
    panel = _panel.whole(returns)
    names = list(panel.columns)
    if realized is not None and not isinstance(realized, pd.DataFrame):
        raise InputError(
            f"realized: expected a DataFrame with a column per asset, got "
            f"{type(realized).__name__}; use to_frame()"
        )
    fits = _fits(model, panel, realized, window, who)
    return Filters(fits, _innovations(fits, names), _panel.period(panel.index))


def _fits(
    model: VolatilityModel,
    panel: pd.DataFrame,
    realized: pd.DataFrame | None,
    window: int | None,
    who: str,
) -> tuple[VolatilityFit, ...]:
    pasts = [of_column(panel, realized, name) for name in panel.columns]
    if realized is None:
        try:
            return tuple(volatility_fits(model, [own for own, _ in pasts], window, who))
        except QuantError:
            pass  # one at a time, below, says which asset it was
    fits = []
    for name, (own, measured) in zip(panel.columns, pasts, strict=True):
        with _naming(name):
            kept = estimation_window(own, window, who)
            fits.append(model.fit(kept, realized_window(own, measured, kept)))
    return tuple(fits)


def _innovations(fits: tuple[VolatilityFit, ...], names: list[str]) -> pd.DataFrame:
    columns = np.column_stack([fit.z.to_numpy() for fit in fits])
    return pd.DataFrame(columns, index=fits[0].z.index, columns=names)


@contextmanager
def _naming(asset: object) -> Iterator[None]:
    """Say in a refusal which asset it is about."""
    try:
        yield
    except InputError as refusal:
        raise type(refusal)(f"{refusal} [asset {asset}]") from None
    except ConvergenceError as failure:
        raise ConvergenceError(f"{failure} [asset {asset}]", best=failure.best) from None
