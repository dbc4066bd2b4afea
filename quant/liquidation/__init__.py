"""Liquidation: when an account no longer meets its margin, and what follows."""

from __future__ import annotations

from quant.liquidation.price import liquidation_price

__all__ = ["liquidation_price"]
