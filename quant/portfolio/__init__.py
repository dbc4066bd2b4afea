"""Accounts: what is held, what it is worth, what it may lose."""

from __future__ import annotations

from quant.portfolio.account import Account
from quant.portfolio.instruments import InverseContract, LinearContract, Spot

__all__ = ["Account", "InverseContract", "LinearContract", "Spot"]
