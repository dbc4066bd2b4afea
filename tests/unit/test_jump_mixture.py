"""A quiet law with a rare jump, as a loss and as an innovation."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy.integrate import quad

import quant as q
from quant.risk._return_loss import ReturnLoss
from tests.strategies import garch_returns

CRASH = q.JumpMixture.innovation(probability=0.004, jump=-8.0, jump_sigma=2.0)
WIDE = q.JumpMixture(probability=0.02, jump=0.1, otherwise=-0.001, sigma=0.01, jump_sigma=0.03)


def test_a_peg_is_blind_at_99_percent_where_es_is_not():
    # J08: p = 0.5 %, jump 10 %, otherwise 0
    loss = q.LossForecast(loss=q.JumpMixture(probability=0.005, jump=0.1))
    assert q.VaR(0.99)(loss).value == pytest.approx(0.0, abs=1e-12)
    assert q.ES(0.99)(loss).value == pytest.approx(0.05, abs=1e-12)
    assert q.VaR(0.996)(loss).value == pytest.approx(0.1, abs=1e-12)
    assert q.ES(0.995)(loss).value == pytest.approx(0.1, abs=1e-12)


@pytest.mark.parametrize("probability", [0.1, 0.05, 0.01, 0.005, 0.3])
def test_the_level_that_the_quiet_law_just_reaches_is_quiet(probability):
    # 1 - 0.9 is not 0.1 in binary: rounding must not call the jump
    law = q.JumpMixture(probability=probability, jump=1.0)
    level = 1.0 - probability
    assert law.ppf(round(level, 4)) == 0.0
    assert law.ppf(level + 1e-9) == 1.0
    assert law.ppf(np.array([0.2, 0.9999])) == pytest.approx([0.0, 1.0])


def test_an_atom_among_smooth_losses_is_its_own_quantile():
    law = q.JumpMixture(probability=0.1, jump=0.1, jump_sigma=0.05)
    below = 0.1 * float(q.Normal().cdf(-2.0))
    for level in (below + 1e-6, 0.5, 0.9 + below - 1e-6):
        assert law.ppf(level) == 0.0
    assert law.ppf(0.9 + below + 1e-3) > 0.0
    assert law.ppf(below - 1e-6) < 0.0


@pytest.mark.parametrize("law", [CRASH, WIDE], ids=repr)
@pytest.mark.parametrize("level", [1e-6, 0.001, 0.3, 0.9, 0.99, 0.9999])
def test_quantile_inverts_and_tail_mean_integrates(law, level):
    x = law.ppf(level)
    assert law.cdf(x) == pytest.approx(level, rel=1e-12)
    edges = sorted({x, *(k for k in law.knots if k > x)})
    excess = sum(
        quad(lambda y: 1.0 - law.cdf(y), a, b, epsabs=1e-14)[0]
        for a, b in itertools.pairwise(edges)
    )
    assert law.tail_mean(level) == pytest.approx(x + excess / (1.0 - level), abs=1e-9)
    density = np.exp(law.logpdf(np.array([x])))[0]
    slope = (law.cdf(x + 1e-6) - law.cdf(x - 1e-6)) / 2e-6
    assert density == pytest.approx(slope, rel=1e-4)


def test_the_innovation_has_mean_zero_and_variance_one():
    assert CRASH.mean == pytest.approx(0.0, abs=1e-15)
    assert CRASH.variance == pytest.approx(1.0, rel=1e-14)
    x = CRASH.rvs(400_000, seed=1)
    # sd of the mean square: sqrt((kurtosis - 1) / n), kurtosis about 0.004 * 8^4 + ... < 30
    assert np.mean(x**2) == pytest.approx(1.0, abs=4 * np.sqrt(30 / x.size))
    assert x.mean() == pytest.approx(0.0, abs=4 / np.sqrt(x.size))
    pieces = [*sorted(k for k in CRASH.knots if k < 0.0), 0.0]
    square = sum(
        quad(lambda y: y * y * np.exp(CRASH.logpdf(np.array([y]))[0]), a, b)[0]
        for a, b in zip([-40.0, *pieces], pieces, strict=False)
    )
    assert CRASH.lower_variance == pytest.approx(square, rel=1e-8)
    assert CRASH.lower_variance > 0.55
    assert CRASH.loglikelihood(x[:10]) == pytest.approx(CRASH.logpdf(x[:10]).sum())


def test_a_mirrored_jump_mirrors_the_law():
    up = q.JumpMixture.innovation(probability=0.004, jump=8.0, jump_sigma=2.0)
    assert up.ppf(0.99) == pytest.approx(-CRASH.ppf(0.01), rel=1e-9)
    assert up.lower_variance == pytest.approx(1.0 - CRASH.lower_variance, rel=1e-12)


def test_jumps_raise_the_expected_shortfall_of_the_side_they_hurt():
    returns = garch_returns(400, seed=3)
    law, normal = (
        q.ParametricRisk(volatility=q.EWMA(half_life=20), distribution=d, window=None, n_paths=4000)
        for d in (CRASH, q.Normal())
    )
    for horizon in (1, 3):
        long, short, quiet = (
            q.ES(0.99)(e.fit(returns).forecast(horizon, side)).value
            for e, side in ((law, "long"), (law, "short"), (normal, "long"))
        )
        assert long > 1.2 * quiet
        assert short < quiet


@pytest.mark.parametrize("sd", [0.0, 0.01, 0.3, 2.0])
@pytest.mark.parametrize("side", ["long", "short"])
def test_money_tail_means_find_a_narrow_jump(sd, side):
    jump = -8.0 if side == "long" else 8.0
    law = q.JumpMixture.innovation(probability=0.004, jump=jump, jump_sigma=sd)
    loss = ReturnLoss(law, 0.001, 0.02, side)
    # by parts of the mixture: each a normal log return, whose exponential has a closed form
    level, sign = 0.99, -1.0 if side == "long" else 1.0
    start = sign * np.log1p(sign * loss.ppf(level))  # the adverse log move at the quantile
    total = 0.0
    for weight, mean, width in law._parts:
        m, s = sign * (0.001 + 0.02 * mean), 0.02 * width
        if s == 0.0:
            total += weight * sign * np.expm1(sign * m) * (m > start)
            continue
        d = (m - start) / s
        beyond = q.Normal().cdf(d)
        moment = np.exp(sign * m + 0.5 * s * s) * q.Normal().cdf(d + sign * s)
        total += weight * sign * (moment - beyond)
    assert loss.tail_mean(level) == pytest.approx(total / (1.0 - level), rel=1e-9)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"probability": 0.0, "jump": 0.1}, r"probability: expected a number in \(0, 1\), got 0"),
        ({"probability": 1.0, "jump": 0.1}, r"probability: expected a number in \(0, 1\), got 1"),
        ({"probability": 0.1, "jump": 0.1, "sigma": -1.0}, "sigma: expected a number of at least"),
        ({"probability": 0.1, "jump": np.inf}, "jump: expected a finite number"),
    ],
)
def test_what_is_no_law_is_refused(fields, message):
    with pytest.raises(q.InputError, match=message):
        q.JumpMixture(**fields)


def test_questions_without_an_answer_are_refused():
    with pytest.raises(q.InputError, match="jump: expected one that leaves quiet periods"):
        q.JumpMixture.innovation(probability=0.02, jump=-8.0)
    with pytest.raises(q.InputError, match="jump_sigma: expected sigma and jump_sigma above 0"):
        q.JumpMixture(probability=0.01, jump=0.1).logpdf(np.zeros(1))
    with pytest.raises(q.InputError, match=r"level: expected numbers in \[0, 1\], got 1.5"):
        WIDE.ppf(1.5)
    with pytest.raises(q.InputError, match=r"variance 1, got mean 0\.00102 .*JumpMixture\.innov"):
        q.ParametricRisk(volatility=q.EWMA(half_life=20), distribution=WIDE)
