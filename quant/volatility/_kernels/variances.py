"""The variance of GARCH and GJR-GARCH with its derivatives, eight stretches of a series at once.

The recursion is linear in the variance before. What each stretch adds to a variance of zero is
found first; chained, it tells the variance with which each stretch begins.
"""

from __future__ import annotations

from typing import NamedTuple

from numba import njit
from numba.extending import overload

from quant.volatility._kernels.lane_tuples import add_scaled, filled, store_all
from quant.volatility._kernels.simd import LANES, load, splat, where_negative

ENTRIES = 14  # of a variance with its derivatives, at most


class OneSlope(NamedTuple):
    """The variance answers to the square of a shock: GARCH."""

    slopes: int = 1


class TwoSlopes(NamedTuple):
    """It answers to rises and falls with a slope each: GJR-GARCH."""

    slopes: int = 2


class Variance(NamedTuple):
    """The variance of a period, and its derivatives in the parameters that do not vanish."""

    h: object
    mu: object
    omega: object
    slopes: tuple
    beta: object
    mu_mu: object
    mu_beta: object
    omega_beta: object
    beta_beta: object
    mu_slopes: tuple
    slopes_beta: tuple


class Coefficients(NamedTuple):
    """The parameters, the same in every lane."""

    mu: object
    omega: object
    slopes: tuple
    beta: object


def load_slopes(news, array, at):
    """Return an entry for each slope, from a place of an array on."""
    raise NotImplementedError


def spread_slopes(news, params):
    """Return the coefficients of the squared shocks."""
    raise NotImplementedError


def regressors(news, slopes, e):
    """Return the squared shocks, their derivatives in the mean, and the slope that applies."""
    raise NotImplementedError


def second_derivatives(news, v):
    """Return the packed second derivatives of h, None where they vanish."""
    raise NotImplementedError


@overload(load_slopes)
def _load_slopes(news, array, at):
    if news.instance_class is OneSlope:
        return lambda news, array, at: (load(array, at),)
    return lambda news, array, at: (load(array, at), load(array, at + LANES))


@overload(spread_slopes)
def _spread_slopes(news, params):
    if news.instance_class is OneSlope:
        return lambda news, params: (splat(params[2]),)
    return lambda news, params: (splat(params[2]), splat(params[3]))


@overload(regressors)
def _regressors(news, slopes, e):
    if news.instance_class is OneSlope:
        return lambda news, slopes, e: ((e * e,), (-2.0 * e,), slopes[0])

    def two(news, slopes, e):
        zero, square, double = splat(0.0), e * e, -2.0 * e
        return (
            (where_negative(e, zero, square), where_negative(e, square, zero)),
            (where_negative(e, zero, double), where_negative(e, double, zero)),
            where_negative(e, slopes[1], slopes[0]),
        )

    return two


@overload(second_derivatives)
def _second_derivatives(news, v):
    if news.instance_class is OneSlope:

        def one(news, v):
            first = (v.mu_mu, None, None, v.mu_slopes[0], None, None)
            return first + (v.mu_beta, v.omega_beta, v.slopes_beta[0], v.beta_beta)

        return one

    def two(news, v):
        first = (v.mu_mu, None, None, v.mu_slopes[0], None, None, v.mu_slopes[1])
        second = (None, None, None, v.mu_beta, v.omega_beta)
        return first + second + (v.slopes_beta[0], v.slopes_beta[1], v.beta_beta)

    return two


@njit(forceinline=True)
def after(news, at, v, e):
    """Return the variance that follows a shock."""
    squares, doubles, a = regressors(news, at.slopes, e)
    return Variance(
        at.omega + a * (e * e) + at.beta * v.h,
        at.beta * v.mu - 2.0 * a * e,
        1.0 + at.beta * v.omega,
        add_scaled(squares, at.beta, v.slopes),
        v.h + at.beta * v.beta,
        2.0 * a + at.beta * v.mu_mu,
        v.mu + at.beta * v.mu_beta,
        v.omega + at.beta * v.omega_beta,
        2.0 * v.beta + at.beta * v.beta_beta,
        add_scaled(doubles, at.beta, v.mu_slopes),
        add_scaled(v.slopes, at.beta, v.slopes_beta),
    )


@njit(forceinline=True)
def first_variance(at, opening, recursed):
    """Return the variance of the first period.

    `opening` holds the presample variance and its first two derivatives in the mean.
    """
    zero = splat(0.0)
    count = len(at.slopes)
    equal = recursed / count
    total = at.beta
    for i in range(count):
        total = total + at.slopes[i] / float(count)
    weight = recursed * total + (1.0 - recursed)
    return Variance(
        recursed * at.omega + weight * opening[0],
        weight * opening[1],
        splat(recursed),
        filled(at.slopes, splat(equal * opening[0])),
        splat(recursed * opening[0]),
        weight * opening[2],
        splat(recursed * opening[1]),
        zero,
        zero,
        filled(at.slopes, splat(equal * opening[1])),
        filled(at.slopes, zero),
    )


@njit(forceinline=True)
def added_by(news, at, series, first, last):
    """Return what the shocks of each stretch add to the variance after it, and its derivatives.

    By linearity a few sums will do, of x = 1, the squared shocks and their derivatives in the mean:
    the sum of beta^j x, j periods before the end, and its first and half its second derivative in
    beta.
    """
    zero = splat(0.0)
    none = filled(at.slopes, zero)
    ones, ones_1, ones_2, weights = zero, zero, zero, zero
    squares, squares_1, squares_2, doubles, doubles_1 = none, none, none, none, none
    for t in range(first, last):
        x, x_mu, a = regressors(news, at.slopes, load(series, t * LANES) - at.mu)
        ones_2 = ones_1 + at.beta * ones_2
        ones_1 = ones + at.beta * ones_1
        ones = 1.0 + at.beta * ones
        squares_2 = add_scaled(squares_1, at.beta, squares_2)
        squares_1 = add_scaled(squares, at.beta, squares_1)
        squares = add_scaled(x, at.beta, squares)
        doubles_1 = add_scaled(doubles, at.beta, doubles_1)
        doubles = add_scaled(x_mu, at.beta, doubles)
        weights = a + at.beta * weights
    h, h_beta, h_beta_beta = at.omega * ones, at.omega * ones_1, at.omega * ones_2
    h_mu, h_mu_beta = zero, zero
    for i in range(len(at.slopes)):
        h = h + at.slopes[i] * squares[i]
        h_beta = h_beta + at.slopes[i] * squares_1[i]
        h_beta_beta = h_beta_beta + at.slopes[i] * squares_2[i]
        h_mu = h_mu + at.slopes[i] * doubles[i]
        h_mu_beta = h_mu_beta + at.slopes[i] * doubles_1[i]
    return Variance(
        h,
        h_mu,
        ones,
        squares,
        h_beta,
        2.0 * weights,
        h_mu_beta,
        ones_1,
        2.0 * h_beta_beta,
        doubles,
        squares_1,
    )


@njit(forceinline=True)
def store_variance(array, v):
    at = store_all(array, 0, (v.h, v.mu, v.omega, v.beta))
    at = store_all(array, at, (v.mu_mu, v.mu_beta, v.omega_beta, v.beta_beta))
    at = store_all(array, at, v.slopes)
    at = store_all(array, at, v.mu_slopes)
    store_all(array, at, v.slopes_beta)


@njit(forceinline=True)
def load_variance(news, array, slopes):
    wide = len(slopes) * LANES
    return Variance(
        load(array, 0),
        load(array, LANES),
        load(array, 2 * LANES),
        load_slopes(news, array, 8 * LANES),
        load(array, 3 * LANES),
        load(array, 4 * LANES),
        load(array, 5 * LANES),
        load(array, 6 * LANES),
        load(array, 7 * LANES),
        load_slopes(news, array, 8 * LANES + wide),
        load_slopes(news, array, 8 * LANES + 2 * wide),
    )


@njit(forceinline=True, _nrt=False)
def chain(slopes, length, beta, added, begin):
    """Write where each lane begins, from where the first does and what each stretch adds.

    Over a stretch of m periods, two at least, the variance it begins with is multiplied by beta^m,
    to which its derivatives in beta answer as well.
    """
    low = beta ** (length - 2)
    once, twice = length * (low * beta), length * (length - 1.0) * low
    whole = low * beta * beta
    for lane in range(LANES - 1):
        for i in range(8 + 3 * slopes):
            begin[i, lane + 1] = whole * begin[i, lane] + added[i, lane]
        begin[3, lane + 1] += once * begin[0, lane]
        begin[5, lane + 1] += once * begin[1, lane]
        begin[6, lane + 1] += once * begin[2, lane]
        begin[7, lane + 1] += 2.0 * once * begin[3, lane] + twice * begin[0, lane]
        for i in range(slopes):
            begin[8 + 2 * slopes + i, lane + 1] += once * begin[8 + i, lane]
