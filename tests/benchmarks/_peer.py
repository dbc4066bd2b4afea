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


def projected(params, most=1e-3):
    """Return the parameters moved to where the constraints hold, None if by more than rounding.

    Slopes below zero become zero; a persistence above one is shared out over what makes it up.
    """
    found = {**params, "alpha": max(params["alpha"], 0.0), "beta": max(params["beta"], 0.0)}
    if "gamma" in found:
        found["gamma"] = max(found["gamma"], -found["alpha"])
    total = found["alpha"] + 0.5 * found.get("gamma", 0.0) + found["beta"]
    if total > 1.0:
        for name in {"alpha", "gamma", "beta"} & {*found}:
            found[name] /= total * (1.0 + 1e-15)
    return found if all(abs(found[k] - params[k]) <= most for k in params) else None


def likelihood_short_of(spec, window, row, theirs) -> float:
    """Return how far our log-likelihood lies below that of arch's answer, both by one function."""
    inside = projected(theirs)
    if inside is None:
        return -np.inf
    fit = spec.fit(window)
    assert fit.loglikelihood == row["loglikelihood"]
    return fit.at(inside).loglikelihood - fit.at({**fit.params}).loglikelihood
