"""One step of Newton's method in a box, damped where the quadratic model does not hold."""

from __future__ import annotations

from numba import njit

SIZE = 7  # most coordinates of any model
STEEPEST = 1e12  # damping from which on no step is left to take


@njit(forceinline=True, _nrt=False)
def propose(k, x, gradient, hessian, lower, upper, reach, damping, step, held, matrix):
    """Write an ascent step that stays in the box; return its predicted gain and the damping used.

    The step maximises g'd + d'Hd / 2 - damping d'Dd / 2 over the box, D the sizes of the diagonal,
    by holding what runs into a bound there and solving again for the rest. No coordinate moves
    further than its `reach`.
    """
    while damping < STEEPEST:
        for i in range(k):
            pushed = x[i] <= lower[i] and gradient[i] <= 0.0
            pushed = pushed or (x[i] >= upper[i] and gradient[i] >= 0.0)
            held[i] = pushed or not lower[i] < upper[i]
            step[i] = 0.0
        solved = True
        for _ in range(k + 1):
            solved = _solve(k, gradient, hessian, damping, step, held, matrix)
            if not solved:
                break
            inside = True
            for i in range(k):
                if held[i]:
                    continue
                low = max(lower[i] - x[i], -reach[i])
                high = min(upper[i] - x[i], reach[i])
                if step[i] < low or step[i] > high:
                    step[i] = low if step[i] < low else high
                    held[i] = True
                    inside = False
            if inside:
                break
        if solved:
            gain = 0.0
            for i in range(k):
                bend = 0.0
                for j in range(k):
                    bend += hessian[i, j] * step[j]
                gain += step[i] * (gradient[i] + 0.5 * bend)
            if gain >= 0.0:
                return gain, damping
        damping = max(10.0 * damping, 1e-3)
    return 0.0, damping


@njit(forceinline=True, _nrt=False)
def _solve(k, gradient, hessian, damping, step, held, matrix):
    """Solve for the free coordinates given the held ones; False if the model is not concave."""
    for i in range(k):
        if held[i]:
            continue
        size = max(abs(hessian[i, i]), 1e-6)
        right, pivot = gradient[i], damping * size - hessian[i, i]
        for j in range(k):
            if held[j]:
                right += hessian[i, j] * step[j]
        # row i of L with each entry times its pivot, then row i of L, with the inverse pivot last
        for j in range(i):
            if not held[j]:
                matrix[i, j] = -hessian[i, j]
                for m in range(j):
                    if not held[m]:
                        matrix[i, j] -= matrix[i, m] * matrix[j, m]
        for j in range(i):
            if not held[j]:
                entry = matrix[i, j] * matrix[j, j]
                pivot -= matrix[i, j] * entry
                right -= entry * step[j]
                matrix[i, j] = entry
        if not pivot > 1e-10 * size:
            return False
        matrix[i, i], step[i] = 1.0 / pivot, right
    for i in range(k - 1, -1, -1):
        if held[i]:
            continue
        step[i] *= matrix[i, i]
        for j in range(i + 1, k):
            if not held[j]:
                step[i] -= matrix[j, i] * step[j]
    return True
