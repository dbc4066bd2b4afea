"""Where a number comes from: its data, by fingerprint, and the packages used."""

from __future__ import annotations

import hashlib
import platform
from importlib.metadata import PackageNotFoundError, version

import numpy as np
import pandas as pd

_PACKAGES = ("quant-margin", "numpy", "scipy", "pandas", "arch")


def fingerprint(data: pd.Series | pd.DataFrame) -> dict[str, object]:
    """Return what identifies a history: a hash of its dates and values, its ends and its length."""
    frame = data.to_frame() if isinstance(data, pd.Series) else data
    digest = hashlib.sha256()
    digest.update("\n".join(_iso(date) for date in frame.index).encode())
    digest.update("\n".join(str(column) for column in frame.columns).encode())
    digest.update(np.ascontiguousarray(frame.to_numpy(dtype="<f8")).tobytes())
    return {
        "sha256": digest.hexdigest(),
        "names": [str(column) for column in frame.columns],
        "first": _iso(frame.index[0]),
        "last": _iso(frame.index[-1]),
        "rows": len(frame),
    }


def versions() -> dict[str, str]:
    """Return the versions of Python and of the packages that numbers depend on."""
    found = {"python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found


def _iso(date: object) -> str:
    """Return a date in ISO form."""
    return date.isoformat() if isinstance(date, pd.Timestamp) else str(date)
