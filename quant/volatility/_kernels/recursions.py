"""Log-likelihood, gradient and Hessian of GARCH and GJR-GARCH over one series, in eight lanes.

A variance recursion is linear in the variance before, so a series need not be walked from end to
end: it is cut into eight stretches of one length, a lane each. A first walk, from a variance of
zero, finds what each stretch adds; these are chained to the variances (with their derivatives) at
which the stretches begin; a second walk sums the likelihood. The returns that are left over when
the length is divided by eight come first, the same in all lanes, and count an eighth in each.
"""

from __future__ import annotations

from numba import njit

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
from quant.volatility._kernels.simd import LANES, exponent, load, power_of_two, splat
from quant.volatility._kernels.variances import (
    Coefficients,
    added_by,
    after,
    chain,
    first_variance,
    load_variance,
    regressors,
    second_derivatives,
    spread_slopes,
    store_variance,
)

AHEAD = 32  # observations whose slow parts are computed ahead
PARTS = 4  # of an observation, at most
_LOG_2 = 0.6931471805599453


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
    v = first_variance(at, opening, recursed)

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
            store_variance(begin, v)
            store_variance(added, added_by(news, at, series, first, last))
            chain(len(slopes), n // LANES, params[2 + len(slopes)], added, begin)
            v = load_variance(news, begin, slopes)
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
            v = after(news, at, v, e)
        log_h = log_h + log(product) + _LOG_2 * halved_h
        log_factor = log_factor + log(factors) + _LOG_2 * halved_factor

    to = store_totals(out, 0, (value, log_h, log_factor))
    to = store_totals(out, to, gradient)
    to = store_totals(out, to, shape_gradient)
    to = store_totals(out, to, hessian)
    to = store_totals(out, to, cross)
    to = store_totals(out, to, cross_mean)
    store_totals(out, to, shape_hessian)
