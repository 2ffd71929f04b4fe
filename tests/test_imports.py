"""Imports go one way: what a folder imports is the line "Imports: ..." of its docstring, and no two import each other."""

import ast
import re
from pathlib import Path

import pytest

import dualdiff as dd

ROOT = Path(dd.__file__).parent
FOLDERS = sorted(path.parent.name for path in ROOT.glob("*/__init__.py"))
LATER = {"seeing", "elsewhere"}
"""What shows results and names of other libraries: anybody may import it inside a function."""


def room_of(module):
    """The folder or file right under dualdiff that a module belongs to."""
    return module.split(".")[1] if "." in module else "dualdiff"


def imports_of(path):
    """(room, whether it is imported with the module itself) for each import of dualdiff's own in a file."""
    module = ".".join(("dualdiff", *path.relative_to(ROOT).with_suffix("").parts))
    package = module.rsplit(".", 1)[0].split(".")

    def walk(node, at_import):
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.ImportFrom):
                base = package[: len(package) - child.level + 1] if child.level else []
                target = ".".join([*base, *([child.module] if child.module else [])])
                for name in child.names if target.split(".")[0] == "dualdiff" else []:
                    yield room_of(f"{target}.{name.name}"), at_import
            yield from walk(child, at_import and not isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)))

    return walk(ast.parse(path.read_text(encoding="utf-8")), True)


def arrows():
    """room -> the rooms that its files import as they are imported, and those that functions of it import."""
    found = {}
    for path in ROOT.rglob("*.py"):
        room = path.relative_to(ROOT).parts[0].removesuffix(".py")
        first, later = found.setdefault(room, (set(), set()))
        for other, at_import in imports_of(path):
            if other not in (room, "dualdiff"):
                (first if at_import else later).add(other)
    return found


ARROWS = arrows()


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_folder_imports_what_its_docstring_says(folder):
    text = ast.get_docstring(ast.parse((ROOT / folder / "__init__.py").read_text(encoding="utf-8")))
    line = re.search(r"^Imports: (.*?)(?:; inside functions:\s(.*?))?\.$", text, re.M)
    assert line, f"dualdiff/{folder}/__init__.py does not say what the folder imports"
    said, said_later = (set(re.findall(r"\w+", part or "")) - {"nothing"} for part in line.groups())
    first, later = ARROWS.get(folder, (set(), set()))
    assert first == said
    assert later - first - LATER == said_later


def test_no_circles():
    def reached(room, seen):
        for other in ARROWS.get(room, ((), ()))[0]:
            if other not in seen:
                seen.add(other)
                reached(other, seen)
        return seen

    assert not [room for room in ARROWS if room in reached(room, set())]


def test_errors_import_nothing():
    assert ARROWS["errors"] == (set(), set())
