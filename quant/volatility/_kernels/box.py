"""Coordinates in which every constraint of GARCH and GJR-GARCH is the side of a box.

They are the mean, log omega, the persistence p, for GJR the asymmetry d, the share s of the
persistence that is news, and the shapes. With A = p s the average slope,

    rises A (1 - d), falls A (1 + d), beta p (1 - s)

so p <= 1, slopes >= 0 and beta >= 0 are bounds of p, d and s. A t law's nu is taken as 1 / nu and
the power law's as log nu: near its normal member the likelihood is close to quadratic in these.
"""

from __future__ import annotations

import math

from numba import njit
from numba.extending import overload

from quant.volatility._kernels.law_constants import NormalKernel, PowerKernel, SkewKernel

_ROOM = 1.001


def sizes(law, news):
    """Return the numbers of slopes and shapes, as constants that loops are unrolled for."""
    raise NotImplementedError


def shape_from(law, x, at, shape):
    """Write the natural shape parameters that coordinates from `at` on stand for."""
    raise NotImplementedError


def bend_shape(law, x, at, gradient, hessian):
    """Turn natural derivatives of the shapes into derivatives in the coordinates."""
    raise NotImplementedError


@njit(forceinline=True, _nrt=False)
def natural(slopes, x, params):
    """Write mu, omega, slopes and beta."""
    params[0] = x[0]
    params[1] = math.exp(x[1])
    persistence, share = x[2], x[2 + slopes]
    news = persistence * share
    if slopes == 1:
        params[2] = news
    else:
        params[2] = news * (1.0 - x[3])
        params[3] = news * (1.0 + x[3])
    params[2 + slopes] = persistence * (1.0 - share)


@njit(forceinline=True, _nrt=False)
def _mix(k, i, j, ii, ij, ji, jj, gradient, hessian):
    """Replace derivatives in (i, j) by ii i + ij j and ji i + jj j."""
    a, b = gradient[i], gradient[j]
    gradient[i], gradient[j] = ii * a + ij * b, ji * a + jj * b
    for m in range(k):
        a, b = hessian[m, i], hessian[m, j]
        hessian[m, i], hessian[m, j] = ii * a + ij * b, ji * a + jj * b
    for m in range(k):
        a, b = hessian[i, m], hessian[j, m]
        hessian[i, m], hessian[j, m] = ii * a + ij * b, ji * a + jj * b


@njit(forceinline=True, _nrt=False)
def stretch(k, i, first, second, gradient, hessian):
    """Turn derivatives in v into derivatives in u, given dv/du and d2v/du2."""
    bend = second * gradient[i]
    gradient[i] *= first
    for m in range(k):
        hessian[m, i] *= first
    for m in range(k):
        hessian[i, m] *= first
    hessian[i, i] += bend


@njit(forceinline=True, _nrt=False)
def bend(slopes, k, x, gradient, hessian):
    """Turn derivatives in mu, omega, slopes, beta into derivatives in the coordinates."""
    omega = math.exp(x[1])
    stretch(k, 1, omega, omega, gradient, hessian)
    persistence, last = x[2], 2 + slopes
    share = x[last]
    if slopes == 2:
        news, d = persistence * share, x[3]
        twist = gradient[3] - gradient[2]
        _mix(k, 2, 3, 1.0 - d, 1.0 + d, -news, news, gradient, hessian)
        hessian[2, 3] += twist
        hessian[3, 2] += twist
    twist = gradient[2] - gradient[last]
    _mix(k, 2, last, share, 1.0 - share, persistence, -persistence, gradient, hessian)
    hessian[2, last] += twist
    hessian[last, 2] += twist


@njit(forceinline=True, _nrt=False)
def follow_ridge(k, x, gradient, hessian):
    """Turn log omega into log(omega / (room - p)), which a change of p alone leaves in place.

    Without news the variance tends to omega / (1 - p), so the likelihood has a curved ridge in
    omega and p, along which this is straight.
    """
    room = _ROOM - x[2]
    _mix(k, 1, 2, 1.0, 0.0, -1.0 / room, 1.0, gradient, hessian)
    hessian[2, 2] -= gradient[1] / (room * room)


@njit(forceinline=True, _nrt=False)
def leave_ridge(x, step):
    """Turn a step in the coordinates of the ridge into one in log omega."""
    room = _ROOM - x[2]
    step[1] += math.log((room - step[2]) / room)


@overload(sizes)
def _sizes(law, news):
    slopes, shapes = news.instance_class().slopes, law.instance_class().shapes
    return lambda law, news: (slopes, shapes)


@overload(shape_from)
def _shape_from(law, x, at, shape):
    if law.instance_class is NormalKernel:
        return lambda law, x, at, shape: None
    if law.instance_class is PowerKernel:

        def power(law, x, at, shape):
            shape[0] = math.exp(x[at])

        return power
    skewed = law.instance_class is SkewKernel

    def student(law, x, at, shape):
        shape[0] = 1.0 / x[at]
        if skewed:
            shape[1] = x[at + 1]

    return student


@overload(bend_shape)
def _bend_shape(law, x, at, gradient, hessian):
    if law.instance_class is NormalKernel:
        return lambda law, x, at, gradient, hessian: None
    if law.instance_class is PowerKernel:

        def power(law, x, at, gradient, hessian):
            nu = math.exp(x[at])
            stretch(at + 1, at, nu, nu, gradient, hessian)

        return power
    size = 2 if law.instance_class is SkewKernel else 1

    def student(law, x, at, gradient, hessian):
        nu = 1.0 / x[at]
        stretch(at + size, at, -nu * nu, 2.0 * nu * nu * nu, gradient, hessian)

    return student
