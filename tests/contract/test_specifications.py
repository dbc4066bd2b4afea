"""Every public specification is plain data: there and back, through dictionaries and files."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np
import pytest

import quant as q
from quant.config._registry import public_specs

EXAMPLES = (
    q.Normal(),
    q.StudentT(nu=4.5),
    q.SkewStudentT(nu=5.0, skew=-0.1),
    q.GED(nu=1.5),
    q.JumpMixture(probability=0.005, jump=0.1),
    q.JumpMixture.innovation(probability=0.004, jump=-8.0, jump_sigma=2.0),
    q.RollingVolatility(window=60),
    q.EWMA(half_life=33),
    q.RiskMetrics2006(),
    q.RiskMetrics2006(tau_max=363, initial=4e-4),
    q.HAR(form="level", week=7, month=30, insanity_filter="mean"),
    q.RangeVolatility("rogers_satchell", window=30, half_life=11),
    q.GARCH(),
    q.GARCH(distribution="skewt", mean="zero"),
    q.GJRGARCH(distribution="t"),
    q.EGARCH(mean="zero"),
    q.APARCH(distribution="t"),
    q.FIGARCH(distribution="ged"),
    q.RealizedGARCH(mean="zero", seed=3),
    q.EWMACovariance(half_life=33),
    q.EWMACovariance(half_life=11.2, initial=((1e-4, 5e-5), (5e-5, 2e-4))),
    q.CCC(),
    q.DCC(),
    q.DCC(recursion="aielli", likelihood="composite"),
    q.GaussianCopula(estimator="kendall"),
    q.StudentTCopula(),
    q.StudentTCopula(nu=4, margins="uniforms"),
    q.VaR(0.99),
    q.VaR(0.975, rank="predictive"),
    q.ES(0.975),
    q.ES(0.99, max_move=None),
    q.HistoricalSimulation(),
    q.HistoricalSimulation(window=500),
    q.FilteredHistoricalSimulation(volatility=q.EWMA(half_life=33), window=None, seed=7),
    q.ParametricRisk(volatility=q.GARCH(), distribution=q.StudentT(nu=5)),
    q.CAViaR(),
    q.CAViaR(level=0.975, dynamics="indirect GARCH", window=None),
    q.JointVaRES(),
    q.JointVaRES(level=0.99, dynamics="asymmetric Laplace"),
    q.ParametricRisk(volatility=q.GARCH(), n_paths=None),
    q.ParametricRisk(
        volatility=q.EWMA(half_life=33), distribution=q.JumpMixture.innovation(0.004, -8.0, 2.0)
    ),
    q.BootstrapRisk(
        q.FilteredHistoricalSimulation(volatility=q.GARCH(), window=500), n_boot=199, block=10
    ),
    q.ConformalRisk(
        q.CombinedRisk((q.HistoricalSimulation(500), q.ParametricRisk(q.GARCH())), level=0.99),
        level=0.99,
        calibration=None,
    ),
    q.CombinedRisk(
        (q.HistoricalSimulation(500), q.ConformalRisk(q.HistoricalSimulation(250), level=0.975)),
        level=0.975,
        weighting="minimum_score",
    ),
    q.ExtremeValue(window=None),
    q.ExtremeValue(volatility=q.GJRGARCH(), exceed_share=0.05, seed=7),
    q.AgeWeightedSimulation(half_life=138.3),
    q.VolatilityScaledSimulation(volatility=q.EWMA(half_life=33), window=500, damping=0.5),
    q.CornishFisher(),
    q.CornishFisher(volatility=q.GARCH(), window=500),
    q.HistoricalScenarios(window=250),
    q.FilteredScenarios(volatility=q.GJRGARCH(distribution="t"), window=None, seed=7),
    q.CorrelatedScenarios(q.EWMA(half_life=33), q.DCC(recursion="aielli"), q.StudentT(nu=5)),
    q.CorrelatedScenarios(q.GARCH(), q.EWMACovariance(half_life=33), n_paths=500),
    q.CopulaScenarios(q.GARCH(distribution="t"), q.StudentTCopula(), marginals="fitted"),
    q.CopulaScenarios(q.GARCH(), q.GaussianCopula(), marginals=q.SkewStudentT(nu=5.0, skew=-0.1)),
    q.Spot("ETH", 2.0),
    q.LinearContract("BTC", 2.0, entry=60_000),
    q.InverseContract("BTC", -100_000, entry=60_000),
    q.Account(
        [q.LinearContract("BTC", 2.0, entry=60_000), q.Spot("ETH", 1.0)], {"USDC": 5e4, "ETH": 10}
    ),
    q.Account(),
    q.Floor(0.02),
    q.Cap(1.0),
    q.Buffer(0.25),
    q.LongRunFloor(years=5),
    q.StressedWeight(on="variance", period=("2020-03-01", "2020-06-30")),
    q.RoundUp(0.0025),
    q.Brackets(floors=(0, 50_000), rates=(0.004, 0.005)),
    q.MarginModel(
        q.FilteredHistoricalSimulation(volatility=q.GARCH()),
        q.ES(0.99),
        horizon=2,
        adjustments=(q.Buffer(0.25), q.LongRunFloor(q.HistoricalSimulation(2500)), q.Floor(0.02)),
        maintenance=q.MarginModel(q.HistoricalSimulation(500), q.VaR(0.99)),
    ),
    q.default_margin_model(),
    q.default_haircut_model(seed=7),
    q.CollateralTier(10.0, 0.02),
    q.CollateralSchedule({"USDC": 0.01, "BTC": (q.CollateralTier(10, 0.02), q.CollateralTier())}),
)


@dataclass(frozen=True, slots=True)
class AbsoluteValue(q.RecursiveModel):
    """A model of a user's own."""

    floor: float = 1e-4

    def parameters(self, scale):
        return (("beta", 0.9, (0.0, 0.999)),)

    def variance_path(self, params, r):
        return np.full(len(r) + 1, max(float(np.var(r)), self.floor))


def test_a_class_of_ones_own_works_everywhere_when_it_is_handed_in(tmp_path) -> None:
    model = q.evolve(q.default_margin_model(), {"estimator.volatility": AbsoluteValue(floor=0.01)})
    q.save(model, tmp_path / "own.toml")
    assert q.load(tmp_path / "own.toml", classes=(AbsoluteValue,)) == model
    with pytest.raises(q.SpecError, match=r"\$\.estimator\.volatility\.type: .*classes=\(\.\.\.\)"):
        q.load(tmp_path / "own.toml")


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("estimator", "EWMA"),
        ("estimator.volatility", "HistoricalSimulation"),
        ("measure", "Floor"),
        ("maintenance", "HaircutModel"),
    ],
)
def test_a_specification_stands_only_where_its_role_is_asked_for(path: str, name: str) -> None:
    data = q.to_dict(q.default_margin_model())
    *parents, last = path.split(".")
    table = data
    for step in parents:
        table = table[step]
    table[last] = {"type": name}
    with pytest.raises(q.SpecError, match=rf"\$\.{path}\.type: expected .*, got '{name}'"):
        q.from_dict(data)


def test_every_public_specification_has_an_example() -> None:
    assert sorted({type(spec).__name__ for spec in EXAMPLES}) == sorted(public_specs())


@pytest.mark.parametrize("spec", EXAMPLES, ids=repr)
def test_a_specification_is_frozen_and_equal_by_value(spec: object) -> None:
    assert replace(spec) == spec
    assert hash(replace(spec)) == hash(spec)
    assert not hasattr(spec, "__dict__")
    for field in fields(spec):
        with pytest.raises(AttributeError):
            setattr(spec, field.name, None)


@pytest.mark.parametrize("spec", EXAMPLES, ids=repr)
def test_plain_data_gives_back_the_specification(spec: object) -> None:
    assert q.from_dict(q.to_dict(spec)) == spec


@pytest.mark.parametrize("suffix", [".toml", ".json"])
@pytest.mark.parametrize("spec", EXAMPLES, ids=repr)
def test_a_file_gives_back_the_specification(spec: object, suffix: str, tmp_path) -> None:
    q.save(spec, tmp_path / f"spec{suffix}", provenance={"seed": 7})
    assert q.load(tmp_path / f"spec{suffix}") == spec


@pytest.mark.parametrize("spec", EXAMPLES, ids=repr)
def test_a_misspelt_field_is_refused_with_the_known_ones(spec: object) -> None:
    with pytest.raises(q.SpecError, match=rf"\$\.windw: expected a field of {type(spec).__name__}"):
        q.from_dict({**q.to_dict(spec), "windw": 1})
