"""What a test asks of a backtest before it reads it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from quant.backtesting.base import Backtest
from quant.errors import InputError, InsufficientDataError
from quant.risk.measures import ES, VaR


@runtime_checkable
class Posted(Protocol):
    """A model that posts a measure with adjustments on top."""

    @property
    def measure(self) -> object: ...
    @property
    def adjustments(self) -> Sequence[object]: ...


def a_backtest(given: object, who: str) -> None:
    """Refuse anything but a Backtest."""
    if not isinstance(given, Backtest):
        raise InputError(
            f"bt: expected a Backtest, which {who} reads, got {type(given).__name__}; "
            "make one with backtest or Backtest.from_arrays"
        )


def var_forecasts(bt: Backtest, who: str) -> None:
    """Refuse numbers that a spec says are not a VaR: they are breached less often by design."""
    a_backtest(bt, who)
    measure: object = bt.spec
    adjustments: Sequence[object] = ()
    if isinstance(bt.spec, Posted):
        measure, adjustments = bt.spec.measure, bt.spec.adjustments
    elif not isinstance(bt.spec, VaR | ES):
        return
    if not isinstance(measure, VaR) or adjustments:
        added = f" with {len(adjustments)} adjustments" if adjustments else ""
        raise InputError(
            f"spec: expected one whose var is a VaR, the only measure {who} has a null for, got "
            f"{measure!r}{added}; q.backtest(model, ...) tests the VaR of the model's estimator, "
            "backtest_margin what was posted"
        )


def at_least(bt: Backtest, who: str, minimum: int) -> None:
    """Refuse fewer losses than the test can use."""
    if bt.n_obs < minimum:
        raise InsufficientDataError(
            f"loss: expected at least {minimum} losses for {who}, got {bt.n_obs}; "
            "backtest a longer history"
        )
