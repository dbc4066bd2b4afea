"""How much a margin asks for when markets fall, and what it costs to ask for less."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from quant import _checks
from quant._typing import Vector
from quant.backtesting._margin_path import MarginPath, largest_increase, margin_path, same_periods
from quant.errors import InputError

__all__ = ["procyclicality"]

_ALARM_LEVELS = {1: 0.25, 5: 0.5, 20: 1.0}


@dataclass(frozen=True, slots=True, eq=False)
class Procyclicality:
    """One table of a margin's procyclicality and the dates on which it rose too fast.

    Attributes
    ----------
    table : DataFrame
        A row per measure; a column ``rate`` at constant notional and, where prices are known,
        ``money`` at constant quantity.
    alarms : DataFrame
        A row per period in which the rate or the money stood above its level `periods` before by
        more than the alarm level: ``date``, ``path``, ``periods``, ``increase``, ``alarm_level``.
    """

    table: pd.DataFrame
    alarms: pd.DataFrame

    def to_frame(self) -> pd.DataFrame:
        """Return the table."""
        return self.table.copy()

    def __repr__(self) -> str:
        text: str = self.table.to_string(float_format=lambda x: f"{x:.4f}")
        return f"Procyclicality: {len(self.alarms)} alarms\n{text}"

    def _repr_html_(self) -> str:
        html: str = self.table.to_html(float_format=lambda x: f"{x:.4f}")
        return f"<p>Procyclicality: {len(self.alarms)} alarms</p>{html}"


def procyclicality(
    margin: MarginPath,
    prices: pd.Series | None = None,
    *,
    unmitigated: MarginPath | None = None,
    alarm_levels: Mapping[int, float] | None = None,
) -> Procyclicality:
    """Measure the procyclicality of a margin rate, and of the money it asks for.

    Parameters
    ----------
    margin : MarginHistory, Series or array_like (K,)
        Rates above zero, by the first period each applies to.
    prices : Series, optional
        Prices of the asset up to the last period, from the date before the first; the money of one
        unit at the start of period t is the rate of t at the price before t.
    unmitigated : MarginHistory, Series or array_like (K,), optional
        What the model without its tool posts, for the cost.
    alarm_levels : mapping of int to float, optional
        Relative increase that raises an alarm, by number of periods; 25 % in 1, 50 % in 5 and
        100 % in 20 when left out: round numbers, not those of a rule.

    Returns
    -------
    Procyclicality
        Rows ``mean``, ``peak_to_trough``, ``peak_after_trough`` (the largest margin over the
        smallest before it), for each n of `alarm_levels` ``increase_n_exact`` and
        ``increase_n_within``, and ``cost`` where `unmitigated` is given.

    Raises
    ------
    InputError
        If a margin is not above zero, periods differ, or a price is missing.
    InsufficientDataError
        If the path is not longer than the longest number of periods.

    Notes
    -----
    A rate at constant notional shows the model; money at constant quantity shows the call: in a
    falling market a rising rate meets a falling price, and a short's margin rises with the price.

    References
    ----------
    Murphy, Vasios and Vause (2014), section 3; BCBS, CPMI and IOSCO (2025), Transparency and
    responsiveness of initial margin in centrally cleared markets, proposals on responsiveness.

    Examples
    --------
    >>> path = [100.0, 102.0, 98.0, 110.0, 150.0, 180.0, 160.0]
    >>> result = procyclicality(path, alarm_levels={1: 0.30, 5: 0.75})
    >>> result.alarms[["date", "periods"]].to_numpy().tolist()
    [[4, 1], [5, 5]]
    """
    levels = _levels(_ALARM_LEVELS if alarm_levels is None else alarm_levels)
    rate = margin_path("margin", margin)
    paths = {"rate": rate}
    if prices is not None:
        paths["money"] = rate * _price_before(prices, rate.index)
    rows = {name: dict(_measures(path.to_numpy(), levels)) for name, path in paths.items()}
    if unmitigated is not None:
        raw = margin_path("unmitigated", unmitigated)
        same_periods(rate, raw)
        for name, path in paths.items():
            base = raw.to_numpy() * (path.to_numpy() / rate.to_numpy())
            rows[name]["cost"] = float(path.to_numpy().mean() / base.mean() - 1.0)
    alarms = [alarm for name, path in paths.items() for alarm in _alarms(name, path, levels)]
    columns = ["date", "path", "periods", "increase", "alarm_level"]
    return Procyclicality(pd.DataFrame(rows), pd.DataFrame(alarms, columns=columns))


def _measures(values: Vector, levels: Mapping[int, float]) -> Iterator[tuple[str, float]]:
    yield "mean", float(values.mean())
    yield "peak_to_trough", float(values.max() / values.min())
    yield "peak_after_trough", float((values / np.minimum.accumulate(values)).max())
    for periods in levels:
        rise = largest_increase(values, periods)
        yield f"increase_{periods}_exact", rise.exact
        yield f"increase_{periods}_within", rise.within


def _alarms(
    name: str, path: pd.Series, levels: Mapping[int, float]
) -> Iterator[tuple[object, str, int, float, float]]:
    values = path.to_numpy()
    for periods, level in levels.items():
        rises = values[periods:] / values[:-periods] - 1.0
        for i in np.flatnonzero(rises > level).tolist():
            yield path.index[i + periods], name, periods, float(rises[i]), level


def _levels(given: Mapping[int, float]) -> dict[int, float]:
    if not given:
        raise InputError(
            "alarm_levels: expected at least one number of periods, got none; pass {1: 0.25}"
        )
    return {
        _checks.count("alarm_levels periods", periods): _checks.positive(
            f"alarm_levels[{periods}]", given[periods]
        )
        for periods in sorted(given)
    }


def _price_before(prices: pd.Series, periods: pd.Index) -> Vector:
    """Return the last price known before each period."""
    known = margin_path("prices", prices)
    if isinstance(known.index, pd.DatetimeIndex) != isinstance(periods, pd.DatetimeIndex):
        raise InputError(
            f"prices: expected an index like that of margin, {type(periods).__name__}, got "
            f"{type(known.index).__name__}; give both by date"
        )
    at = known.index.searchsorted(periods, side="left") - 1
    if at[0] < 0:
        raise InputError(
            f"prices: expected a price before {_checks.stamp(periods[0])}, got the first at "
            f"{_checks.stamp(known.index[0])}; start the prices a period earlier"
        )
    return known.to_numpy()[at]
