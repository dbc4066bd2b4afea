"""How far partial collateral covers an exposure, now and over a horizon."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from quant import _checks
from quant._typing import Vector
from quant.portfolio import Account
from quant.risk import ES, VaR
from quant.risk.base import LossForecast, RiskEstimate
from quant.scenarios import Scenarios

if TYPE_CHECKING:
    from quant.collateral._schedules import CollateralSchedule

__all__ = ["Coverage", "coverage"]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Coverage:
    """What the collateral of an account covers.

    Attributes
    ----------
    account : Account
    scenarios : Scenarios
    prices : dict of asset to float
        Prices now.
    schedule : CollateralSchedule or None
        None takes no haircut.
    level : float
        Confidence of `var` and `es`.
    exposure : float
        Absolute notionals of the contracts and net debts, quote currency.
    collateral_value : float
        Market value of the positive net balances, quote currency.
    counted_value : float
        The same after haircuts.
    equity : float
        Market value of the account.
    counted_equity : float
        The same after haircuts; below 0 the account is short of cover already.
    margin_after : ndarray (S,)
        Counted equity in each scenario: counted collateral less debts plus contracts' gains.
    """

    account: Account
    scenarios: Scenarios
    prices: dict[str, float]
    schedule: CollateralSchedule | None
    level: float
    exposure: float
    collateral_value: float
    counted_value: float
    equity: float
    counted_equity: float
    margin_after: Vector

    @property
    def coverage_ratio(self) -> float:
        """Counted collateral per unit of exposure; infinite without exposure.

        Of a loan it is the health factor of lending protocols.
        """
        return _ratio(self.counted_value, self.exposure)

    @property
    def collateral_ratio(self) -> float:
        """Market value of the collateral per unit of exposure; infinite without exposure."""
        return _ratio(self.collateral_value, self.exposure)

    @property
    def ltv(self) -> float:
        """Exposure per unit of market value of the collateral; 0 without exposure."""
        return 0.0 if self.exposure == 0.0 else _ratio(self.exposure, self.collateral_value)

    @property
    def shortfall_probability(self) -> float:
        """Probability that counted equity is negative at the horizon."""
        return math.fsum(self.scenarios.weights[self.margin_after < 0.0])

    @property
    def shortfall_probability_std_error(self) -> float:
        """Binomial standard error; 0 says no more than that no scenario falls short, or all do."""
        p = min(self.shortfall_probability, 1.0)
        return math.sqrt(p * (1.0 - p) / self._size())

    @property
    def expected_uncovered_loss(self) -> float:
        """Mean of what is missing, max(0, -counted equity), quote currency."""
        return float(self.scenarios.weights @ self._missing())

    @property
    def expected_uncovered_loss_std_error(self) -> float:
        """Standard error of the mean; infinite where a single observation lies behind it."""
        missing, weights = self._missing(), self.scenarios.weights
        spread = float(weights @ (missing - weights @ missing) ** 2)
        return math.sqrt(spread / (self._size() - 1.0)) if self._size() > 1.0 else math.inf

    @property
    def expected_given_shortfall(self) -> float:
        """Mean of what is missing where something is; 0 when no scenario falls short."""
        probability = self.shortfall_probability
        return self.expected_uncovered_loss / probability if probability else 0.0

    @property
    def expected_given_shortfall_std_error(self) -> float:
        """Standard error of that mean; infinite where fewer than two observations fall short."""
        size = self._size() * self.shortfall_probability
        if size <= 1.0:
            return math.inf
        short = self.margin_after < 0.0
        weights = self.scenarios.weights[short] / self.shortfall_probability
        spread = float(weights @ (-self.margin_after[short] - self.expected_given_shortfall) ** 2)
        return math.sqrt(spread / (size - 1.0))

    @property
    def uncovered(self) -> LossForecast:
        """Distribution of what is missing: measures read further numbers off it."""
        return LossForecast(
            loss=self.scenarios.law(self._missing()),
            unit=self.account.quote,
            as_of=self.scenarios.as_of,
            horizon=self.scenarios.horizon,
            n_obs=self.scenarios.n_obs,
            labels=self.scenarios.labels,
            converged=self.scenarios.converged,
        )

    @property
    def loss(self) -> LossForecast:
        """Distribution of the fall in the account's market value, with its parts."""
        return self.account.loss(self.scenarios, self.prices)

    @property
    def var(self) -> RiskEstimate:
        """Value at Risk of the account's loss at `level`."""
        return VaR(self.level)(self.loss)

    @property
    def es(self) -> RiskEstimate:
        """Expected shortfall of the account's loss at `level`."""
        return ES(self.level)(self.loss)

    @property
    def uncovered_var(self) -> RiskEstimate:
        """Value at Risk of what is missing at `level`; 0 when shortfalls are rarer."""
        return VaR(self.level)(self.uncovered)

    @property
    def uncovered_es(self) -> RiskEstimate:
        """Expected shortfall of what is missing at `level`."""
        return ES(self.level)(self.uncovered)

    def fall_to(self, trigger: float) -> float:
        r"""Return the common fall of all collateral that brings `collateral_ratio` to a trigger.

        .. math:: fall = 1 - trigger / ratio

        The exposure is held. Negative when the ratio is below the trigger already; with several
        assets the trigger is a surface, and this is the point on it where all fall alike.
        """
        return 1.0 - _checks.positive("trigger", trigger) / self.collateral_ratio

    def update(self, prices: Mapping[str, float] | pd.Series) -> Coverage:
        """Return the coverage of the same account and scenarios at other prices."""
        return coverage(self.account, self.scenarios, prices, self.schedule, level=self.level)

    def to_frame(self) -> pd.DataFrame:
        """Return a row per figure: value and standard error, 0 for what today's prices fix."""
        fixed = (
            *("exposure", "collateral_value", "counted_value", "equity", "counted_equity"),
            *("coverage_ratio", "collateral_ratio", "ltv"),
        )
        estimated = (
            "shortfall_probability",
            "expected_uncovered_loss",
            "expected_given_shortfall",
        )
        rows = {name: (getattr(self, name), 0.0) for name in fixed}
        for name in estimated:
            rows[name] = (getattr(self, name), getattr(self, f"{name}_std_error"))
        for estimate, name in ((self.var, "VaR"), (self.es, "ES")):
            rows[f"{name}({self.level:g})"] = (estimate.value, estimate.std_error)
        return pd.DataFrame.from_dict(rows, orient="index", columns=["value", "std_error"])

    def _missing(self) -> Vector:
        return np.maximum(-self.margin_after, 0.0)

    def _size(self) -> float:
        """Return how many independent scenarios the rows are worth, given weights and overlap."""
        weights = self.scenarios.weights
        return min(1.0 / float(weights @ weights), float(self.scenarios.n_obs))

    def __repr__(self) -> str:
        return (
            f"Coverage(coverage_ratio={self.coverage_ratio:.4g}, ltv={self.ltv:.4g}, "
            f"shortfall_probability={self.shortfall_probability:.4g}, "
            f"expected_uncovered_loss={self.expected_uncovered_loss:.6g} {self.account.quote}, "
            f"horizon={self.scenarios.horizon})"
        )


def coverage(
    account: Account,
    scenarios: Scenarios,
    prices: Mapping[str, float] | pd.Series,
    schedule: CollateralSchedule | None = None,
    *,
    level: float = 0.99,
) -> Coverage:
    r"""Measure what collateral covers, with collateral and exposure moving together.

    .. math:: M_s = \sum_a counted_a P_{a,s} + \sum_i V_i(P_s), \qquad
              P(M < 0), \quad E[\max(0, -M)]

    Parameters
    ----------
    account : Account
        Positive net balances are the collateral; contracts and net debts the exposure.
    scenarios : Scenarios
        Joint moves of every asset of the account over the horizon.
    prices : mapping or Series
        Prices now.
    schedule : CollateralSchedule, optional
        Haircuts of the collateral. None takes none: the shortfall is then the economic one, that
        the account cannot pay, since falling collateral is in the scenarios already.
    level : float
        Confidence of `var` and `es`.

    Returns
    -------
    Coverage

    Raises
    ------
    InputError
        If a price, a scenario column or a haircut is missing.

    Notes
    -----
    With a schedule, a haircut is taken on top of the move of the scenario: the shortfall is of what
    the lender counts, not of what there is. Contracts' gains and debts count in full.

    References
    ----------
    Basel Committee, CRE22, comprehensive approach: haircut value against exposure.

    Examples
    --------
    >>> loan = Account(collateral={"ETH": 5.0, "USD": -6_000})
    >>> scenarios = Scenarios([[-0.1], [-0.6], [0.1], [0.2]], ["ETH"], 1, kind="log")
    >>> covered = coverage(loan, scenarios, {"ETH": 2_000.0})
    >>> f"{covered.ltv:.2f} {covered.shortfall_probability:.2f}"
    '0.60 0.25'
    """
    vector = account.price_vector(prices)
    after = account.price_vector(account.scenario_prices(scenarios, prices))
    balances = account.balances
    counted = balances if schedule is None else schedule.counted(balances, account.quote)
    gains = float(account.contract_value(vector))
    worth = {asset: amount * float(vector[asset]) for asset, amount in balances.items()}
    counts = {asset: amount * float(vector[asset]) for asset, amount in counted.items()}
    margin = np.zeros(len(scenarios.weights)) + account.contract_value(after)
    for asset, amount in counted.items():
        margin += amount * after[asset]
    margin.setflags(write=False)
    return Coverage(
        account=account,
        scenarios=scenarios,
        prices={asset: float(vector[asset]) for asset in account.assets},
        schedule=schedule,
        level=_checks.level(level),
        exposure=account.exposure(prices),
        collateral_value=math.fsum(value for value in worth.values() if value > 0.0),
        counted_value=math.fsum(value for value in counts.values() if value > 0.0),
        equity=math.fsum((*worth.values(), gains)),
        counted_equity=math.fsum((*counts.values(), gains)),
        margin_after=margin,
    )


def _ratio(numerator: float, denominator: float) -> float:
    return numerator / denominator if denominator > 0.0 else math.inf
