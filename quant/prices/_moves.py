"""What the prices of one asset do: not positive, stale, spiking, restarting, moving far."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pandas as pd

from quant._typing import Vector
from quant.prices._rules import Kind
from quant.prices._runs import runs
from quant.prices.base import Finding

# A spike is a move and its reversal: each beyond 10 % and beyond 8 robust standard deviations of
# the 30 moves on either side, their sum under a quarter of the smaller.
_SPIKE_MOVE = 0.10
_SPIKE_SIGMAS = 8.0
_SPIKE_LEFT = 0.25
_NEIGHBOURS = 30
# A level is new when prices differ fivefold from one period to the next, or twofold (and by 4
# robust standard deviations of so long a time) after a pause of more than ten times the median
# distance between prices.
_RESTART_AT_ONCE = math.log(5.0)
_RESTART_AFTER_PAUSE = math.log(2.0)
_RESTART_SIGMAS = 4.0
_PAUSE = 10.0
# Share of entries that are not positive from which a column holds no prices.
_NO_PRICES = 0.05
_MAD_TO_SIGMA = 1.4826


def value_findings(asset: str, prices: pd.Series) -> list[Finding]:
    """Return runs of prices that are not positive; a single one when these are no prices at all."""
    stamps, values = pd.DatetimeIndex(prices.index), prices.to_numpy(dtype=np.float64)
    flags = values <= 0.0
    if _no_prices(flags):
        rows = np.flatnonzero(flags)
        first, last = int(rows[0]), int(rows[-1])
        value = float(values[first])
        return [Finding(asset, "non-positive", stamps[first], stamps[last], value, rows.size)]
    return [
        Finding(asset, "non-positive", stamps[i], stamps[j], float(values[i]), j - i + 1)
        for i, j in runs(flags)
    ]


def _no_prices(flags: npt.NDArray[np.bool_]) -> bool:
    """Whether so many entries are not positive that they must be returns or rates."""
    return bool(flags.size and flags.mean() > _NO_PRICES)


def move_findings(
    asset: str, prices: pd.Series, *, large_move: float, stale_run: int
) -> list[Finding]:
    """Return stale runs, isolated spikes, restarts and large moves between own positive prices."""
    positive = prices.to_numpy(dtype=np.float64) > 0.0
    if _no_prices(~positive):
        return []
    own = prices[positive]
    stamps, values = pd.DatetimeIndex(own.index), own.to_numpy(dtype=np.float64)
    if values.size < 2:
        return []
    moves = np.diff(np.log(values))
    spikes = _spikes(moves)
    findings = [
        Finding(asset, "isolated spike", stamps[i + 1], stamps[i + 1], float(values[i + 1]))
        for i in spikes
    ]
    legs = set(spikes.tolist()) | set((spikes + 1).tolist())
    levels = [i for i in _restarts(moves, stamps) if i not in legs]
    far = np.flatnonzero(np.abs(moves) > large_move).tolist()
    findings += [_move(asset, "restart", stamps, moves, i) for i in levels]
    findings += [_move(asset, "large move", stamps, moves, i) for i in far]
    for i, j in runs(moves == 0.0):
        if j - i + 2 >= stale_run:
            findings.append(
                Finding(asset, "stale run", stamps[i], stamps[j + 1], float(values[i]), j - i + 2)
            )
    return findings


def _spikes(moves: Vector) -> npt.NDArray[np.int64]:
    """Return positions of the first leg of each spike that reverts at once."""
    out, back = moves[:-1], moves[1:]
    smaller = np.minimum(np.abs(out), np.abs(back))
    reverts = (smaller > _SPIKE_MOVE) & (np.abs(out + back) < _SPIKE_LEFT * smaller)
    kept = []
    for i in np.flatnonzero(reverts).tolist():
        around = np.concatenate(
            [moves[max(i - _NEIGHBOURS, 0) : i], moves[i + 2 : i + 2 + _NEIGHBOURS]]
        )
        if around.size and smaller[i] > _SPIKE_SIGMAS * _robust_sigma(around):
            kept.append(i)
    return np.array(kept, dtype=np.int64)


def _restarts(moves: Vector, stamps: pd.DatetimeIndex) -> list[int]:
    distance = np.diff(stamps.as_unit("ns").asi8).astype(np.float64)
    periods = distance / np.median(distance)
    far = _RESTART_SIGMAS * _robust_sigma(moves) * np.sqrt(periods)
    paused = (periods > _PAUSE) & (np.abs(moves) > np.maximum(_RESTART_AFTER_PAUSE, far))
    at_once = np.abs(moves) > _RESTART_AT_ONCE
    found: list[int] = np.flatnonzero(paused | at_once).tolist()
    return found


def _robust_sigma(moves: Vector) -> float:
    return _MAD_TO_SIGMA * float(np.median(np.abs(moves - np.median(moves))))


def _move(asset: str, kind: Kind, stamps: pd.DatetimeIndex, moves: Vector, i: int) -> Finding:
    return Finding(asset, kind, stamps[i + 1], stamps[i + 1], float(moves[i]))
