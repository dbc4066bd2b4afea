"""What every law promises, and how it refuses."""

from __future__ import annotations

import math
from dataclasses import FrozenInstanceError

import numpy as np
import pytest

from quant.distributions import (
    GED,
    Empirical,
    GPDTail,
    JumpMixture,
    Normal,
    SkewStudentT,
    StudentT,
)
from quant.errors import InputError, InsufficientDataError
from quant.risk._cornish_fisher_law import CornishFisherLaw
from quant.risk._return_loss import ReturnLoss
from quant.risk._two_tails import TwoTails

LAWS = [Normal(), StudentT(4.0), SkewStudentT(5.0, -0.3), GED(1.2)]
OTHERS = [
    JumpMixture(0.1, 2.0, otherwise=-0.1, sigma=0.5, jump_sigma=1.0),
    GPDTail(xi=0.2, beta=0.6),
    CornishFisherLaw(-0.3, 1.0),
    ReturnLoss(Normal(), 0.001, 0.3, "short"),
    TwoTails.fit(StudentT(4.0).rvs(400, seed=1), exceed_share=0.1),
]


@pytest.mark.parametrize("law", [*LAWS, *OTHERS], ids=repr)
def test_a_number_is_answered_with_a_number_and_an_array_with_an_array(law):
    for question in (law.cdf, law.ppf, *([law.logpdf] if law in LAWS else [])):
        assert type(question(0.3)) is float
        grid = np.array([[0.1, 0.3], [0.5, 0.9]])
        answer = question(grid)
        assert answer.shape == grid.shape
        assert answer[0, 1] == question(0.3)


@pytest.mark.parametrize("law", LAWS, ids=repr)
def test_ends_of_the_line(law):
    assert law.ppf(0.0) == -math.inf
    assert law.ppf(1.0) == math.inf
    np.testing.assert_array_equal(law.cdf(np.array([-np.inf, np.inf])), [0.0, 1.0])


@pytest.mark.parametrize("law", [*LAWS, *OTHERS], ids=repr)
def test_levels_outside_the_unit_interval_are_refused(law):
    for level in (99.0, -0.1, math.nan):
        with pytest.raises(InputError, match=r"level: expected numbers in \[0, 1\]"):
            law.ppf(level)


@pytest.mark.parametrize("law", LAWS, ids=repr)
def test_a_tail_mean_has_a_level_inside_the_unit_interval(law):
    with pytest.raises(InputError, match=r"write 0.99 for 99 %"):
        law.tail_mean(99)
    with pytest.raises(InputError, match=r"level: expected a number in \(0, 1\)"):
        law.tail_mean(1.0)


@pytest.mark.parametrize("law", [*LAWS, *OTHERS], ids=repr)
def test_draws_follow_the_law_and_the_seed(law):
    size = 40_000
    draws = law.rvs(size, seed=3)
    np.testing.assert_array_equal(draws, law.rvs(size, seed=3))
    assert not np.array_equal(draws, law.rvs(size, seed=4))
    assert law.rvs((3, 2)).shape == (3, 2)
    # Kolmogorov: P(sqrt(n) D > 2.0) = 2 exp(-8) = 7e-4, and the seed is fixed
    ranks = (np.arange(size) + 0.5) / size
    assert np.abs(law.cdf(np.sort(draws)) - ranks).max() < 2.0 / math.sqrt(size) + 0.5 / size


@pytest.mark.parametrize("law", LAWS, ids=repr)
def test_loglikelihood_sums_the_log_densities(law):
    x = np.array([-2.0, 0.1, 0.7])
    assert law.loglikelihood(x) == pytest.approx(sum(law.logpdf(float(v)) for v in x), rel=1e-14)


@pytest.mark.parametrize("law", LAWS, ids=repr)
def test_laws_are_frozen_values(law):
    assert law == type(law)(*(getattr(law, name) for name in type(law).__dataclass_fields__))
    assert len({law, law}) == 1
    with pytest.raises((FrozenInstanceError, AttributeError, TypeError)):
        law.nu = 7.0


def test_hansen_density_of_a_published_parametrisation():
    # Fernandez-Steel with xi = sqrt(.9 / 1.1) is the same law (METHODS A9): the density at its
    # mode side ratio is P(Z > mode) / P(Z < mode) = xi^2
    law = SkewStudentT(5.0, -0.1)
    a, b = law._shift_and_width
    assert law.cdf(-a / b) == pytest.approx((1.0 + 0.1) / 2.0, rel=1e-13)


def test_skew_points_to_the_longer_tail():
    left = SkewStudentT(5.0, -0.3)
    assert -left.ppf(0.01) > left.ppf(0.99)
    assert left.lower_variance > 0.5
    assert SkewStudentT(5.0, 0.3).lower_variance == pytest.approx(1.0 - left.lower_variance)
    assert SkewStudentT(5.0, 0.0).lower_variance == pytest.approx(0.5, rel=1e-12)


def test_special_cases_meet():
    x = np.linspace(-4.0, 4.0, 9)
    np.testing.assert_allclose(GED(2.0).logpdf(x), Normal().logpdf(x), rtol=1e-13)
    np.testing.assert_allclose(SkewStudentT(6.0, 0.0).cdf(x), StudentT(6.0).cdf(x), rtol=1e-13)
    laplace = -math.sqrt(2.0) * np.abs(x) - 0.5 * math.log(2.0)
    np.testing.assert_allclose(GED(1.0).logpdf(x), laplace, rtol=1e-13)


def test_exponential_moments():
    moments = {
        Normal(): math.inf,
        StudentT(9.0): 0.0,
        SkewStudentT(9.0, 0.1): 0.0,
        GED(1.5): math.inf,
        GED(1.0): math.sqrt(2.0),
        GED(0.9): 0.0,
    }
    assert {law: law.exponential_moment for law in moments} == moments
    assert all(law.finite_mean for law in moments)


def test_bad_shapes_are_refused_by_name():
    with pytest.raises(InputError, match=r"nu: expected a number in \(2, inf\], got 2"):
        StudentT(2)
    with pytest.raises(InputError, match=r"nu: expected a number in \(2, inf\], got 1.5"):
        SkewStudentT(1.5, 0.1)
    with pytest.raises(InputError, match=r"skew: expected a number in \(-1, 1\), got -1"):
        SkewStudentT(5, -1)
    with pytest.raises(InputError, match=r"nu: expected a number above 0, got 0"):
        GED(0)
    with pytest.raises(InputError, match=r"nu: expected a number, got '5'"):
        StudentT("5")


def test_empirical_keeps_the_order_and_guards_its_arrays():
    mine = np.array([3.0, -1.0, 2.0])
    law = Empirical(mine, weights=np.array([0.2, 0.5, 0.3]))
    mine[0] = 99.0
    np.testing.assert_array_equal(law.losses, [3.0, -1.0, 2.0])
    with pytest.raises(ValueError, match="read-only"):
        law.losses[0] = 0.0
    assert repr(law) == "Empirical(3 losses, weighted)"


def test_empirical_distribution_function_counts_ties_in():
    law = Empirical([1.0, 2.0, 2.0, 4.0])
    np.testing.assert_array_equal(
        law.cdf(np.array([0.0, 1.0, 2.0, 3.9, 4.0])), [0, 0.25, 0.75, 0.75, 1]
    )
    assert law.cdf(2.0) == 0.75
    weighted = Empirical([4.0, 1.0, 2.0], weights=[0.1, 0.6, 0.3])
    assert weighted.cdf(2.0) == pytest.approx(0.9)
    np.testing.assert_array_equal(weighted.ppf(np.array([0.5, 0.95])), [1.0, 4.0])
    assert weighted.std() == pytest.approx(math.sqrt(0.1 * 16 + 0.6 + 0.3 * 4 - 1.6**2))


def test_empirical_draws_by_weight():
    law = Empirical([1.0, 2.0], weights=[0.25, 0.75])
    draws = law.rvs((200, 50), seed=1)
    assert draws.shape == (200, 50)
    # 10,000 coin throws: four standard errors are 4 sqrt(.1875 / 10,000)
    assert (draws == 2.0).mean() == pytest.approx(0.75, abs=4 * math.sqrt(0.1875 / 10_000))


def test_empirical_refuses_what_it_cannot_weigh():
    with pytest.raises(InsufficientDataError, match="losses: expected at least 1 entries, got 0"):
        Empirical([])
    with pytest.raises(InputError, match="losses: expected finite numbers, got nan at position 1"):
        Empirical([1.0, math.nan])
    with pytest.raises(InputError, match="weights: expected one per loss, 2, got 1"):
        Empirical([1.0, 2.0], weights=[1.0])
    with pytest.raises(InputError, match=r"weights: expected a sum of 1, got 0.9"):
        Empirical([1.0, 2.0], weights=[0.4, 0.5])
    with pytest.raises(InputError, match=r"weights: expected non-negative numbers, got -0.5"):
        Empirical([1.0, 2.0], weights=[1.5, -0.5])
    with pytest.raises(InputError, match="rank: expected one of 'sample', 'lower', 'predictive'"):
        Empirical([1.0, 2.0]).ppf(0.5, rank="middle")
