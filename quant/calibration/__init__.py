"""Calibration: parameters chosen by a proper score, gated by tests, confirmed on a hold-out."""

from __future__ import annotations

from quant.calibration._search import calibrate
from quant.calibration.base import Calibration
from quant.calibration.defaults import default_haircut_model, default_margin_model

__all__ = ["Calibration", "calibrate", "default_haircut_model", "default_margin_model"]
