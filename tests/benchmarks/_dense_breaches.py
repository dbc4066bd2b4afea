"""Statistics of breaches from whole histories in NumPy: hits (n, T), one row per history.

Each reads every day, as its formula is printed. Large values speak against the null.
"""

from __future__ import annotations

import numpy as np
from scipy.special import chdtrc, log_ndtr, ndtri, xlogy

Rows = np.ndarray


def likelihood(hits: Rows, trials: Rows, chance: Rows | float) -> Rows:
    return xlogy(hits, chance) + xlogy(trials - hits, 1.0 - chance)


def kupiec(hits: Rows, p: float) -> Rows:
    count, days = hits.sum(axis=1), hits.shape[1]
    return 2.0 * (likelihood(count, days, count / days) - likelihood(count, days, p))


def first_failure(hits: Rows, p: float) -> Rows:
    found = hits.any(axis=1)
    day = np.where(found, hits.argmax(axis=1) + 1.0, hits.shape[1])
    return 2.0 * (likelihood(found, day, found / day) - likelihood(found, day, p))


def independence(hits: Rows) -> Rows:
    before, after = hits[:, :-1], hits[:, 1:]
    n11, n01 = (before & after).sum(axis=1), (~before & after).sum(axis=1)
    n1 = before.sum(axis=1)
    n0 = before.shape[1] - n1
    pooled = (n01 + n11) / before.shape[1]
    apart = likelihood(n01, n0, n01 / n0) + likelihood(n11, n1, n11 / np.maximum(n1, 1))
    return 2.0 * (apart - likelihood(n01 + n11, n0 + n1, pooled))


def gaps(hits: Rows) -> tuple[Rows, Rows]:
    """Return the history of each breach and the days since the breach before it, or the start."""
    row, day = np.nonzero(hits)
    before = np.concatenate(([-1], day[:-1]))
    before[np.concatenate(([True], row[1:] != row[:-1]))] = -1
    return row, (day - before).astype(float)


def between(hits: Rows, p: float) -> Rows:
    row, gap = gaps(hits)
    ratios = 2.0 * (likelihood(1.0, gap, 1.0 / gap) - likelihood(1.0, gap, p))
    return np.bincount(row, weights=ratios, minlength=len(hits))


def haas_mixed(hits: Rows, p: float) -> Rows:
    """Return minus the log of each history's own chi-square tail."""
    return -np.log(chdtrc(hits.sum(axis=1) + 1, between(hits, p) + kupiec(hits, p)))


def haas_between(hits: Rows, p: float) -> Rows:
    count = hits.sum(axis=1)
    tail = np.where(count > 0, chdtrc(np.maximum(count, 1), between(hits, p)), 1.0)
    return -np.log(tail)


def dynamic_quantile(hits: Rows, p: float, var: Rows | None = None, lags: int = 4) -> Rows:
    n = hits.shape[1] - lags
    hit = hits - p
    x = np.empty((len(hits), n, lags + 1 + (var is not None)))
    x[:, :, 0] = 1.0
    for k in range(1, lags + 1):
        x[:, :, k] = hit[:, lags - k : lags - k + n]
    if var is not None:
        late = var[lags:] - var[lags:].mean()
        x[:, :, -1] = late / np.abs(late).max()
    across = x.transpose(0, 2, 1)
    moments = (across @ hit[:, lags:, None])[:, :, 0]
    inverse = np.linalg.pinv(across @ x, rcond=1e-10, hermitian=True)
    return np.einsum("ni,nij,nj->n", moments, inverse, moments) / (p * (1.0 - p))


def shuffled(uniforms: Rows, breaches: int) -> Rows:
    """Return hits of `breaches` days in every history, each set of days as likely."""
    at = np.argpartition(uniforms, breaches, axis=1)[:, :breaches]
    hits = np.zeros(uniforms.shape, bool)
    np.put_along_axis(hits, at, True, axis=1)
    return hits


def spells(hits: Rows) -> tuple[Rows, Rows]:
    """Return whole spells (n, x - 1) and the two censored ones, of x breaches in every row."""
    day = np.nonzero(hits)[1].reshape(len(hits), -1)
    return np.diff(day, axis=1).astype(float), np.column_stack(
        (day[:, 0], hits.shape[1] - 1 - day[:, -1])
    ).astype(float)


def weibull(hits: Rows) -> Rows:
    """Return the signed likelihood ratio of b = 1: above 0 where breaches cluster."""
    whole, ends = spells(hits)
    ends[:, 0] += ends[:, 0] > 0.0  # the first breach ends the spell before it
    logs = np.log(np.maximum(np.column_stack((whole, ends)), 1e-300))
    there = np.column_stack((whole, ends)) > 0.0
    m, total = whole.shape[1], np.log(whole).sum(axis=1)
    longest = logs.max(axis=1, keepdims=True)
    shorter = np.where(there, logs - longest, 0.0)
    longest = longest[:, 0]
    b = np.ones(len(hits))
    value, at_one = b, b
    for round_ in range(60):
        power = np.where(there, np.exp(b[:, None] * shorter), 0.0)
        s0, s1 = power.sum(axis=1), (power * shorter).sum(axis=1)
        s2 = (power * shorter**2).sum(axis=1)
        value = m * (np.log(b) - b * longest - np.log(s0)) + (b - 1.0) * total
        at_one = value if round_ == 0 else at_one
        slope = m * (1.0 / b - longest - s1 / s0) + total
        step = slope / (m * (1.0 / b**2 + s2 / s0 - (s1 / s0) ** 2))
        nearer = np.clip(b + step, np.maximum(b / 3.0, 1e-2), np.minimum(3.0 * b, 50.0))
        if np.abs(nearer / b - 1.0).max() <= 1e-8:
            break
        b = nearer
    return np.where(b < 1.0, 1.0, -1.0) * 2.0 * (value - at_one)


def geometric(hits: Rows) -> Rows:
    """Return the same of whole days: P(D > d) = exp(-rate d^b), by Newton's steps in both."""
    whole, ends = spells(hits)
    last = np.log(whole)
    first = np.log(np.maximum(whole - 1.0, 1e-300))
    start = np.log(np.maximum(ends, 1e-300))
    m = whole.shape[1]
    u, v = np.log(np.log1p(m / (ends.sum(axis=1) + (whole - 1.0).sum(axis=1)))), np.zeros(len(hits))

    def parts(u: Rows, v: Rows) -> tuple[Rows, ...]:
        rate, b = np.exp(u)[:, None], np.exp(v)[:, None]
        long, short = rate * np.exp(b * last), rate * np.exp(b * first)
        edge = rate * np.exp(b * start)
        w = 1.0 / np.expm1(long - short)
        value = (np.log(-np.expm1(short - long)) - short).sum(axis=1) - edge.sum(axis=1)
        d_long = b * last * long
        d_short, d_edge = b * first * short, b * start * edge
        x, dx = long - short, d_long - d_short
        ddx = b * (last * (d_long + long) - first * (d_short + short))
        bent = -w * (1.0 + w)
        gu = (x * w - short).sum(axis=1) - edge.sum(axis=1)
        gv = (dx * w - d_short).sum(axis=1) - d_edge.sum(axis=1)
        uu = (x * w + x * x * bent - short).sum(axis=1) - edge.sum(axis=1)
        uv = (dx * w + x * dx * bent - d_short).sum(axis=1) - d_edge.sum(axis=1)
        more = b * (first * (d_short + short)), b * (start * (d_edge + edge))
        vv = (ddx * w + dx * dx * bent - more[0]).sum(axis=1) - more[1].sum(axis=1)
        return value, gu, gv, uu, uv, vv

    at_one = parts(u, v)[0]
    value = at_one
    for _ in range(200):
        value, gu, gv, uu, uv, vv = parts(u, v)
        determinant = uu * vv - uv * uv
        concave = (uu < 0.0) & (determinant > 0.0)
        du = np.where(concave, -(vv * gu - uv * gv) / determinant, -gu / np.minimum(uu, -1e-9))
        dv = np.where(concave, -(uu * gv - uv * gu) / determinant, 0.1 * np.sign(gv))
        far = np.maximum(1.0, np.maximum(np.abs(dv) / 0.5, np.abs(du) / 2.0))
        bound = np.clip(v + dv / far, np.log(1e-2), np.log(50.0))
        if max(np.abs(du).max(), np.abs(bound - v).max()) <= 1e-7:
            break
        u, v = u + du / far, bound
    return np.where(v < 0.0, 1.0, -1.0) * 2.0 * np.maximum(value - at_one, 0.0)


def cells(pit: Rows, level: float, many: int = 4) -> tuple[Rows, Rows]:
    """Return how many PITs fall in each cell, (cells, n), and how many are expected to."""
    edges = level + np.arange(many) * (1.0 - level) / many
    above = np.stack([(pit > edge).sum(axis=1) for edge in edges] + [np.zeros(len(pit))])
    counts = np.vstack([pit.shape[1] - above[0], above[:-1] - above[1:]])
    return counts, pit.shape[1] * np.diff(edges, prepend=0.0, append=1.0)[:, None]


def pearson(pit: Rows, level: float) -> Rows:
    """Return Pearson's statistic; Nass only scales it."""
    counts, expected = cells(pit, level)
    return ((counts - expected) ** 2 / expected).sum(axis=0)


def cell_ratio(pit: Rows, level: float) -> Rows:
    counts, expected = cells(pit, level)
    return 2.0 * xlogy(counts, counts / expected).sum(axis=0)


def normal_tail(pit: Rows, level: float) -> Rows:
    """Return the likelihood ratio of Berkowitz's censored normal law, by damped Newton steps."""
    seen, cut, days = pit > level, ndtri(level), pit.shape[1]
    scores = np.zeros(pit.shape)
    scores[seen] = ndtri(pit[seen])
    n, total, squares = seen.sum(axis=1), scores.sum(axis=1), (scores**2).sum(axis=1)
    some = n > 0
    n1 = np.maximum(n, 1)

    def value(i: Rows, s: Rows) -> Rows:
        quadratic = i * i * squares - 2.0 * i * s * total + n * s * s
        return n * np.log(i) - 0.5 * quadratic + (days - n) * log_ndtr(i * cut - s)

    null = value(np.ones(len(pit)), np.zeros(len(pit)))
    i, s, best = np.ones(len(pit)), np.zeros(len(pit)), null
    for _ in range(100):
        x = i * cut - s
        ratio = np.exp(-0.5 * x * x - 0.5 * np.log(2.0 * np.pi) - log_ndtr(x))
        bend = -ratio * (x + ratio)
        g1 = (days - n) * ratio * cut + n / i - i * squares + s * total
        g2 = -(days - n) * ratio + i * total - n * s
        h11 = (days - n) * bend * cut * cut - n1 / (i * i) - squares
        h12 = -(days - n) * bend * cut + total
        h22 = (days - n) * bend - n1
        determinant = h11 * h22 - h12 * h12
        d1, d2 = -(h22 * g1 - h12 * g2) / determinant, -(h11 * g2 - h12 * g1) / determinant
        rise = np.where(some, d1 * g1 + d2 * g2, 0.0)
        if rise.max() <= 1e-12:
            break
        part = np.where(rise > 1e-12, 1.0, 0.0)
        for _ in range(40):
            good = i + part * d1 > 0.0
            nearer = value(np.where(good, i + part * d1, 1.0), s + part * d2)
            good &= nearer >= best + 1e-4 * part * rise
            if (good | (part == 0.0)).all():
                break
            part = np.where(good, part, 0.5 * part)
        part = np.where(good, part, 0.0)
        i, s = i + part * d1, s + part * d2
        best = value(i, s)
    none = -2.0 * days * np.log(level)
    return np.where(some, 2.0 * (best - null), none)
