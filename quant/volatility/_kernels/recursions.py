"""Log-likelihood, gradient and Hessian of GARCH and GJR-GARCH, eight series side by side."""

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
    store,
    where_negative,
)

STRETCH = 32  # observations whose slow parts are computed ahead
PARTS = 4  # of an observation, at most
_LOG_2 = 0.6931471805599453


class OneSlope(NamedTuple):
    """The variance answers to the square of a shock: GARCH."""

    slopes: int = 1


class TwoSlopes(NamedTuple):
    """It answers to rises and falls with a slope each: GJR-GARCH."""

    slopes: int = 2


def load_slopes(news, params):
    """Return the coefficients of the squared shocks."""
    raise NotImplementedError


def regressors(news, slopes, e):
    """Return the squared shocks, their derivatives in the mean, and the slope that applies."""
    raise NotImplementedError


def second_derivatives(news, own, mean_slopes, slopes_beta, mean_beta, omega_beta, beta_beta):
    """Return the packed second derivatives of h, None where they vanish."""
    raise NotImplementedError


@overload(load_slopes)
def _load_slopes(news, params):
    if news.instance_class is OneSlope:
        return lambda news, params: (load(params, 2 * LANES),)
    return lambda news, params: (load(params, 2 * LANES), load(params, 3 * LANES))


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
def _second_derivatives(news, own, mean_slopes, slopes_beta, mean_beta, omega_beta, beta_beta):
    if news.instance_class is OneSlope:

        def one(news, own, mean_slopes, slopes_beta, mean_beta, omega_beta, beta_beta):
            first = (own, None, None, mean_slopes[0], None, None)
            return first + (mean_beta, omega_beta, slopes_beta[0], beta_beta)

        return one

    def two(news, own, mean_slopes, slopes_beta, mean_beta, omega_beta, beta_beta):
        first = (own, None, None, mean_slopes[0], None, None, mean_slopes[1], None, None, None)
        return first + (mean_beta, omega_beta, slopes_beta[0], slopes_beta[1], beta_beta)

    return two


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
def _look_ahead(law, news, returns, first, last, mu, omega, slopes, beta, h, constants, ahead):
    """Keep the slow parts of a stretch of observations, the first of which has variance h."""
    at = 0
    for t in range(first, last):
        e = load(returns, t * LANES) - mu
        at = store_all(ahead, at, parts(law, constants, e, h))
        h = omega + regressors(news, slopes, e)[2] * (e * e) + beta * h


@njit(nogil=True, cache=True, _nrt=False)
def evaluate(law, news, returns, n, opening, recursed, params, constants, ahead, out):
    """Write sums over n returns to the rows of `out`.

    Parameters
    ----------
    returns : (n * 8,) array
        One series per lane.
    opening : (3 * 8,) array
        Presample variance and its first two derivatives in the mean.
    recursed : float
        1 if the first variance applies the recursion to the presample variance, 0 if it is that.
    params : (rows * 8,) array
        mu, omega, slopes, beta.
    ahead : (rows * 8,) array
        Room for the slow parts of a stretch of observations.
    out : array
        Rows: value, sum log h, sum log factor, next variance; gradient in the parameters, in the
        shapes; packed Hessian of the parameters, table shapes x parameters, packed Hessian of
        the shapes.
    """
    mu, omega = load(params, 0), load(params, LANES)
    slopes = load_slopes(news, params)
    count = len(slopes)
    beta = load(params, (2 + count) * LANES)
    level, slope, bend = load(opening, 0), load(opening, LANES), load(opening, 2 * LANES)
    zero = splat(0.0)
    equal = recursed / count
    total = beta
    for i in range(count):
        total = total + slopes[i] / float(count)
    weight = recursed * total + (1.0 - recursed)

    h = recursed * omega + weight * level
    h_mu, h_mu_mu = weight * slope, weight * bend
    h_omega, h_beta = splat(recursed), recursed * level
    h_slopes = filled(slopes, equal * level)
    h_mu_slopes = filled(slopes, equal * slope)
    h_mu_beta = recursed * slope
    h_omega_beta, h_beta_beta, h_slopes_beta = zero, zero, filled(slopes, zero)

    shapes = shape_zeros(law)
    gradient = (zero, zero) + filled(slopes, zero) + (zero,)
    hessian = zero_triangle(gradient)
    shape_gradient, cross_mean = shapes, shapes
    cross = zero_table(shapes, gradient)
    shape_hessian = zero_triangle(shapes)
    value, halved_h, halved_factor = zero, zero, zero
    product, factors = splat(1.0), splat(1.0)
    unit = splat(1.0)
    width = len(parts(law, constants, h, h)) * LANES

    for t in range(n):
        if width > 0 and t % STRETCH == 0:
            last = min(t + STRETCH, n)
            _look_ahead(
                *(law, news, returns, t, last, mu, omega, slopes, beta, h, constants, ahead)
            )
        e = load(returns, t * LANES) - mu
        v, factor, first, second, e_shape, h_shape, d_shape, dd_shape = terms(
            law, constants, e, h, ahead, t % STRETCH * width
        )
        value = value + v
        product = product * h
        factors = _grown(factors, factor)
        if t % 8 == 7:
            product, halved_h = _halved(product, halved_h, unit)
            factors, halved_factor = _halved(factors, halved_factor, factor)

        l_h = first[1]
        dh = (h_mu, h_omega) + h_slopes + (h_beta,)
        gradient = add_scaled(gradient, l_h, dh)
        gradient = (gradient[0] - first[0],) + gradient[1:]
        bent = scaled(second[2], dh)
        hessian = add_outer(hessian, dh, (bent[0] - second[1],) + bent[1:])
        hessian = add_scaled(
            hessian,
            l_h,
            second_derivatives(
                news, h_mu_mu, h_mu_slopes, h_slopes_beta, h_mu_beta, h_omega_beta, h_beta_beta
            ),
        )
        hessian = (hessian[0] + (second[0] - second[1] * h_mu),) + hessian[1:]
        cross = add_table(cross, h_shape, dh)
        cross_mean = add_scaled(cross_mean, unit, e_shape)
        shape_gradient = add_scaled(shape_gradient, unit, d_shape)
        shape_hessian = add_scaled(shape_hessian, unit, dd_shape)

        squares, doubles, a = regressors(news, slopes, e)
        h_beta_beta = 2.0 * h_beta + beta * h_beta_beta
        h_mu_beta = h_mu + beta * h_mu_beta
        h_omega_beta = h_omega + beta * h_omega_beta
        h_slopes_beta = add_scaled(h_slopes, beta, h_slopes_beta)
        h_mu_slopes = add_scaled(doubles, beta, h_mu_slopes)
        h_mu_mu = 2.0 * a + beta * h_mu_mu
        h_mu = beta * h_mu - 2.0 * a * e
        h_omega = 1.0 + beta * h_omega
        h_slopes = add_scaled(squares, beta, h_slopes)
        h_beta = h + beta * h_beta
        h = omega + a * (e * e) + beta * h

    store(out, 0, value)
    store(out, LANES, log(product) + _LOG_2 * halved_h)
    store(out, 2 * LANES, log(factors) + _LOG_2 * halved_factor)
    store(out, 3 * LANES, h)
    at = store_all(out, 4 * LANES, gradient)
    at = store_all(out, at, shape_gradient)
    at = store_all(out, at, hessian)
    at = store_all(out, at, cross)
    at = store_all(out, at, cross_mean)
    store_all(out, at, shape_hessian)
