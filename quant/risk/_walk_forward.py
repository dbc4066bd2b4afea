"""The one engine that steps an estimator through history: it is handed the past, nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from quant import _checks
from quant._typing import Side, Vector
from quant.errors import InputError, InsufficientDataError
from quant.risk._at_once import table_at_once
from quant.risk._block_job import TOGETHER, BlockJob, ManyFitter
from quant.risk._observed import Observed
from quant.risk._return_loss import loss_of
from quant.risk._rows import Row
from quant.risk._stretches import sums_after
from quant.risk.base import LossForecast, Measure, RiskEstimator

Observation = TypeVar("Observation")
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Origins:
    """Where forecasts are made: position o sees returns[:o] and speaks of returns[o : o + horizon].

    Attributes
    ----------
    positions : range
        All origins in order.
    refit_every : int
        Periods an estimation serves.
    """

    positions: range
    refit_every: int

    @property
    def blocks(self) -> tuple[tuple[int, ...], ...]:
        """Origins that share one estimation, made at the first of them."""
        first, each = self.positions.start, self.refit_every
        shared = groupby(self.positions, lambda origin: (origin - first) // each)
        return tuple(tuple(block) for _, block in shared)

    def array(self) -> npt.NDArray[np.int64]:
        """Return all origins as an array."""
        all_of = self.positions
        return np.arange(all_of.start, all_of.stop, all_of.step, dtype=np.int64)


def plan(
    index: pd.Index,
    *,
    start: object,
    end: object = None,
    horizon: int,
    step: int,
    refit_every: int,
    minimum: int,
) -> Origins:
    """Return the origins whose loss periods end between `start` and `end`, cut at refit dates.

    `start` and `end` are ends of loss periods; `start` None begins after `minimum` periods. Blocks
    are cut by the distance from the first origin, so they do not depend on how the work is shared.
    """
    last = (
        len(index) if end is None else int(index.searchsorted(as_stamp("end", end, index), "right"))
    )
    if start is None:
        first = minimum
    else:
        first_end = int(index.searchsorted(as_stamp("start", start, index), "left"))
        first = first_end - horizon + 1
    if first < minimum:
        raise InsufficientDataError(
            f"start: expected at least {minimum} returns before the first loss period, got "
            f"{max(first, 0)}; start later or shorten the window"
        )
    origins = range(first, last - horizon + 1, step)
    if not origins and start is None:
        raise InsufficientDataError(
            f"window: expected at most the {max(last - horizon, 0)} returns before the last loss "
            f"period, got {minimum}; shorten the window or lengthen the history"
        )
    if not origins:
        raise InsufficientDataError(
            "start: expected at least 1 returns from it on, got 0; "
            "start earlier or supply more history"
        )
    return Origins(origins, refit_every)


def as_stamp(name: str, value: object, index: pd.Index) -> pd.Timestamp:
    """Return a date in the time zone of the index, or refuse what is not a date."""
    try:
        when = pd.Timestamp(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise InputError(f"{name}: expected a date, got {value!r}; write 2020-01-31") from None
    zone = getattr(index, "tz", None)
    if zone is None and when.tzinfo is not None:
        raise InputError(
            f"{name}: expected a date without a time zone, as those of the returns, got {value}; "
            "drop its zone"
        )
    if zone is not None and when.tzinfo is None:
        return when.tz_localize(zone)
    return when


def walk(
    estimator: RiskEstimator,
    observed: Observed,
    origins: Origins,
    observe: Callable[[LossForecast, int], Observation],
    *,
    horizon: int,
    side: Side,
    n_jobs: int = 1,
    progress: bool = True,
) -> list[Observation]:
    """Return what `observe` sees of each forecast, in the order of the origins.

    Between refits the fit is updated by the returns that came since. Blocks run in any order on
    any number of workers; each depends on the past alone, so the answer does not. An estimator
    that offers ``fit_many(pasts)`` is refitted for several blocks at a time; of one that offers
    `walk_samples` an `observe` that can reads the samples of several blocks together.
    """
    n_jobs = _checks.workers(n_jobs)
    many = isinstance(estimator, ManyFitter) and observed.realized is None
    size = TOGETHER if many else 1
    blocks = origins.blocks
    batches = [blocks[i : i + size] for i in range(0, len(blocks), size)]
    job = BlockJob(estimator, observed, observe, horizon, side)
    if n_jobs == 1 or len(batches) == 1:
        from threadpoolctl import threadpool_limits

        with threadpool_limits(limits=1):
            done = [job(batch) for batch in track(batches, progress)]
    else:
        from joblib import Parallel, delayed

        work = Parallel(n_jobs=n_jobs, return_as="generator", batch_size="auto")(
            delayed(job.on_one_thread)(batch) for batch in batches
        )
        done = list(track(work, progress, total=len(batches)))
    return [observation for batch in done for observation in batch]


def track(work: Iterable[Item], progress: bool, total: int | None = None) -> Iterable[Item]:
    """Return the iterable under a progress bar: on stderr, after two seconds, on terminals only."""
    import warnings

    from tqdm import TqdmWarning

    with warnings.catch_warnings():
        # a notebook without widgets gets the plain bar; that is no news to its reader
        warnings.simplefilter("ignore", TqdmWarning)
        from tqdm.auto import tqdm

    bar: Iterable[Item] = tqdm(
        work, total=total, delay=2.0, disable=None if progress else True, leave=False
    )
    return bar


def walk_forward(
    estimator: RiskEstimator,
    returns: pd.Series,
    *,
    measures: Sequence[Measure],
    start: object = None,
    end: object = None,
    horizon: int = 1,
    side: Side = "long",
    refit_every: int = 1,
    step: int | None = None,
    realized: pd.Series | None = None,
    n_jobs: int = 1,
    progress: bool = True,
) -> pd.DataFrame:
    """Return measures of the forecasts made through history beside the losses that followed.

    Parameters
    ----------
    start, end : date-like, optional
        Ends of the first and last loss periods; by default as soon as the estimator's window is
        full, and to the end of the data.
    step : int, optional
        Periods between origins; `horizon` by default, so that losses do not overlap.
    realized : Series, optional
        Realised variances of the dates of `returns`, handed on as far as each origin.

    Returns
    -------
    DataFrame
        Indexed by the end of the loss period: `as_of`, one column per measure, named by its
        `repr`, `loss` (realised, simple, positive when money is lost) and `pit`, the probability
        the forecast gave to a loss of at most the realised one. Where a law is known at some
        levels only there is no `pit`, and no column for a measure it cannot answer.
    """
    _checks.returns(returns)
    _checks.side(side)
    n_jobs = _checks.workers(n_jobs)
    horizon = _checks.count("horizon", horizon)
    step = horizon if step is None else _checks.count("step", step)
    origins = plan(
        returns.index,
        start=start,
        end=end,
        horizon=horizon,
        step=step,
        refit_every=_checks.count("refit_every", refit_every),
        minimum=minimum_history(estimator, start),
    )
    observed, measures = Observed(returns, realized), tuple(measures)
    first = origins.array()
    r = returns.to_numpy(dtype=np.float64)
    losses = loss_of(sums_after(r, first, horizon), side)
    converged: Sequence[object] = ()
    at_once = table_at_once(estimator, observed, origins.positions, measures, losses, horizon, side)
    if at_once is not None:
        columns: Iterable[Sequence[float | None] | Vector] = at_once
    else:
        followed = dict(zip(origins.positions, losses.tolist(), strict=True))
        rows = walk(
            estimator,
            observed,
            origins,
            Row(followed, measures),
            horizon=horizon,
            side=side,
            n_jobs=n_jobs,
            progress=progress,
        )
        *columns, converged = zip(*rows, strict=True)
    names = [*(repr(measure) for measure in measures), "loss", "pit"]
    known = {
        name: column
        for name, column in zip(names, columns, strict=True)
        if at_once is not None or None not in column
    }
    table = pd.DataFrame(known, index=returns.index[first + horizon - 1], copy=False)
    table.insert(0, "as_of", returns.index[first - 1])
    if not all(converged):
        table["converged"] = np.array(converged, dtype=np.bool_)
    return table


def minimum_history(estimator: RiskEstimator, start: object) -> int:
    """Return how many returns come before the first origin: the estimator's window."""
    window = getattr(estimator, "window", None)
    if window is not None:
        return int(window)
    if start is None:
        raise InputError(
            f"start: expected a date, got None for {type(estimator).__name__} without a window; "
            "name the end of the first loss period"
        )
    return 2
