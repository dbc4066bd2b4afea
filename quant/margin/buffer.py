"""The anti-procyclical buffer: built in calm, spent in stress."""

from __future__ import annotations

from dataclasses import dataclass

from quant import _checks
from quant.margin.base import MarginContext

__all__ = ["Buffer"]


@dataclass(frozen=True, slots=True)
class Buffer:
    r"""Hold more than the model asks in calm times and spend it when the model asks for more.

    .. math::
        M_t = \max\{m_t, \min[(1 + weight)\, m_t, (1 + replenishment)\, M_{t-1}]\}

    with :math:`m_t` the running value and :math:`M_{t-1}` the total posted before.

    Parameters
    ----------
    weight : float
        Size of the full buffer, as a fraction of the running value.
    replenishment : float
        Largest growth of the total per period that refills the buffer; 0 lets it never rise
        by the buffer's own doing.

    Notes
    -----
    A rise of the running value is met from the buffer first: the total follows only once the
    buffer is spent. An always-on surcharge would move one for one with the model and soften
    nothing. Without a previous total the buffer starts full. A negative running value, of an asset
    that only rises, has no buffer.

    References
    ----------
    European Union (2013), Delegated Regulation 153/2013, Article 28(1)(a).

    Examples
    --------
    >>> import quant as q
    >>> q.Buffer()
    Buffer(weight=0.25, replenishment=0.01)
    """

    weight: float = 0.25
    replenishment: float = 0.01

    def __post_init__(self) -> None:
        object.__setattr__(self, "weight", _checks.nonnegative("weight", self.weight))
        growth = _checks.nonnegative("replenishment", self.replenishment)
        object.__setattr__(self, "replenishment", growth)

    def __call__(self, running: float, context: MarginContext) -> float:
        """Return what the buffer holds over the running value."""
        full = (1.0 + self.weight) * running
        if context.previous is None:
            return max(full - running, 0.0)
        reach = (1.0 + self.replenishment) * context.previous
        return max(running, min(full, reach)) - running
