"""The data behind a fit, kept once however often the fit is moved on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from quant._typing import Vector

_MOST_BLOCKS = 32


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """Returns (T,) and, for models driven by them, realised variances of the same dates."""

    returns: pd.Series
    realized: pd.Series | None = None

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
    """The estimation sample and the samples that came after it.

    Of those, adjacent ones are merged when there are many, so that a record of n single updates
    holds n returns in a few blocks, at a cost per update that hardly grows. Fits share blocks.
    """

    first: Sample
    later: tuple[Sample, ...] = ()

    def followed_by(self, sample: Sample) -> Record:
        """Return the record with one more sample."""
        later = (*self.later, sample)
        if len(later) > _MOST_BLOCKS:
            cut = len(later) - 1
            size = len(later[cut].returns)
            while cut > 0 and len(later[cut - 1].returns) <= size:
                cut -= 1
                size += len(later[cut].returns)
            later = (*later[:cut], joined(later[cut:]))
        return Record(self.first, later)

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
