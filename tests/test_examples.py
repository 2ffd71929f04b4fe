"""The examples run, reach what they promise, are short, and draw."""

import importlib
import sys
from pathlib import Path

import numpy as np
import pytest

FOLDER = Path(__file__).parent.parent / "examples"

# script: (arguments for a smaller run, what must hold of what it returns)
EXPECTED = {
    "error_curve": ({}, lambda r: r["dualdiff"] < 1e-15 < 1e-13 < r["best central"] * 1e3 and r["best forward"] > 1e-10),
    "bratu_fold": ({}, lambda r: abs(r["fold at p"] - 3.5138) < 0.01 and r["height at the end"] > 1.3),
    "nist_thurber": ({}, lambda r: r["error of b"] < 1e-7 and abs(r["sum of squares"] - 5.6427082397e3) < 1e-5),
    "logistic": ({"n": 2000}, lambda r: r["largest slope"] < 1e-4 and r["classified right"] > 0.95),
    "black_scholes": ({"options": 2000}, lambda r: r["error of delta, gamma"] < 1e-13 and r["same delta"] == "True"),
    "kalman": ({}, lambda r: r["error of the filter"] < 0.7 * r["error of the radar"]),
    "ode_fit": ({}, lambda r: r["worst, in sigma"] < 4 and np.all(r["sigma"] < 0.1)),
    "gaussian_process": ({}, lambda r: r["largest slope"] < 1e-3 and 0.05 < r["noise"] < 0.4),
    "flow": ({"n": 150}, lambda r: r["loss"] < r["loss at the start"] and abs(r["integral"] - 1) < 0.02),
    "stiff_chemistry": ({"cells": 20}, lambda r: r["products for one J"] <= 8 and r["lost mass"] < 1e-12
                        and r["evaluations"] < r["evaluations with differences"] and r["apart"] < 1e-6),
    "bundle_adjustment": ({"cameras": 6, "points": 40}, lambda r: r["products for one J"] < 20
                          and 0.4 < r["noise found"] < 0.6 and r["error of the points"] < 0.2),
    "truss": ({"wide": 3, "high": 2}, lambda r: r["success"] == "True" and r["error of the gradient"] < 1e-12
              and r["work after"] < 0.6 * r["work before"] and abs(r["volume"] - 10) < 1e-6),
    "image_registration": ({"n": 48}, lambda r: r["error of the angle"] < 5e-3 and r["error of the shift"] < 0.1
                           and r["difference after"] < 0.2 * r["difference before"]),
    "backpropagation": ({"steps": 30}, lambda r: r["largest difference"] < 1e-13 and r["loss"] < r["history"][0]),
}


@pytest.fixture(autouse=True)
def folder(monkeypatch):
    monkeypatch.syspath_prepend(str(FOLDER))
    yield
    for name in (*EXPECTED, "common"):
        sys.modules.pop(name, None)


def test_every_example_is_here():
    assert {path.stem for path in FOLDER.glob("*.py")} - {"common"} == set(EXPECTED)
    listed = (FOLDER / "README.md").read_text(encoding="utf-8")
    gallery = (FOLDER.parent / "docs" / "examples.md").read_text(encoding="utf-8")
    for name in EXPECTED:
        assert f"../examples/{name}.py" in gallery and (FOLDER.parent / "docs" / "gallery" / f"{name}.png").exists()
    for path in FOLDER.glob("*.py"):
        assert len(path.read_text(encoding="utf-8").splitlines()) < 80
        assert path.stem == "common" or f"`{path.name}`" in listed


@pytest.mark.parametrize("name", EXPECTED)
def test_example(name, tmp_path):
    module, (arguments, holds) = importlib.import_module(name), EXPECTED[name]
    found = module.main(**arguments)
    assert holds(found), {key: value for key, value in found.items() if np.ndim(value) == 0}
    pytest.importorskip("matplotlib")
    importlib.import_module("common").save(module.draw, found, tmp_path / "picture.png")
    assert (tmp_path / "picture.png").stat().st_size > 5000


def test_from_the_command_line(capsys, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["error_curve.py"])
    module = importlib.import_module("error_curve")
    importlib.import_module("common").run(module.main, module.draw)
    assert "best central" in capsys.readouterr().out
