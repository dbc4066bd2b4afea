"""The front door: the public names are pinned, documented, and listed in one place."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
from pathlib import Path

import pytest

import quant

PUBLIC = {
    "errors": {
        *("QuantError", "InputError", "PriceDataError", "InsufficientDataError"),
        *("SpecError", "ConvergenceError"),
    },
    "prices": {"check_prices", "clean_prices", "read_ohlcv", "read_prices"},
    "returns": {
        *("align_returns", "horizon_returns", "log_returns", "realized_variance"),
        *("proxy_returns", "splice_returns"),
    },
    "samples": {"load_sample"},
    "distributions": {
        *("Empirical", "GED", "GPDTail", "JumpMixture", "Normal", "Quantiles"),
        *("SkewStudentT", "StudentT"),
    },
    "volatility": {
        *("VolatilityModel", "VolatilityFit", "RecursiveModel"),
        *("RollingVolatility", "EWMA", "RiskMetrics2006", "GARCH", "GJRGARCH", "fit_rolling"),
        *("EGARCH", "APARCH", "FIGARCH", "HAR", "RangeVolatility", "RealizedGARCH"),
    },
    "dependence": {"CCC", "DCC", "EWMACovariance", "GaussianCopula", "StudentTCopula"},
    "risk": {
        *("RiskEstimator", "LossForecast", "RiskEstimate", "VaR", "ES"),
        *("HistoricalSimulation", "FilteredHistoricalSimulation", "ParametricRisk"),
        *("AgeWeightedSimulation", "VolatilityScaledSimulation", "CornishFisher", "ExtremeValue"),
        *("CAViaR", "JointVaRES", "BootstrapRisk", "CombinedRisk", "ConformalRisk"),
    },
    "scenarios": {
        *("ScenarioModel", "Scenarios", "HistoricalScenarios", "FilteredScenarios"),
        *("CorrelatedScenarios", "CopulaScenarios"),
    },
    "portfolio": {"Account", "InverseContract", "LinearContract", "Spot"},
    "margin": {
        *("Adjustment", "MarginContext", "MarginHistory", "MarginModel", "MarginRate"),
        *("MarginSchedule", "Brackets", "Buffer", "Cap", "Floor", "LongRunFloor", "RoundUp"),
        "StressedWeight",
    },
    "collateral": {"CollateralSchedule", "CollateralTier", "Coverage", "HaircutModel", "coverage"},
    "liquidation": {"liquidation_price"},
    "backtesting": {
        *("Backtest", "TestResult", "backtest", "battery"),
        *("kupiec", "time_until_first_failure", "christoffersen", "conditional_coverage", "haas"),
        *("dynamic_quantile", "duration", "traffic_light", "berkowitz", "multinomial"),
        *("mcneil_frey", "acerbi_szekely_z1", "acerbi_szekely_z2", "acerbi_szekely_z3"),
        *("ridge_es", "du_escanciano", "costanzino_curran", "esr", "nolde_ziegel", "e_backtest"),
        *("quantile_score", "fz0_score", "diebold_mariano", "model_confidence_set"),
        *("murphy_diagram", "peak_to_trough", "n_period_increase", "margin_cost"),
        *("procyclicality", "backtest_margin", "backtest_haircut"),
    },
    "config": {"evolve", "from_dict", "load", "save", "to_dict"},
    "calibration": {"Calibration", "calibrate", "default_haircut_model", "default_margin_model"},
    "plotting": {"plot"},
}


def pin_faults(published: dict[str, list[str]], pinned: dict[str, set[str]]) -> list[str]:
    """Return the names gained, lost or published twice against the pinned ones."""
    faults = []
    for module in sorted({*published, *pinned}):
        names, wanted = published.get(module, []), pinned.get(module, set())
        faults += [f"{module} gained {name}" for name in sorted({*names} - wanted)]
        faults += [f"{module} lost {name}" for name in sorted(wanted - {*names})]
    everything = [name for names in published.values() for name in names]
    faults += [f"{name} twice" for name in sorted({*everything}) if everything.count(name) > 1]
    return faults


def name_faults(names: set[str], modules: set[str]) -> list[str]:
    """Return the public names that would hide a module of the same name."""
    return sorted(names & modules)


def doc_faults(name: str, thing: object) -> list[str]:
    """Return what a public object's docstring lacks."""
    doc = inspect.getdoc(thing) or ""
    if not doc or ("\n" not in doc and doc.startswith(f"{name}(")):
        return [f"{name} has no docstring"]
    faults = []
    if not re.match(r".+\.(\n|$)", doc.splitlines()[0]):
        faults.append(f"{name}: its first line is not a sentence")
    if inspect.isfunction(thing):
        signature = inspect.signature(thing)
        wanted = ["Parameters"] if signature.parameters else []
        wanted += [] if signature.return_annotation in (None, "None") else ["Returns"]
        faults += [f"{name}: no {part}" for part in wanted if part not in doc]
    return faults


def signature_faults(name: str, thing: object) -> list[str]:
    """Return arguments that hide what they are: `**kwargs`, and `Any`."""
    if not inspect.isfunction(thing):
        return []
    parameters = inspect.signature(thing).parameters.values()
    faults = [f"{name}: **{p.name}" for p in parameters if p.kind is p.VAR_KEYWORD]
    return faults + [f"{name}: Any" for p in parameters if re.search(r"\bAny\b", str(p.annotation))]


PUBLISHED = {
    module: importlib.import_module(f"quant.{module}").__all__ for module in quant._MODULES
}
NAMES = sorted(name for names in PUBLISHED.values() for name in names)


def test_no_name_is_gained_or_lost_by_accident() -> None:
    assert pin_faults(PUBLISHED, PUBLIC) == []


def test_the_front_door_lists_and_hands_out_every_name() -> None:
    assert dir(quant) == NAMES
    for module, names in PUBLISHED.items():
        for name in names:
            assert getattr(quant, name) is getattr(importlib.import_module(f"quant.{module}"), name)
    with pytest.raises(AttributeError, match="no attribute 'Volatility'"):
        _ = quant.Volatility


def test_the_type_checker_sees_the_same_packages() -> None:
    tree = ast.parse(Path(quant.__file__).read_text("utf-8"))
    block = next(node for node in tree.body if isinstance(node, ast.If))
    starred = [f"{node.module}" for node in block.body if isinstance(node, ast.ImportFrom)]
    assert sorted(starred) == sorted(f"quant.{module}" for module in quant._MODULES)


def test_no_public_name_hides_a_module() -> None:
    walked = pkgutil.walk_packages(quant.__path__)
    top = {info.name for info in walked if "." not in info.name}
    assert name_faults({*NAMES}, top) == []


@pytest.mark.parametrize("name", NAMES)
def test_a_public_name_is_documented_and_says_what_it_takes(name: str) -> None:
    thing = getattr(quant, name)
    assert doc_faults(name, thing) + signature_faults(name, thing) == []


def test_the_checks_fail_when_the_door_is_broken() -> None:
    assert pin_faults({"a": ["X", "Y"], "b": ["Y"]}, {"a": {"X", "Z"}, "b": {"Y"}}) == [
        "a gained Y",
        "a lost Z",
        "Y twice",
    ]
    assert name_faults({"backtest", "margin"}, {"margin", "backtesting"}) == ["margin"]

    def undocumented(x): ...

    def vague(x, **options):
        """Do something"""

    assert doc_faults("undocumented", undocumented) == ["undocumented has no docstring"]
    assert len(doc_faults("vague", vague)) == 3
    assert signature_faults("vague", vague) == ["vague: **options"]
