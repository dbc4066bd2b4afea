"""What a test of expected shortfall asks of a backtest before it reads it."""

from __future__ import annotations

import numpy as np

from quant import _checks
from quant._typing import Vector
from quant.backtesting._requirements import a_backtest
from quant.backtesting.base import Backtest
from quant.distributions.base import Distribution
from quant.errors import InputError

_SMALLEST = 1e-3  # share of the mean ES - VaR below which a day's is not divided by any more


def expected_shortfall(bt: Backtest, who: str) -> Vector:
    """Return the ES forecasts, or refuse a backtest without them."""
    a_backtest(bt, who)
    if bt.es is None:
        raise InputError(
            f"es: expected the ES forecasts, which {who} needs, got None; "
            "pass es to Backtest.from_arrays"
        )
    return bt.es


def positive_shortfall(bt: Backtest, who: str) -> Vector:
    """Return the ES forecasts for a test that divides by them."""
    es = expected_shortfall(bt, who)
    above_zero("es", es, bt, f"by which {who} divides")
    return es


def tail_width(bt: Backtest, who: str) -> Vector:
    """Return ES - VaR for a test that divides by it: proportional to sigma in any scale family."""
    width = expected_shortfall(bt, who) - bt.var
    above_zero("es", width, bt, f"by which {who} divides, for ES - VaR")
    return width


def width_unit(bt: Backtest, who: str) -> Vector:
    """Return ES - VaR of each day, not below a thousandth of its mean; 1 where all are 0.

    In it the days of right forecasts of a scale family are independent and alike, also where the
    forecasts answer to the losses before them: what a simulated null needs.
    """
    width = np.maximum(expected_shortfall(bt, who) - bt.var, 0.0)
    least = _SMALLEST * float(width.mean())
    return np.maximum(width, least) if least > 0.0 else np.ones(bt.n_obs)


def forecast_laws(bt: Backtest, who: str) -> tuple[Distribution, ...]:
    """Return the forecast laws of the losses."""
    a_backtest(bt, who)
    if bt.laws is None:
        raise InputError(
            f"laws: expected the forecast law of each loss, which {who} needs, got None; "
            "pass laws to Backtest.from_arrays"
        )
    return bt.laws


def scale(bt: Backtest, sigma: object | None, who: str) -> Vector:
    """Return what residuals are divided by: `sigma` where given, else ES - VaR."""
    if sigma is None:
        return tail_width(bt, who)
    given = _checks.vector("sigma", sigma)
    if given.size != bt.n_obs:
        raise InputError(
            f"sigma: expected {bt.n_obs} entries, one per loss, got {given.size}; "
            "pass the volatility forecast of each loss"
        )
    above_zero("sigma", given, bt, f"by which {who} divides")
    return given


def above_zero(name: str, values: Vector, bt: Backtest, why: str) -> None:
    """Refuse a value at or below zero, with its date."""
    if (values <= 0.0).any():
        at = int(np.argmax(values <= 0.0))
        raise InputError(
            f"{name}: expected numbers above 0, {why}, got {values[at]:g} at "
            f"{_checks.stamp(bt.dates[at])}; leave out a book that is hedged on some days"
        )
