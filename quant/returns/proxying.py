"""History for an asset that had none yet: that of a proxy, plus noise of its own."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from quant import _checks
from quant.errors import InputError
from quant.returns._dates import floats, ordered
from quant.returns._proxies import listing, refuse_unnamed, regress

_COLUMNS = (
    *("asset", "proxy", "first", "last", "filled", "overlap"),
    *("beta", "std_error", "residual_sd", "r_squared"),
)


def proxy_returns(
    returns: pd.DataFrame, proxies: Mapping[str, str], *, seed: int = 0
) -> tuple[pd.DataFrame, pd.DataFrame]:
    r"""Fill the dates before an asset was listed from another asset, and say how.

    .. math:: \hat r_t = \beta\, r^{proxy}_t + e_{s(t)}, \quad
        r_s = a + \beta\, r^{proxy}_s + e_s

    Parameters
    ----------
    returns : DataFrame (T, N)
        Log returns, decimal; NaN before the first return of an asset that `proxies` names.
    proxies : mapping of asset to asset
        For each young asset the one that stands for it: with a return on every date, not itself
        filled.
    seed : int
        Seed of the residuals drawn. An asset's draws depend on its name, its history and the seed,
        not on what else is filled.

    Returns
    -------
    filled : DataFrame (T, N)
        The panel without blanks; what was observed is untouched.
    report : DataFrame
        A row per filled asset: proxy, first and last date filled, `filled` (returns), `overlap`
        (common dates), `beta` and its `std_error`, `residual_sd` (decimal, per period) and
        `r_squared`.

    Raises
    ------
    InputError
        If an asset or proxy is not in the panel, the proxy or an asset that is not filled has a
        blank, or an asset has one after its first return.
    InsufficientDataError
        If an asset and its proxy have fewer than 10 common dates.

    Notes
    -----
    Least squares with an intercept over all common dates; the intercept, the drift of a short
    history, is not carried back. Residuals are drawn with replacement, as they are, date by date:
    the noise neither clusters nor is shared by two filled assets. Beta and residuals are those of
    the whole overlap: a backtest that walks through filled dates has seen what came after them, so
    fill anew from what was known at each date, or start after the listing. A correlation
    measured on filled dates is what beta and R squared make it, not evidence. Align the
    markets of the long histories first; `align_returns` on the whole panel would
    cut it to the youngest.

    Examples
    --------
    >>> import quant as q
    >>> returns = q.log_returns(q.load_sample("simulated_crypto"))[["SIM-BTC", "SIM-NEW"]]
    >>> int(returns["SIM-NEW"].isna().sum())
    2410
    >>> filled, report = q.proxy_returns(returns, {"SIM-NEW": "SIM-BTC"})
    >>> int(filled["SIM-NEW"].isna().sum())
    0
    >>> report.loc["SIM-NEW", ["filled", "overlap", "beta", "r_squared"]].round(2).tolist()
    [2410.0, 89.0, 1.59, 0.16]
    """
    panel = _panel(returns)
    entropy = _checks.count("seed", seed, 0)
    array = floats("returns", panel, InputError)
    refuse_unnamed(panel, array, proxies)
    filled, rows = array.copy(), []
    for asset, proxy in proxies.items():
        at, of = (panel.columns.get_loc(name) for name in (asset, proxy))
        young, old = array[:, at], array[:, of]
        start = listing(panel.index, asset, young, proxy, old)
        line = regress(young[start:], old[start:])
        draws = np.random.default_rng([entropy, *str(asset).encode()])
        noise = line.residuals[draws.integers(0, line.residuals.size, size=start)]
        filled[:start, at] = line.beta * old[:start] + noise
        dates = panel.index[:start]
        rows.append(
            {
                "asset": asset,
                "proxy": proxy,
                "first": dates[0] if start else None,
                "last": dates[-1] if start else None,
                "filled": start,
                "overlap": line.residuals.size,
                "beta": line.beta,
                "std_error": line.std_error,
                "residual_sd": line.residual_sd,
                "r_squared": line.r_squared,
            }
        )
    report = pd.DataFrame(rows, columns=_COLUMNS).set_index("asset")
    return pd.DataFrame(filled, index=panel.index, columns=panel.columns), report


def _panel(returns: pd.DataFrame) -> pd.DataFrame:
    if not isinstance(returns, pd.DataFrame):
        raise InputError(
            f"returns: expected a DataFrame of several assets, got {type(returns).__name__}; "
            "put the asset and its proxy side by side"
        )
    ordered("returns", returns, InputError)
    return _checks.panel(returns)
