"""Laws asked for a number or for an array: the shape of the question is that of the answer."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import overload

import numpy as np

from quant._typing import FloatArray, Scalar
from quant.errors import InputError


class ElementwiseLaw(ABC):
    """A law that answers element by element; a concrete law says how for arrays."""

    __slots__ = ()

    @abstractmethod
    def _cdf(self, x: FloatArray) -> FloatArray: ...

    @abstractmethod
    def _ppf(self, level: FloatArray) -> FloatArray: ...

    @overload
    def cdf(self, x: float) -> float: ...
    @overload
    def cdf(self, x: FloatArray) -> FloatArray: ...
    def cdf(self, x: Scalar) -> Scalar:
        """Return P(X <= x), a number for a number and an array for an array."""
        return shaped(x, self._cdf(np.asarray(x, dtype=np.float64)))

    @overload
    def ppf(self, level: float) -> float: ...
    @overload
    def ppf(self, level: FloatArray) -> FloatArray: ...
    def ppf(self, level: Scalar) -> Scalar:
        """Return the quantile inf{x : P(X <= x) >= level}, at levels in [0, 1]."""
        probability = np.asarray(level, dtype=np.float64)
        inside = (probability >= 0.0) & (probability <= 1.0)
        if not inside.all():
            raise InputError(
                f"level: expected numbers in [0, 1], got {probability[~inside].flat[0]}; "
                "write 0.99 for 99 %"
            )
        return shaped(level, self._ppf(probability))


def shaped(like: Scalar, value: FloatArray) -> Scalar:
    """Return a number where `like` is one, else the array."""
    return float(value) if np.ndim(like) == 0 else value
