"""Specifications as data: plain dictionaries, TOML and JSON files, and changes by dotted path.

A specification is its own configuration file. `save` and `load` are exact inverses; `evolve` makes
the variants that a what-if or a calibration asks for.
"""

from __future__ import annotations

from quant.config._evolve import evolve
from quant.config._files import load, save
from quant.config._reading import from_dict
from quant.config._writing import to_dict

__all__ = ["evolve", "from_dict", "load", "save", "to_dict"]
