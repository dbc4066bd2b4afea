"""``python -m quant`` is the same as ``quant``."""

from __future__ import annotations

import sys

from quant.cli import main

if __name__ == "__main__":
    sys.exit(main())
