"""Aliases that name a shape or a closed choice."""

from __future__ import annotations

from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt

FloatArray: TypeAlias = npt.NDArray[np.float64]
Vector: TypeAlias = FloatArray  # (T,) or (S,)
Matrix: TypeAlias = FloatArray  # (T, N) or (S, N)
Scalar: TypeAlias = float | FloatArray  # a number, or an array answered elementwise

Side: TypeAlias = Literal["long", "short"]
Rank: TypeAlias = Literal["sample", "lower", "predictive"]
CovarianceKind: TypeAlias = Literal["robust", "hessian", "opg"]
