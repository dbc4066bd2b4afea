"""The rows a fit was moved on by, in a few blocks however many the updates."""

from __future__ import annotations

from typing import TypeAlias

import pandas as pd

Blocks: TypeAlias = tuple[pd.DataFrame, ...]

_MOST_BLOCKS = 32


def followed_by(blocks: Blocks, new: pd.DataFrame) -> Blocks:
    """Return the blocks and one more.

    When there are many, the last ones are merged with those before them that are no longer, so that
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
    return (*blocks[:cut], pd.concat(blocks[cut:]))
