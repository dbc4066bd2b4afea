"""The errors this package raises on purpose.

::

    QuantError
    ├── InputError (also a ValueError)   what was handed in cannot be used
    │   ├── PriceDataError               prices: asset, date, value and remedy are in the message
    │   ├── InsufficientDataError        fewer observations than the question needs
    │   └── SpecError                    a specification or its file is not valid
    └── ConvergenceError                 an estimation did not converge; carries the best fit so far

A message reads *argument: expected rule, got value [at date]; what to do*.
"""

from __future__ import annotations

__all__ = [
    "ConvergenceError",
    "InputError",
    "InsufficientDataError",
    "PriceDataError",
    "QuantError",
    "SpecError",
]


class QuantError(Exception):
    """Anything this package raises on purpose."""


class InputError(QuantError, ValueError):
    """What was handed in cannot be used."""


class PriceDataError(InputError):
    """Prices that cannot be turned into returns."""


class InsufficientDataError(InputError):
    """Fewer observations than the question needs."""


class SpecError(InputError):
    """A specification, or the file that holds it, is not valid."""


class ConvergenceError(QuantError):
    """An estimation did not converge.

    Attributes
    ----------
    best : object
        The best fit found before giving up, or None.
    """

    def __init__(self, message: str, best: object = None) -> None:
        super().__init__(message)
        self.best = best
