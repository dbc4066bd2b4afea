"""Pictures of results: one function, one file per kind of result."""

from __future__ import annotations

from quant.plotting._plot import plot

__all__ = ["plot"]
