"""Intervals about an estimate with a normal error."""

from __future__ import annotations

import math

from scipy.special import ndtri


def normal_interval(value: float, std_error: float, confidence: float) -> tuple[float, float]:
    """Return the interval of an estimate with a normal error."""
    half = float(ndtri(0.5 + confidence / 2.0)) * std_error
    return value - half, value + half


def widened(
    interval: tuple[float, float], value: float, std_error: float, confidence: float
) -> tuple[float, float]:
    """Return a sampling interval widened by an independent normal error, each side by its square.

    Zou and Donner (2008), Construction of confidence limits about effect measures, section 2.
    """
    half = float(ndtri(0.5 + confidence / 2.0)) * std_error
    low, high = (math.hypot(end - value, half) for end in interval)
    return value - low, value + high
