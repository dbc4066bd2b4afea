"""The notebooks run from top to bottom, with the public names only."""

from __future__ import annotations

import ast
from pathlib import Path

import nbformat
import pytest

NOTEBOOKS = sorted((Path(__file__).resolve().parents[1] / "notebooks").glob("*.ipynb"))


def private_imports(source: str) -> list[str]:
    """Return what a cell reaches past the front door of the package."""
    reached = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            reached += [a.name for a in node.names if a.name.startswith("quant.")]
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("quant."):
            reached.append(node.module or "")
        elif isinstance(node, ast.Attribute) and node.attr.startswith("_"):
            reached.append(ast.unparse(node))
    return reached


def cells(path: Path) -> list[str]:
    """Return the code cells of a notebook, without lines meant for the notebook itself."""
    notebook = nbformat.read(path, as_version=4)
    codes = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    return ["\n".join(x for x in code.splitlines() if not x.startswith("%")) for code in codes]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_uses_public_names_and_is_committed_with_its_outputs(path: Path) -> None:
    assert [found for code in cells(path) for found in private_imports(code)] == []
    notebook = nbformat.read(path, as_version=4)
    assert any(cell.get("outputs") for cell in notebook.cells)


def test_a_private_import_is_found() -> None:
    assert private_imports("import quant as q\nfrom quant import VaR") == []
    assert private_imports("from quant.risk.base import LossForecast") == ["quant.risk.base"]
    assert private_imports("import quant.risk") == ["quant.risk"]
    assert private_imports("q._checks.level(0.9)") == ["q._checks"]


@pytest.mark.notebook
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_from_a_clean_kernel(path: Path) -> None:
    from nbclient import NotebookClient

    notebook = nbformat.read(path, as_version=4)
    NotebookClient(
        notebook,
        timeout=240,
        kernel_name="python3",
        resources={"metadata": {"path": str(path.parent)}},
    ).execute()
