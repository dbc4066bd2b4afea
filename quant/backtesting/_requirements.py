"""What a test asks of a backtest before it reads it."""

from __future__ import annotations

from quant.backtesting.base import Backtest
from quant.errors import InputError, InsufficientDataError


def independent(bt: Backtest, who: str) -> None:
    """Refuse losses that share periods: their breaches come in clusters under any model."""
    if bt.overlapping:
        raise InputError(
            f"step: expected at least the horizon, {bt.horizon}, because {who} assumes "
            f"independent breaches, got {bt.step}; backtest with step=None, or keep every "
            "loss that does not overlap the one before"
        )


def at_least(bt: Backtest, who: str, minimum: int) -> None:
    """Refuse fewer losses than the test can use."""
    if bt.n_obs < minimum:
        raise InsufficientDataError(
            f"loss: expected at least {minimum} losses for {who}, got {bt.n_obs}; "
            "backtest a longer history"
        )
