"""Imports go one way: what a folder imports is the line "Imports: ..." of its docstring, and no two import each other.

That counts imports inside functions, too.  A question that only a folder above can answer is asked by name (above.py).
"""

import ast
import importlib
import re
from pathlib import Path

import pytest

import dualdiff as dd
from dualdiff.above import ABOVE

ROOT = Path(dd.__file__).parent
FOLDERS = sorted(path.parent.name for path in ROOT.glob("*/__init__.py"))
LATER = {"seeing", "elsewhere"}
"""What shows results and names of other libraries: anybody may import it inside a function."""


def name_of(path):
    """The name of a file's module: dualdiff.solve.call."""
    return ".".join(("dualdiff", *path.relative_to(ROOT).with_suffix("").parts)).removesuffix(".__init__")


FILES = {name_of(path): path for path in ROOT.rglob("*.py")}


def room_of(module):
    """The folder or file right under dualdiff that a module belongs to."""
    return module.split(".")[1] if "." in module else "dualdiff"


def imports_of(path):
    """(module, whether it is imported with the file itself) for each import of dualdiff's own in a file."""
    package = ("dualdiff", *path.relative_to(ROOT).parts[:-1])

    def walk(node, at_import):
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.ImportFrom):
                base = package[: len(package) - child.level + 1] if child.level else ()
                target = ".".join([*base, *([child.module] if child.module else [])])
                for name in child.names if target.split(".")[0] == "dualdiff" else []:
                    yield f"{target}.{name.name}" if target == "dualdiff" or f"{target}.{name.name}" in FILES else target, at_import
            yield from walk(child, at_import and not isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)))

    return walk(ast.parse(path.read_text(encoding="utf-8")), True)


def arrows():
    """room -> the rooms that its files import as they are imported, and those that functions of it import."""
    found = {}
    for path in FILES.values():
        room = path.relative_to(ROOT).parts[0].removesuffix(".py")
        first, later = found.setdefault(room, (set(), set()))
        for module, at_import in imports_of(path):
            if room_of(module) not in (room, "dualdiff"):
                (first if at_import else later).add(room_of(module))
    return found


ARROWS = arrows()


def on_circles(arrows):
    """Those that come back to themselves along the arrows."""

    def reached(place):
        seen, waiting = set(), [place]
        while waiting:
            for other in arrows.get(waiting.pop(), ()):
                if other not in seen:
                    seen.add(other)
                    waiting.append(other)
        return seen

    return [place for place in arrows if place in reached(place)]


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_folder_imports_what_its_docstring_says(folder):
    text = ast.get_docstring(ast.parse((ROOT / folder / "__init__.py").read_text(encoding="utf-8")))
    line = re.search(r"^Imports: (.*?)(?:; inside functions:\s(.*?))?\.$", text, re.M)
    assert line, f"dualdiff/{folder}/__init__.py does not say what the folder imports"
    said, said_later = (set(re.findall(r"\w+", part or "")) - {"nothing"} for part in line.groups())
    first, later = ARROWS.get(folder, (set(), set()))
    assert first == said
    assert later - first - LATER == said_later


def test_no_circles_of_folders():
    assert not on_circles({room: first | later for room, (first, later) in ARROWS.items()})


def test_no_circles_of_files():
    """A folder's __init__.py hands names on; what it imports counts as what its folder shows, not as a file."""
    shown = {name for name, path in FILES.items() if path.name == "__init__.py"}
    assert not on_circles({name: {module for module, _ in imports_of(path)} & FILES.keys() - shown
                           for name, path in FILES.items() if name not in shown})  # fmt: skip


def test_no_circles_of_compiled_modules():
    """What they take from each other, in Python or in C; the sources are there in a checkout only."""
    arrows = {}
    for path in [*ROOT.glob("core/_*.pyx"), *ROOT.glob("core/_*.pxd")]:
        taken = re.findall(r"^from \.(_\w+) c?import ", path.read_text(encoding="utf-8"), re.M)
        arrows.setdefault(path.stem, set()).update(taken)
    if not arrows:
        pytest.skip("a wheel has no sources")
    assert {"_core"} < {module for taken in arrows.values() for module in taken}
    assert not on_circles(arrows)


def test_errors_import_nothing():
    assert ARROWS["errors"] == (set(), set())


def test_what_is_asked_above_is_there_and_is_asked():
    asked = {name for path in FILES.values() for name in re.findall(r'\babove\("(\w+)"\)', path.read_text(encoding="utf-8"))}
    assert asked == set(ABOVE)
    for name, file in ABOVE.items():
        assert hasattr(importlib.import_module(f"dualdiff.{file}"), name)
