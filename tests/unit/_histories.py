"""Losses of changing volatility and forecasts of them, right or wrong in one respect."""

from __future__ import annotations

import numpy as np

from quant.backtesting import Backtest
from quant.distributions import StudentT

LEVEL = 0.975
LAW = StudentT(5.0)
VAR, ES = LAW.ppf(LEVEL), LAW.tail_mean(LEVEL)


def history(n: int = 500, *, shrink: float = 1.0, seed: int = 11, **fields: object) -> Backtest:
    """Return t losses of changing volatility; forecasts are `shrink` times the right ones."""
    rng = np.random.default_rng(seed)
    sigma = np.exp(0.3 * rng.normal(size=n))
    z = LAW.rvs(n, seed=seed)
    scaled = [_Scaled(shrink * s) for s in sigma]
    return Backtest.from_arrays(
        loss=sigma * z,
        var=shrink * VAR * sigma,
        es=shrink * ES * sigma,
        pit=LAW.cdf(z / shrink),
        laws=scaled,
        level=LEVEL,
        **fields,
    )


class _Scaled:
    """The law of a multiple of LAW."""

    finite_mean = True

    def __init__(self, scale: float) -> None:
        self.scale = scale

    def cdf(self, x):
        return LAW.cdf(x / self.scale)

    def ppf(self, level):
        return self.scale * LAW.ppf(level)

    def tail_mean(self, level: float) -> float:
        return self.scale * LAW.tail_mean(level)

    def rvs(self, size, seed: int = 0):
        return self.scale * LAW.rvs(size, seed)


def without(bt: Backtest, *names: str) -> Backtest:
    kept = {n: getattr(bt, n) for n in ("es", "pit", "laws") if n not in names}
    return Backtest.from_arrays(loss=bt.loss, var=bt.var, level=bt.level, **kept)


def with_es(bt: Backtest, share: float) -> Backtest:
    """Return the forecasts with ES moved towards VaR, to `share` of its distance and a bit."""
    es = bt.var * 1.05 + share * (bt.es - bt.var)
    return Backtest.from_arrays(loss=bt.loss, var=bt.var, es=es, level=bt.level)


def moved(bt: Backtest, var: float = 0.0, es: float = 0.0) -> Backtest:
    """Return the forecasts with VaR and ES moved, in units of the day's ES - VaR."""
    width = bt.es - bt.var
    return Backtest.from_arrays(
        loss=bt.loss, var=bt.var + var * width, es=bt.es + es * width, level=bt.level
    )
