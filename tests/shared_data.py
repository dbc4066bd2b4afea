"""Where the development data folder is, when there is one beside the checkout."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


def shared() -> Path:
    """Return the folder with oracles and histories that the project may not carry, or skip."""
    beside = Path(__file__).resolve().parents[2] / "shared"
    folder = Path(os.environ.get("QUANT_SHARED", beside))
    if not folder.is_dir():
        pytest.skip(f"no development data at {folder}")
    return folder
