"""Worlds that follow the recursions of CAViaR and JointVaRES, at every level or at one."""

from __future__ import annotations

import numpy as np

import quant as q
from quant._typing import Side
from tests.studies._truths import Truth

LAW = q.StudentT(nu=6.0)
SIGMA = 0.01
SIZE = LAW.tail_mean(0.5)  # E|z|, half of it above zero


def quantile(level: float) -> float:
    return float(LAW.ppf(level))


def absolute(level: float, side: Side) -> tuple[Truth, dict[str, float]]:
    """Scale follows |r|, so every quantile does."""
    b2, b3 = 0.85, 0.15 / SIZE * 0.8
    b1 = SIGMA * (1.0 - b2 - b3 * SIZE)
    truth = Truth(LAW, lambda s, r: b1 + b2 * s + b3 * np.abs(r), SIGMA, scale=_same)
    k = quantile(level)
    return truth, {"intercept": k * b1, "persistence": b2, "size": k * b3}


def slopes(level: float, side: Side) -> tuple[Truth, dict[str, float]]:
    """Scale follows rises and falls with weights of their own."""
    b2, rise, fall = 0.85, 0.05, 0.2
    b1 = SIGMA * (1.0 - b2 - 0.5 * (rise + fall) * SIZE)

    def following(s: np.ndarray, r: np.ndarray) -> np.ndarray:
        return b1 + b2 * s + np.where(r > 0.0, rise, fall) * np.abs(r)

    k = quantile(level)
    gain, loss = (rise, fall) if side == "long" else (fall, rise)
    known = {"intercept": k * b1, "persistence": b2, "gain": k * gain, "loss": k * loss}
    return Truth(LAW, following, SIGMA, scale=_same), known


def squares(level: float, side: Side) -> tuple[Truth, dict[str, float]]:
    """Variance follows r squared: GARCH, and so the squared quantile."""
    b1, b2, b3 = 0.05 * SIGMA**2, 0.85, 0.1
    truth = Truth(LAW, lambda h, r: b1 + b2 * h + b3 * r**2, SIGMA**2)
    k = quantile(level) ** 2
    return truth, {"intercept": k * b1, "persistence": b2, "square": k * b3}


def adaptive(level: float, side: Side) -> tuple[Truth, dict[str, float]]:
    """The quantile of one side at one level takes a step up with a breach, small ones down."""
    sign = -1.0 if side == "long" else 1.0
    miss, k = 1.0 - level, quantile(level)
    speed = 1e-4 / np.sqrt(miss * level)

    def following(v: np.ndarray, r: np.ndarray) -> np.ndarray:
        gap = np.clip(1000.0 * (v - sign * r), -700.0, 700.0)
        return np.maximum(v + speed * (1.0 / (1.0 + np.exp(gap)) - miss), 1e-3)

    truth = Truth(LAW, following, 1.5 * k * SIGMA, scale=lambda v: v / k, burn=0)
    return truth, {"speed": speed}


def score_driven(level: float, side: Side) -> tuple[Truth, dict[str, float]]:
    """The factor of VaR and ES answers to breaches of one side at one level."""
    sign = -1.0 if side == "long" else 1.0
    miss, k = 1.0 - level, quantile(level)
    beta, gamma = 0.97, 0.15 * miss
    var, es = k * SIGMA, SIGMA * LAW.tail_mean(level)

    def following(state: np.ndarray, move: np.ndarray) -> np.ndarray:
        loss, size = sign * move, np.exp(state)
        hit = (loss >= var * size) * loss / (miss * es * size)
        return beta * state + gamma * (hit - 1.0)

    truth = Truth(LAW, following, 0.0, scale=lambda s: SIGMA * np.exp(s), simple=True)
    known = {"persistence": beta, "score": gamma, "var_scale": var, "es_scale": es}
    return truth, known


def squared_losses(level: float, side: Side) -> tuple[Truth, dict[str, float]]:
    """Variance in units of its intercept follows the squared simple loss."""
    beta, alpha = 0.85, 0.1
    unit = SIGMA * np.sqrt(1.0 - alpha - beta)
    gamma = alpha / unit**2

    def following(h: np.ndarray, move: np.ndarray) -> np.ndarray:
        return 1.0 + beta * h + gamma * move**2

    truth = Truth(
        LAW,
        following,
        1.0 / (1.0 - alpha - beta),
        scale=lambda h: unit * np.sqrt(h),
        simple=True,
    )
    var, es = unit * quantile(level), unit * LAW.tail_mean(level)
    return truth, {"persistence": beta, "square": gamma, "var_scale": var, "es_scale": es}


def absolute_losses(level: float, side: Side) -> tuple[Truth, dict[str, float]]:
    """Scale follows the size of the simple loss; ES is VaR times a constant."""
    log, known = absolute(level, side)
    truth = Truth(LAW, log.following, SIGMA, scale=_same, simple=True)
    gap = np.log(LAW.tail_mean(level) / quantile(level) - 1.0)
    return truth, {**known, "es_gap": float(gap)}


def _same(state: np.ndarray) -> np.ndarray:
    return state
