"""arch as its users call it, and its answer judged by the likelihood both maximise."""

from __future__ import annotations

import warnings

import numpy as np

import quant as q

NAMES = {"alpha[1]": "alpha", "gamma[1]": "gamma", "beta[1]": "beta", "eta": "nu", "lambda": "skew"}
UNIT = 100.0  # arch is given percent returns, the scale it likes


def arch_fit(spec, window):
    """Return arch's estimates in decimal units, from its own starting values."""
    from arch import arch_model

    model = arch_model(
        window.to_numpy() * UNIT,
        mean="Constant" if spec.mean == "constant" else "Zero",
        o=int(isinstance(spec, q.GJRGARCH)),
        dist=spec.distribution,
        rescale=False,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = model.fit(disp="off", update_freq=0, show_warning=False)
    size = {"mu": 1.0 / UNIT, "omega": 1.0 / UNIT**2}
    return {NAMES.get(k, k): float(v) * size.get(k, 1.0) for k, v in found.params.items()}


def feasible(params) -> bool:
    """Return whether the constraints hold that both sides state."""
    total = params["alpha"] + 0.5 * params.get("gamma", 0.0) + params["beta"]
    return total <= 1.0 and params["alpha"] + min(params.get("gamma", 0.0), 0.0) >= 0.0


def likelihood_short_of(spec, window, row, theirs) -> float:
    """Return how far our log-likelihood lies below that of arch's answer, both by one function."""
    if not feasible(theirs):
        return -np.inf
    fit = spec.fit(window)
    assert fit.loglikelihood == row["loglikelihood"]
    return fit.at(theirs).loglikelihood - fit.at({**fit.params}).loglikelihood
