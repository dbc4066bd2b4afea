"""From prices to returns: of a period, of several, inside a day; aligned, spliced, by proxy."""

from __future__ import annotations

from quant.returns.aligning import align_returns
from quant.returns.horizons import horizon_returns
from quant.returns.logs import log_returns
from quant.returns.proxying import proxy_returns
from quant.returns.realized import realized_variance
from quant.returns.splicing import splice_returns

__all__ = [
    "align_returns",
    "horizon_returns",
    "log_returns",
    "proxy_returns",
    "realized_variance",
    "splice_returns",
]
