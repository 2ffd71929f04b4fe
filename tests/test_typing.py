"""The stubs say what is there: names, parameters, and a file of users' snippets."""

import ast
import importlib
import inspect
import os
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

import dualdiff as dd

PACKAGE = Path(dd.__file__).parent
SNIPPETS = Path(__file__).parent / "typing" / "snippets.py"
STUBS = ["dualdiff", "dualdiff.solve", "dualdiff.sparse", "dualdiff.scipy.optimize", "dualdiff.scipy.integrate"]


def functions_of(name):
    """function -> the parameter names of each of its overloads in the stub."""
    path = PACKAGE.joinpath(*name.split(".")[1:])
    path = path / "__init__.pyi" if path.is_dir() else path.with_suffix(".pyi")
    found = {}
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            a = node.args
            names = [p.arg for p in (*a.posonlyargs, *a.args, *a.kwonlyargs)]
            names += [p.arg for p in (a.vararg, a.kwarg) if p]
            found.setdefault(node.name, []).append(names)
    return found


CASES = [(name, function, overloads) for name in STUBS for function, overloads in functions_of(name).items()]


@pytest.mark.parametrize("name, function, overloads", CASES, ids=lambda x: x if isinstance(x, str) else "")
def test_a_stub_has_the_parameters_of_its_function(name, function, overloads):
    there = getattr(importlib.import_module(name), function)
    wanted = list(inspect.signature(there).parameters)
    if "scipy" in name or function == "newton_krylov":
        assert overloads[-1][0] == wanted[0] or inspect.isclass(there)      # SciPy's own parameters are SciPy's affair
        return
    if function == "vjp":
        wanted = ["f", "primal", *wanted[1:]]
    for parameters in overloads:
        assert set(parameters) <= {*wanted, "f"}, "the stub has a parameter that the function has not"
    assert {x for parameters in overloads for x in parameters} == set(wanted)


@pytest.mark.parametrize("part", ["_core", "_tape", "_plan", "_calls"])
def test_functions_of_the_core_without_arguments_are_allowed(part):
    """From Python 3.13 on, stubtest believes that Cython gave them an argument self: an older Python does not tell."""
    stub = ast.parse((PACKAGE / "core" / f"{part}.pyi").read_text(encoding="utf-8"))
    bare = {node.name for node in stub.body if isinstance(node, ast.FunctionDef) and not ast.unparse(node.args)}
    allowed = (Path(__file__).parent / "stubtest_allowed.txt").read_text(encoding="utf-8").split()
    assert not {name for name in bare if f"dualdiff.core.{part}.{name}" not in allowed}


def test_the_stub_names_all_that_is_public():
    tree = ast.parse((PACKAGE / "__init__.pyi").read_text(encoding="utf-8"))
    (names,) = (ast.literal_eval(node.value) for node in tree.body
                if isinstance(node, ast.Assign) and node.targets[0].id == "__all__")  # fmt: skip
    assert names == dd.__all__
    said = {node.name for node in tree.body if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
    said |= {alias.asname for node in tree.body if isinstance(node, ast.ImportFrom) for alias in node.names}
    assert set(names) <= said


@pytest.mark.parametrize("name", ["solve", "sparse"])
def test_the_stubs_of_subpackages_name_all_that_is_public(name):
    tree = ast.parse((PACKAGE / name / "__init__.pyi").read_text(encoding="utf-8"))
    said = {node.name for node in tree.body if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
    assert set(getattr(dd, name).__all__) <= said


def test_the_snippets_run(capsys):
    runpy.run_path(str(SNIPPETS), run_name="snippets")


@pytest.mark.parametrize("checker", ["mypy", "basedpyright"])
def test_the_snippets_are_well_typed(checker, tmp_path):
    """Where the checker is installed (the extra `dev`)."""
    pytest.importorskip(checker)
    search = {**os.environ, "MYPYPATH": str(PACKAGE.parent), "PYTHONPATH": str(PACKAGE.parent)}
    if "site-packages" in str(PACKAGE):
        search = dict(os.environ)
    if checker == "mypy":
        command = ["-m", "mypy", "--strict", "--follow-imports=silent", "--cache-dir", str(tmp_path), str(SNIPPETS)]
    else:
        (tmp_path / "pyrightconfig.json").write_text(
            f'{{"typeCheckingMode": "standard", "include": ["{SNIPPETS}"], "extraPaths": ["{PACKAGE.parent}"]}}'
        )
        command = ["-m", "basedpyright", "-p", str(tmp_path / "pyrightconfig.json")]
    done = subprocess.run([sys.executable, *command], capture_output=True, text=True, env=search, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
