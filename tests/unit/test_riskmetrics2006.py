"""The mixture of moving averages of RiskMetrics 2006."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from quant.errors import InputError, SpecError
from quant.volatility import EWMA, RiskMetrics2006
from tests.strategies import garch_returns

RETURNS = garch_returns(700, seed=3)

# rm2006.weights (Zumbach 2007; arch and the R package RM2006 take 14)
K14 = {"tau_max": 362.03867196751264, "w1": 0.11476038849929815, "wlast": 0.028096754357844693}
K15 = {"tau_max": 512.0000000000005, "w1": 0.11235263546041573, "wlast": 0.02098069787291759}
WEIGHTS_14 = [
    *(0.11476038849929815, 0.10809395510380172, 0.10142752170830532, 0.09476108831280888),
    *(0.08809465491731247, 0.08142822152181604, 0.07476178812631963, 0.06809535473082322),
    *(0.06142892133532679, 0.05476248793983037, 0.048096054544333945, 0.04142962114883754),
    *(0.03476318775334111, 0.028096754357844693),
]


@pytest.mark.parametrize(
    "tau_max, size, known, decay",
    [(512.0, 15, K15, 0.9980487811074755), (363.0, 14, K14, 0.9972416753234423)],
)
def test_weights_are_the_published_ones(tau_max, size, known, decay):
    model = RiskMetrics2006(tau_max=tau_max)
    assert model.weights.size == model.memories.size == size
    assert model.memories[-1] == pytest.approx(known["tau_max"], rel=1e-12)
    assert model.weights[0] == pytest.approx(known["w1"], abs=1e-12)
    assert model.weights[-1] == pytest.approx(known["wlast"], abs=1e-12)
    assert np.exp(-1.0 / model.memories[0]) == pytest.approx(0.7788007830714049, abs=1e-12)
    assert np.exp(-1.0 / model.memories[-1]) == pytest.approx(decay, abs=1e-12)
    assert model.weights.sum() == pytest.approx(1.0, abs=1e-15)


def test_every_weight_of_the_fourteen():
    np.testing.assert_allclose(RiskMetrics2006(tau_max=363.0).weights, WEIGHTS_14, atol=1e-12)


def test_the_variance_path_is_that_of_arch():
    from arch.univariate import RiskMetrics2006 as Peer

    start = 3e-4
    fit = RiskMetrics2006(tau_max=363.0, initial=start).fit(RETURNS)
    peer = Peer(kmax=14)
    r = RETURNS.to_numpy()
    variance = np.empty(r.size)
    bounds = np.tile([1e-12, 1e6], (r.size, 1))
    peer.compute_variance(np.empty(0), r, variance, np.full(14, start), bounds)
    np.testing.assert_allclose(fit.sigma**2, variance, rtol=1e-12)


def test_one_average_is_an_ewma():
    one = RiskMetrics2006(tau_1=20.0, tau_max=25.0)
    assert one.weights.tolist() == [1.0]
    ewma = EWMA(half_life=20.0 * np.log(2.0)).fit(RETURNS)
    np.testing.assert_allclose(one.fit(RETURNS).sigma, ewma.sigma, rtol=1e-12)
    np.testing.assert_allclose(one.fit(RETURNS).forecast(5).sigma, ewma.forecast(5).sigma)


def test_the_start_is_the_mean_square_and_every_average_begins_there():
    fit = RiskMetrics2006().fit(RETURNS)
    assert fit.origin.presample == pytest.approx(np.mean(RETURNS**2), rel=1e-14)
    assert fit.sigma.iloc[0] ** 2 == pytest.approx(fit.origin.presample, rel=1e-12)
    np.testing.assert_allclose(fit.spec._filter({}).open(2.0).memory, 2.0)


def test_the_forecast_leans_to_the_slow_averages():
    shock = pd.Series([0.12], index=[RETURNS.index[-1] + pd.Timedelta(days=1)])
    fit = RiskMetrics2006().fit(RETURNS).update(shock)
    variance = fit.forecast(250).sigma ** 2
    # by hand: one step on, average k is mu h_k + (1 - mu) h, and the mixture weighs them anew
    mu, h = np.exp(-1.0 / fit.spec.memories), fit.state.memory
    by_hand = fit.spec.weights @ (mu * h + (1.0 - mu) * variance[0])
    assert variance[1] == pytest.approx(by_hand, rel=1e-12)
    assert (np.diff(variance) < 0.0).all()
    assert fit.state.memory[-1] < variance[-1] < variance[0] < fit.state.memory[0]


@pytest.mark.parametrize(
    "fields, error, message",
    [
        ({"tau_0": 0}, InputError, r"tau_0: expected a number above 0"),
        ({"rho": 1.0}, InputError, r"rho: expected a number in \(1, inf"),
        ({"initial": -1.0}, InputError, r"initial: expected a number above 0"),
        ({"tau_max": 3.0}, SpecError, r"tau_max: expected a memory from tau_1 = 4 to below"),
        ({"tau_max": 1560.0}, SpecError, r"below tau_0 = 1560, got 1560; a weight would not"),
    ],
)
def test_bad_specs_are_refused(fields, error, message):
    with pytest.raises(error, match=message):
        RiskMetrics2006(**fields)
