"""Rows of the study of breach rates, and the bands they are held against."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri
from scipy.stats import binom

BAND = 0.999  # of every cell by itself


@dataclass(frozen=True, slots=True)
class Place:
    """Which number is asked: a level, a horizon and a side."""

    level: float
    horizon: int
    side: str


@dataclass(frozen=True, slots=True)
class Cell:
    """A row of the table, as text; rates and bands are shares of the outcomes."""

    case: str
    parameters: str
    level: str
    horizon: str
    side: str
    forecasts: str
    outcomes: str
    expected: str
    expected_error: str
    rate: str
    low: str
    high: str
    inside: str
    seed: str


def generator(seed: int, *names: object) -> np.random.Generator:
    """Return a generator for these names alone, so that no cell hangs on another."""
    return np.random.default_rng([seed, zlib.crc32(repr(names).encode())])


def counted(case: str, place: Place, breaches: int, forecasts: int, p: float, seed: int) -> Cell:
    """Return the cell of independent breaches of a known probability: the binomial band."""
    low, high = binom.interval(BAND, forecasts, p)
    inside = low <= breaches <= high
    ends = (breaches / forecasts, low / forecasts, high / forecasts)
    return _cell(case, "known", place, forecasts, 1, (p, 0.0, *ends), inside, seed)


def bounded(case: str, place: Place, breaches: int, periods: int, bound: float, seed: int) -> Cell:
    """Return the cell of one chain of forecasts whose breach rate has a proved bound."""
    rate, expected = breaches / periods, 1.0 - place.level
    low, high = max(expected - bound, 0.0), expected + bound
    inside = low <= rate <= high
    return _cell(case, "bound", place, periods, 1, (expected, 0.0, rate, low, high), inside, seed)


def compared(
    case: str,
    place: Place,
    expectation: np.ndarray,
    run: np.ndarray,
    outcomes: int,
    seed: int,
    *,
    exact: float | None = None,
) -> Cell:
    """Return the cell of breach rates per forecast, against those of another run or a known one."""
    expected, error = float(expectation.mean()), _error(expectation)
    if exact is not None:
        expected, error = exact, 0.0
    half = float(ndtri(0.5 + BAND / 2)) * float(np.hypot(error, _error(run)))
    rate = float(run.mean())
    low, high = max(expected - half, 0.0), expected + half
    numbers = (expected, error, rate, low, high)
    inside = low <= rate <= high
    return _cell(case, "estimated", place, run.size, outcomes, numbers, inside, seed)


def _error(rates: np.ndarray) -> float:
    return float(rates.std(ddof=1) / np.sqrt(rates.size))


def _cell(
    case: str,
    parameters: str,
    place: Place,
    forecasts: int,
    outcomes: int,
    numbers: tuple[float, ...],
    inside: bool,
    seed: int,
) -> Cell:
    where = (f"{place.level:g}", str(place.horizon), place.side)
    counts = (str(forecasts), str(outcomes))
    written = (f"{number:.5f}" for number in numbers)
    return Cell(case, parameters, *where, *counts, *written, "yes" if inside else "NO", str(seed))
