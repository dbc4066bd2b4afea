"""What all tests share: no example of a property is timed, for a busy machine is no defect."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("quant", deadline=None)
settings.load_profile("quant")
