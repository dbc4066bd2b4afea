"""Eight doubles as one number for compiled code: what is written once runs in eight lanes.

LLVM lowers the same operations to whatever vector registers the machine has. A lane never sees its
neighbours, so what it computes does not depend on them. The fast-math flags leave out those that
assume finite numbers, because a lane may overflow and is then told so.
"""

from __future__ import annotations

import operator
from typing import Any

from llvmlite import ir
from numba.core import types
from numba.core.cgutils import get_or_insert_function
from numba.core.datamodel.models import PrimitiveModel
from numba.extending import intrinsic, overload, register_model

LANES = 8
FLAGS = ("contract", "arcp", "nsz")

_DOUBLES = ir.VectorType(ir.DoubleType(), LANES)
_WORDS = ir.VectorType(ir.IntType(64), LANES)


class LanesType(types.Type):
    """Eight doubles, one per lane."""

    def __init__(self) -> None:
        super().__init__(name="lanes")


lanes = LanesType()


@register_model(LanesType)
class LanesModel(PrimitiveModel):
    """A vector register."""

    def __init__(self, dmm: Any, fe_type: Any) -> None:
        super().__init__(dmm, fe_type, _DOUBLES)


def _constant(value: float) -> Any:
    return ir.Constant(_DOUBLES, [value] * LANES)


def _word(value: int) -> Any:
    return ir.Constant(_WORDS, [value] * LANES)


def _spread(builder: Any, value: Any) -> Any:
    one = builder.insert_element(
        ir.Constant(_DOUBLES, ir.Undefined), value, ir.Constant(ir.IntType(32), 0)
    )
    places = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)
    return builder.shuffle_vector(one, ir.Constant(_DOUBLES, ir.Undefined), places)


def _address(context: Any, builder: Any, array_type: Any, array: Any, offset: Any) -> Any:
    data = context.make_array(array_type)(context, builder, array).data
    return builder.bitcast(builder.gep(data, [offset]), _DOUBLES.as_pointer())


@intrinsic
def load(typing: Any, array: Any, offset: Any) -> Any:
    """Return eight consecutive entries of an array."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.load(_address(context, builder, signature.args[0], *args), align=8)

    return lanes(array, types.intp), codegen


@intrinsic
def store(typing: Any, array: Any, offset: Any, value: Any) -> Any:
    """Write eight consecutive entries of an array."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        place = _address(context, builder, signature.args[0], args[0], args[1])
        builder.store(args[2], place, align=8)
        return context.get_dummy_value()

    return types.void(array, types.intp, lanes), codegen


@intrinsic
def splat(typing: Any, value: Any) -> Any:
    """Return the same number in every lane."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return _spread(builder, args[0])

    return lanes(types.float64), codegen


@intrinsic
def where_negative(typing: Any, sign: Any, yes: Any, no: Any) -> Any:
    """Return `yes` in the lanes where `sign` is below zero, `no` elsewhere."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.select(builder.fcmp_ordered("<", args[0], _constant(0.0)), *args[1:])

    return lanes(lanes, lanes, lanes), codegen


def _unary(name: str) -> Any:
    @intrinsic
    def function(typing: Any, value: Any) -> Any:
        def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            kind = ir.FunctionType(_DOUBLES, [_DOUBLES])
            callee = get_or_insert_function(builder.module, kind, f"{name}.v{LANES}f64")
            return builder.call(callee, args, fastmath=FLAGS)

        return lanes(lanes), codegen

    return function


root = _unary("llvm.sqrt")


def _choice(comparison: str) -> Any:
    @intrinsic
    def function(typing: Any, left: Any, right: Any) -> Any:
        def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            return builder.select(builder.fcmp_ordered(comparison, *args), *args)

        return lanes(lanes, lanes), codegen

    return function


smaller = _choice("<")
larger = _choice(">")


@intrinsic
def exponent(typing: Any, value: Any) -> Any:
    """Return k with value = m 2^k and m in [sqrt(1/2), sqrt(2)), for positive normal numbers."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        # adding the distance of 1 from sqrt(2) carries into the exponent exactly when m is larger
        bits = builder.add(builder.bitcast(args[0], _WORDS), _word(0x0009_5F61_9980_C433))
        biased = builder.or_(builder.lshr(bits, _word(52)), _word(0x4330_0000_0000_0000))
        return builder.fsub(builder.bitcast(biased, _DOUBLES), _constant(2.0**52 + 1023.0))

    return lanes(lanes), codegen


@intrinsic
def power_of_two(typing: Any, whole: Any) -> Any:
    """Return 2^k for whole numbers k in [-1022, 1023]."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        shifted = builder.fadd(args[0], _constant(2.0**52 + 1023.0))
        bits = builder.shl(builder.bitcast(shifted, _WORDS), _word(52))
        return builder.bitcast(bits, _DOUBLES)

    return lanes(lanes), codegen


@intrinsic
def nearest(typing: Any, value: Any) -> Any:
    """Return the nearest whole number."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        shift = _constant(1.5 * 2.0**52)
        return builder.fsub(builder.fadd(args[0], shift), shift)

    return lanes(lanes), codegen


def _binary(operation: Any, instruction: str) -> None:
    @intrinsic
    def compute(typing: Any, left: Any, right: Any) -> Any:
        def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            operands = [
                value if kind == lanes else _spread(builder, value)
                for kind, value in zip(signature.args, args, strict=True)
            ]
            return getattr(builder, instruction)(*operands, flags=FLAGS)

        kinds = [lanes if kind == lanes else types.float64 for kind in (left, right)]
        return lanes(*kinds), codegen

    @overload(operation)
    def binary(left, right):
        if lanes in (left, right) and all(
            kind == lanes or isinstance(kind, types.Float) for kind in (left, right)
        ):
            return lambda left, right: compute(left, right)
        return None


_binary(operator.add, "fadd")
_binary(operator.sub, "fsub")
_binary(operator.mul, "fmul")
_binary(operator.truediv, "fdiv")


@overload(operator.neg)
def _negative(value):
    if value == lanes:
        return lambda value: 0.0 - value
    return None
