"""From prices to returns: of one period, of several, on common dates, across contracts."""

from __future__ import annotations

from quant.returns.aligning import align_returns
from quant.returns.horizons import horizon_returns
from quant.returns.logs import log_returns
from quant.returns.splicing import splice_returns

__all__ = ["align_returns", "horizon_returns", "log_returns", "splice_returns"]
