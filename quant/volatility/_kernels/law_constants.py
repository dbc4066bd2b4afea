"""What a law's density needs to know of its shape parameters, with derivatives.

A law is a named tuple, so that compiled code is made for each. Its constants sit in an array,
the first of which have the same meaning for every law::

    C, weight of sum log h, weight of sum log factor,
    for each shape parameter i: dC/di, the same for the two weights
    for each pair i >= j: d2C / di dj

so that log L = n C + w_h sum log h + w_q sum log factor + sum value, and only what is left over
needs a term for each observation.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from numba import njit
from numba.extending import overload

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


CONSTANTS = 40  # of the array of constants


def prepare(law, shape, constants):
    """Fill the constants at given shape parameters."""
    raise NotImplementedError


@njit(nogil=True, cache=True, _nrt=False)
def _prepare_normal(constants):
    constants[0] = -0.5 * math.log(2.0 * math.pi)
    constants[1] = -0.5
    constants[2] = 0.0


@njit(nogil=True, cache=True, _nrt=False)
def _prepare_student(shape, constants):
    nu = shape[0]
    k, m = nu - 2.0, 0.5 * (nu + 1.0)
    constants[0] = (
        math.lgamma(m) - math.lgamma(0.5 * nu) - 0.5 * math.log(math.pi * k) + m * math.log(k)
    )
    constants[1] = m - 0.5
    constants[2] = -m
    constants[3] = 0.5 * (digamma(m) - digamma(0.5 * nu)) - 0.5 / k + 0.5 * math.log(k) + m / k
    constants[4] = 0.5
    constants[5] = -0.5
    constants[6] = 0.25 * (trigamma(m) - trigamma(0.5 * nu)) + 0.5 / k**2 + 1.0 / k - m / k**2
    constants[7] = k
    constants[8] = m


@njit(nogil=True, cache=True, _nrt=False)
def _prepare_power(shape, constants):
    nu = shape[0]
    one, three = 1.0 / nu, 3.0 / nu
    gammas = math.lgamma(one) - math.lgamma(three)
    slope = digamma(one) - 3.0 * digamma(three)
    d = -0.5 * nu * gammas
    d1 = 0.5 * (slope / nu - gammas)
    d2 = 0.5 * (9.0 * trigamma(three) - trigamma(one)) / nu**3
    constants[0] = math.log(nu) + d / nu - math.log(2.0) - math.lgamma(one)
    constants[1] = -0.5
    constants[2] = 0.0
    constants[3] = (1.0 + d1) / nu - d / nu**2 + digamma(one) / nu**2
    constants[4] = 0.0
    constants[5] = 0.0
    constants[6] = (
        -1.0 / nu**2
        + d2 / nu
        - 2.0 * d1 / nu**2
        + 2.0 * (d - digamma(one)) / nu**3
        - trigamma(one) / nu**4
    )
    constants[7] = nu
    constants[8] = d
    constants[9] = d1
    constants[10] = d2


@njit(nogil=True, cache=True, _nrt=False)
def _prepare_skew(shape, constants):
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
    constants[0] = log_c + math.log(b)
    constants[1] = -0.5
    constants[2] = -m
    constants[3] = c1 + b_n / b
    constants[4] = 0.0
    constants[5] = -0.5
    constants[6] = b_s / b
    constants[7] = 0.0
    constants[8] = 0.0
    constants[9] = c2 + b_nn / b - (b_n / b) ** 2
    constants[10] = b_ns / b - b_n * b_s / b**2
    constants[11] = b_ss / b - (b_s / b) ** 2
    constants[12] = a
    constants[13] = b
    constants[14] = m
    # w = (b z + a) / ((1 + s skew) sqrt(k)): slope and shift with their derivatives, by side s
    for side in range(2):
        s = -1.0 if side == 0 else 1.0
        wide = 1.0 + s * skew
        r = 1.0 / (wide * math.sqrt(k))
        r_n, r_s = -0.5 * r / k, -s * r / wide
        r_nn, r_ns, r_ss = 0.75 * r / k**2, 0.5 * s * r / (k * wide), 2.0 * r / wide**2
        at = 15 + 12 * side
        constants[at] = b * r
        constants[at + 1] = b_n * r + b * r_n
        constants[at + 2] = b_s * r + b * r_s
        constants[at + 3] = b_nn * r + 2.0 * b_n * r_n + b * r_nn
        constants[at + 4] = b_ns * r + b_n * r_s + b_s * r_n + b * r_ns
        constants[at + 5] = b_ss * r + 2.0 * b_s * r_s + b * r_ss
        constants[at + 6] = a * r
        constants[at + 7] = a_n * r + a * r_n
        constants[at + 8] = a_s * r + a * r_s
        constants[at + 9] = a_nn * r + 2.0 * a_n * r_n + a * r_nn
        constants[at + 10] = a_ns * r + a_n * r_s + a_s * r_n + a * r_ns
        constants[at + 11] = 2.0 * a_s * r_s + a * r_ss


@overload(prepare)
def _prepare(law, shape, constants):
    if law.instance_class is NormalKernel:
        return lambda law, shape, constants: _prepare_normal(constants)
    if law.instance_class is StudentKernel:
        return lambda law, shape, constants: _prepare_student(shape, constants)
    if law.instance_class is PowerKernel:
        return lambda law, shape, constants: _prepare_power(shape, constants)
    return lambda law, shape, constants: _prepare_skew(shape, constants)
