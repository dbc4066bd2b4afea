"""The shape of the code: who may import whom, what stays out of `import quant`, what files hold."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

LAYERS = (
    ("errors", "_typing"),
    ("_checks",),
    ("_numerics",),
    ("prices", "returns", "samples"),
    ("distributions",),
    ("volatility",),
    ("dependence",),
    ("risk",),
    ("scenarios",),
    ("portfolio",),
    ("stress",),
    ("margin",),
    ("collateral",),
    ("liquidation",),
    ("backtesting",),
    ("config",),
    ("calibration",),
    ("plotting",),
    ("reporting",),
    ("cli",),
    ("__main__",),
)
RANK = {name: rank for rank, names in enumerate(LAYERS) for name in names}
HEAVY = ("arch", "statsmodels", "numba", "matplotlib", "scipy.stats", "scipy.optimize")
TOP_LEVEL = {
    *("pyproject.toml", "quant", "data", "notebooks", "tests"),
    *("README.md", "LICENSE", "CHANGELOG.md", "CONTRIBUTING.md"),
}
LONGEST = 300
AGGREGATOR = "quant.backtesting.battery"  # runs every test, so it alone may know its siblings


@dataclass(frozen=True)
class Import:
    """One imported module, as an absolute dotted name, and where the statement stands."""

    target: str
    line: int
    in_function: bool
    for_typing: bool


def imports(source: str, package: str) -> Iterator[Import]:
    """Yield the imports of a module whose relative names start at `package`."""

    def walk(node: ast.AST, in_function: bool, for_typing: bool) -> Iterator[Import]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Import):
                for alias in child.names:
                    yield Import(alias.name, child.lineno, in_function, for_typing)
            elif isinstance(child, ast.ImportFrom):
                parents = package.split(".")[: len(package.split(".")) + 1 - child.level]
                start = ".".join(parents) if child.level else ""
                base = ".".join(filter(None, (start, child.module)))
                for alias in child.names:
                    yield Import(f"{base}.{alias.name}", child.lineno, in_function, for_typing)
            else:
                function = isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
                typing = isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test)
                yield from walk(child, in_function or function, for_typing or typing)

    yield from walk(ast.parse(source), False, False)


def layer_faults(module: str, source: str) -> list[str]:
    """Return what a module of `quant` imports that it must not know."""
    own, *inside = module.removeprefix("quant.").split(".")
    if module == "quant":
        return []
    faults = []
    for found in imports(source, module.rpartition(".")[0]):
        parts = found.target.split(".")
        if parts[0] != "quant":
            continue
        where = f"{module}:{found.line} imports {found.target}"
        layer = parts[1] if len(parts) > 1 else "the package's front door"
        if layer not in RANK:
            faults.append(f"{where}, not a layer")
        elif layer == own and inside and inside != ["__init__"] and not found.for_typing:
            part = parts[2] if len(parts) > 2 else ""
            known = part == "base" or part.startswith("_") or module == AGGREGATOR
            if not known:
                faults.append(f"{where}, a sibling")
        elif layer != own and RANK[layer] >= RANK[own]:
            faults.append(f"{where}, not a layer below")
    return faults


def at_import(module: str, source: str) -> list[Import]:
    """Return the imports that importing a module carries out."""
    return [i for i in imports(source, module) if not (i.in_function or i.for_typing)]


def compiled_modules(sources: Mapping[str, str]) -> frozenset[str]:
    """Return the private modules of compiled kernels: importing one brings numba along."""
    loads = {
        name: {i.target for i in at_import(name, source)}
        for name, source in sources.items()
        if "._" in name
    }
    heavy = {"numba"}
    while True:
        more = {
            name
            for name, targets in loads.items()
            if any(f"{t}.".startswith(f"{h}.") for t in targets for h in heavy)
        }
        if more <= heavy:
            return frozenset(heavy - {"numba"})
        heavy |= more


def heavy_faults(module: str, source: str, compiled: frozenset[str] = frozenset()) -> list[str]:
    """Return the slow libraries that importing a module would load.

    Modules of `compiled` kernels may bring numba along, and may only be imported inside functions
    or by one another.
    """
    free = ("numba", *compiled) if module in compiled else ()
    heavy = tuple(name for name in (*HEAVY, *compiled) if name not in free)
    return [
        f"{module}:{found.line} imports {found.target} outside a function"
        for found in at_import(module, source)
        if any(f"{found.target}.".startswith(f"{library}.") for library in heavy)
    ]


def habit_faults(module: str, source: str) -> list[str]:
    """Return unfinished work, swallowed errors and files too long to read."""
    lines = source.splitlines()
    faults = [
        f"{module}:{number} holds a note for later"
        for number, line in enumerate(lines, 1)
        if re.search(r"\b(TODO|FIXME|XXX|HACK)\b", line)
    ]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ExceptHandler):
            caught = ast.unparse(node.type) if node.type else "everything"
            if caught in ("everything", "Exception", "BaseException"):
                faults.append(f"{module}:{node.lineno} catches {caught}")
    if len(lines) > LONGEST:
        faults.append(f"{module} has {len(lines)} lines, more than {LONGEST}")
    return faults


def names_only_faults(module: str, source: str) -> list[str]:
    """Return the statements of a package's `__init__` that are not names."""
    allowed = (ast.Import, ast.ImportFrom, ast.Assign, ast.AnnAssign, ast.Expr)
    return [
        f"{module}:{node.lineno} holds code"
        for node in ast.parse(source).body
        if not isinstance(node, allowed)
        or (isinstance(node, ast.Expr) and not isinstance(node.value, ast.Constant))
    ]


def modules() -> dict[str, tuple[str, bool]]:
    """Return the source of each module of the package and whether it is a package's `__init__`."""
    found = {}
    for path in sorted((ROOT / "quant").rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        package = parts[-1] == "__init__"
        found[".".join(parts[:-1] if package else parts)] = (path.read_text("utf-8"), package)
    return found


MODULES = modules()
COMPILED = compiled_modules({name: source for name, (source, _) in MODULES.items()})


@pytest.mark.parametrize("module", MODULES)
def test_a_module_keeps_to_its_layer_and_to_its_habits(module: str) -> None:
    source, package = MODULES[module]
    name = f"{module}.__init__" if package and module != "quant" else module
    faults = [*layer_faults(name, source), *heavy_faults(name, source, COMPILED)]
    faults += habit_faults(name, source)
    if package and module != "quant":
        faults += names_only_faults(name, source)
    assert not faults


@pytest.mark.parametrize(
    ("module", "source", "fault"),
    [
        ("quant.risk.fake", "from quant.margin import Floor", "not a layer below"),
        ("quant.risk.fake", "def f():\n    import quant.backtesting.engine", "not a layer below"),
        ("quant.risk.fake", "from quant import plotting", "not a layer below"),
        ("quant.risk.fake", "from ..margin import Floor", "not a layer below"),
        ("quant.returns", "from quant import prices", "not a layer below"),
        ("quant.risk.fake", "from quant.risk.historical import HistoricalSimulation", "a sibling"),
        ("quant.risk.fake", "from .historical import HistoricalSimulation", "a sibling"),
        ("quant.risk.fake", "from quant.risk import VaR", "a sibling"),
        ("quant.risk.fake", "from quant import VaR", "not a layer"),
        ("quant.risk.fake", "import quant", "not a layer"),
    ],
)
def test_an_import_across_the_layers_is_found(module, source, fault) -> None:
    assert [f for f in layer_faults(module, source) if fault in f]


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("quant.risk.fake", "from quant.volatility import GARCH\nfrom quant.risk import _walk"),
        ("quant.risk.fake", "from quant.risk.base import LossForecast\nimport numpy as np"),
        ("quant.risk.__init__", "from quant.risk.historical import HistoricalSimulation"),
        ("quant.risk.base", "if TYPE_CHECKING:\n    from quant.risk.base import Measure"),
    ],
)
def test_an_import_from_below_is_allowed(module, source) -> None:
    assert layer_faults(module, source) == []


def test_a_heavy_import_is_found_unless_a_function_or_the_type_checker_does_it() -> None:
    bad = "import arch\nfrom scipy import stats\nfrom scipy.optimize import brentq"
    assert len(heavy_faults("quant.fake", bad)) == 3
    good = (
        "from scipy import special\ndef f():\n    import arch\nif TYPE_CHECKING:\n    import numba"
    )
    assert heavy_faults("quant.fake", good) == []
    kernels = "import numba\nfrom quant.volatility._simd import lanes"
    above = "from quant.volatility._kernels import fit"
    sources = {"quant.volatility._kernels": kernels, "quant.volatility._engine": above}
    assert compiled_modules({**sources, "quant.volatility.garch": above}) == frozenset(sources)
    both = frozenset({"quant.volatility._kernels", "quant.volatility._simd"})
    assert heavy_faults("quant.volatility._kernels", kernels, both) == []
    assert len(heavy_faults("quant.volatility.garch", kernels, both)) == 2


def test_bad_habits_are_found() -> None:
    assert len(habit_faults("quant.fake", "x = 1  # TO" + "DO: later")) == 1
    assert len(habit_faults("quant.fake", "try:\n    f()\nexcept Exception:\n    pass")) == 1
    assert len(habit_faults("quant.fake", "try:\n    f()\nexcept:\n    pass")) == 1
    assert len(habit_faults("quant.fake", "x = 1\n" * (LONGEST + 1))) == 1
    assert habit_faults("quant.fake", "try:\n    f()\nexcept ValueError:\n    g()") == []
    assert len(names_only_faults("quant.fake", "def f(): ...\nf()")) == 2


@pytest.mark.parametrize("statement", ["import quant", "import quant; dir(quant); quant.load"])
def test_importing_the_package_loads_no_heavy_library(statement) -> None:
    script = f"import sys; {statement}; print([m for m in {HEAVY} if m in sys.modules])"
    ran = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert ran.stdout.strip() == "[]"


def test_the_top_level_holds_the_house_and_nothing_else() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("not a git checkout")
    top = {line.split("/")[0] for line in listed.stdout.splitlines()}
    assert {name for name in top if not name.startswith(".")} <= TOP_LEVEL
