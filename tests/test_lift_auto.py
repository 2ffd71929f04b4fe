"""Functions of others differentiated as they are: live copies, the value guard, and lifting without being asked.

The package on disk has what real ones have: settings, registries, Enums, sentinels, caches, exceptions, dispatch.
"""

import functools
import importlib
import math
import pickle
import sys
import warnings

import numpy as np
import pytest
from support import close

import dualdiff as dd
from dualdiff.automatic import as_asked
from dualdiff.errors import ArgumentError, KinkWarning, LiftedWarning, LiftError, LostDerivativeError
from dualdiff.lifting import auto

LIFTS = True
FILES = {
    "__init__.py": """
from .units import set_units, UNITS
from .modes import Mode, AUTO, Error, PointError
from . import core, fits, circular
LOADED.append(1) if 'LOADED' in globals() else None
""",
    "units.py": """
import math
UNITS = 'metric'
SCALE = {'metric': 1.0, 'imperial': 3.0}
COUNT = 0
def set_units(name):
    global UNITS
    UNITS = name
def scaled(x):
    global COUNT
    COUNT += 1
    return math.sqrt(x) * SCALE[UNITS]
""",
    "modes.py": """
import math
from enum import Enum
class Mode(Enum):
    LINEAR = 1
    QUADRATIC = 2
class Level(float, Enum):
    LOW = 0.5
    HIGH = 2.0
class Sentinel:
    pass
AUTO = Sentinel()
class Error(Exception):
    pass
class PointError(Error, ValueError):
    def __init__(self, x):
        super().__init__('point')
        self.x = x
def power(x, mode=Mode.LINEAR):
    if mode is Mode.QUADRATIC:
        return math.pow(x, 2)
    return math.pow(x, 1.0)
def step(x, t=AUTO):
    t = math.sin(x) if t is AUTO else t
    return x * t
def level(x):
    return Level.HIGH * math.exp(x) if Level.HIGH > Level.LOW else x
def failing(x):
    raise PointError(math.sin(x))
""",
    "core.py": """
import abc
import math
import functools
import numpy as np
from . import units, modes
from .modes import Mode

REGISTRY = {}
HANDLERS = []
KINDS = {}

def register(name):
    def keep(f):
        REGISTRY[name] = f
        HANDLERS.append(f)
        return f
    return keep

@register('sine')
def sine(x):
    return math.sin(x)

@register('tangent')
def tangent(x):
    return math.tan(x)

def by_name(name, x):
    return REGISTRY[name](x)

def all_of(x):
    return sum(h(x) for h in HANDLERS)

class Meta(type):
    classes = []
    def __new__(cls, name, bases, ns):
        made = super().__new__(cls, name, bases, ns)
        Meta.classes.append(made)
        return made

class Shape(metaclass=Meta):
    made = 0
    factor = 1.0
    subclasses = []
    def __init__(self, r):
        self.r = float(r)
    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        Shape.subclasses.append(cls)
    def area(self):
        return math.pow(self.r, 2) * self.factor
    def grow(self, x):
        Shape.made += 1
        return type(self)(self.r * math.exp(x))

class Square(Shape):
    def area(self):
        return 4.0 * super().area()

class Bare:
    def __init__(self, r):
        super().__init__()
        self.r = math.sqrt(r)
    def size(self):
        return getattr(super(), 'size', lambda: 1.0)() * self.r

class Deeper(Bare, dict):
    unit = 2.0
    def __init__(self, r):
        super().__init__(r)
        self['r'] = r
    def size(self):
        return super().size() * self.unit

class Abstract(abc.ABC):
    weight = 3.0
    @abc.abstractmethod
    def value(self, x): ...
    def total(self, x):
        return self.weight * self.value(x)

class Concrete(Abstract, Bare):
    weight = 5.0
    def value(self, x):
        return math.exp(x) * self.size()

def of_classes(x):
    return Bare(x).size() + Concrete(x).total(x) * Deeper(x).r

KINDS[Shape] = lambda s: math.log(s.r)
KINDS[Square] = lambda s: math.log(2 * s.r)
UNIT = Square(2.0)

def kind_of(x):
    return KINDS[type(Square(x))](Square(x)) + KINDS[UNIT.__class__](UNIT)

def of_shape(s, x):
    if not isinstance(s, Shape) or type(s) is not Square:
        raise TypeError('a square')
    return s.area() * math.exp(x)

def of_unit(x):
    return UNIT.grow(x).area()

@functools.singledispatch
def visit(x):
    raise TypeError('cannot visit ' + type(x).__name__)

@visit.register(float)
def _(x):
    return math.exp(x)

@visit.register(Shape)
def _(x):
    return math.log(x.r)

@visit.register(np.ndarray)
def _(x):
    return np.array([math.exp(v) for v in x])

def visiting(x):
    return visit(x) * visit(Square(x))

MEMO = {}

def memo(x):
    if x in MEMO:
        return MEMO[x]
    MEMO[x] = math.exp(x)
    return MEMO[x]

def rounded(x):
    key = round(x, 12)
    if key not in MEMO:
        MEMO[key] = math.exp(x)
    return MEMO[key]

@functools.lru_cache(maxsize=None)
def cached(x):
    return math.exp(x)

def caught(x):
    try:
        return modes.failing(x)
    except modes.Error as e:
        return e.x * 2

def apply(f, x):
    return float(f(x)) * math.exp(x)

def text(x):
    return float(f'{x:.17g}') * math.exp(x)

def text_key(x):
    key = '{:.12g}'.format(x)
    if key not in MEMO:
        MEMO[key] = math.exp(x)
    return MEMO[key]

def array_key(x):
    if str(x) not in MEMO:
        MEMO[str(x)] = math.exp(x[0])
    return MEMO[str(x)]

def typed(x):
    return math.exp(x) if type(x) is float else -1.0

def table_of(x):
    return {1.0: 3.0}.get(x, 0.0) * math.exp(x)

def matched(x):
    match x:
        case int(v):
            return v * 2.0
        case float(v):
            return math.exp(v)
        case _:
            return -1.0

def classy(x):
    class D(float):
        def double(self):
            return 2 * self
    made = type('X', (float,), {'k': 3})
    return math.exp(x) * D(2.0).double() * float.__new__(made, 1.5).k

def annotated(x: type[float], kinds: type[int] | None = None) -> float:
    def inner(c: type[Shape]):
        return c
    return math.exp(x) * (inner(Shape) is Shape)

def dtypes(x):
    kind = np.sctypeDict['float64']
    a = np.array([kind(x), 1.0], copy=np._CopyMode.IF_NEEDED)
    a = np.array(a, copy=np._CopyMode.IF_NEEDED)
    return float(np.__dict__['sum'](a)) * math.exp(x)

def exact_class(x):
    return math.exp(x) if (2.5).__class__ is float and x.__class__ is float else 0.0

def exact_dtype(x):
    return math.exp(x) if np.dtype(float).type is np.float64 else 0.0

V0 = np.array([1.0, 2.0, 3.0])

def written(x):
    V = V0.copy()
    V[1:] = x * math.exp(1.0)
    return V

def given(V, x):
    V = V.copy()
    V[0] = math.exp(x)
    W = V * 2.0
    W[1] = x
    return W.sum()

def product(A, x):
    return A.dot(np.asarray(x, dtype=float)).sum()

def swallowing(x):
    try:
        return math.exp(x)
    except TypeError:
        return 1.0

def compare(x):
    return [math.exp(x), 'a', None, {'b': np.array([x, 2 * x], dtype=float)}]

STATE = [0.0]

def counting(x):
    STATE[0] += 1.0
    return math.exp(x) * STATE[0]
""",
    "circular.py": "import liftauto.fits as fits\nimport math\ndef through(x):\n    return fits.fit(x) + math.exp(x)\n",
    "fits.py": """
import math
import numpy as np
import liftauto.circular as circle
LOADS = []
LOADS.append(1)
def fit(x):
    return math.sin(x)
def back(x):
    return circle.through(x)
def residual(x):
    r = np.zeros(3)
    for i in range(3):
        r[i] = math.exp(-x[0] * i) * float(x[1]) - 0.5 * i
    return r
""",
}  # fmt: skip


@pytest.fixture
def package(tmp_path, monkeypatch):
    """The package, imported anew."""
    (tmp_path / "liftauto").mkdir()
    for file, text in FILES.items():
        (tmp_path / "liftauto" / file).write_text(text)
    (tmp_path / "liftuser.py").write_text(
        "import liftauto.core as core\ndef twice(x):\n    return 2.0 * core.sine(x)\n"
        "def residuals(x):\n    import numpy as np\n    out = np.empty(2)\n    out[0] = core.sine(x[0]) - 0.5\n"
        "    out[1] = float(x[1]) - x[0]\n    return out\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    importlib.invalidate_caches()
    from dualdiff.core import lifted_codes
    from dualdiff.lifting import auto, world

    lifted_codes.clear()
    auto.kept.clear()
    auto.warned.clear()
    world.WORLDS.clear()
    yield importlib.import_module("liftauto")
    for module in [m for m in sys.modules if m.partition(".")[0] in ("liftauto", "liftuser")]:
        del sys.modules[module]


def slope(f, x, h=1e-3):
    """The derivative by extrapolated differences: good to 1e-9."""
    d = [(np.asarray(f(x + s)) - np.asarray(f(x - s))) / (2 * s) for s in (h, h / 2, h / 4)]
    e = [(4 * d[1] - d[0]) / 3, (4 * d[2] - d[1]) / 3]
    return (16 * e[1] - e[0]) / 15


def by_itself(f, x=0.7, *args):
    """The derivative of f as it is, which is lifted; checked against differences."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LiftedWarning)
        value, t = dd.jvp(lambda z: f(z, *args), (x,), (1.0,))
    np.testing.assert_array_equal(value, f(x, *args))
    close(t, slope(lambda z: f(z, *args), x), 1e-8)
    return t


# ---- live copies -----------------------------------------------------------------------------------


NAMES = ["core.sine", "modes.power", "modes.step", "modes.level", "core.all_of", "core.kind_of", "core.of_unit", "core.of_classes", "core.visiting",
         "core.memo", "core.rounded", "core.cached", "core.caught", "core.matched", "core.typed", "core.classy", "core.annotated", "core.dtypes",
         "core.written", "circular.through", "fits.back", "units.scaled"]  # fmt: skip


def found(package, name):
    module, _, name = name.partition(".")
    return getattr(importlib.import_module(f"liftauto.{module}"), name)


@pytest.mark.parametrize("warm", [False, True])
@pytest.mark.parametrize("name", NAMES)
def test_kinds_of_code(package, name, warm):
    f = found(package, name)
    if warm:
        f(0.7)
    by_itself(f)
    close(dd.derivative(dd.lift(f))(0.9), slope(f, 0.9), 1e-8)
    close(dd.derivative(dd.derivative(dd.lift(f)))(0.9), slope(dd.derivative(dd.lift(f)), 0.9), 1e-7)


@pytest.mark.parametrize("name", ["core.text", "core.text_key", "core.exact_class", "core.exact_dtype", "core.counting"])
def test_what_a_copy_cannot_be(package, name):
    """Right, or an error: never another number."""
    f = found(package, name)
    f(0.7)
    for g in (f, dd.lift(f)):
        with pytest.raises((LiftError, LostDerivativeError)):
            dd.derivative(g)(0.7)
    x = np.array([0.3, 0.7])
    package.core.array_key(x)
    for g in (package.core.array_key, dd.lift(package.core.array_key)):
        with pytest.raises(LostDerivativeError):
            dd.grad(g)(x)


def test_settings_are_the_originals(package):
    f = dd.lift(package.units.scaled)
    package.set_units("imperial")
    close(dd.derivative(f)(4.0), 0.75, 1e-14)
    dd.lift(package.set_units)("metric")
    assert package.units.UNITS == "metric" and f(4.0) == 2.0
    before = package.units.COUNT
    f(4.0)
    assert package.units.COUNT == before + 1
    package.units.SCALE["metric"] = 10.0
    close(dd.derivative(f)(4.0), 2.5, 1e-14)


def test_registries_are_the_originals(package):
    core = package.core
    f = dd.lift(core.by_name)
    close(dd.derivative(f, argnums=1)("sine", 0.7), math.cos(0.7), 1e-14)
    core.REGISTRY["mine"] = lambda x: math.exp(x)
    core.REGISTRY["mine"].__module__ = "liftauto.core"
    close(dd.derivative(f, argnums=1)("mine", 0.7), math.exp(0.7), 1e-14)
    core.REGISTRY["sine"] = core.tangent
    close(dd.derivative(f, argnums=1)("sine", 0.7), 1 + math.tan(0.7) ** 2, 1e-14)
    del core.REGISTRY["mine"]
    with pytest.raises(KeyError):
        f("mine", 0.7)
    before = len(core.REGISTRY), len(core.HANDLERS)
    dd.lift(core.register)("later")(core.sine)
    assert (len(core.REGISTRY), len(core.HANDLERS)) == (before[0] + 1, before[1] + 1) and core.REGISTRY["later"] is core.sine
    close(dd.derivative(dd.lift(core.all_of))(0.7), slope(core.all_of, 0.7), 1e-8)


def test_a_patched_function_is_seen(package, monkeypatch):
    core = package.core
    f = dd.lift(core.all_of)
    close(dd.derivative(f)(0.7), slope(core.all_of, 0.7), 1e-8)
    monkeypatch.setattr(core.math, "sin", math.sin)
    area = dd.lift(core.of_unit)
    close(dd.derivative(area)(0.7), slope(core.of_unit, 0.7), 1e-8)
    monkeypatch.setattr(core.Square, "area", lambda self: math.exp(self.r))
    core.Square.area.__module__ = "liftauto.core"
    close(dd.derivative(area)(0.2), slope(core.of_unit, 0.2), 1e-7)
    monkeypatch.setattr(core.Shape, "factor", 3.0)
    monkeypatch.setattr(core, "UNIT", core.Shape(1.5))
    close(dd.derivative(area)(0.2), slope(core.of_unit, 0.2), 1e-7)
    core.UNIT.r = 2.5
    close(dd.derivative(area)(0.2), slope(core.of_unit, 0.2), 1e-7)


def test_members_sentinels_and_objects_are_the_same(package):
    f = dd.lift(package.modes.power)
    close(dd.derivative(f)(0.7, package.Mode.QUADRATIC), 1.4, 1e-14)
    close(dd.derivative(dd.lift(package.modes.step))(0.7, package.AUTO), math.sin(0.7) + 0.7 * math.cos(0.7), 1e-14)
    square = package.core.Square(2.0)
    f = dd.lift(package.core.of_shape)
    close(dd.derivative(f, argnums=1)(square, 0.7), 16.0 * math.exp(0.7), 1e-14)
    square.r = 3.0
    close(dd.derivative(f, argnums=1)(square, 0.7), 36.0 * math.exp(0.7), 1e-14)
    Lifted = dd.lift(package.core.Square)
    assert isinstance(Lifted(1.0), package.core.Square) and isinstance(square, Lifted) and issubclass(Lifted, package.core.Shape)
    with pytest.raises(package.PointError):
        dd.lift(package.modes.failing)(0.7)


def test_nothing_is_made_twice(package):
    core = package.core
    classes, subclasses, loads = list(core.Meta.classes), list(core.Shape.subclasses), list(package.fits.LOADS)
    dd.derivative(dd.lift(core.kind_of))(0.7)
    dd.derivative(dd.lift("liftauto").fits.back)(0.7)
    assert core.Meta.classes == classes and core.Shape.subclasses == subclasses and package.fits.LOADS == loads
    made = core.Shape.made
    dd.lift(core.of_unit)(0.7)
    assert core.Shape.made == made + 1
    assert not issubclass(float, core.Abstract) and not isinstance(1.0, core.Abstract)      # abc asks all subclasses
    assert not issubclass(float, dd.lift(core.Abstract)) and issubclass(core.Concrete, dd.lift(core.Abstract))
    assert core.Square(1.0).area() == 4.0 and core.visit.registry[float] is not None
    assert dd.lift("liftauto.fits").__name__ == "liftauto.fits"


def test_callbacks_are_lifted(package):
    close(dd.derivative(dd.lift(package.core.apply), argnums=1)(lambda x: math.sin(x), 0.7),
          math.exp(0.7) * (math.sin(0.7) + math.cos(0.7)), 1e-14)  # fmt: skip


def test_arrays_that_the_code_did_not_make(package):
    V = np.array([1.0, 2.0])
    close(dd.derivative(dd.lift(package.core.given), argnums=1)(V, 0.7), 2 * math.exp(0.7) + 1.0, 1e-14)
    A = np.arange(6.0).reshape(2, 3)
    close(dd.grad(dd.lift(package.core.product), argnums=1)(A, np.ones(3)), A.sum(axis=0), 1e-14)
    assert package.core.V0.tolist() == [1.0, 2.0, 3.0] and V.tolist() == [1.0, 2.0]


def test_lifted_things_can_be_pickled(package):
    for name in ("core.sine", "modes.power"):
        f = pickle.loads(pickle.dumps(dd.lift(found(package, name))))
        close(dd.derivative(f)(0.7), slope(found(package, name), 0.7), 1e-8)
    assert pickle.loads(pickle.dumps(dd.lift("liftauto.core"))).sine(0.7) == math.sin(0.7)


# ---- by itself -------------------------------------------------------------------------------------


def test_it_is_said_once(package):
    f = package.core.sine
    with pytest.warns(LiftedWarning, match=r"dd\.lift\(sine\)"):
        assert dd.derivative(f)(0.7) == math.cos(0.7)
    assert dd.derivative(f)(0.8) == math.cos(0.8)       # a warning would be an error here
    import liftuser

    with pytest.warns(LiftedWarning, match=r"dd\.lift\(twice, packages=\['liftauto'\]\)"):
        assert dd.derivative(liftuser.twice)(0.7) == 2 * math.cos(0.7)
    assert dd.derivative(liftuser.twice)(0.8) == 2 * math.cos(0.8)


def test_it_can_be_turned_off(package):
    f = package.core.sine
    for g in (dd.derivative(f, lift=False), dd.grad(f, lift=False), dd.jacobian(f, lift=False), dd.hessian(f, lift=False)):
        with pytest.raises(LostDerivativeError):
            g(0.7)
    with dd.auto_lift(False), pytest.raises(LostDerivativeError):
        dd.derivative(f)(0.7)
    assert dd.derivative(f, lift=True)(0.7) == math.cos(0.7)
    import liftuser

    assert dd.derivative(liftuser.twice, lift=["liftauto"])(0.7) == 2 * math.cos(0.7)
    with pytest.raises(ArgumentError, match="lift must be"):
        dd.grad(f, lift=3)
    with pytest.raises(ArgumentError, match="auto_lift"):
        dd.auto_lift("yes")


@pytest.mark.filterwarnings("ignore::dualdiff.errors.LiftedWarning")
def test_every_transform(package):
    from dualdiff import solve

    r, x, v = package.fits.residual, np.array([0.3, 0.7]), np.array([1.0, 2.0])
    J = np.stack([slope(lambda s: r(x + s * e), 0.0) for e in np.eye(2)], axis=1)
    half = lambda z: 0.5 * float(np.sum(r(z) ** 2))  # noqa: E731
    g = J.T @ r(x)
    close(dd.jacobian(r)(x), J, 1e-8)
    close(dd.jvp(r, (x,), (v,))[1], J @ v, 1e-8)
    close(dd.vjp(r, x)[1](np.ones(3)), J.T @ np.ones(3), 1e-8)
    close(dd.linearize(r, x)[1] @ v, J @ v, 1e-8)
    close(dd.grad(half)(x), g, 1e-8)
    close(dd.value_and_grad(half)(x)[1], g, 1e-8)
    close(dd.value_and_jacobian(r)(x)[1], J, 1e-8)
    close(dd.grad(half, mode="reverse")(x), g, 1e-8)
    H = np.stack([slope(lambda s: dd.grad(half)(x + s * e), 0.0) for e in np.eye(2)])
    close(dd.hessian(half)(x), H, 1e-7)
    close(dd.hvp(half, (x,), (v,)), H @ v, 1e-7)
    close(dd.laplacian(half)(x), np.trace(H), 1e-7)
    close(dd.hessian_diagonal(half)(x), np.diag(H), 1e-7)
    close(dd.taylor(half, x, v, 2)[1], g @ v, 1e-8)
    close(dd.nth_derivative(package.core.sine, 3)(0.7), -math.cos(0.7), 1e-12)
    close(dd.gauss_newton_product(r, (x,), (v,)), J.T @ (J @ v), 1e-8)
    close(dd.directional_derivative(r, v)(x), J @ v, 1e-8)
    import liftuser

    assert np.allclose(dd.sparse_jacobian(liftuser.residuals, x)(x).toarray(), [[math.cos(0.3), 0.0], [-1.0, 1.0]])
    found = solve.root(liftuser.residuals, np.array([0.1, 0.1]))
    close(found.x, [math.asin(0.5)] * 2, 1e-9)
    assert solve.least_squares(r, x).success


@pytest.mark.filterwarnings("ignore::dualdiff.errors.LiftedWarning")
def test_what_is_swallowed(package):
    close(dd.derivative(package.core.swallowing)(0.7), math.exp(0.7), 1e-14)


def test_the_errors_of_the_function_stay(package):
    def wrong(x):
        raise ZeroDivisionError("mine")

    with pytest.raises(ZeroDivisionError, match="mine") as caught:
        dd.derivative(wrong)(0.7)
    assert not getattr(caught.value, "__notes__", [])
    with pytest.raises(LostDerivativeError) as caught:
        dd.derivative(package.core.counting)(0.7)
    assert "dd.lift(counting)" in "".join(caught.value.__notes__) and "plain numbers" in "".join(caught.value.__notes__)


def test_a_function_that_writes_into_its_argument(package):
    def f(x):
        x[0] = 2.0 * x[0]
        return math.exp(x[0]) * x[1]

    x = np.array([0.3, 0.7])
    with pytest.raises(LostDerivativeError):
        dd.grad(f)(x)
    assert x.tolist() == [0.3, 0.7]
    close(dd.grad(dd.lift(f))(x), [2 * math.exp(0.6) * 0.7, math.exp(0.6)], 1e-14)


def test_nested_calls(package):
    sine = dd.lift(package.core.sine)
    g = dd.derivative(lambda c: dd.derivative(dd.lift(lambda x: math.exp(c * x)))(0.7) * sine(c))
    f = lambda c: c * math.exp(0.7 * c) * math.sin(c)  # noqa: E731
    close(g(0.3), slope(f, 0.3), 1e-8)


STEPS = {
    "sign": (np.sign, [0.0, 1.0, -2.0]),
    "floor": (np.floor, [1.0, 1.5, -2.0]),
    "round": (np.round, [0.5, 1.5, 0.0]),
    "heaviside": (lambda x: np.heaviside(x, 0.5), [0.0, 1.0, -1.0]),
    "sign of a root": (lambda x: np.sign(np.sqrt(x)), [0.0, 1.0, 4.0]),
    "floor division": (lambda x: x // 0.5, [0.5, 1.0, 0.7]),
    "a comparison": (lambda x: (x > 1.0) * 1.0, [1.0, 2.0, 0.0]),
}


@pytest.mark.parametrize("mode", ["forward", "reverse"])
@pytest.mark.parametrize("case", STEPS)
def test_a_step_at_the_point_is_no_lost_derivative(case, mode):
    """It changes as much by a small move as by a large one, which what is rounded or found by bisection does not."""
    f, x = STEPS[case]
    x = np.array(x)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", KinkWarning)        # of the root
        for total in (lambda x: np.sum(f(x)), dd.lift(lambda x: np.sum(f(x)))):
            assert not dd.grad(total, mode=mode)(x).any()
            assert not dd.hessian(total, mode=mode)(x).any()
        assert not dd.taylor(lambda x: np.sum(f(x)), x, np.ones(3), 3)[1:].any()


def test_what_calls_a_compiled_function_is_lifted_with_it():
    def residual(x, p):
        return np.array([x[0] ** 2 + x[1] - p, x[1] ** 2 - x[0]])

    def step(x, p):
        return x - np.linalg.solve(dd.jacobian(residual)(x, p), residual(x, p))

    start = np.array([1.0, 1.5])
    compiled = dd.compile(step)
    with pytest.warns(dd.errors.LiftedWarning):
        found = dd.jacobian(lambda p: compiled(start, p))(2.0)
    np.testing.assert_allclose(found, (step(start, 2.5) - step(start, 1.5)), rtol=1e-12)     # linear in p
    lifted = dd.lift(lambda p: compiled(start, p))
    assert np.array_equal(lifted(2.0), compiled(start, 2.0))        # plain numbers run the program
    np.testing.assert_allclose(dd.jacobian(lifted)(2.0), found, rtol=1e-14)


def test_wrappers_that_hold_each_other_are_walked_once():
    """Solvers hold a function in several wrappers, and each of these another time."""
    ours = {"__name__": "dualdiff.somewhere"}
    exec("def twice(f, g):\n    return lambda x: f(x) + g(x)", ours)

    def user(x):
        return x * x

    f = user
    for _ in range(16):
        f = ours["twice"](f, functools.partial(f))
    found = [g for g in auto.called_by(f) if not isinstance(g, functools.partial)]
    assert len(found) == 17 and found.count(user) == 1
    assert not auto.never_lifted(f) and auto.never_lifted(ours["twice"](f, as_asked(user, False)))
