# ruff: noqa: ARG005  (numba reads the names)
"""Eight numbers at a time: what a compiled kernel does with vector registers, and Python with rows.

The two functions are their own reference: run by the interpreter they work on slices of NumPy
arrays. `register` gives numba the vectors of the volatility kernels for them, since its own loop
vectoriser does not find them in a factorisation; arithmetic between vectors is written with the
usual operators. Kernels cached on disk do not notice changes to this file: touch theirs too.
"""

# an intrinsic is called without the typing context that its definition names
# mypy: disable-error-code="call-arg"

from __future__ import annotations

from functools import cache

from quant._typing import Vector

LANES = 8


def load(array: Vector, at: int) -> Vector:
    """Return the eight numbers from position `at` of a flat array."""
    return array[at : at + LANES].copy()


def store(array: Vector, at: int, lanes: Vector) -> None:
    """Write eight numbers from position `at` of a flat array."""
    array[at : at + LANES] = lanes


@cache
def register() -> None:
    """Give numba the vector instructions; once per process, before a kernel is compiled."""
    from numba.extending import overload

    from quant.volatility._kernels import simd

    assert simd.LANES == LANES

    overload(load)(lambda array, at: lambda array, at: simd.load(array, at))
    overload(store)(lambda array, at, lanes: lambda array, at, lanes: simd.store(array, at, lanes))
