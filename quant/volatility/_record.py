"""The data behind a fit, kept once however often the fit is moved on."""

from __future__ import annotations

from collections.abc import Callable, Sequence, Sized
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import pandas as pd

from quant._typing import Vector

_MOST_BLOCKS = 32

Block = TypeVar("Block", bound=Sized)


def followed_by(
    blocks: tuple[Block, ...], new: Block, join: Callable[[Sequence[Block]], Block]
) -> tuple[Block, ...]:
    """Return the blocks and one more.

    When there are many, the last ones are joined with those before them that are no longer, so that
    a record of n single updates costs hardly more per update as it grows. Fits share blocks.
    """
    blocks = (*blocks, new)
    if len(blocks) <= _MOST_BLOCKS:
        return blocks
    cut = len(blocks) - 1
    size = len(blocks[cut])
    while cut > 0 and len(blocks[cut - 1]) <= size:
        cut -= 1
        size += len(blocks[cut])
    return (*blocks[:cut], join(blocks[cut:]))


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """Returns (T,) and, for models driven by them, realised variances of the same dates."""

    returns: pd.Series
    realized: pd.Series | None = None

    def __len__(self) -> int:
        return len(self.returns)

    @property
    def last(self) -> pd.Timestamp:
        """Date of the last return."""
        date: pd.Timestamp = self.returns.index[-1]
        return date

    def measurements(self) -> Vector:
        """Return the realised variances, (T,), of a sample that has them."""
        assert self.realized is not None
        return self.realized.to_numpy(dtype=np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class Record:
    """The estimation sample and the samples that came after it, in a few blocks."""

    first: Sample
    later: tuple[Sample, ...] = ()

    def followed_by(self, sample: Sample) -> Record:
        """Return the record with one more sample."""
        return Record(self.first, followed_by(self.later, sample, joined))

    def whole(self) -> Sample:
        """Return all of it."""
        return joined((self.first, *self.later))


def joined(samples: Sequence[Sample]) -> Sample:
    """Return the samples, each of which follows the one before, as one."""
    returns = pd.concat([s.returns for s in samples])
    if any(s.realized is None for s in samples):
        return Sample(returns)
    realized = np.concatenate([s.measurements() for s in samples])
    return Sample(returns, pd.Series(realized, index=returns.index))
