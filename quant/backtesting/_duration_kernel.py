"""Compiled likelihood ratios of the times between breaches, for many histories.

Imported on first use: it brings numba along.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from quant._typing import Matrix, Vector
from quant.backtesting._breach_rows import Integers

_SMALLEST, _LARGEST = 1e-2, 50.0  # of b: spells all alike would take it to infinity


@njit(nogil=True, cache=True, error_model="numpy")
def placements(uniforms: Matrix, n_obs: int) -> Integers:
    """Return (n, x) ascending positions of x breaches among `n_obs` periods, each set as likely.

    The first x cards of a shuffled deck; a shuffled deck may be shuffled on.
    """
    rows, breaches = uniforms.shape
    deck = np.arange(n_obs)
    placed = np.empty((rows, breaches), np.int64)
    for row in range(rows):
        for i in range(breaches):
            j = i + int(uniforms[row, i] * (n_obs - i))
            deck[i], deck[j] = deck[j], deck[i]
            k = i
            while k > 0 and placed[row, k - 1] > deck[i]:
                placed[row, k] = placed[row, k - 1]
                k -= 1
            placed[row, k] = deck[i]
    return placed


@njit(nogil=True, cache=True, error_model="numpy")
def weibull_ratios(placed: Integers, n_obs: int) -> tuple[Vector, Vector]:
    """Return the likelihood ratio of b = 1 and the estimate of b, for (n, x) positions, x >= 2.

    With a put at its best value the log-likelihood m ln b - m ln sum d^b + (b - 1) sum ln d is
    concave in b: Newton's steps from 1 find its top.
    """
    rows, breaches = placed.shape
    logs = np.log(np.arange(1.0, n_obs + 1.0))
    ratios, shapes = np.empty(rows), np.empty(rows)
    spells = np.empty(breaches + 1)
    m = breaches - 1.0
    for row in range(rows):
        count = 0
        total = 0.0
        for i in range(1, breaches):
            spells[count] = logs[placed[row, i] - placed[row, i - 1] - 1]
            total += spells[count]
            count += 1
        if placed[row, 0] > 0:
            spells[count] = logs[placed[row, 0]]
            count += 1
        if placed[row, breaches - 1] < n_obs - 1:
            spells[count] = logs[n_obs - 2 - placed[row, breaches - 1]]
            count += 1
        longest = spells[:count].max()
        b, at_one, value = 1.0, 0.0, 0.0
        for iteration in range(60):
            s0, s1, s2 = 0.0, 0.0, 0.0
            for i in range(count):
                shorter = spells[i] - longest
                power = np.exp(b * shorter)
                s0 += power
                s1 += power * shorter
                s2 += power * shorter * shorter
            value = m * (np.log(b) - b * longest - np.log(s0)) + (b - 1.0) * total
            if iteration == 0:
                at_one = value
            slope = m * (1.0 / b - longest - s1 / s0) + total
            curvature = m * (1.0 / (b * b) + s2 / s0 - (s1 / s0) ** 2)
            step = slope / curvature
            nearer = min(max(b + step, b / 3.0, _SMALLEST), 3.0 * b, _LARGEST)
            if abs(nearer - b) <= 1e-6 * b:
                break
            b = nearer
        ratios[row] = max(2.0 * (value - at_one), 0.0)
        shapes[row] = b
    return ratios, shapes


@njit(nogil=True, cache=True, error_model="numpy")
def geometric_ratios(placed: Integers, n_obs: int) -> tuple[Vector, Vector]:
    """Return the likelihood ratio of b = 1 and the estimate of b, for (n, x) positions, x >= 2.

    A spell outlasts d periods with probability exp(-rate d^b). For each b the log-likelihood is
    concave in ln rate; Newton's steps follow its ridge.
    """
    rows, breaches = placed.shape
    logs = np.log(np.arange(1.0, n_obs + 1.0))
    ratios, shapes = np.empty(rows), np.empty(rows)
    spells = np.empty(breaches - 1, np.int64)
    power, first, second = np.empty(breaches - 1), np.empty(breaches - 1), np.empty(breaches - 1)
    for row in range(rows):
        for i in range(1, breaches):
            spells[i - 1] = placed[row, i] - placed[row, i - 1]
        ends = (placed[row, 0], n_obs - 1 - placed[row, breaches - 1])
        m = breaches - 1.0
        quiet = ends[0] + ends[1] + (placed[row, breaches - 1] - placed[row, 0]) - m
        u, b = np.log(np.log1p(m / quiet)), 1.0
        at_one, value = 0.0, 0.0
        for iteration in range(100):
            survived, survived1, survived2 = 0.0, 0.0, 0.0
            for d in ends:
                if d > 0:
                    p = np.exp(b * logs[d - 1])
                    survived += p
                    survived1 += p * logs[d - 1]
                    survived2 += p * logs[d - 1] ** 2
            for i in range(breaches - 1):
                d = spells[i]
                p, j = np.exp(b * logs[d - 1]), logs[d - 1]
                q, k = 0.0, 0.0
                if d > 1:
                    k = logs[d - 2]
                    q = np.exp(b * k)
                survived += q
                survived1 += q * k
                survived2 += q * k * k
                power[i] = p - q
                first[i] = p * j - q * k
                second[i] = p * j * j - q * k * k
            for _ in range(100):
                rate = np.exp(u)
                slope, curvature = -rate * survived, rate * survived
                for i in range(breaches - 1):
                    x = rate * power[i]
                    w = 1.0 / np.expm1(x)
                    slope += x * w
                    curvature += x * w * (x * (1.0 + w) - 1.0)
                step = min(max(slope / curvature, -5.0), 5.0)
                u += step
                if abs(step) < 1e-6:
                    break
            rate = np.exp(u)
            value = -rate * survived
            slope, bent = -rate * survived1, -rate * survived2
            across, along = -survived1, 0.0
            for i in range(breaches - 1):
                x = rate * power[i]
                w = 1.0 / np.expm1(x)
                value += np.log(-np.expm1(-x))
                slope += rate * first[i] * w
                bent += rate * second[i] * w - (rate * first[i]) ** 2 * w * (1.0 + w)
                across += first[i] * w * (1.0 - x * (1.0 + w))
                along -= power[i] ** 2 * w * (1.0 + w)
            if iteration == 0:
                at_one = value
            gradient = b * slope
            curvature = b * b * (bent - across * across / along) + gradient
            step = -gradient / curvature if curvature < 0.0 else np.sign(gradient)
            nearer = min(max(b * np.exp(min(max(step, -1.0), 1.0)), _SMALLEST), _LARGEST)
            if abs(nearer - b) <= 1e-5 * b:
                break
            u -= (nearer - b) * across / (along * rate)  # along the ridge
            b = nearer
        ratios[row] = max(2.0 * (value - at_one), 0.0)
        shapes[row] = b
    return ratios, shapes
