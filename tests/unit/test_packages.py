"""The order of the layer's packages: each imports from those below it, or beside it where that makes no circle."""

import ast
import re
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

LAYER = Path(__file__).parents[2] / "layers/ledger/ledger"
LINES = (  # lowest first
    ("core",),
    ("aws",),
    ("access", "http", "calls"),
    ("pricing", "counting", "archive"),
    ("recording", "aggregates"),
    ("gateways", "usage"),
    ("query", "statistics", "call_log", "exports", "repricing", "erasure", "alerts", "budgets"),
)
LINE_OF = {package: number for number, line in enumerate(LINES) for package in line}


def imports() -> Iterator[tuple[Path, str, str]]:
    """Each import of a module of the layer from another package: the file, its package, and the package imported."""
    for path in LAYER.glob("*/*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("ledger."):
                imported = node.module.split(".")[1]
                if imported != path.parent.name:
                    yield path.relative_to(LAYER), path.parent.name, imported


def test_every_package_has_a_place_in_the_order() -> None:
    assert {path.parent.name for path in LAYER.glob("*/__init__.py")} == LINE_OF.keys()
    assert [path.name for path in LAYER.glob("*.py")] == ["__init__.py"]


def test_packages_import_downwards_only() -> None:
    upwards = [f"{path} imports {above}" for path, own, above in imports() if LINE_OF[above] > LINE_OF[own]]
    assert not upwards


def test_packages_on_one_line_import_each_other_without_a_circle() -> None:
    graph: dict[str, set[str]] = {}
    for _, own, imported in imports():
        graph.setdefault(own, set()).add(imported)
    TopologicalSorter(graph).prepare()  # raises CycleError


def test_tools_that_build_or_operate_need_none_of_the_local_stack() -> None:
    tools = LAYER.parents[2] / "tools"
    for package in ("build", "operate"):
        for path in (tools / package).rglob("*.py"):
            assert "from tools.local" not in path.read_text(), path


def test_modules_of_the_dashboard_import_each_other_without_a_circle() -> None:
    modules = [*(LAYER.parents[2] / "dashboard/src").glob("*.ts*")]
    graph = {path.stem: set(re.findall(r'from "\./(\w+)"', path.read_text())) for path in modules}
    TopologicalSorter(graph).prepare()  # raises CycleError


def test_package_files_are_empty() -> None:
    assert not [path for path in LAYER.glob("*/__init__.py") if path.read_text()]
