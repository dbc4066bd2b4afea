"""margin."""

from __future__ import annotations

from quant.margin.brackets import Brackets

__all__ = ["Brackets"]
