"""The one recursion behind all correlation models here: a matrix that decays towards a target."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from quant._typing import Matrix, Vector

News: TypeAlias = Literal["row", "rescaled"]


@dataclass(frozen=True, slots=True, eq=False)
class MatrixRecursion:
    """Q' = (1 - a - b) target + a x x' + b Q, where x is the row, or diag(Q)^(1/2) times it."""

    target: Matrix
    a: float
    b: float
    news: News = "row"

    @property
    def intercept(self) -> Matrix:
        """What flows in whatever happens, (1 - a - b) target; nothing where a + b = 1."""
        share = 1.0 - self.a - self.b
        return np.asarray((share if abs(share) > 1e-15 else 0.0) * self.target)

    def run(self, state: Matrix, rows: Matrix) -> Matrix:
        """Return the matrix after the rows (k, N), starting from `state`; O(k N^2), one at a time.

        It is the same arithmetic row by row, so that updating equals filtering the whole history.
        """
        intercept, weight = self.intercept, np.sqrt(self.a)
        q = np.array(state, dtype=np.float64)
        for row in rows:
            x: Vector = weight * (row if self.news == "row" else row * np.sqrt(np.diag(q)))
            q *= self.b
            q += np.multiply.outer(x, x)
            q += intercept
        q.setflags(write=False)
        return q
