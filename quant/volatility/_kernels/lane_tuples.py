"""Sums of products over tuples of lanes, unrolled when compiled: small vectors and triangles."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba.core import types
from numba.core.cgutils import get_or_insert_function
from numba.extending import intrinsic

from quant.volatility._kernels.simd import FLAGS, LANES, lanes

_ZERO = ir.Constant(ir.VectorType(ir.DoubleType(), LANES), [0.0] * LANES)


def _zeros(count: int) -> Any:
    kind = types.UniTuple(lanes, count) if count else types.Tuple(())

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return context.make_tuple(builder, signature.return_type, [_ZERO] * count)

    return kind, codegen


@intrinsic
def filled(typing: Any, values: Any, value: Any) -> Any:
    """Return `value` as often as there are `values`."""
    count = len(values)

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return context.make_tuple(builder, signature.return_type, [args[1]] * count)

    return values(values, lanes), codegen


@intrinsic
def scaled(typing: Any, factor: Any, values: Any) -> Any:
    """Return factor * values."""
    count = len(values)

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        entries = [
            builder.fmul(args[0], builder.extract_value(args[1], i), flags=FLAGS)
            for i in range(count)
        ]
        return context.make_tuple(builder, signature.return_type, entries)

    return values(lanes, values), codegen


@intrinsic
def zero_triangle(typing: Any, values: Any) -> Any:
    """Return zeros for the packed lower triangle of a matrix of the size of `values`."""
    kind, codegen = _zeros(len(values) * (len(values) + 1) // 2)
    return kind(values), codegen


@intrinsic
def zero_table(typing: Any, rows: Any, columns: Any) -> Any:
    """Return zeros for a matrix, row by row."""
    kind, codegen = _zeros(len(rows) * len(columns))
    return kind(rows, columns), codegen


@intrinsic
def add_scaled(typing: Any, base: Any, factor: Any, values: Any) -> Any:
    """Return base + factor * values, entry by entry of two tuples; None entries add nothing."""
    kinds = tuple(values)

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        entries = []
        for i, kind in enumerate(kinds):
            entry = builder.extract_value(args[0], i)
            if kind == lanes:
                step = builder.fmul(args[1], builder.extract_value(args[2], i), flags=FLAGS)
                entry = builder.fadd(entry, step, flags=FLAGS)
            entries.append(entry)
        return context.make_tuple(builder, signature.return_type, entries)

    return base(base, lanes, values), codegen


@intrinsic
def add_outer(typing: Any, base: Any, left: Any, right: Any) -> Any:
    """Return the packed lower triangle `base` + left right', for tuples of lanes."""
    size = len(left)

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        entries = []
        for i in range(size):
            for j in range(i + 1):
                step = builder.fmul(
                    builder.extract_value(args[1], i),
                    builder.extract_value(args[2], j),
                    flags=FLAGS,
                )
                entry = builder.extract_value(args[0], len(entries))
                entries.append(builder.fadd(entry, step, flags=FLAGS))
        return context.make_tuple(builder, signature.return_type, entries)

    return base(base, left, right), codegen


@intrinsic
def add_table(typing: Any, base: Any, left: Any, right: Any) -> Any:
    """Return the matrix `base`, row by row, plus left right'."""
    rows, columns = len(left), len(right)

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        entries = []
        for i in range(rows):
            for j in range(columns):
                step = builder.fmul(
                    builder.extract_value(args[1], i),
                    builder.extract_value(args[2], j),
                    flags=FLAGS,
                )
                entry = builder.extract_value(args[0], len(entries))
                entries.append(builder.fadd(entry, step, flags=FLAGS))
        return context.make_tuple(builder, signature.return_type, entries)

    return base(base, left, right), codegen


@intrinsic
def store_all(typing: Any, array: Any, offset: Any, values: Any) -> Any:
    """Write a tuple of lanes to consecutive rows of an array; return the offset after them."""
    count = len(values)

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        data = context.make_array(signature.args[0])(context, builder, args[0]).data
        for i in range(count):
            at = builder.add(args[1], ir.Constant(args[1].type, LANES * i))
            place = builder.bitcast(builder.gep(data, [at]), _ZERO.type.as_pointer())
            builder.store(builder.extract_value(args[2], i), place, align=8)
        return builder.add(args[1], ir.Constant(args[1].type, LANES * count))

    return types.intp(array, types.intp, values), codegen


@intrinsic
def store_totals(typing: Any, array: Any, offset: Any, values: Any) -> Any:
    """Write the sum over the lanes of each of a tuple; return the offset after them."""
    count = len(values)
    vector, double = _ZERO.type, ir.DoubleType()

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        data = context.make_array(signature.args[0])(context, builder, args[0]).data
        kind = ir.FunctionType(double, [double, vector])
        total = get_or_insert_function(builder.module, kind, f"llvm.vector.reduce.fadd.v{LANES}f64")
        for i in range(count):
            at = builder.add(args[1], ir.Constant(args[1].type, i))
            start, entry = ir.Constant(double, -0.0), builder.extract_value(args[2], i)
            whole = builder.call(total, (start, entry), fastmath=(*FLAGS, "reassoc"))
            builder.store(whole, builder.gep(data, [at]))
        return builder.add(args[1], ir.Constant(args[1].type, count))

    return types.intp(array, types.intp, values), codegen
