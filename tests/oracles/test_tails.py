"""Generalised Pareto tails against published and independently computed figures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import quant as q
from quant.risk._return_loss import ReturnLoss
from quant.risk._tail_diagnostics import hill
from quant.risk._two_tails import TwoTails
from tests.shared_data import shared

HERE = Path(__file__).parent

# param.gpd, mpmath at 40 digits: (u, xi, beta, zeta) -> level -> (VaR, ES)
CLOSED = {
    (1.5, 0.2, 0.6, 0.1): {
        0.975: (2.4585237323186826, 3.4481546653983535),
        0.99: (3.2546795773833406, 4.443349471729175),
        0.999: (6.03565929452874, 7.919574118160925),
    },
    (1.5, -0.1, 0.6, 0.05): {
        0.975: (1.9018020507791555, 2.4107291370719595),
        0.99: (2.391960464875292, 2.8563276953411747),
        0.999: (3.4425399731625514, 3.8113999756023196),
    },
    (2.0, 1e-12, 0.5, 0.1): {
        0.975: (2.693147180560426, 3.1931471805616187),
        0.99: (3.151292546498348, 3.6512925464999997),
        0.999: (4.302585092999347, 4.8025850930021505),
    },
    # R15, derived from McNeil and Frey (2000)
    (2.0, 0.25, 1.0, 0.05): {0.99: (3.98139512488, 5.97519349985)},
}


@pytest.mark.parametrize("fields", CLOSED)
def test_quantiles_and_tail_means_agree_with_forty_digit_arithmetic(fields):
    u, xi, beta, share = fields
    law = q.GPDTail(xi=xi, beta=beta, threshold=u, exceed_share=share)
    for level, (var, es) in CLOSED[fields].items():
        tolerance = 1e-9 if fields[1] == 0.25 else 1e-12
        assert law.ppf(level) == pytest.approx(var, rel=tolerance)
        assert law.tail_mean(level) == pytest.approx(es, rel=tolerance)
        assert law.cdf(law.ppf(level)) == pytest.approx(level, abs=1e-14)


def test_danish_fire_losses_above_ten_million():
    # evt.danish10: the exact maximum; evir 1.7-4 and ismev 1.43 stop 4e-4 away from it
    claims = pd.read_csv(HERE / "danish_claims.csv")["claim_mDKK"].to_numpy()
    law = q.GPDTail.fit(claims, threshold=10.0)
    assert (law.xi, law.beta) == pytest.approx((0.49698580, 6.97546805), abs=1e-8)
    assert law.exceed_share == 109 / 2167
    errors = law.std_errors()
    assert (errors["xi"], errors["beta"]) == pytest.approx((0.13628382, 1.11349061), abs=1e-8)
    assert law.loglikelihood == pytest.approx(-374.892990229, abs=1e-8)
    evir = {
        0.95: (10.0417779131637, 23.943595462044),
        0.99: (27.284878554783, 58.2109138133146),
        0.999: (94.289558405488, 191.369719946308),
    }
    for level, figures in evir.items():
        assert (law.ppf(level), law.tail_mean(level)) == pytest.approx(figures, rel=1e-3)


# evt.bmw_k200, evt.bmw_k100: exact maximum likelihood; k -> xi, beta, their errors, nllh, VaR, ES
BMW = {
    200: (
        (0.16636472980477396, 0.011365276580519463, 0.08306226761441517, 0.0012325407537940852),
        -662.1655512007205,
        {
            0.99: (0.040361141822979965, 0.056951487852894715),
            0.999: (0.0791656086809378, 0.1034999),
        },
    ),
    100: (
        (0.1972296564281061, 0.012018908163851486, 0.12248554961829937, 0.0018856174824613083),
        -322.40445325268337,
        {0.99: (0.04035576980536014, 0.05683623681377623), 0.999: (0.0789139936, 0.1048676871)},
    ),
}


@pytest.mark.parametrize("k", BMW)
def test_bmw_losses(k):
    losses = -pd.read_csv(shared() / "oracles" / "bmw_logreturns.csv")["logret"].to_numpy()
    law = q.GPDTail.fit(losses, threshold=np.sort(losses)[-k - 1])
    estimates, cost, measures = BMW[k]
    errors = law.std_errors()
    found = (law.xi, law.beta, errors["xi"], errors["beta"])
    assert found == pytest.approx(estimates, rel=1e-6)
    assert law.loglikelihood == pytest.approx(-cost, rel=1e-6)
    for level, figures in measures.items():
        assert (law.ppf(level), law.tail_mean(level)) == pytest.approx(figures, rel=1e-6)


def test_hill_estimate_of_bmw_losses_by_both_threshold_conventions():
    # evt.hill.bmw: evir takes the k-th largest itself as threshold
    losses = -pd.read_csv(shared() / "oracles" / "bmw_logreturns.csv")["logret"].to_numpy()
    assert hill(losses, 100) == pytest.approx(0.313866035, abs=1e-8)
    assert 0.99 * hill(losses, 99) == pytest.approx(0.311334426296983, abs=1e-8)


def test_conditional_tail_of_the_benchmark_exchange_rate():
    # garch.fcp.highprecision filters, evt.cevt_k100: exact maximum on the negated residuals
    r = np.loadtxt(HERE / "dem2gbp.csv", skiprows=1)
    coef = (-0.006190408379937537, 0.010761397851817817, 0.15313406182046685, 0.8059736703053703)
    mu, omega, alpha, beta = coef
    e = r - mu
    h = np.empty(r.size + 1)
    h[0] = omega + (alpha + beta) * np.mean(e**2)
    for t in range(r.size):
        h[t + 1] = omega + alpha * e[t] ** 2 + beta * h[t]
    z = e / np.sqrt(h[:-1])
    law = TwoTails.fit(z, exceed_share=100.5 / 1974)
    tail = law.tail("long")
    assert tail.threshold == pytest.approx(1.67659814481893, rel=1e-6)
    assert tail.excesses.size == 100
    assert (tail.xi, tail.beta) == pytest.approx(
        (0.04260663511982337, 0.7318604702897387), rel=1e-6
    )
    errors = tail.std_errors()
    assert (errors["xi"], errors["beta"]) == pytest.approx(
        (0.10110975284685671, 0.10402986335483728), rel=1e-6
    )
    assert tail.loglikelihood == pytest.approx(-73.04412375714924, rel=1e-6)
    figures = {
        0.95: (1.6861773844401229, 2.451033958883431),
        0.975: (2.2013165836606228, 2.9890982677842683),
        0.99: (2.9060658109672772, 3.725210771963633),
        0.995: (3.4577688273926785, 4.301466088391954),
    }
    sigma = np.sqrt(h[-1])
    for level, (quantile, mean) in figures.items():
        assert tail.ppf(level) == pytest.approx(quantile, rel=1e-6)
        assert tail.tail_mean(level) == pytest.approx(mean, rel=1e-6)
        # in decimals, so that the exponential of the loss is that of a return
        move = -np.log1p(-ReturnLoss(law, mu / 100, sigma / 100, "long").ppf(level))
        assert move == pytest.approx((-mu + sigma * quantile) / 100, rel=1e-6)


def test_hull_four_index_tail():
    # hull.evt: Hull, Risk Management and Financial Institutions, extreme value theory; u = 160
    data = pd.read_csv(shared() / "oracles" / "hull_four_index_2006_2008.csv").iloc[:501]
    dollars = np.column_stack(
        [
            data["DJIA"],
            data["FTSE100"] * data["USDGBP"],
            data["CAC40"] / data["EURUSD"],
            data["Nikkei"] / data["YENUSD"],
        ]
    )
    losses = -(np.diff(dollars, axis=0) / dollars[:-1]) @ [4000.0, 3000.0, 1000.0, 2000.0]
    law = q.GPDTail.fit(losses, threshold=160.0)
    assert law.excesses.size == 22
    assert law.xi == pytest.approx(0.43625, abs=1e-4)
    assert law.beta == pytest.approx(32.5316, abs=1e-2)
    assert law.ppf(0.99) == pytest.approx(227.8, abs=0.1)
    assert law.tail_mean(0.99) == pytest.approx(337.9, abs=0.1)
    assert law.ppf(0.999) == pytest.approx(474.0, abs=0.1)
