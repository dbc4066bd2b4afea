"""Cornish-Fisher figures against 40-digit arithmetic and PerformanceAnalytics."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.special import ndtri

import quant as q
from quant.risk._cornish_fisher_law import CornishFisherLaw
from tests.shared_data import shared
from tests.strategies import daily

# param.cf: skewness and excess kurtosis of the profit, tail probability -> VaR, ES (integral)
INTEGRALS = {
    (-0.5, 1.0, 0.05): (1.7621058224525177, 2.4288503089799187),
    (-0.5, 1.0, 0.025): (2.2289532747895375, 2.8879235559211245),
    (-0.5, 1.0, 0.01): (2.8337090353393695, 3.490019401660213),
    (-0.5, 1.0, 0.005): (3.2875961273671552, 3.945291441543758),
    (-0.3, 3.0, 0.05): (1.6678981154875736, 2.6493646168108174),
    (-0.3, 3.0, 0.025): (2.2950444935774943, 3.358191192797796),
    (-0.3, 3.0, 0.01): (3.2144353837597612, 4.3795992097204435),
    (-0.3, 3.0, 0.005): (3.9746793419747783, 5.21267679599164),
    (0.0, 2.0, 0.05): (1.604492133825576, 2.3558833347176815),
    (0.0, 2.0, 0.025): (2.097399733126224, 2.8913669892800864),
    (0.0, 2.0, 0.01): (2.7939233308820253, 3.6451012017050126),
    (0.0, 2.0, 0.005): (3.3560687352389627, 4.249934552617099),
}

# pa.bmw500: confidence -> modified VaR, modified ES of Boudt, Peterson and Croux
MODIFIED = {
    0.95: (0.017085180128464, 0.0229735553010599),
    0.975: (0.0212350576748526, 0.0278488315870982),
    0.99: (0.0266127135016772, 0.0337515798342145),
}
# the mean beyond the same quantile under the Cornish-Fisher law itself
INTEGRATED = {0.95: 0.0230248506, 0.975: 0.0271176090, 0.99: 0.0325079081}
# pa.bmw500: mean_sd_skew_kurt, divisor n
MOMENTS = (9.9595544e-05, 0.01048996119426763, -0.0357287957815732, 0.831201201776578)


@pytest.mark.parametrize(("skewness", "kurtosis", "tail"), INTEGRALS)
def test_quantile_and_its_integral(skewness, kurtosis, tail):
    # a loss has the opposite skewness of the profit
    law = CornishFisherLaw(-skewness, kurtosis)
    var, es = INTEGRALS[skewness, kurtosis, tail]
    assert law.ppf(1.0 - tail) == pytest.approx(var, rel=1e-12)
    assert law.tail_mean(1.0 - tail) == pytest.approx(es, rel=1e-12)
    profit = CornishFisherLaw(skewness, kurtosis)
    assert profit.ppf(tail) == pytest.approx(-var, rel=1e-12)


def test_a_margin_desks_loss_quantile():
    # R14: skewness 0.5 and excess kurtosis 3 of the loss, 99 %
    assert CornishFisherLaw(0.5, 3.0).ppf(0.99) == pytest.approx(3.30128449218, abs=1e-8)


@pytest.fixture(scope="module")
def bmw():
    r = pd.read_csv(shared() / "oracles" / "bmw_logreturns.csv")["logret"].to_numpy()[-500:]
    return q.CornishFisher(window=500).fit(daily(r)).forecast()


def test_moments_of_bmw_returns(bmw):
    law = bmw.loss
    found = (law.mean, law.sigma, law.law.skewness, law.law.excess_kurtosis)
    assert found == pytest.approx(MOMENTS, rel=1e-9)


@pytest.mark.parametrize("level", MODIFIED)
def test_modified_var_of_bmw_returns(bmw, level):
    assert -np.log1p(-q.VaR(level)(bmw).value) == pytest.approx(MODIFIED[level][0], abs=1e-8)


@pytest.mark.parametrize("level", MODIFIED)
def test_modified_es_is_that_of_another_law(bmw, level):
    # Boudt, Peterson and Croux (2008) integrate the Edgeworth density beyond the Cornish-Fisher
    # quantile: not the tail of the law whose quantile that is, whence the difference
    mean, sd, s, k = MOMENTS
    h = -float(CornishFisherLaw(-s, k).ppf(level))
    edgeworth = (
        1.0
        + s * h**3 / 6.0
        + s**2 * (h**6 - 9.0 * h**4 + 9.0 * h**2 + 3.0) / 72.0
        + k * (h**4 - 2.0 * h**2 - 1.0) / 24.0
    )
    theirs = -mean + sd * np.exp(-0.5 * h * h) / np.sqrt(2 * np.pi) * edgeworth / (1.0 - level)
    assert theirs == pytest.approx(MODIFIED[level][1], abs=1e-8)
    ours = -mean + sd * CornishFisherLaw(-s, k).tail_mean(level)
    assert ours == pytest.approx(INTEGRATED[level], abs=1e-9)
    # and in money the same integral, quantile by quantile, of a long
    u = level + (1.0 - level) * (np.arange(200_000) + 0.5) / 200_000
    direct = np.mean(-np.expm1(bmw.loss.mean - bmw.loss.sigma * CornishFisherLaw(-s, k).ppf(u)))
    assert q.ES(level)(bmw).value == pytest.approx(direct, rel=1e-5)


def test_without_skewness_and_kurtosis_it_is_the_normal_law():
    # param.lognormal at 1 %: N(0.0005, 0.04^2)
    from quant.risk._return_loss import ReturnLoss

    law = CornishFisherLaw(0.0, 0.0)
    assert law.ppf(0.99) == ndtri(0.99)
    for side, var, es in (
        ("long", 0.08839993924279307, 0.10060377136745176),
        ("short", 0.09806980413674203, 0.11314190532990072),
    ):
        loss = q.LossForecast(loss=ReturnLoss(law, 0.0005, 0.04, side), side=side)
        assert q.VaR(0.99)(loss).value == pytest.approx(var, rel=1e-12)
        assert q.ES(0.99, max_move=None)(loss).value == pytest.approx(es, rel=1e-10)
