"""Log-likelihood, gradient and Hessian of GARCH and GJR-GARCH over one series, in eight lanes.

A variance recursion is linear in the variance before, so a series need not be walked from end to
end: it is cut into eight stretches of one length, a lane each. A first walk, from a variance of
zero, finds what each stretch adds; these are chained to the variances (with their derivatives) at
which the stretches begin; a second walk sums the likelihood. The returns that are left over when
the length is divided by eight come first, the same in all lanes, and count an eighth in each.
"""

from __future__ import annotations

from typing import NamedTuple

from numba import njit
from numba.extending import overload

from quant.volatility._kernels.lane_functions import log
from quant.volatility._kernels.lane_tuples import (
    add_outer,
    add_scaled,
    add_table,
    filled,
    scaled,
    store_all,
    store_totals,
    zero_table,
    zero_triangle,
)
from quant.volatility._kernels.laws import parts, shape_zeros, terms
from quant.volatility._kernels.simd import (
    LANES,
    exponent,
    load,
    power_of_two,
    splat,
    where_negative,
)

AHEAD = 32  # observations whose slow parts are computed ahead
PARTS = 4  # of an observation, at most
ENTRIES = 14  # entries of a variance with its derivatives, at most
_LOG_2 = 0.6931471805599453


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
def _after(news, at, v, e):
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
def _opening(at, opening, recursed):
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
def _added(news, at, series, first, last):
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
def _store_variance(array, v):
    at = store_all(array, 0, (v.h, v.mu, v.omega, v.beta))
    at = store_all(array, at, (v.mu_mu, v.mu_beta, v.omega_beta, v.beta_beta))
    at = store_all(array, at, v.slopes)
    at = store_all(array, at, v.mu_slopes)
    store_all(array, at, v.slopes_beta)


@njit(forceinline=True)
def _load_variance(news, array, slopes):
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
def _chain(slopes, length, beta, added, begin):
    """Write where each lane begins, from where the first does and what each stretch adds.

    Over a stretch of m periods the variance it begins with is multiplied by beta^m, to which its
    derivatives in beta answer as well.
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


@njit(forceinline=True)
def _grown(product, factor):
    if factor is None:
        return product
    return product * factor


@njit(forceinline=True)
def _halved(product, halvings, factor):
    """Return the product within a factor of two of one, and how often it was halved for that."""
    if factor is None:
        return product, halvings
    k = exponent(product)
    return product * power_of_two(-k), halvings + k


@njit(forceinline=True)
def _look_ahead(law, news, series, first, last, at, h, constants, ahead):
    """Keep the slow parts of some observations, the first of which has variance h."""
    place = 0
    for t in range(first, last):
        e = load(series, t * LANES) - at.mu
        place = store_all(ahead, place, parts(law, constants, e, h))
        h = at.omega + regressors(news, at.slopes, e)[2] * (e * e) + at.beta * h


@njit(nogil=True, cache=True, _nrt=False)
def evaluate(law, news, series, n, opening, recursed, params, constants, ahead, added, begin, out):
    """Write sums over n returns to `out`.

    Parameters
    ----------
    series : (n % 8 + n // 8, 8) array
        The first n % 8 returns in all lanes, then eight stretches of the others.
    opening : (3,) array
        Presample variance and its first two derivatives in the mean.
    recursed : float
        1 if the first variance applies the recursion to the presample variance, 0 if it is that.
    params : array
        mu, omega, slopes, beta.
    ahead : (rows, 8) array
        Room for the slow parts of some observations.
    added, begin : (rows, 8) arrays
        Room for variances with their derivatives.
    out : array
        Value, sum log h, sum log factor; gradient in the parameters, in the shapes; packed Hessian
        of the parameters, table shapes x parameters, shapes x mean, packed Hessian of the shapes.
    """
    slopes = spread_slopes(news, params)
    at = Coefficients(splat(params[0]), splat(params[1]), slopes, splat(params[2 + len(slopes)]))
    zero, unit, eighth = splat(0.0), splat(1.0), splat(1.0 / LANES)
    v = _opening(at, opening, recursed)

    shapes = shape_zeros(law)
    gradient = (zero, zero) + filled(slopes, zero) + (zero,)
    hessian = zero_triangle(gradient)
    shape_gradient, cross_mean = shapes, shapes
    cross = zero_table(shapes, gradient)
    shape_hessian = zero_triangle(shapes)
    value, log_h, log_factor = zero, zero, zero
    width = len(parts(law, constants, v.h, v.h)) * LANES

    first, last = 0, n % LANES
    for piece in range(2):
        if piece == 1:
            first, last = last, last + n // LANES
            _store_variance(begin, v)
            _store_variance(added, _added(news, at, series, first, last))
            _chain(len(slopes), n // LANES, params[2 + len(slopes)], added, begin)
            v = _load_variance(news, begin, slopes)
            value, log_h, log_factor = value * eighth, log_h * eighth, log_factor * eighth
            gradient, hessian = scaled(eighth, gradient), scaled(eighth, hessian)
            cross, cross_mean = scaled(eighth, cross), scaled(eighth, cross_mean)
            shape_gradient = scaled(eighth, shape_gradient)
            shape_hessian = scaled(eighth, shape_hessian)
        product, factors, halved_h, halved_factor = unit, unit, zero, zero
        for t in range(first, last):
            place = (t - first) % AHEAD
            if width > 0 and place == 0:
                _look_ahead(
                    *(law, news, series, t, min(t + AHEAD, last), at, v.h, constants, ahead)
                )
            e = load(series, t * LANES) - at.mu
            density, factor, slope, bend, e_shape, h_shape, d_shape, dd_shape = terms(
                law, constants, e, v.h, ahead, place * width
            )
            value = value + density
            product = product * v.h
            factors = _grown(factors, factor)
            if place % 8 == 7:
                product, halved_h = _halved(product, halved_h, unit)
                factors, halved_factor = _halved(factors, halved_factor, factor)

            dh = (v.mu, v.omega) + v.slopes + (v.beta,)
            gradient = add_scaled(gradient, slope[1], dh)
            gradient = (gradient[0] - slope[0],) + gradient[1:]
            bent = scaled(bend[2], dh)
            hessian = add_outer(hessian, dh, (bent[0] - bend[1],) + bent[1:])
            hessian = add_scaled(hessian, slope[1], second_derivatives(news, v))
            hessian = (hessian[0] + (bend[0] - bend[1] * v.mu),) + hessian[1:]
            cross = add_table(cross, h_shape, dh)
            cross_mean = add_scaled(cross_mean, unit, e_shape)
            shape_gradient = add_scaled(shape_gradient, unit, d_shape)
            shape_hessian = add_scaled(shape_hessian, unit, dd_shape)
            v = _after(news, at, v, e)
        log_h = log_h + log(product) + _LOG_2 * halved_h
        log_factor = log_factor + log(factors) + _LOG_2 * halved_factor

    to = store_totals(out, 0, (value, log_h, log_factor))
    to = store_totals(out, to, gradient)
    to = store_totals(out, to, shape_gradient)
    to = store_totals(out, to, hessian)
    to = store_totals(out, to, cross)
    to = store_totals(out, to, cross_mean)
    store_totals(out, to, shape_hessian)
