"""Logarithm and exponential of lanes."""

from __future__ import annotations

from numba import njit

from quant.volatility._kernels.simd import exponent, nearest, power_of_two


@njit(forceinline=True)
def log(x):
    """Return the natural logarithm, of numbers in [1e-307, 1e307], to three units in the last."""
    k = exponent(x)
    f = x * power_of_two(-k) - 1.0
    s = f / (2.0 + f)
    # log(1 + f) = 2 artanh(s); the polynomial in s^2 is the one of least error, 2e-18 at most
    square = s * s
    fourth = square * square
    even = fourth * 0.14618009872985613 + 0.18182893554470472
    odd = fourth * 0.15331585833707168 + 0.22222211068215128
    even = even * fourth + 0.2857142862642772
    odd = odd * fourth + 0.39999999999898384
    even = even * fourth + 0.666666666666667
    return (s * (2.0 + square * (even + square * odd))) + k * 0.6931471805599453


@njit(forceinline=True)
def exp(x):
    """Return the exponential, for arguments in [-708, 708], to about one unit in the last."""
    k = nearest(x * 1.44269504088896340736)
    r = x - k * 6.93145751953125e-1 - k * 1.42860682030941723212e-6
    # |r| <= log(2) / 2: the polynomial of least error, 2e-17 at most, needs no division;
    # its even and odd terms are summed side by side
    square = r * r
    even = square * 2.7620089181319404e-07 + 2.480152129418443e-05
    odd = square * 2.511003372003628e-08 + 2.7557242377671555e-06
    even = even * square + 0.0013888888917215057
    odd = odd * square + 0.00019841269886557576
    even = even * square + 0.04166666666662412
    odd = odd * square + 0.008333333333322217
    even = even * square + 0.5000000000000001
    odd = odd * square + 0.16666666666666674
    return (1.0 + (r + square * (even + r * odd))) * power_of_two(k)
