"""Collateral: what it counts for and what it covers."""

from __future__ import annotations

from quant.collateral._schedules import CollateralSchedule, CollateralTier
from quant.collateral.coverage import Coverage, coverage
from quant.collateral.haircut_model import HaircutModel

__all__ = ["CollateralSchedule", "CollateralTier", "Coverage", "HaircutModel", "coverage"]
