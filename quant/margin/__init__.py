"""Margin: rates from loss forecasts, adjusted step by step, explained by their components."""

from __future__ import annotations

from quant.margin._history import MarginHistory
from quant.margin._schedule import MarginSchedule
from quant.margin.base import Adjustment, MarginContext, MarginRate
from quant.margin.brackets import Brackets
from quant.margin.buffer import Buffer
from quant.margin.cap import Cap
from quant.margin.floor import Floor
from quant.margin.long_run_floor import LongRunFloor
from quant.margin.margin_model import MarginModel
from quant.margin.round_up import RoundUp
from quant.margin.stressed_weight import StressedWeight

__all__ = [
    "Adjustment",
    "Brackets",
    "Buffer",
    "Cap",
    "Floor",
    "LongRunFloor",
    "MarginContext",
    "MarginHistory",
    "MarginModel",
    "MarginRate",
    "MarginSchedule",
    "RoundUp",
    "StressedWeight",
]
