"""The version stands in one place; what surrounds the package agrees with it."""

import re
import tomllib
from pathlib import Path

import dualdiff as dd

ROOT = Path(__file__).parent.parent


def test_one_version():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert "version" in project["project"]["dynamic"]
    assert project["tool"]["setuptools"]["dynamic"]["version"] == {"attr": "dualdiff.__version__"}
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert re.search(r"^version: (.*)$", citation, re.MULTILINE)[1] == dd.__version__
    assert f"## {dd.__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_extras():
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    assert not {"ruff", "mypy", "pytest-benchmark"} & set(extras["test"])
    assert {"ruff", "mypy", "basedpyright"} <= set(extras["dev"])
    assert {"amg", "cluster", "docs", "plot", "test", "dev"} == set(extras)
