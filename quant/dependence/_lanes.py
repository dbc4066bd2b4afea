# ruff: noqa: ARG001, ARG005  (numba calls by position and reads the names)
"""Eight numbers at a time: what a compiled kernel does with vector registers, and Python with rows.

The functions below are their own reference: run by the interpreter they work on slices of NumPy
arrays. `register` teaches numba to lower each of them to one instruction on a vector of eight
doubles (two on machines with half as wide registers), since its own loop vectoriser does not find
them in a factorisation. Kernels cached on disk do not notice changes to this file: touch theirs
too.
"""

# numba's extension interface and llvmlite are untyped.
# mypy: disable-error-code="import-untyped, no-untyped-call, misc, type-var"

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from quant._typing import Vector

LANES = 8


def load(array: Vector, at: int) -> Vector:
    """Return the eight numbers from position `at` of a flat array."""
    return array[at : at + LANES].copy()


def store(array: Vector, at: int, lanes: Vector) -> None:
    """Write eight numbers from position `at` of a flat array."""
    array[at : at + LANES] = lanes


def times(x: Vector, y: Vector) -> Vector:
    """Return x y."""
    return x * y


def less(total: Vector, x: Vector, y: Vector) -> Vector:
    """Return total - x y, rounded once or twice."""
    return total - x * y


@cache
def register() -> None:
    """Give numba the vector instructions; once per process, before a kernel is compiled."""
    from llvmlite import ir
    from numba.core import types
    from numba.extending import lower_builtin, models, register_model, type_callable

    vector = ir.VectorType(ir.DoubleType(), LANES)

    class Lanes(types.Type):
        def __init__(self) -> None:
            super().__init__(name="Lanes")

    @register_model(Lanes)
    class LanesModel(models.PrimitiveModel):
        def __init__(self, manager: Any, front: Any) -> None:
            super().__init__(manager, front, vector)

    lanes = Lanes()

    @type_callable(load)
    def type_load(context: Any) -> Callable[..., Any]:
        return lambda array, at: lanes

    @type_callable(store)
    def type_store(context: Any) -> Callable[..., Any]:
        return lambda array, at, value: types.void

    @type_callable(times)
    def type_times(context: Any) -> Callable[..., Any]:
        return lambda x, y: lanes

    @type_callable(less)
    def type_less(context: Any) -> Callable[..., Any]:
        return lambda total, x, y: lanes

    def pointer(context: Any, builder: Any, kind: Any, array: Any, at: Any) -> Any:
        data = context.make_array(kind)(context, builder, array).data
        return builder.bitcast(builder.gep(data, [at]), vector.as_pointer())

    def lower_load(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        read = builder.load(pointer(context, builder, signature.args[0], args[0], args[1]))
        read.align = 8
        return read

    def lower_store(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        where = pointer(context, builder, signature.args[0], args[0], args[1])
        builder.store(args[2], where).align = 8
        return context.get_dummy_value()

    def lower_times(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.fmul(args[0], args[1])

    def lower_less(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        fused = ("contract",)  # no flag that would let NaN, the sign of a bad pivot, disappear
        return builder.fsub(args[0], builder.fmul(args[1], args[2], flags=fused), flags=fused)

    lower_builtin(load, types.Array, types.intp)(lower_load)
    lower_builtin(store, types.Array, types.intp, Lanes)(lower_store)
    lower_builtin(times, Lanes, Lanes)(lower_times)
    lower_builtin(less, Lanes, Lanes, Lanes)(lower_less)
