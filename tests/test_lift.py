"""dualdiff.lift: code that was never written for it, run as a copy.

The patterns are those of real packages; the package on disk is made here.  Derivatives are compared with extrapolated
differences or formulas, values with the original's to the last bit.
"""

import functools
import importlib
import math
import sys
import types
from math import log as ln

import numpy as np
import pytest
from support import close, differences, same_bits

import dualdiff as dd
from dualdiff.errors import InputError, LostDerivativeError

FILES = {
    "__init__.py": "from .core import speed\nfrom . import shapes\nfrom .tools import *\nversion = '1'\n",
    "core.py": """
import math
from math import sin, sqrt as root
import numpy as np
import sys
from functools import lru_cache
STATE = []
FACTOR = 2.0

def speed(v):
    if not isinstance(v, (int, float)):
        raise TypeError('a number, please')
    STATE.append(1)
    return float(math.hypot(v, 3.0)) * FACTOR

def typed(v):
    if type(v) is float:
        return root(v) + sin(v)
    return -1.0

def table(v):
    return {float: 'float', int: 'int', np.ndarray: 'array'}[type(v)] == 'float' and v * v

@lru_cache(maxsize=None)
def remembered(v):
    return math.exp(v)

def inside(v):
    import numpy.linalg as la
    from numpy import zeros, array
    from scipy import special
    out = zeros((2, 2), dtype=float)
    out[0, 0] = np.float64(v) ** 2
    out[1] = array([v, 1.0], dtype=np.float64)
    return np.hstack([la.norm(out), la.det(out + np.eye(2)), special.erf(v), remembered(v)])

def checked(x):
    x = np.asarray(x, dtype=float)
    if not isinstance(x, np.ndarray) or not np.issubdtype(x.dtype, np.floating) or x.dtype != np.float64:
        raise TypeError('a float array, please')
    x = np.atleast_1d(x)
    y = np.empty_like(x)
    for i in range(len(x)):
        y[i] = math.cos(x[i]) * i
    y[x > 0.5] += 1.0
    return np.vectorize(lambda a: a * a if a > 0.3 else a, otypes=[float])(y)

def me():
    return sys.modules[__name__].FACTOR
""",
    "tools.py": "import numpy as np\nfrom numpy import *\n__all__ = ['wave', 'double']\n"
                "def wave(x):\n    return sin(x) * zeros(len(x)).shape[0] + array([x[0], 1.0, 2.0])\n"
                "def double(f):\n    def inner(*args):\n        return 2 * f(*args)\n    return inner\n",
    "shapes.py": """
from __future__ import annotations
import math
import numpy as np
from dataclasses import dataclass
from . import core
from .tools import double

@dataclass
class Ball:
    radius: float
    def volume(self) -> float:
        return 4.0 / 3.0 * math.pi * math.pow(self.radius, 3)
    @property
    def area(self):
        return float(4 * math.pi * self.radius ** 2)

class Shell(Ball):
    def __init__(self, radius, inner):
        super().__init__(radius)
        self.inner = Ball(inner)
        self.log = np.zeros(2)
    def volume(self):
        self.log[0] = super().volume()
        self.log[1] = self.inner.volume()
        return self.log[0] - self.log[1]
    @staticmethod
    def doubled(x):
        return _doubled(x)
    @classmethod
    def unit(cls, r):
        return cls(r, r / 2)

@double
def _doubled(x):
    return math.exp(x) + core.speed(x)
""",
}  # fmt: skip


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package on disk under a name of its own, imported."""
    name = "liftee"
    (tmp_path / name).mkdir()
    for file, text in FILES.items():
        (tmp_path / name / file).write_text(text)
    (tmp_path / "user_of_liftee.py").write_text("from liftee.core import speed\ndef twice(v):\n    return 2 * speed(v)\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    importlib.invalidate_caches()
    yield importlib.import_module(name)
    for module in [m for m in sys.modules if m.partition(".")[0] in (name, "user_of_liftee")]:
        del sys.modules[module]


def check(original, lifted, x, rtol=1e-9):
    """Values bit for bit on plain numbers; the derivative against differences of the original."""
    same_bits(np.asarray(lifted(x))[()], np.asarray(original(x))[()])
    v = 1.0 if isinstance(x, float) else np.linspace(0.5, 1.0, len(x))
    (wanted,) = differences(original, [x], [v])
    value, t = dd.jvp(lifted, (x,), (v,))
    np.testing.assert_array_equal(value, original(x))
    close(t, wanted, rtol)
    if not isinstance(x, float):
        w = np.linspace(1.0, 2.0, np.size(value))
        close(np.sum(dd.vjp(lifted, x)[1](w.reshape(np.shape(value))) * v), np.sum(w * np.ravel(wanted)), rtol)


@pytest.mark.parametrize("name", ["speed", "typed", "inside", "table"])
def test_functions_of_numbers(package, name):
    f = getattr(package.core, name)
    check(f, dd.lift(f), 0.7)
    second = dd.derivative(dd.derivative(dd.lift(f)))(0.7) if name != "inside" else None
    if second is not None:
        (wanted,) = differences(dd.derivative(dd.lift(f)), [0.7], [1.0])
        close(second, wanted, 1e-8)


def test_functions_of_arrays(package):
    x = np.array([0.2, 0.7, 1.1])
    check(package.core.checked, dd.lift(package.core.checked), x)
    check(package.wave, dd.lift(package.wave), x)


def test_without_lift_they_say_why(package):
    for f in (package.core.speed, package.core.inside):
        with pytest.raises(TypeError):
            dd.derivative(f)(0.7)
    with pytest.raises(LostDerivativeError, match="lift"):
        dd.derivative(lambda v: math.sin(v))(0.7)


def test_modules_and_names_of_modules(package):
    for lifted in (dd.lift(package), dd.lift("liftee")):
        assert lifted is not package and lifted.__name__ == "liftee"
        check(package.speed, lifted.speed, 0.7)
        check(lambda r: package.shapes.Shell(r, 0.5).volume(), lambda r: lifted.shapes.Shell(r, 0.5).volume(), 0.9)
    core = dd.lift("liftee.core")
    assert core.__name__ == "liftee.core"
    assert dd.lift(package.core).remembered(0.5) == math.exp(0.5)


def test_a_copy_stands_on_the_original_module(package):
    before = {name: module for name, module in sys.modules.items() if name.startswith("liftee")}
    package.core.FACTOR = 5.0
    lifted = dd.lift(package.core)
    assert lifted.speed(4.0) == 25.0
    close(dd.derivative(lifted.speed)(4.0), 5.0 * 0.8, 1e-14)
    assert lifted.STATE is package.core.STATE and len(package.core.STATE) == 7      # plain, lifted, for the guard, differences in two steps
    assert lifted.FACTOR == 5.0 and lifted.me() == 5.0 and package.core.me() == 5.0
    lifted.FACTOR = 2.0
    assert package.core.FACTOR == 2.0
    assert {name: module for name, module in sys.modules.items() if name.startswith("liftee")} == before
    assert package.core.math is math and package.core.np is np
    assert importlib.import_module("liftee.core") is package.core


def test_classes_methods_and_objects(package):
    shapes = package.shapes
    check(lambda r: shapes.Ball(r).volume(), lambda r: dd.lift(shapes.Ball)(r).volume(), 0.9)
    check(lambda r: shapes.Shell.unit(r).volume(), lambda r: dd.lift(shapes.Shell).unit(r).volume(), 0.9)
    check(shapes.Shell.doubled, dd.lift(shapes.Shell.doubled), 0.9)
    ball = shapes.Shell(2.0, 1.0)
    volume = dd.lift(ball.volume)
    assert volume() == ball.volume()
    lifted = dd.lift(ball)
    assert type(lifted) is not shapes.Shell and lifted.inner.radius == 1.0
    r = dd.derivative(lambda r: (setattr(lifted, "radius", r), lifted.area)[1])(2.0)
    close(r, 8 * math.pi * 2.0, 1e-14)
    assert ball.radius == 2.0


def test_other_packages_on_request(package):
    import user_of_liftee

    with pytest.raises(TypeError):
        dd.derivative(dd.lift(user_of_liftee.twice))(0.7)
    check(user_of_liftee.twice, dd.lift(user_of_liftee.twice, packages="liftee"), 0.7)
    check(user_of_liftee.twice, dd.lift(user_of_liftee.twice, packages=["liftee"]), 0.7)


# ---- what no module can give again: closures, lambdas, scripts -------------------------------------

SCALE = 2.0


def decorated(f):
    @functools.wraps(f)
    def wrapper(x):
        return f(x) + math.sqrt(x)

    return wrapper


@decorated
def scaled(x):
    """Of this module, whose loader rewrites it."""
    return math.sin(x) * SCALE * ln(x)


def test_functions_of_a_test_module():
    lifted = dd.lift(scaled)
    assert lifted.__name__ == "scaled" and lifted.__doc__ == scaled.__doc__
    check(scaled, lifted, 0.7)


def script(text):
    """A module as a script or a notebook is: of the name __main__, with no loader."""
    module = types.ModuleType("__main__")
    exec(compile(text, "<cell 1>", "exec"), module.__dict__)
    return module


def test_functions_of_a_script_read_globals_anew():
    main = script(
        "import math\nimport numpy as np\nfrom math import exp\nA = 1.5\nLOG = []\n"
        "def g(x):\n    LOG.append(x)\n    return exp(A * x)\n"
        "def f(x):\n    out = np.zeros(2)\n    out[0] = g(x)\n    out[1] = even(4) * math.sin(x)\n    return out\n"
        "def even(n):\n    return 1.0 if n == 0 else odd(n - 1)\n"
        "def odd(n):\n    return 0.0 if n == 0 else even(n - 1)\n"
        "class Model:\n    rate = 3.0\n    def __init__(self, k):\n        self.k = float(k)\n"
        "    def run(self, t):\n        y = np.empty(2)\n        y[:] = [math.exp(-self.k * t), self.rate]\n        return y\n"
        "class Sub(Model):\n    def run(self, t):\n        return 2 * super().run(t)\n"
    )
    lifted = dd.lift(main.f)
    check(main.f, lifted, 0.7)
    main.A = -2.0
    check(main.f, lifted, 0.7)
    main.g = lambda x: x**3
    main.g.__module__ = "__main__"
    check(main.f, lifted, 0.7)
    assert any(isinstance(x, dd.Dual) for x in main.LOG)        # the list is the script's own
    for kind in (main.Model, main.Sub):
        Lifted = dd.lift(kind)
        check(lambda k: kind(k).run(0.5), lambda k: Lifted(k).run(0.5), 0.7)


def test_closures_lambdas_partials_and_caches():
    def outer(c):
        count = [0]

        def inner(x):
            nonlocal c
            count[0] += 1
            return math.sin(c * x) + helper(x)

        def helper(x):
            return math.exp(x) if x < 5 else inner(x)

        return inner, count

    f, count = outer(2.0)
    check(f, dd.lift(f), 0.7)
    calls = count[0]
    dd.lift(f)(0.7)
    assert count[0] == calls + 1        # one closure, one list
    check(lambda x: math.log(x), dd.lift(lambda x: math.log(x)), 0.7)
    power = functools.partial(lambda a, x, b=1.0: math.pow(a, x) * b, 2.0, b=3.0)
    check(power, dd.lift(power), 0.7)
    cached = functools.lru_cache(maxsize=8)(lambda x: math.tan(x))
    lifted = dd.lift(cached)
    check(cached, lifted, 0.7)
    assert lifted.cache_info().hits >= 0
    check(np.vectorize(lambda x: math.tan(x), otypes=[float]), dd.lift(np.vectorize(lambda x: math.tan(x), otypes=[float])),
          np.array([0.2, 0.7]))  # fmt: skip


def test_what_answers_as_the_value_would():
    import numbers

    def kinds(x, a):
        return (isinstance(x, float), isinstance(x, (int, float)), isinstance(x, numbers.Real), isinstance(x, np.ndarray),
                type(x) is float, type(x) in (int, float), isinstance(a, np.ndarray), type(a) is np.ndarray,
                isinstance(a, float), np.isscalar(x), issubclass(float, float), isinstance(float, type), isinstance(3, type),
                np.issubdtype(a.dtype, np.floating), a.dtype == np.float64, np.dtype(float) == a.dtype, float("inf") > 1,
                isinstance(1, int), complex(1, 2) == 1 + 2j, isinstance(1j, complex), int is int, type(a[0]) is np.float64)  # fmt: skip

    lifted = dd.lift(kinds, guard=False)        # type(a[0]) is float where a holds a derivative
    a = np.array([1.0, 2.0])
    wanted = kinds(1.0, a)
    assert lifted(1.0, a) == wanted
    seen = []
    dd.jvp(lambda x, a: (seen.append(lifted(x, a)), x)[1], (1.0, a), (1.0, a))
    assert seen[0][:-1] == wanted[:-1]
    assert isinstance(dd.Dual(1.0, [1.0]), numbers.Real) and np.isscalar(dd.Dual(1.0, [1.0]))     # without lift


def test_new_classes_in_lifted_code():
    def f(x):
        class Number(float):
            def plus(self):
                return self + 1

        class Meta(type):
            def __new__(cls, name, bases, ns):
                return super().__new__(cls, name, bases, ns)

        class Thing(metaclass=Meta):
            def __init__(self, v):
                self.v = v

        return Thing(x).v * Number(2.0).plus() * len(type("Made", (), {}).__name__) + float("0.5")

    check(f, dd.lift(f), 0.7)


@pytest.mark.parametrize("obj", [math.sin, len, np.sin, 3, "".join, np.linalg.det, object(), sys])
def test_what_cannot_be_lifted_is_named(obj):
    with pytest.raises(InputError, match="lift"):
        dd.lift(obj)


def test_modules_that_do_not_exist():
    with pytest.raises(ModuleNotFoundError, match="no_such_module_here"):
        dd.lift("no_such_module_here")
    with pytest.raises(InputError, match="packages"):
        dd.lift(scaled, packages=[3])
