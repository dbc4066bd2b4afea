"""Make the SIMULATED crypto histories; no price in them was ever traded.

Run from the checkout's root::

    python data/make_simulated_crypto.py [FOLDER]

It writes simulated_crypto_close.csv (wide) and simulated_crypto_ohlcv.csv (long).

Returns follow GJR-GARCH(1, 1) recursions. Their shocks share a factor and the chi-square of a
Student-t, so that extremes come together; a rare common crash adds a jump to every coin, once
a very deep one. The stablecoin reverts to one dollar and loses its peg for some days. The path
within a day is a Brownian bridge from the previous close to the close, because the market never
closes; high and low are its extremes.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

SEED = 20_180_101
START = "2018-01-01"
DAYS = 2500
DIGITS = 6  # significant digits of a price

# GJR-GARCH of every coin, and the joint shocks: Student-t with NU degrees of freedom.
ALPHA, GAMMA, BETA = 0.07, 0.03, 0.90
NEWS_CAP = 5.0  # standard deviations of a shock that count, so that no crash feeds itself
NU = 4.5
CRASH_CHANCE, CRASH_MEAN = 0.003, 0.10  # per day; log size for a beta of 1
GREAT_CRASH = (930, 0.42)  # day, log size for a beta of 1

PEG_NOISE, PEG_MEMORY = 0.0006, 0.6
DEPEG = (1475, -0.11, 0.75)  # day, log size, share of it left a day later

STEPS = 24  # of the path within a day


@dataclass(frozen=True, slots=True)
class Coin:
    """How a simulated coin moves."""

    name: str
    price: float
    daily_volatility: float
    loading: float  # correlation with the common factor
    crash_beta: float
    drift: float
    volume: float  # coins per day
    listed: int = 0  # first day


COINS = (
    Coin("SIM-BTC", 9_000.0, 0.032, 0.90, 1.00, 0.0003, 40_000.0),
    Coin("SIM-ETH", 500.0, 0.042, 0.88, 1.15, 0.0006, 400_000.0),
    Coin("SIM-ALT1", 12.0, 0.055, 0.75, 1.30, 0.0003, 6_000_000.0),
    Coin("SIM-ALT2", 0.25, 0.062, 0.65, 1.35, 0.0005, 90_000_000.0),
    Coin("SIM-ALT3", 3.0, 0.070, 0.60, 1.40, 0.0006, 15_000_000.0, listed=1800),
    Coin("SIM-NEW", 1.5, 0.085, 0.50, 1.50, 0.0000, 8_000_000.0, listed=2410),
)
STABLE = "SIM-USD"
STABLE_VOLUME = 60_000_000.0


def log_moves(rng: np.random.Generator) -> np.ndarray:
    """Return (DAYS, coins) log returns."""
    loading = np.array([coin.loading for coin in COINS])
    factor = rng.standard_normal((DAYS, 1))
    own = rng.standard_normal((DAYS, len(COINS)))
    mixing = np.sqrt((NU - 2.0) / rng.chisquare(NU, (DAYS, 1)))
    z = mixing * (loading * factor + np.sqrt(1.0 - loading**2) * own)

    crash = np.where(rng.random(DAYS) < CRASH_CHANCE, rng.exponential(CRASH_MEAN, DAYS), 0.0)
    day, size = GREAT_CRASH
    crash[day] += size
    jumps = -np.outer(crash, [coin.crash_beta for coin in COINS])

    variance = np.array([coin.daily_volatility for coin in COINS]) ** 2
    omega = variance * (1.0 - ALPHA - GAMMA / 2.0 - BETA)
    drift = np.array([coin.drift for coin in COINS])
    moves = np.empty((DAYS, len(COINS)))
    for day in range(DAYS):
        shock = np.sqrt(variance) * z[day] + jumps[day]
        moves[day] = drift + shock
        news = np.minimum(shock**2, NEWS_CAP**2 * variance)
        variance = omega + (ALPHA + GAMMA * (shock < 0.0)) * news + BETA * variance
    return moves


def peg_moves(rng: np.random.Generator) -> np.ndarray:
    """Return (DAYS,) log returns of the stablecoin."""
    noise = PEG_NOISE * rng.standard_t(4.0, DAYS)
    off_peg = np.empty(DAYS)
    state = 0.0
    for day in range(DAYS):
        state = PEG_MEMORY * state + noise[day]
        off_peg[day] = state
    day, size, memory = DEPEG
    off_peg[day:] += size * memory ** np.arange(DAYS - day)
    return np.diff(off_peg, prepend=0.0)


def bars(
    rng: np.random.Generator, name: str, price: float, moves: np.ndarray, volume: float
) -> pd.DataFrame:
    """Return open, high, low, close and volume of one coin, whose days are `moves`."""
    n = moves.size
    close = np.log(price) + np.cumsum(moves)
    opened = np.concatenate([[np.log(price)], close[:-1]])
    scale = 0.5 * np.abs(moves) + 0.5 * pd.Series(np.abs(moves)).ewm(halflife=10).mean().to_numpy()
    walk = rng.standard_normal((n, STEPS)).cumsum(axis=1) / np.sqrt(STEPS)
    time = np.arange(1, STEPS + 1) / STEPS
    bridge = scale[:, None] * (walk - time * walk[:, -1:])
    path = opened[:, None] + time * moves[:, None] + bridge
    high = np.maximum(path.max(axis=1), opened)
    low = np.minimum(path.min(axis=1), opened)
    activity = np.exp(0.25 * rng.standard_normal(n)) * (scale / scale.mean()) ** 0.7
    columns = {"open": opened, "high": high, "low": low, "close": close}
    frame = pd.DataFrame({key: significant(np.exp(value)) for key, value in columns.items()})
    frame["volume"] = np.round(volume * activity).astype(np.int64)
    frame.insert(0, "asset", name)
    frame.insert(0, "date", pd.date_range(START, periods=DAYS)[DAYS - n :])
    return frame


def significant(values: np.ndarray) -> np.ndarray:
    """Return values rounded to DIGITS significant digits."""
    return np.array([float(f"{value:.{DIGITS}g}") for value in values])


def simulated_crypto() -> pd.DataFrame:
    """Return the long table of daily bars."""
    rng = np.random.default_rng(SEED)
    moves = log_moves(rng)
    peg = peg_moves(rng)
    parts = [
        bars(rng, coin.name, coin.price, moves[coin.listed :, column], coin.volume)
        for column, coin in enumerate(COINS)
    ]
    parts.append(bars(rng, STABLE, 1.0, peg, STABLE_VOLUME))
    return pd.concat(parts, ignore_index=True)


def closes(long: pd.DataFrame) -> pd.DataFrame:
    """Return the wide table of closes."""
    wide = long.pivot_table(index="date", columns="asset", values="close")
    return wide[[*(coin.name for coin in COINS), STABLE]]


if __name__ == "__main__":
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    long = simulated_crypto()
    long.to_csv(folder / "simulated_crypto_ohlcv.csv", index=False, date_format="%Y-%m-%d")
    closes(long).to_csv(folder / "simulated_crypto_close.csv", date_format="%Y-%m-%d")
