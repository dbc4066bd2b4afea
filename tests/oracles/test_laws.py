"""The laws against numbers computed by others; figures and their sources are in laws.json."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from scipy.integrate import quad

from quant.distributions import GED, Empirical, Normal, SkewStudentT, StudentT
from tests.shared_data import shared

ORACLES = json.loads((Path(__file__).parent / "laws.json").read_text())

# the published tables are of the lower tail of returns: the law of the loss is the mirror image
MIRRORED = {
    "normal": lambda: Normal(),
    "t": lambda nu: StudentT(float(nu)),
    "ged": lambda nu: GED(float(nu)),
    "hansen": lambda nu, skew: SkewStudentT(float(nu), -float(skew)),
}


def rows():
    for family, make in MIRRORED.items():
        for key, expected in ORACLES[f"param.{family}"]["expected"].items():
            *shape, alpha = key.removeprefix(family).strip("_").split("_")
            numbers = [part.lstrip("nul") for part in shape if part]
            var = expected.get("VaR", expected.get("VaR_unitvar"))
            es = expected.get("ES", expected.get("ES_unitvar"))
            yield pytest.param(make(*numbers), 1.0 - float(alpha), var, es, id=key)


@pytest.mark.parametrize("law, level, var, es", list(rows()))
def test_quantile_and_tail_mean_agree_with_forty_digit_arithmetic(law, level, var, es):
    assert law.ppf(level) == pytest.approx(var, rel=1e-12)
    assert law.tail_mean(level) == pytest.approx(es, rel=1e-12)
    assert law.cdf(var) == pytest.approx(level, abs=1e-14)


def _fernandez_steel(nu, xi):
    """Return the same family under Hansen's parameters; the loss is the mirror image."""
    skew = (xi**2 - 1.0) / (xi**2 + 1.0)
    return SkewStudentT(nu, -skew)


def named_rows():
    for key, expected in ORACLES["param.laplace"]["expected"].items():
        yield pytest.param(GED(1.0), key.split("_")[-1], expected, id=key)
    for key, expected in ORACLES["param.fssstd"]["expected"].items():
        _, nu, xi, alpha = key.split("_")
        law = _fernandez_steel(float(nu[2:]), float(xi[2:]))
        yield pytest.param(law, alpha, expected, id=key)


@pytest.mark.parametrize("law, alpha, expected", list(named_rows()))
def test_laws_by_other_names_agree_with_forty_digit_arithmetic(law, alpha, expected):
    level = 1.0 - float(alpha)
    assert law.ppf(level) == pytest.approx(expected["VaR"], rel=1e-12)
    assert law.tail_mean(level) == pytest.approx(expected["ES"], rel=1e-12)


@pytest.mark.parametrize("key", ORACLES["param.lognormal"]["expected"])
def test_money_losses_of_a_lognormal_price_agree_with_forty_digit_arithmetic(key):
    from quant.risk._return_loss import ReturnLoss

    expected = ORACLES["param.lognormal"]["expected"][key]
    _, side, _, _, alpha = key.split("_")
    loss = ReturnLoss(Normal(), 0.0005, 0.04, side)
    assert loss.ppf(1.0 - float(alpha)) == pytest.approx(expected["VaR"], rel=1e-12)
    assert loss.tail_mean(1.0 - float(alpha)) == pytest.approx(expected["ES"], rel=1e-12)


def test_r01_normal_multipliers():
    for level, expected in ORACLES["R01"]["expected"].items():
        assert Normal().ppf(float(level)) == pytest.approx(expected["var"], abs=1e-8)
        assert Normal().tail_mean(float(level)) == pytest.approx(expected["es"], abs=1e-8)


def test_r02_student_t_is_scaled_to_unit_variance_once():
    for key, expected in ORACLES["R02"]["expected"].items():
        nu, level = (float(part) for part in key.removeprefix("nu").split("_"))
        law = StudentT(nu)
        assert law.ppf(level) == pytest.approx(expected["var_unit_variance"], abs=1e-7)
        assert law.tail_mean(level) == pytest.approx(expected["es_unit_variance"], abs=1e-7)


SKEWED = [SkewStudentT(5.0, -0.1), SkewStudentT(3.0, 0.6), SkewStudentT(8.0, -0.7)]
LAWS = [Normal(), StudentT(3.0), StudentT(5.0), GED(0.9), GED(1.0), GED(1.5), *SKEWED]


def moment(law, power, low, high):
    def integrand(z):
        return z**power * np.exp(law.logpdf(z))

    return quad(integrand, low, high, epsabs=0.0, epsrel=1e-11, limit=200)[0]


@pytest.mark.parametrize("law", LAWS, ids=repr)
def test_density_integrates_to_the_moments_the_law_claims(law):
    mode = float(law.ppf(0.5))
    halves = ((-np.inf, mode), (mode, np.inf))
    # the square of a t(3) falls like z^-2: quadrature on the half line keeps nine digits of it
    for power, expected, tolerance in ((0, 1.0, 1e-10), (1, 0.0, 1e-9), (2, 1.0, 1e-8)):
        total = sum(moment(law, power, *half) for half in halves)
        assert total == pytest.approx(expected, abs=tolerance)
    assert moment(law, 2, -np.inf, 0.0) == pytest.approx(law.lower_variance, rel=1e-8)


@pytest.mark.parametrize("level", [0.02, 0.3, 0.6, 0.975, 0.999])
@pytest.mark.parametrize("law", LAWS, ids=repr)
def test_tail_mean_is_the_integral_beyond_the_quantile(law, level):
    quantile = law.ppf(level)
    edges = [quantile, *(x for x in (-1.0, 0.0, 1.0) if x > quantile), np.inf]
    mass = sum(moment(law, 0, *pair) for pair in pairwise(edges))
    mean = sum(moment(law, 1, *pair) for pair in pairwise(edges))
    assert mass == pytest.approx(1.0 - level, rel=1e-9)
    assert law.tail_mean(level) == pytest.approx(mean / (1.0 - level), rel=1e-9)


def test_acerbi_tasche_splits_the_atom():
    oracle = ORACLES["hs.at.fractional"]["expected"]["ES"]
    losses = -np.array([-5, -4, -3, -2.5, -1, 0, 0.5, 1, 2, 3])
    for alpha, expected in oracle.items():
        if float(alpha) < 1.0:  # the whole sample is no tail
            found = Empirical(losses).tail_mean(1.0 - float(alpha))
            assert found == pytest.approx(expected, rel=1e-12)
            weighted = Empirical(losses, weights=np.full(10, 0.1))
            assert weighted.tail_mean(1.0 - float(alpha)) == pytest.approx(expected, rel=1e-12)


def test_r05_fractional_tail_weight():
    law = Empirical(np.arange(1.0, 251.0))
    assert law.tail_mean(0.99) == pytest.approx(ORACLES["R05"]["expected"]["es"], abs=1e-12)


def test_r07_ranks_of_a_small_sample():
    expected = ORACLES["R07"]["expected"]
    law = Empirical(np.arange(1.0, 251.0))
    assert law.ppf(0.99) == expected["order_stat_ceil(n*a)"]
    assert law.ppf(0.99, rank="lower") == expected["floor_plus_1_if_integer_else_ceil"]
    assert law.ppf(0.99, rank="predictive") == 249.0  # floor(2.51) = 2nd worst


@pytest.mark.parametrize("alpha", ["0.05", "0.01"])
def test_bmw_historical_sample(alpha):
    expected = ORACLES[f"hs.bmw500.{alpha}"]["expected"]
    path = shared() / "oracles" / "bmw_logreturns.csv"
    losses = -np.loadtxt(path, delimiter=",", skiprows=1, usecols=1)[-500:]
    level = 1.0 - float(alpha)
    law = Empirical(losses)
    assert law.ppf(level) == pytest.approx(expected["variants"]["VaR_lower"], rel=1e-10)
    assert law.ppf(level, rank="lower") == pytest.approx(
        expected["variants"]["VaR_upper"], rel=1e-10
    )
    assert law.tail_mean(level) == pytest.approx(expected["variants"]["ES_AT"], rel=1e-10)
    for decay in ("98", "995"):
        weights = float(f"0.{decay}") ** np.arange(499.0, -1.0, -1.0)
        aged = Empirical(losses, weights=weights / weights.sum())
        assert aged.ppf(level) == pytest.approx(expected[f"BRW{decay}"]["VaR"], rel=1e-10)
        assert aged.tail_mean(level) == pytest.approx(expected[f"BRW{decay}"]["ES_AT"], rel=1e-10)
