"""The command line: parse, call one public function, write."""

from __future__ import annotations

from quant.cli._main import main

__all__ = ["main"]
