"""The stationary bootstrap: returns in blocks of random length, the sample bent to a circle."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pandas as pd

from quant._typing import Matrix

# Rows drawn together: memory stays bounded however many samples are asked for.
TOGETHER = 256


def default_block(n: int) -> int:
    """Return the mean block length for a sample of `n`: its cube root."""
    return max(1, round(math.cbrt(n)))


def blocks_of_rows(n_boot: int) -> Iterator[int]:
    """Yield the sizes in which `n_boot` samples are drawn: the same whoever asks."""
    for start in range(0, n_boot, TOGETHER):
        yield min(TOGETHER, n_boot - start)


def resampled(sample: pd.Series, block: int, n_boot: int, seed: int) -> Iterator[pd.Series]:
    """Yield samples of the same length and dates, made of blocks of mean length `block`.

    References
    ----------
    Politis and Romano (1994), section 2.
    """
    generator = np.random.default_rng(seed)
    values = sample.to_numpy(dtype=np.float64)
    for size in blocks_of_rows(n_boot):
        drawn: Matrix = values[_rows(generator, size, values.size, block)]
        for row in drawn:
            yield pd.Series(row, index=sample.index, name=sample.name, copy=False)


def _rows(
    generator: np.random.Generator, size: int, n: int, block: int
) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    begins = generator.integers(0, n, size=(size, n))
    anew = generator.random((size, n)) < 1.0 / block
    anew[:, 0] = True
    step = np.arange(n)
    last = np.maximum.accumulate(np.where(anew, step, 0), axis=1)
    return (np.take_along_axis(begins, last, axis=1) + step - last) % n
