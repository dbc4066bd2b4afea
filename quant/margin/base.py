"""What a margin is made of: a base estimate, adjustments to it, and the components of the total."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, TypeVar

import pandas as pd

from quant import _checks
from quant._typing import Side
from quant.errors import InputError
from quant.risk._observed import Observed
from quant.risk.base import LossForecast, Measure, RiskEstimate, RiskEstimator, RiskFit

__all__ = ["Adjustment", "MarginContext", "MarginRate"]

Field = TypeVar("Field")


@dataclass(frozen=True, slots=True, eq=False)
class MarginContext:
    """What an adjustment may know.

    Attributes
    ----------
    as_of : pandas.Timestamp
        Last date whose return is known; the margin applies from the next period on.
    horizon : int
        Margin period of risk, in periods of the price history.
    measure : Measure
    side : {"long", "short"}
    returns : pandas.Series (T,)
        Log returns up to and including `as_of`.
    forecast : LossForecast or None
        The base law; absent while a history is folded (see `Adjustment`).
    previous : float or None
        What was posted last, in the unit of the running value; None on a fresh start.
    exposure : float
        Money at risk, 1 for a rate: running values are rate x exposure.
    market : mapping or None
        What is known of the market by name (spread, ADV, volatility), for add-ons that read it.
    realized : pandas.Series (T,) or None
        Realised variances of the dates of `returns`, where the caller has them.
    """

    as_of: pd.Timestamp
    horizon: int
    measure: Measure
    side: Side
    returns: pd.Series
    forecast: LossForecast | None = None
    previous: float | None = None
    exposure: float = 1.0
    market: Mapping[str, float] | None = None
    realized: pd.Series | None = None

    def fit(self, estimator: RiskEstimator, stretch: pd.Series) -> RiskFit:
        """Return an estimator fitted to a stretch of `returns` and what is known of its dates."""
        realized = None if self.realized is None else self.realized.loc[stretch.index]
        return Observed(stretch, realized).fit(estimator)

    def require_forecast(self, who: str) -> LossForecast:
        """Return the base law, or refuse in the name of the adjustment that needs it."""
        if self.forecast is None:
            raise InputError(
                f"forecast: expected by {who}, got None; read it in {who}.prepare(context), "
                "which is called while the forecast is known"
            )
        return self.forecast


class Adjustment(Protocol):
    """A step of the waterfall: the increment it adds to the running value.

    An adjustment that reads more than `previous` and `exposure` from the context may define
    ``prepare(context)``, which returns the adjustment with its numbers worked out. `history` calls
    it for all dates first, in parallel, and folds the prepared adjustments in date order. A
    ``note``, a text or a function of the increment, is a remark on the component; ``converged`` is
    False where a search behind it did not settle.
    """

    def __call__(self, running: float, context: MarginContext) -> float:
        """Return the increment, in the unit of the running value."""
        ...


@dataclass(frozen=True, slots=True)
class MarginComponent:
    """One named increment of a margin, as a fraction of exposure, with a remark where needed.

    `converged` is that of the forecast behind it.
    """

    name: str
    rate: float
    note: str = ""
    converged: bool = True

    @property
    def remarks(self) -> str:
        """The note, and whether the search did not settle."""
        unsettled = "" if self.converged else "search not converged"
        return ", ".join(remark for remark in (self.note, unsettled) if remark)


@dataclass(frozen=True, slots=True, eq=False)
class MarginRate:
    """A margin rate or haircut with its components.

    Attributes
    ----------
    components : tuple of MarginComponent
        ``base`` first, then one per adjustment in the written order; their rates sum to `value`.
    side : {"long", "short"}
    estimate : RiskEstimate
        The base estimate, with its standard error and its drivers.
    """

    components: tuple[MarginComponent, ...]
    side: Side
    estimate: RiskEstimate

    @property
    def value(self) -> float:
        """The rate, a fraction of exposure."""
        return sum(component.rate for component in self.components)

    @property
    def as_of(self) -> pd.Timestamp | None:
        """Last date whose data was used; the rate applies from the next period on."""
        return self.estimate.as_of

    @property
    def converged(self) -> bool:
        """Whether the searches behind the base and behind each adjustment settled."""
        return all(component.converged for component in self.components)

    @property
    def notes(self) -> str:
        """Remarks of the components, joined."""
        return "; ".join(f"{c.name}: {c.remarks}" for c in self.components if c.remarks)

    def amount(self, exposure: float) -> float:
        """Return the margin in money on an exposure of either sign."""
        return self.value * abs(_checks.real("exposure", exposure))

    def __float__(self) -> float:
        return self.value

    def __format__(self, spec: str) -> str:
        return format(self.value, spec)

    def __repr__(self) -> str:
        steps = " ".join(f"{c.name} {c.rate:+.4%}" for c in self.components)
        when = f" as of {_checks.stamp(self.as_of)}" if self.as_of is not None else ""
        unsettled = "" if self.converged else ", not converged"
        return f"MarginRate({self.value:.4%} {self.side}{when}: {steps}{unsettled})"
