"""A fit of the compiled engine makes its paths when asked: once, and the same as at once."""

from __future__ import annotations

import copy
import pickle
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from quant.errors import InputError
from quant.volatility import (
    EWMA,
    GARCH,
    GJRGARCH,
    RollingVolatility,
    _engine,
    _postponed,
    fit_rolling,
)
from quant.volatility._fit import fitted
from quant.volatility._postponed import Made, Postponed
from quant.volatility.base import FitDiagnostics
from tests.strategies import garch_returns

RETURNS = garch_returns(660, seed=4)
PAST, NEW = RETURNS.iloc[:600], RETURNS.iloc[600:]
SPECS = [
    GARCH(),
    GARCH(distribution="t", mean="zero"),
    GARCH(distribution="skewt", startup="sample"),
    GARCH(distribution="ged", startup="fcp"),
    GJRGARCH(),
    GJRGARCH(distribution="skewt", startup="fcp"),
    GJRGARCH(distribution="t", startup="sample"),
]
every = pytest.mark.parametrize("spec", SPECS, ids=repr)


def at_once(fit):
    """The fit to the same returns at the same parameters, all of it computed by the filter."""
    return fitted(fit.origin, fit.params, fit.sample, FitDiagnostics())


@pytest.fixture
def runs(monkeypatch):
    """The samples along which postponed paths were made, in order."""
    made = []

    def counted(dynamics, spec, sample, state):
        made.append(sample)
        return paths(dynamics, spec, sample, state)

    paths = _postponed.paths
    monkeypatch.setattr(_postponed, "paths", counted)
    return made


@every
def test_paths_are_made_when_asked_for_and_once(spec, runs):
    fit = spec.fit(PAST)
    assert isinstance(fit.paths, Postponed)
    fit.forecast(5), fit.simulate(3, 2), fit.update(NEW), fit.variance_share(), repr(fit)
    assert runs == []
    z, sigma = fit.z, fit.sigma
    assert fit.z is z
    assert fit.sigma is sigma
    assert runs == [fit.sample]


@every
def test_paths_and_the_state_have_the_bits_of_the_filter(spec):
    fit = spec.fit(PAST)
    reference = at_once(fit)
    assert fit.state.variance == reference.state.variance
    assert fit.state.memory.size == reference.state.memory.size == 0
    pd.testing.assert_series_equal(fit.sigma, reference.sigma, check_exact=True)
    pd.testing.assert_series_equal(fit.z, reference.z, check_exact=True)
    assert (fit.sigma.name, fit.z.name) == ("sigma", "z")
    # the likelihood is the engine's, which sums in another order
    assert fit.loglikelihood == pytest.approx(reference.loglikelihood, rel=1e-13)
    assert fit.returns_loglikelihood == fit.loglikelihood
    rolled = fit_rolling(spec, PAST, window=600)["sigma_next"].iloc[-1]
    assert rolled == fit.forecast().sigma[0] == np.sqrt(reference.state.variance)


@every
@pytest.mark.parametrize("scale", [1e-150, 1e150])
def test_the_state_has_the_bits_of_the_filter_at_any_scale_and_length(spec, scale):
    for start, stop in ((0, 51), (37, 400), (140, 660)):
        fit = spec.fit(RETURNS.iloc[start:stop] * scale)
        assert isinstance(fit.paths, Postponed)
        assert fit.state.variance == at_once(fit).state.variance


@pytest.mark.parametrize("asked", [False, True])
@pytest.mark.parametrize(
    "duplicate", [copy.copy, copy.deepcopy, lambda fit: pickle.loads(pickle.dumps(fit))]
)
def test_a_copy_has_the_same_paths(duplicate, asked):
    fit = GARCH().fit(PAST)
    expected = at_once(fit)
    if asked:
        _ = fit.sigma
    again = duplicate(fit)
    pd.testing.assert_series_equal(again.sigma, expected.sigma, check_exact=True)
    pd.testing.assert_series_equal(again.z, expected.z, check_exact=True)
    pd.testing.assert_frame_equal(again.param_cov(), fit.param_cov())


def test_what_moves_a_fit_leaves_its_paths_alone():
    spec = GJRGARCH(distribution="t")
    fit = spec.fit(PAST)
    expected = at_once(fit)
    other = replace(fit, diagnostics=FitDiagnostics()).with_errors(3)
    pd.testing.assert_series_equal(other.z, expected.z, check_exact=True)
    moved, reference = fit.update(NEW), expected.update(NEW)
    pd.testing.assert_series_equal(moved.sigma, reference.sigma, check_exact=True)
    elsewhere = {**fit.params, "alpha": 0.5 * fit.params["alpha"]}
    for one, two in ((fit, expected), (moved, reference)):
        mine, theirs = one.at(elsewhere), two.at(elsewhere)
        pd.testing.assert_series_equal(mine.sigma, theirs.sigma, check_exact=True)
        assert mine.state.variance == theirs.state.variance
    z = np.full((2, 600), 0.5)
    np.testing.assert_array_equal(fit.resimulate(z), expected.resimulate(z))


@pytest.mark.parametrize("spec", [GARCH(), EWMA(half_life=20), RollingVolatility(window=30)])
def test_nothing_behind_a_fit_can_be_changed(spec):
    fit = spec.fit(PAST)
    moved = fit.update(NEW)
    for path in (fit.returns, fit.sigma, fit.z, moved.returns, moved.sigma, moved.z):
        with pytest.raises(ValueError, match="read-only"):
            path.iloc[0] = 1.0


def test_returns_that_change_after_the_fit_do_not_change_its_paths():
    values = PAST.to_numpy(copy=True)
    expected = GARCH().fit(PAST).z
    fit = GARCH().fit(pd.Series(values, index=PAST.index, copy=False))
    values[:] = 0.5
    pd.testing.assert_series_equal(fit.z, expected, check_exact=True)


@pytest.mark.parametrize("spec", [GARCH(), GJRGARCH(distribution="skewt")])
def test_returns_beyond_all_numbers_are_refused_when_the_fit_is_made(spec):
    with pytest.raises(InputError, match=r"returns: .* no size above 1e\+150, got returns from -9"):
        spec.fit(PAST * 1e160)


@pytest.mark.parametrize(
    ("column", "number"),
    [("next_variance", 0.0), ("next_variance", np.nan), ("next_variance", np.inf), ("omega", 0.0)],
)
def test_an_estimate_that_does_not_vouch_for_its_paths_is_followed_at_once(
    monkeypatch, column, number
):
    def spoiled(*arguments):
        found = estimate(*arguments)
        where = found.params[:, found.model.names.index("omega")]
        (where if column == "omega" else found.next_variance)[:] = number
        return found

    fit, estimate = GARCH().fit(PAST), _engine.estimate
    monkeypatch.setattr(_engine, "estimate", spoiled)
    followed = GARCH().fit(PAST)
    assert isinstance(followed.paths, Made)
    if column == "next_variance":
        assert followed.state.variance == fit.state.variance
        assert followed.loglikelihood == pytest.approx(fit.loglikelihood, rel=1e-13)
        pd.testing.assert_frame_equal(followed.param_cov(), fit.param_cov())


def test_paths_cannot_be_replaced():
    fit = GARCH().fit(PAST)
    with pytest.raises(AttributeError):
        fit.paths = None
    with pytest.raises(AttributeError):
        fit.paths.sample = None
