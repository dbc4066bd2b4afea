"""The log density of each law as a function of shock and variance, with its derivatives.

A law is a named tuple, so that compiled code is made for each. Its constants sit in an array with
a row per constant and a lane per column. The first rows have the same meaning for every law::

    C, weight of sum log h, weight of sum log factor,
    for each shape parameter i: dC/di, the same for the two weights
    for each pair i >= j: d2C / di dj

so that log L = n C + w_h sum log h + w_q sum log factor + sum value, and only what is left over
needs a term for each observation. `terms` returns these left-over terms::

    value, factor, (l_e, l_h), (l_ee, l_eh, l_hh), (l_ei), (l_hi), (l_i), (l_ij packed)

with i the shape parameters, e the shock and h its variance.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from numba import njit
from numba.extending import overload

from quant.volatility._kernels.lane_functions import exp, log
from quant.volatility._kernels.simd import LANES, load, root, splat, where_negative
from quant.volatility._kernels.special import digamma, trigamma


class NormalKernel(NamedTuple):
    """Standard normal."""

    shapes: int = 0


class StudentKernel(NamedTuple):
    """Student t with variance 1; shape nu."""

    shapes: int = 1


class SkewKernel(NamedTuple):
    """Hansen's skewed t; shapes nu and skew."""

    shapes: int = 2


class PowerKernel(NamedTuple):
    """Generalised error distribution; shape nu."""

    shapes: int = 1


ROWS = 40  # of the array of constants


def prepare(law, shape, constants, lane):
    """Fill the constants of one lane at its shape parameters."""
    raise NotImplementedError


def terms(law, constants, e, h):
    """Return the terms of one observation."""
    raise NotImplementedError


def shape_zeros(law):
    """Return a zero for each shape parameter."""
    raise NotImplementedError


@njit(nogil=True, cache=True)
def _prepare_normal(constants, lane):
    constants[0, lane] = -0.5 * math.log(2.0 * math.pi)
    constants[1, lane] = -0.5
    constants[2, lane] = 0.0


@njit(nogil=True, cache=True)
def _prepare_student(shape, constants, lane):
    nu = shape[0]
    k, m = nu - 2.0, 0.5 * (nu + 1.0)
    constants[0, lane] = (
        math.lgamma(m) - math.lgamma(0.5 * nu) - 0.5 * math.log(math.pi * k) + m * math.log(k)
    )
    constants[1, lane] = m - 0.5
    constants[2, lane] = -m
    constants[3, lane] = (
        0.5 * (digamma(m) - digamma(0.5 * nu)) - 0.5 / k + 0.5 * math.log(k) + m / k
    )
    constants[4, lane] = 0.5
    constants[5, lane] = -0.5
    constants[6, lane] = 0.25 * (trigamma(m) - trigamma(0.5 * nu)) + 0.5 / k**2 + 1.0 / k - m / k**2
    constants[7, lane] = k
    constants[8, lane] = m


@njit(nogil=True, cache=True)
def _prepare_power(shape, constants, lane):
    nu = shape[0]
    one, three = 1.0 / nu, 3.0 / nu
    gammas = math.lgamma(one) - math.lgamma(three)
    slope = digamma(one) - 3.0 * digamma(three)
    d = -0.5 * nu * gammas
    d1 = 0.5 * (slope / nu - gammas)
    d2 = 0.5 * (9.0 * trigamma(three) - trigamma(one)) / nu**3
    constants[0, lane] = math.log(nu) + d / nu - math.log(2.0) - math.lgamma(one)
    constants[1, lane] = -0.5
    constants[2, lane] = 0.0
    constants[3, lane] = (1.0 + d1) / nu - d / nu**2 + digamma(one) / nu**2
    constants[4, lane] = 0.0
    constants[5, lane] = 0.0
    constants[6, lane] = (
        -1.0 / nu**2
        + d2 / nu
        - 2.0 * d1 / nu**2
        + 2.0 * (d - digamma(one)) / nu**3
        - trigamma(one) / nu**4
    )
    constants[7, lane] = nu
    constants[8, lane] = d
    constants[9, lane] = d1
    constants[10, lane] = d2


@njit(nogil=True, cache=True)
def _prepare_skew(shape, constants, lane):
    nu, skew = shape[0], shape[1]
    k, m = nu - 2.0, 0.5 * (nu + 1.0)
    log_c = math.lgamma(m) - math.lgamma(0.5 * nu) - 0.5 * math.log(math.pi * k)
    c1 = 0.5 * (digamma(m) - digamma(0.5 * nu)) - 0.5 / k
    c2 = 0.25 * (trigamma(m) - trigamma(0.5 * nu)) + 0.5 / k**2
    # Hansen's a = skew T(nu) and b^2 = 1 + 3 skew^2 - a^2
    t = 4.0 * math.exp(log_c) * k / (nu - 1.0)
    rate = c1 + 1.0 / k - 1.0 / (nu - 1.0)
    t1 = t * rate
    t2 = t * (rate**2 + c2 - 1.0 / k**2 + 1.0 / (nu - 1.0) ** 2)
    a, a_n, a_s, a_nn, a_ns = skew * t, skew * t1, t, skew * t2, t1
    b = math.sqrt(1.0 + 3.0 * skew**2 - a**2)
    q_n, q_s = -2.0 * skew**2 * t * t1, 6.0 * skew - 2.0 * skew * t**2
    q_nn, q_ns = -2.0 * skew**2 * (t1**2 + t * t2), -4.0 * skew * t * t1
    q_ss = 6.0 - 2.0 * t**2
    b_n, b_s = q_n / (2.0 * b), q_s / (2.0 * b)
    b_nn = (0.5 * q_nn - b_n * b_n) / b
    b_ns = (0.5 * q_ns - b_n * b_s) / b
    b_ss = (0.5 * q_ss - b_s * b_s) / b
    constants[0, lane] = log_c + math.log(b)
    constants[1, lane] = -0.5
    constants[2, lane] = -m
    constants[3, lane] = c1 + b_n / b
    constants[4, lane] = 0.0
    constants[5, lane] = -0.5
    constants[6, lane] = b_s / b
    constants[7, lane] = 0.0
    constants[8, lane] = 0.0
    constants[9, lane] = c2 + b_nn / b - (b_n / b) ** 2
    constants[10, lane] = b_ns / b - b_n * b_s / b**2
    constants[11, lane] = b_ss / b - (b_s / b) ** 2
    constants[12, lane] = a
    constants[13, lane] = b
    constants[14, lane] = m
    # w = (b z + a) / ((1 + s skew) sqrt(k)): slope and shift with their derivatives, by side s
    for side in range(2):
        s = -1.0 if side == 0 else 1.0
        wide = 1.0 + s * skew
        r = 1.0 / (wide * math.sqrt(k))
        r_n, r_s = -0.5 * r / k, -s * r / wide
        r_nn, r_ns, r_ss = 0.75 * r / k**2, 0.5 * s * r / (k * wide), 2.0 * r / wide**2
        at = 15 + 12 * side
        constants[at, lane] = b * r
        constants[at + 1, lane] = b_n * r + b * r_n
        constants[at + 2, lane] = b_s * r + b * r_s
        constants[at + 3, lane] = b_nn * r + 2.0 * b_n * r_n + b * r_nn
        constants[at + 4, lane] = b_ns * r + b_n * r_s + b_s * r_n + b * r_ns
        constants[at + 5, lane] = b_ss * r + 2.0 * b_s * r_s + b * r_ss
        constants[at + 6, lane] = a * r
        constants[at + 7, lane] = a_n * r + a * r_n
        constants[at + 8, lane] = a_s * r + a * r_s
        constants[at + 9, lane] = a_nn * r + 2.0 * a_n * r_n + a * r_nn
        constants[at + 10, lane] = a_ns * r + a_n * r_s + a_s * r_n + a * r_ns
        constants[at + 11, lane] = 2.0 * a_s * r_s + a * r_ss


@njit(forceinline=True)
def _normal_terms(e, h):
    inverse = 1.0 / h
    scaled = e * inverse
    square = e * scaled
    half = 0.5 * inverse
    return (
        -0.5 * square,
        None,
        (-scaled, half * square - half),
        (-inverse, scaled * inverse, inverse * (half - inverse * square)),
        (),
        (),
        (),
        (),
    )


@njit(forceinline=True)
def _student_terms(constants, e, h):
    k, m = load(constants, 7 * LANES), load(constants, 8 * LANES)
    square = e * e
    q = k * h + square
    both = 1.0 / (h * q)
    by_h, by_q = q * both, h * both
    m_q = m * by_q
    share = h * by_q  # of the variance in q
    k_q = k * by_q
    e_q = e * by_q
    return (
        splat(0.0),
        q,
        (-2.0 * e * m_q, (m - 0.5) * by_h - k * m_q),
        (
            4.0 * m * e_q * e_q - 2.0 * m_q,
            2.0 * m * e_q * k_q,
            m * k_q * k_q - (m - 0.5) * by_h * by_h,
        ),
        (e_q * (2.0 * m * share - 1.0),),
        (0.5 * by_h - 0.5 * k_q + m_q * (k * share - 1.0),),
        (-m * share,),
        (share * (m * share - 1.0),),
    )


@njit(forceinline=True)
def _power_terms(constants, e, h):
    nu, d = load(constants, 7 * LANES), load(constants, 8 * LANES)
    d1, d2 = load(constants, 9 * LANES), load(constants, 10 * LANES)
    square = e * e + 1e-150
    both = 1.0 / (h * square)
    inverse, by_e = square * both, e * (h * both)
    distance = 0.5 * log(square * inverse + 1e-100)
    exponent = nu * distance + d
    exponent = where_negative(exponent - 600.0, exponent, splat(600.0))
    power = exp(where_negative(exponent + 600.0, splat(-600.0), exponent))
    steep = nu * power
    move = distance + d1
    growth = 1.0 + nu * move
    slope = -steep * by_e
    return (
        -power,
        None,
        (slope, inverse * (0.5 * steep - 0.5)),
        # the second derivative in e is a spike at zero: its expectation equals that of -slope^2
        (
            -slope * slope,
            0.5 * inverse * nu * steep * by_e,
            inverse * inverse * (0.5 - 0.5 * steep - 0.25 * nu * steep),
        ),
        (-power * by_e * growth,),
        (0.5 * inverse * power * growth,),
        (-power * move,),
        (-power * (move * move + d2),),
    )


@njit(forceinline=True)
def _side(constants, row, sign):
    below, above = load(constants, (15 + row) * LANES), load(constants, (27 + row) * LANES)
    return where_negative(sign, below, above)


@njit(forceinline=True)
def _skew_terms(constants, e, h):
    m = load(constants, 14 * LANES)
    by_s = 1.0 / root(h)
    by_h = by_s * by_s
    z = e * by_s
    sign = load(constants, 13 * LANES) * z + load(constants, 12 * LANES)
    slope = _side(constants, 0, sign)
    slope_n, slope_s = _side(constants, 1, sign), _side(constants, 2, sign)
    w = slope * z + _side(constants, 6, sign)
    w_n = slope_n * z + _side(constants, 7, sign)
    w_s = slope_s * z + _side(constants, 8, sign)
    w_nn = _side(constants, 3, sign) * z + _side(constants, 9, sign)
    w_ns = _side(constants, 4, sign) * z + _side(constants, 10, sign)
    w_ss = _side(constants, 5, sign) * z + _side(constants, 11, sign)
    factor = 1.0 + w * w
    by_factor = 1.0 / factor
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


@overload(prepare)
def _prepare(law, shape, constants, lane):
    if law.instance_class is NormalKernel:
        return lambda law, shape, constants, lane: _prepare_normal(constants, lane)
    if law.instance_class is StudentKernel:
        return lambda law, shape, constants, lane: _prepare_student(shape, constants, lane)
    if law.instance_class is PowerKernel:
        return lambda law, shape, constants, lane: _prepare_power(shape, constants, lane)
    return lambda law, shape, constants, lane: _prepare_skew(shape, constants, lane)


@overload(terms)
def _terms(law, constants, e, h):
    if law.instance_class is NormalKernel:
        return lambda law, constants, e, h: _normal_terms(e, h)
    if law.instance_class is StudentKernel:
        return lambda law, constants, e, h: _student_terms(constants, e, h)
    if law.instance_class is PowerKernel:
        return lambda law, constants, e, h: _power_terms(constants, e, h)
    return lambda law, constants, e, h: _skew_terms(constants, e, h)


@overload(shape_zeros)
def _shape_zeros(law):
    if law.instance_class is NormalKernel:
        return lambda law: ()
    if law.instance_class is SkewKernel:
        return lambda law: (splat(0.0), splat(0.0))
    return lambda law: (splat(0.0),)
