"""Logarithm and exponential of lanes."""

from __future__ import annotations

from numba import njit

from quant.volatility._kernels.simd import exponent, nearest, power_of_two


# Cephes' coefficients of log(1 + x) = x - x^2 / 2 + x^3 P(x) / Q(x)
@njit(forceinline=True)
def log(x):
    """Return the natural logarithm of positive normal numbers, to about one unit in the last."""
    k = exponent(x)
    f = x * power_of_two(-k) - 1.0
    top = f * 1.01875663804580931796e-4 + 4.97494994976747001425e-1
    top = top * f + 4.70579119878881725854
    top = top * f + 1.44989225341610930846e1
    top = top * f + 1.79368678507819816313e1
    top = top * f + 7.70838733755885391666
    low = f + 1.12873587189167450590e1
    low = low * f + 4.52279145837532221105e1
    low = low * f + 8.29875266912776603211e1
    low = low * f + 7.11544750618563894466e1
    low = low * f + 2.31251620126765340583e1
    square = f * f
    rest = f * (square * top / low) - k * 2.121944400546905827679e-4 - 0.5 * square
    return f + rest + k * 0.693359375


@njit(forceinline=True)
def exp(x):
    """Return the exponential, for arguments in [-708, 708], to about one unit in the last."""
    k = nearest(x * 1.44269504088896340736)
    r = x - k * 6.93145751953125e-1 - k * 1.42860682030941723212e-6
    # |r| <= log(2) / 2: the series to r^13 is exact to rounding, and needs no division;
    # its even and odd terms are summed side by side
    square = r * r
    even = square * (1 / 479001600) + 1 / 3628800
    odd = square * (1 / 6227020800) + 1 / 39916800
    even = even * square + 1 / 40320
    odd = odd * square + 1 / 362880
    even = even * square + 1 / 720
    odd = odd * square + 1 / 5040
    even = even * square + 1 / 24
    odd = odd * square + 1 / 120
    even = even * square + 0.5
    odd = odd * square + 1 / 6
    return (1.0 + (r + square * (even + r * odd))) * power_of_two(k)
