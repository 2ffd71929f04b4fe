"""What other people's code does that could give a wrong derivative without a word: it is right, or it raises.

The module on disk keeps state, finds results again, stores functions in odd places, asks for exact types, rounds.
Each function runs cold and after a run on plain numbers, as it is and through dd.lift.
"""

import functools
import importlib
import sys
import warnings

import pytest
from support import close

import dualdiff as dd
from dualdiff.errors import LiftedWarning

LIFTS = True
CODE = '''
import bisect
import collections
import contextvars
import enum
import functools
import math
import operator
import types
import weakref
from dataclasses import dataclass, field
import numpy as np

# ---- where functions are kept

def sine(x):
    return math.sin(x)

def cosine(x):
    return math.cos(x)

IN_SET = {sine}
IN_FROZENSET = frozenset([sine])
IN_ORDERED = collections.OrderedDict(a=sine, b=cosine)
IN_DEFAULT = collections.defaultdict(lambda: sine)
IN_PROXY = types.MappingProxyType({'a': sine})
IN_SPACE = types.SimpleNamespace(f=sine)
IN_DEQUE = collections.deque([sine])
IN_WEAK = weakref.WeakValueDictionary(a=sine)
IN_NESTED = {'a': [(sine, {'b': (cosine,)})]}
Pair = collections.namedtuple('Pair', 'f g')
IN_PAIR = Pair(sine, cosine)
IN_ARRAY = np.array([sine, cosine], dtype=object)
PARTIAL = functools.partial(sine)
METHOD = operator.methodcaller('__call__', 0.0)
REDUCED = functools.reduce(lambda f, g: lambda x: g(f(x)), [sine, cosine])

def from_set(x): return next(iter(IN_SET))(x)
def from_frozenset(x): return next(iter(IN_FROZENSET))(x)
def from_ordered(x):
    IN_ORDERED.move_to_end('a')
    return list(IN_ORDERED.values())[-1](x)
def from_default(x): return IN_DEFAULT['new'](x)
def from_proxy(x): return IN_PROXY['a'](x)
def from_space(x): return IN_SPACE.f(x)
def from_deque(x): return IN_DEQUE[0](x)
def from_weak(x): return IN_WEAK['a'](x)
def from_nested(x): return IN_NESTED['a'][0][0](x) * IN_NESTED['a'][0][1]['b'][0](x)
def from_pair(x): return IN_PAIR.f(x) * IN_PAIR[1](x)
def from_array(x): return IN_ARRAY[0](x)
def from_partial(x): return PARTIAL(x) * REDUCED(x)
def from_globals(x): return globals()['sine'](x) * vars(__import__('sys').modules[__name__])['cosine'](x)
def from_eval(x): return eval('math.sin(x)') * eval('sine(y)', globals(), {'y': x})
def from_exec(x):
    space = {}
    exec('import math\\ndef f(x): return math.exp(x)', space)
    return space['f'](x)
def from_generator(x):
    def steps():
        for k in range(3):
            yield math.pow(x, k)
    return sum(steps())
def from_map(x): return sum(map(sine, [x, 2 * x])) + functools.reduce(lambda a, b: a * math.exp(b), [x, x])
def from_sorted(x): return sorted([x, 0.1, 5.0], key=math.sin)[0] * math.exp(x)
def from_numpy(x): return float(np.vectorize(sine)(np.array([x, 2 * x])).sum())

def deco(f):
    @functools.wraps(f)
    def inner(*args, **kw):
        inner.calls += 1
        return f(*args, **kw)
    inner.calls = 0
    return inner
@deco
def decorated(x): return math.exp(x)

# ---- classes

class Unit(enum.Enum):
    M = 'm'
    FT = 'ft'
    def scale(self): return 1.0 if self is Unit.M else 0.3048
class Kind(enum.IntEnum):
    A = 1
    B = 2
class Flag(enum.Flag):
    X = enum.auto()
    Y = enum.auto()
def enums(x, unit=Unit.FT, kind=Kind.B, flag=Flag.X):
    ok = unit is Unit.FT and kind == 2 and kind is Kind.B and Flag.X in flag and Unit('ft') is unit
    return math.exp(x) * unit.scale() if ok else 0.0

@dataclass(frozen=True)
class Fluid:
    rho: float = 2.0
    law: object = sine
    table: dict = field(default_factory=dict)
    def value(self, x): return self.law(x) * self.rho
WATER = Fluid()
def dataclasses_(x):
    import dataclasses
    return WATER.value(x) + dataclasses.replace(WATER, rho=x).value(x)

class Slotted:
    __slots__ = ('r', 'f')
    def __init__(self, r): self.r, self.f = r, sine
    def value(self, x): return self.f(x) * self.r
SLOTTED = Slotted(3.0)
def slotted(x): return SLOTTED.value(x) + Slotted(x).value(x)

class Base:
    registry = {}
    def __init_subclass__(cls, name=None, **kw):
        super().__init_subclass__(**kw)
        Base.registry[name] = cls
    def __call__(self, x): return self.value(x)
class First(Base, name='first'):
    scale = 2.0
    @property
    def factor(self): return self.scale
    @factor.setter
    def factor(self, v): type(self).scale = v
    @functools.cached_property
    def slow(self): return math.sqrt(self.scale)
    @staticmethod
    def helper(x): return math.exp(x)
    @classmethod
    def make(cls, x): return cls()
    def value(self, x): return self.helper(x) * self.factor * self.slow
def subclasses(x): return Base.registry['first'].make(x)(x)
ONE = First()
def instance(x): return ONE(x)

class Lazy:
    def __getattr__(self, name):
        if name != 'law': raise AttributeError(name)
        return sine
LAZY = Lazy()
def lazy(x): return LAZY.law(x)

class Desc:
    def __get__(self, obj, kind): return lambda x: math.exp(x)
class Owner:
    law = Desc()
def descriptor(x): return Owner().law(x)

class Celsius(float):
    def kelvin(self): return float(self) + 273.15
def float_class(x): return math.exp(x) * Celsius(20.0).kelvin()
def float_class_of_x(x): return Celsius(x).kelvin() * 2.0

# ---- state

MODE = 'slow'
SCALE = 1.0
COUNT = [0]
TOTAL = {'n': 0}
VAR = contextvars.ContextVar('var', default=2.0)
def set_scale(s):
    global SCALE
    SCALE = s
def scaled(x): return SCALE * math.exp(x)
def counted(x):
    COUNT[0] += 1
    TOTAL['n'] += 1
    return math.exp(x)
def context(x):
    token = VAR.set(x)
    try: return math.sin(VAR.get()) * x
    finally: VAR.reset(token)
def closure_state():
    calls = 0
    def f(x):
        nonlocal calls
        calls += 1
        return math.exp(x)
    return f
closed = closure_state()
def default_state(x, seen=[]):
    seen.append(1)
    return math.exp(x)
def restored(x):
    global SCALE
    before, SCALE = SCALE, x
    try: return scaled(x)
    finally: SCALE = before

# ---- results that are found again

LISTED, RESULTS = [], []
def listed(x):
    if x in LISTED: return RESULTS[LISTED.index(x)]
    LISTED.append(x); RESULTS.append(math.exp(x))
    return RESULTS[-1]
BY_PAIR = {}
def by_pair(x):
    key = (x, 'a')
    if key not in BY_PAIR: BY_PAIR[key] = math.exp(x)
    return BY_PAIR[key]
BY_TEXT = {}
def by_text(x):
    key = f'{x:.6g},{2 * x:.6g}'
    if key not in BY_TEXT: BY_TEXT[key] = math.exp(x)
    return BY_TEXT[key]
BY_PERCENT = {}
def by_percent(x):
    key = '%.9f' % x
    if key not in BY_PERCENT: BY_PERCENT[key] = math.exp(x)
    return BY_PERCENT[key]
BY_STR = {}
def by_str(x):
    key = 'p' + str(x)
    if key not in BY_STR: BY_STR[key] = math.exp(x)
    return BY_STR[key]
BY_INT = {}
def by_int(x):
    key = int(x * 1e9)
    if key not in BY_INT: BY_INT[key] = math.exp(x)
    return BY_INT[key]
LAST = [None, None]
def last_one(x):
    if LAST[0] is not None and LAST[0] == x: return LAST[1]
    LAST[:] = [x, math.exp(x)]
    return LAST[1]
@functools.lru_cache(maxsize=None)
def constants(n): return [math.exp(0.1 * k) for k in range(n)], sine
def from_cache(x):
    a, f = constants(3)
    return a[2] * f(x)
GRID = [0.013 * k for k in range(200)]
TABLE = [math.exp(g) for g in GRID]
def interpolated(x): return float(np.interp(x, GRID, TABLE))

# ---- rounding and exact types

def rounded_end(x): return round(math.exp(x), 9)
def rounded_text(x): return float('%.12e' % math.exp(x))
def rounded_decimal(x):
    import decimal
    return float(decimal.Decimal(x) * 2) + math.exp(x)
def bisection(x):
    a, b = -4.0, 4.0
    while b - a > 1e-13:
        m = 0.5 * (a + b)
        a, b = (m, b) if math.exp(m) < x else (a, m)
    return 0.5 * (a + b)
def exact_type(x): return math.exp(x) if type(x) is float else 0.0
def exact_class(x): return math.exp(x) if x.__class__ is float else 0.0
def exact_name(x): return math.exp(x) if type(x).__name__ == 'float' else 0.0
def exact_in(x): return math.exp(x) if type(x) in (int, float) else 0.0
def exact_dict(x): return {float: math.exp, int: math.sin}[type(x)](x)
def exact_repr(x): return math.exp(x) if 'float' in repr(type(x)) else 0.0
def duck(x): return math.exp(x) if hasattr(x, 'hex') else 0.0
def json_round(x):
    import json
    return json.loads(json.dumps([x]))[0] * math.exp(x)
def struct_round(x):
    import struct
    return struct.unpack('d', struct.pack('d', x))[0] * math.exp(x)
def array_round(x):
    import array
    return array.array('d', [x, 1.0])[0] * math.exp(x)
def fraction(x):
    from fractions import Fraction
    return float(Fraction(x)) * math.exp(x)
def swallowed(x):
    try: return math.exp(float(x))
    except Exception: return 1.0 + x
def matched(x):
    match x:
        case float(): return math.exp(x)
        case _: return 2.0 * x
def matched_array(v):
    match v:
        case np.ndarray(): return float(np.exp(v).sum())
        case _: return 0.0
def fsum(x): return math.fsum([x, math.exp(x), 1.0]) + math.hypot(x, 1.0) + math.dist([x], [0.0])
def prod(x): return math.prod([x, math.exp(x), 2.0]) * math.sumprod([x], [2.0]) if hasattr(math, 'sumprod') else x * x * math.exp(x) * 4
def statistics_(x):
    import statistics
    return statistics.fmean([x, 2.0 * x, 1.0]) * math.exp(x)
def copies(x):
    import copy
    return copy.deepcopy([x, {'a': x}])[1]['a'] * copy.copy(x) * math.exp(x)
def text_out(x):
    text = f'{x:8.3f} {x!r} {x}'
    return math.exp(x) * (1.0 if text else 2.0)
def complex_(x): return abs(complex(x, 1.0)) + complex(x).real + (x + 2j).imag
def buffers(x):
    a = np.empty((2, 2)); a.fill(0.5); a[0, :] = x; a.ravel()[3] = math.exp(x); a.flat[2] = x * x
    b = np.zeros_like(a); np.copyto(b, a); np.add(a, b, out=b); b += a
    return float(b.sum())
def out_arguments(x):
    out = np.empty(3)
    np.multiply(np.arange(3.0), x, out=out)
    np.exp(out, out=out)
    return float(out.sum())
CONST = np.array([1.0, 2.0, 3.0])
def constant_copy(x):
    v = CONST.copy(); v[[0, 2]] = [x, math.exp(x)]
    w = CONST * 2.0; w[1:] *= x
    u = np.array(CONST); u[u > 2.5] = x
    return float(v.sum() + w.sum() + u.sum())
'''

RIGHT = [
    "from_set", "from_frozenset", "from_ordered", "from_default", "from_proxy", "from_space", "from_nested",
    "from_pair", "from_array", "from_partial", "from_globals", "from_eval", "from_exec", "from_generator", "from_map", "from_sorted",
    "from_numpy", "decorated", "enums", "dataclasses_", "slotted", "subclasses", "instance", "lazy", "descriptor", "float_class",
    "scaled", "counted", "context", "closed", "default_state", "restored", "by_pair", "from_cache", "interpolated", "exact_type",
    "exact_name", "exact_in", "swallowed", "matched", "fsum", "prod", "copies", "text_out", "complex_", "buffers", "out_arguments",
    "constant_copy", "exact_dict", "exact_repr", "duck", "from_deque",
]  # fmt: skip
RAISES = ["rounded_end", "rounded_text", "bisection", "json_round", "struct_round", "array_round", "fraction",
          "rounded_decimal"]  # fmt: skip
COMPILED = compile(CODE, "hazardous_again", "exec")
EITHER = ["from_weak", "statistics_", "float_class_of_x", "listed", "by_text", "by_percent", "by_str", "by_int", "last_one", "exact_class"]
"""Right where nothing was kept from an earlier run; an error where a number without derivative was."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Where the module is."""
    path = tmp_path_factory.mktemp("hazardous")
    (path / "hazardous.py").write_text(CODE)
    return path


@pytest.fixture
def module(folder, monkeypatch):
    """The module, imported anew."""
    monkeypatch.syspath_prepend(str(folder))
    importlib.invalidate_caches()
    from dualdiff.core import lifted_codes
    from dualdiff.lifting import auto, world

    lifted_codes.clear()
    auto.kept.clear()
    auto.warned.clear()
    world.WORLDS.clear()
    yield importlib.import_module("hazardous")
    del sys.modules["hazardous"]


def slope(f, x):
    """The derivative by extrapolated differences."""
    d = [(f(x + h) - f(x - h)) / (2 * h) for h in (1e-3, 5e-4, 2.5e-4)]
    e = [(4 * d[1] - d[0]) / 3, (4 * d[2] - d[1]) / 3]
    return (16 * e[1] - e[0]) / 15


@functools.cache
def fresh(name):
    """The derivative of the function of a module of its own."""
    import types

    other = types.ModuleType("hazardous_again")
    sys.modules[other.__name__] = other
    try:
        exec(COMPILED, vars(other))
        return slope(getattr(other, name), 0.7)
    finally:
        del sys.modules[other.__name__]


@pytest.mark.parametrize("how", ["itself", "lift"])
@pytest.mark.parametrize("warm", [False, True])
@pytest.mark.parametrize("name", RIGHT + RAISES + EITHER)
def test_right_or_an_error(module, name, warm, how):
    f, wanted = getattr(module, name), fresh(name)
    if warm:
        f(0.7)
    g = f if how == "itself" else dd.lift(f)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LiftedWarning)
        for _ in range(2):
            try:
                found = dd.derivative(g)(0.7)
            except Exception:
                assert name not in RIGHT
                return
            close(found, wanted, 1e-7)
            assert name not in RAISES
