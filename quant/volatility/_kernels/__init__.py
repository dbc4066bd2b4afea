"""The compiled engine: loading any module of this package loads numba."""

from __future__ import annotations

__all__: list[str] = []
