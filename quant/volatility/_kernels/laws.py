"""The log density of each law as a function of shock and variance, with its derivatives.

`terms` returns what an observation adds beyond the sums that the constants weigh::

    value, factor, (l_e, l_h), (l_ee, l_eh, l_hh), (l_ei), (l_hi), (l_i), (l_ij packed)

with e the shock, h its variance and i the shape parameters. What takes long to become known, roots
and powers, is computed by `parts` for some observations ahead, so that one need not wait for it.
"""

from __future__ import annotations

from numba import njit
from numba.extending import overload

from quant.volatility._kernels.lane_functions import exp, log
from quant.volatility._kernels.law_constants import (
    NormalKernel,
    PowerKernel,
    SkewKernel,
    StudentKernel,
)
from quant.volatility._kernels.simd import LANES, larger, load, root, smaller, splat, where_negative


def parts(law, constants, e, h):
    """Return what `terms` needs of an observation that is slow to come by."""
    raise NotImplementedError


def terms(law, constants, e, h, ahead, at):
    """Return the terms of one observation, the parts of which are at a place of an array."""
    raise NotImplementedError


def shape_zeros(law):
    """Return a zero for each shape parameter."""
    raise NotImplementedError


@njit(forceinline=True)
def _normal_terms(e, h):
    inverse = 1.0 / h
    scaled = e * inverse
    square = e * scaled
    half = 0.5 * inverse
    slope = half * (square - 1.0)
    return (
        -0.5 * square,
        None,
        (-scaled, slope),
        (-inverse, scaled * inverse, -inverse * (slope + slope + half)),
        (),
        (),
        (),
        (),
    )


@njit(forceinline=True)
def _student_terms(constants, e, h):
    k, m = splat(constants[7]), splat(constants[8])
    q = k * h + e * e
    both = 1.0 / (h * q)
    by_h, by_q = q * both, h * both
    e_q, k_q = e * by_q, k * by_q
    m_q, m_e = m * by_q, m * e_q
    share = h * by_q  # of the variance in q
    up, down = (m - 0.5) * by_h, m * k_q
    twice, bent = m_e + m_e, m_e * e_q
    m_share = m * share
    return (
        splat(0.0),
        q,
        (-twice, up - down),
        (2.0 * (bent + bent - m_q), twice * k_q, down * k_q - up * by_h),
        (twice * share - e_q,),
        (0.5 * (by_h - k_q) - bent,),
        (-m_share,),
        (m_share * share - share,),
    )


@njit(forceinline=True)
def _power_parts(constants, e, h):
    nu, d = splat(constants[7]), splat(constants[8])
    square = e * e + 1e-150
    both = 1.0 / (h * square)
    inverse, by_e = square * both, e * (h * both)
    distance = 0.5 * log(square * inverse + 1e-100)
    exponent = smaller(nu * distance + d, splat(600.0))
    power = exp(larger(exponent, splat(-600.0)))
    return (inverse, by_e, distance, power)


@njit(forceinline=True)
def _power_terms(constants, ahead, at):
    nu = splat(constants[7])
    d1, d2 = splat(constants[9]), splat(constants[10])
    inverse, by_e = load(ahead, at), load(ahead, at + LANES)
    distance, power = load(ahead, at + 2 * LANES), load(ahead, at + 3 * LANES)
    half = 0.5 * inverse
    steep = nu * power
    move = distance + d1
    moved = power * move
    grown = power + nu * moved
    slope = -steep * by_e
    return (
        -power,
        None,
        (slope, half * steep - half),
        # the second derivative in e is a spike at zero: its expectation equals that of -slope^2
        (-slope * slope, -half * (nu * slope), half * half * (2.0 - steep * (2.0 + nu))),
        (-by_e * grown,),
        (half * grown,),
        (-moved,),
        (-(moved * move + power * d2),),
    )


@njit(forceinline=True)
def _side(constants, row, sign):
    below, above = splat(constants[15 + row]), splat(constants[27 + row])
    return where_negative(sign, below, above)


@njit(forceinline=True)
def _skew_parts(constants, e, h):
    by_s = 1.0 / root(h)
    z = e * by_s
    sign = splat(constants[13]) * z + splat(constants[12])
    w = _side(constants, 0, sign) * z + _side(constants, 6, sign)
    return (by_s, 1.0 / (1.0 + w * w))


@njit(forceinline=True)
def _skew_terms(constants, e, ahead, at):
    m = splat(constants[14])
    by_s, by_factor = load(ahead, at), load(ahead, at + LANES)
    by_h = by_s * by_s
    z = e * by_s
    sign = splat(constants[13]) * z + splat(constants[12])
    slope = _side(constants, 0, sign)
    slope_n, slope_s = _side(constants, 1, sign), _side(constants, 2, sign)
    w = slope * z + _side(constants, 6, sign)
    w_n = slope_n * z + _side(constants, 7, sign)
    w_s = slope_s * z + _side(constants, 8, sign)
    w_nn = _side(constants, 3, sign) * z + _side(constants, 9, sign)
    w_ns = _side(constants, 4, sign) * z + _side(constants, 10, sign)
    w_ss = _side(constants, 5, sign) * z + _side(constants, 11, sign)
    factor = 1.0 + w * w
    q = 2.0 * w * by_factor  # derivative of log(factor) in w
    q1 = 2.0 * (1.0 - w * w) * by_factor * by_factor
    g1 = -m * q * slope
    g2 = -m * q1 * slope * slope
    g1_n = -0.5 * q * slope - m * (q1 * slope * w_n + q * slope_n)
    g1_s = -m * (q1 * slope * w_s + q * slope_s)
    zg1, half = z * g1, 0.5 * by_h
    return (
        splat(0.0),
        factor,
        (g1 * by_s, -half * (1.0 + zg1)),
        (
            g2 * by_h,
            -half * by_s * (g1 + z * g2),
            by_h * by_h * (0.5 + 0.75 * zg1 + 0.25 * z * z * g2),
        ),
        (g1_n * by_s, g1_s * by_s),
        (-half * z * g1_n, -half * z * g1_s),
        (-m * q * w_n, -m * q * w_s),
        (
            -q * w_n - m * (q1 * w_n * w_n + q * w_nn),
            -0.5 * q * w_s - m * (q1 * w_n * w_s + q * w_ns),
            -m * (q1 * w_s * w_s + q * w_ss),
        ),
    )


@overload(parts)
def _parts(law, constants, e, h):
    if law.instance_class is PowerKernel:
        return lambda law, constants, e, h: _power_parts(constants, e, h)
    if law.instance_class is SkewKernel:
        return lambda law, constants, e, h: _skew_parts(constants, e, h)
    return lambda law, constants, e, h: ()


@overload(terms)
def _terms(law, constants, e, h, ahead, at):
    if law.instance_class is NormalKernel:
        return lambda law, constants, e, h, ahead, at: _normal_terms(e, h)
    if law.instance_class is StudentKernel:
        return lambda law, constants, e, h, ahead, at: _student_terms(constants, e, h)
    if law.instance_class is PowerKernel:
        return lambda law, constants, e, h, ahead, at: _power_terms(constants, ahead, at)
    return lambda law, constants, e, h, ahead, at: _skew_terms(constants, e, ahead, at)


@overload(shape_zeros)
def _shape_zeros(law):
    if law.instance_class is NormalKernel:
        return lambda law: ()
    if law.instance_class is SkewKernel:
        return lambda law: (splat(0.0), splat(0.0))
    return lambda law: (splat(0.0),)
