"""What tools ask of public names: that dir shows them and no others, that they have signatures, that they pickle."""

import importlib
import inspect
import pickle
import re
import types
from pathlib import Path

import numpy as np
import pytest

import dualdiff as dd
from dualdiff import solve

MODULES = ("", ".errors", ".solve", ".sparse", ".testing", ".math", ".numpy", ".numpy.linalg", ".numpy.fft",
           ".scipy.optimize", ".scipy.integrate", ".scipy.linalg", ".scipy.stats", ".scipy.interpolate",
           ".scipy.special", ".scipy.fft", ".scipy.signal", ".scipy.ndimage", ".scipy.sparse", ".scipy.sparse.linalg",
           ".scipy.spatial")  # fmt: skip
ROOT = Path(__file__).parent.parent
X = np.linspace(0.1, 0.5, 3)


def of(module):
    return importlib.import_module(f"dualdiff{module}")


@pytest.mark.parametrize("module", ["", ".errors", ".solve", ".sparse", ".testing"])
def test_dir_shows_exactly_what_is_public(module):
    assert dir(of(module)) == sorted(of(module).__all__)


@pytest.mark.parametrize("module", MODULES)
def test_everything_public_is_there_and_has_a_signature(module):
    for name in getattr(of(module), "__all__", [name for name in dir(of(module)) if name[0] != "_"]):
        thing = getattr(of(module), name)
        ours = getattr(thing, "__module__", "").startswith("dualdiff")
        if not callable(thing) or isinstance(thing, types.ModuleType) or module and not ours:
            continue
        inspect.signature(thing)
        for member, method in vars(thing).items() if inspect.isclass(thing) else ():
            if inspect.isfunction(method) and not member.startswith("_"):
                inspect.signature(method)
                assert inspect.getdoc(getattr(thing, member)) or module == ".scipy.sparse", f"{name}.{member}"


def square(x):
    return np.sum(x**2)


def field(x):
    return x * x[::-1]


MADE = {
    "derivative": lambda: dd.derivative(square), "grad": lambda: dd.grad(square, mode="reverse"),
    "jacobian": lambda: dd.jacobian(field, argnums=(0,)), "hessian": lambda: dd.hessian(square, mode="sparse"),
    "value_and_grad": lambda: dd.value_and_grad(square), "value_and_jacobian": lambda: dd.value_and_jacobian(field),
    "value_grad_hessian": lambda: dd.value_grad_hessian(square), "laplacian": lambda: dd.laplacian(square),
    "hessian_diagonal": lambda: dd.hessian_diagonal(square), "divergence": lambda: dd.divergence(field),
    "curl": lambda: dd.curl(field), "jacobian_logdet": lambda: dd.jacobian_logdet(field),
    "directional_derivative": lambda: dd.directional_derivative(square, X),
    "nth_derivative": lambda: dd.nth_derivative(np.exp, 2), "checkpoint": lambda: dd.checkpoint(field),
    "sparse_jacobian": lambda: dd.sparse_jacobian(field, X), "sparse_hessian": lambda: dd.sparse_hessian(square, X),
    "sparsity": lambda: dd.sparsity(field, X), "coloring": lambda: dd.coloring(np.eye(3)),
    "nested": lambda: dd.jacobian(dd.grad(square)),
    "custom_jvp": lambda: dd.custom_jvp(square), "custom_vjp": lambda: dd.custom_vjp(square),
    "linearize": lambda: dd.linearize(field, X)[1], "transposed": lambda: dd.linearize(field, X)[1].T,
    "pullback": lambda: dd.vjp(field, X)[1], "pullback of several": lambda: dd.vjp(lambda a, b: a * b, X, 2.0)[1],
    "unravel": lambda: dd.ravel({"a": X, "b": (1.0, np.float32(2))})[1],
    "propagate": lambda: dd.propagate(square, X, np.ones(3)),
    "root": lambda: solve.root(np.sin, 3.0), "minimize": lambda: solve.minimize(square, X),
    "fit": lambda: solve.curve_fit(np.multiply, X, 2 * X, p0=[1.0]),
    "branch": lambda: solve.continuation(lambda x, p: x - p, 0.0, 0.0, 1.0),
}  # fmt: skip
AT = {"derivative": 0.3, "curl": np.ones(3), "nth_derivative": 0.3, "unravel": np.arange(6.0)[:5], "pullback": np.ones(3),
      "pullback of several": np.ones(3)}  # fmt: skip


@pytest.mark.parametrize("name", MADE)
def test_it_says_what_it_is_and_pickles(name):
    made = MADE[name]()
    again = pickle.loads(pickle.dumps(made))
    assert type(again) is type(made) and " at 0x" not in repr(made) and " object" not in repr(made)
    assert repr(again) == repr(made)
    if callable(made) and name not in ("sparsity", "linearize", "transposed", "custom_jvp", "custom_vjp"):
        x = AT.get(name, X)
        assert repr(again(x)) == repr(made(x))


def test_errors_pickle_and_keep_their_words():
    for name in dd.errors.__all__:
        kind = getattr(dd.errors, name)
        error = pickle.loads(pickle.dumps(kind("what happened")))
        assert type(error) is kind and error.args == ("what happened",)


def test_the_reference_lists_everything_public():
    listed = set(re.findall(r"^   ([\w.]+)$", (ROOT / "docs" / "api.md").read_text(encoding="utf-8"), re.MULTILINE))
    for module, before in (("", ""), (".solve", ""), (".sparse", "sparse."), (".testing", "testing.")):
        for name in of(module).__all__:
            if not isinstance(getattr(of(module), name), types.ModuleType) and name not in dd.__all__ or not module:
                thing = getattr(of(module), name)
                assert isinstance(thing, types.ModuleType) or before + name in listed, f"{module} {name}"


def test_the_gallery_and_other_pages_link_to_what_is_there():
    for page in [*(ROOT / "docs").glob("*.md"), *ROOT.glob("*.md"), ROOT / "examples" / "README.md"]:
        text = re.sub(r"`[^`]*`", "", re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL))
        for link in re.findall(r"\]\((?!https?:)([^)#\s]+)(?:#[^)]*)?\)", text):
            assert (page.parent / link).exists(), f"{page.name} links to {link}"
