"""Code as real packages have it, differentiated as it is: the derivative is that of the function, or there is an error.

Caches, registries, text, buffers, dispatch, exceptions, iterations: each function runs in a module of its own, cold, again
at another point, and after a run on plain numbers.  The reference is a difference of fresh copies, which have no state.
"""

import ast
import builtins
import functools
import keyword
import re
import sys
import types
import warnings

import numpy as np
import pytest

import dualdiff as dd

LIFTS = True
IMPORTS = (
    "import abc, array, ast, asyncio, base64, bisect, cmath, collections, concurrent.futures, contextlib, contextvars, copy, csv, ctypes, dataclasses, datetime, decimal, enum, fractions, functools, hashlib, heapq\n"
    "import importlib, io, itertools, json, logging, math, numbers, operator, os, pickle, pprint, queue, random, re, sqlite3, statistics, string, struct, sys, tempfile, threading, time, types, typing, warnings, weakref, zlib\n"
    "import numpy as np\nfrom dataclasses import dataclass, field\n"
)
CODE = '''
def memo_pickle(x, C={}):
    k = pickle.dumps(x)
    if k not in C: C[k] = math.exp(x)
    return C[k] * x
def memo_hash(x, C={}):
    k = hashlib.md5(repr(x).encode()).hexdigest()
    if k not in C: C[k] = np.exp(x)
    return C[k] * x
def memo_bytes(x, C={}):
    k = np.asarray(x).tobytes()
    if k not in C: C[k] = np.exp(x)
    return C[k] * x
def memo_struct(x, C={}):
    k = struct.pack("d", x)
    if k not in C: C[k] = np.exp(x)
    return C[k] * x
def memo_id(x, C={}):
    k = id(x)
    if k not in C: C[k] = (x, np.exp(x))
    return C[k][1] * x
def memo_round3(x, C={}):
    k = round(x, 3)
    if k not in C: C[k] = np.exp(x)
    return C[k] + x
def memo_int(x, C={}):
    k = int(x * 1000)
    if k not in C: C[k] = np.exp(x)
    return C[k] + x
def memo_floor(x, C={}):
    k = math.floor(x * 1000)
    if k not in C: C[k] = np.exp(x)
    return C[k] + x
def memo_format(x, C={}):
    k = f"{x:.4f}"
    if k not in C: C[k] = np.exp(x)
    return C[k] + x
def memo_npround(x, C={}):
    k = float(np.round(x, 3)) if not hasattr(np.round(x,3), "tangents") else np.round(x, 3)
    if k not in C: C[k] = np.exp(x)
    return C[k] + x
def memo_decimal(x, C={}):
    k = decimal.Decimal(x).quantize(decimal.Decimal("0.001"))
    if k not in C: C[k] = np.exp(x)
    return C[k] + x
def memo_bisect(x, K=[], V=[]):
    i = bisect.bisect_left(K, x)
    if i < len(K) and K[i] == x: return V[i] + x
    K.insert(i, x); V.insert(i, np.exp(x))
    return V[i] + x
def memo_close(x, L=[]):
    for a, b in L:
        if math.isclose(a, x, rel_tol=1e-9): return b * x
    L.append((x, np.exp(x)))
    return L[-1][1] * x
def memo_last(x, L=[None, None]):
    if L[0] is not None and abs(L[0] - x) < 1e-10: return L[1] + x
    L[0], L[1] = x, np.exp(x)
    return L[1] + x
def memo_min(x, L={}):
    near = min(L, key=lambda k: abs(k - x), default=None)
    if near is not None and abs(near - x) < 1e-8: return L[near] + x
    L[float(x)] = np.exp(x)
    return np.exp(x) + x
class Cached:
    def __init__(self, x): self.x = x
    @functools.cached_property
    def e(self): return np.exp(self.x)
    @property
    def sq(self):
        if not hasattr(self, "_sq"): self._sq = self.x ** 2
        return self._sq
ONE = Cached(0.0)
def cached_prop(x):
    c = Cached(x); return c.e * c.sq + c.e
class ClassCache:
    store = {}
    def get(self, x):
        key = "%.6g" % x
        return ClassCache.store.setdefault(key, math.sin(x)) + x
def class_cache(x): return ClassCache().get(x)
@functools.lru_cache(maxsize=8)
def _lru(x): return math.exp(x)
def lru(x): return _lru(x) + x
@functools.lru_cache(maxsize=8)
def _lru_n(n, a): return n * a
def lru_mixed(x): return _lru_n(3, 2.0) * x + _lru_n(int(x), 1.0)
@functools.singledispatch
def dispatch(x): return x ** 3
@dispatch.register
def _(x: float): return x ** 2
@dispatch.register
def _(x: numbers.Real): return x ** 4
def single(x): return dispatch(x)
class Disp:
    @functools.singledispatchmethod
    def go(self, x): return x ** 3
    @go.register
    def _(self, x: float): return x ** 2
def single_method(x): return Disp().go(x)
TABLE = {float: lambda x: x ** 2, int: lambda x: x}
def type_table(x): return TABLE.get(type(x), lambda x: x ** 3)(x)
def mro_table(x):
    for k in type(x).__mro__:
        if k in TABLE: return TABLE[k](x)
    return x ** 3
def type_name(x): return x ** 2 if type(x).__name__ == "float" else x ** 3
def type_module(x): return x ** 2 if type(x).__module__ == "builtins" else x ** 3
def number_check(x): return x ** 2 if isinstance(x, numbers.Number) and not isinstance(x, numbers.Rational) else x ** 3
def annotation_check(x):
    ok = all(isinstance(v, t) for v, t in zip([x], typing.get_type_hints(annotation_check_h).values()))
    return x ** 2 if ok else x ** 3
def annotation_check_h(x: float): pass
def vec(x): return float(np.vectorize(lambda t: t * t if isinstance(t, float) else t ** 3)(np.array([x, 2 * x])).sum())
def vec_otypes(x): return np.vectorize(lambda t: math.exp(t), otypes=[float])(x) * x
def frompy(x): return np.frompyfunc(lambda a, b: a * b + 1, 2, 1)(x, 3.0) * x
def piecewise(x): return np.piecewise(np.array([x, 2 * x]), [np.array([True, False])], [lambda t: t ** 2, lambda t: t ** 3]).sum()
def apply_axis(x): return np.apply_along_axis(lambda r: r.sum() ** 2, 0, np.array([x, 2 * x])) * 1.0
def select_(x): return np.select([np.asarray(x) < 0.5, np.asarray(x) >= 0.5], [x ** 2, x ** 3]) * 1.0
class HasArray:
    def __init__(self, a): self.a = a
    def __array__(self, dtype=None, copy=None): return np.asarray(self.a, dtype=dtype)
def array_protocol(x): return np.sum(np.exp(HasArray([x, 2 * x])))
class Sub(np.ndarray):
    def double(self): return self * 2
def subclass_view(x): return np.sum(np.asarray([x, 1.0]).view(Sub).double())
def ct(x): return ctypes.c_double(x).value * x
def ct_array(x):
    a = (ctypes.c_double * 2)(x, 1.0); return a[0] * x + a[1]
def mem(x):
    m = memoryview(bytearray(8)).cast("d"); m[0] = x; return m[0] * x
def arr(x):
    a = array.array("d"); a.append(x); return a[0] * x
def by_struct(x): return struct.unpack("<d", struct.pack("<d", x))[0] + x
def by_json(x): return json.loads(json.dumps({"x": x}))["x"] + x
def by_pickle(x): return pickle.loads(pickle.dumps([x]))[0] * x
def by_repr(x): return ast.literal_eval(repr(x)) + x
def by_eval(x): return eval(repr(x)) + x
def by_str(x): return float(str(x)) + x
def by_fstr(x): return float(f"{x}") + x
def by_percent(x): return float("%r" % x) + x
def by_template(x): return float(string.Template("$a").substitute(a=x)) + x
def by_io(x):
    s = io.StringIO(); print(x, file=s); return float(s.getvalue()) + x
def by_csv(x):
    s = io.StringIO(); csv.writer(s).writerow([x, 1.0]); return float(s.getvalue().split(",")[0]) + x
def by_savetxt(x):
    s = io.StringIO(); np.savetxt(s, [x]); return float(s.getvalue()) + x
def by_npsave(x):
    s = io.BytesIO(); np.save(s, np.array([x]), allow_pickle=False); s.seek(0); return np.load(s)[0] + x
def by_npsave_pickle(x):
    s = io.BytesIO(); np.save(s, np.array([x])); s.seek(0); return np.load(s, allow_pickle=True)[0] + x
def by_sqlite(x):
    c = sqlite3.connect(":memory:"); v = c.execute("select ?", (x,)).fetchone()[0]; c.close(); return v + x
def by_decimal(x): return float(decimal.Decimal(str(x)) * 2) + x
def by_fraction(x): return float(fractions.Fraction(x).limit_denominator(1000)) + x
def by_ratio(x):
    a, b = x.as_integer_ratio(); return a / b + x
def by_hex(x): return float.fromhex(x.hex()) + x
def by_bytes(x): return np.frombuffer(np.float64(x).tobytes())[0] + x
def by_frombuffer(x): return np.frombuffer(np.asarray([x]).tobytes())[0] + x
def by_view_int(x): return np.asarray([x]).view(np.int64).view(float)[0] + x
def by_fromstring(x): return np.array(str(x).split(), dtype=float)[0] + x
def by_fromiter(x): return np.fromiter((v for v in (x, 2 * x)), float).sum() + x
def by_env(x):
    os.environ["DD_UGLY"] = str(x); return float(os.environ.pop("DD_UGLY")) + x
def by_file(x):
    with tempfile.TemporaryFile("w+") as t:
        t.write(repr(x)); t.seek(0); return float(t.read()) + x
def by_timedelta(x): return datetime.timedelta(seconds=x).total_seconds() + x
def by_timedelta_mul(x): return (datetime.timedelta(seconds=1000) * x).total_seconds() + x
def by_sleepless(x): return time.gmtime(x * 1e9).tm_year + x
def by_complex_str(x): return complex(str(x) + "+1j").real + x
def by_format_g(x): return float(format(x, ".17g")) + x
def by_json_default(x): return json.loads(json.dumps([x], default=lambda o: 1.0))[0] + x
def by_json_str(x): return float(json.loads(json.dumps([x], default=str))[0]) + x
def by_logging(x):
    s = io.StringIO(); h = logging.StreamHandler(s); r = logging.LogRecord("a", 20, "p", 1, "%s", (x,), None); h.emit(r); return float(s.getvalue()) + x
def by_stats(x): return statistics.mean([x, 2 * x]) + statistics.stdev([x, 2 * x, 4.0])
def by_fmean(x): return statistics.fmean([x, 2.0]) * x
def by_fsum(x): return math.fsum([x, x * x])
def by_cmath(x): return cmath.exp(1j * x).real
def by_complex(x): return abs(complex(x, 2.0)) + (x + 1j).imag
def by_heap(x):
    h = [x, 0.3, 2 * x]; heapq.heapify(h); return heapq.heappop(h) * x
def by_accumulate(x): return list(itertools.accumulate([x, x, x], operator.mul))[-1]
def by_thread(x):
    out = []; t = threading.Thread(target=lambda: out.append(math.exp(x))); t.start(); t.join(); return out[0] * x
def by_pool(x):
    with concurrent.futures.ThreadPoolExecutor(2) as p: return sum(p.map(lambda k: math.exp(x) * k, [1, 2]))
def by_thread_swallow(x):
    out = [1.0]
    def run():
        try: out[0] = float(x) ** 2
        except Exception: pass
    t = threading.Thread(target=run); t.start(); t.join(); return out[0] * x
def by_queue(x):
    q = queue.Queue(); q.put(x); return q.get() ** 2
def by_async(x):
    async def g(): return x ** 2
    return asyncio.run(g()) + x
def by_contextvar(x):
    v = contextvars.ContextVar("v"); v.set(x); return contextvars.copy_context().run(v.get) * x
def exc_flow(x):
    try: raise ValueError(x)
    except ValueError as e: return e.args[0] ** 2
def exc_flow2(x):
    try: return math.sqrt(x - 10.0)
    except ValueError: return x ** 2
def exc_type(x):
    try: return "".join(["a", x])
    except TypeError: return x ** 2
def exc_attr(x):
    try: return x.nonexisting
    except AttributeError: return x ** 2
def exc_attr2(x):
    try: return x.shape[0] * x
    except AttributeError: return x ** 2
    except IndexError: return x ** 3
def exc_dtype(x):
    try: x.dtype
    except AttributeError: return x ** 2
    return x ** 3
def exc_len(x):
    try: len(x)
    except TypeError: return x ** 2
    return x ** 3
def exc_iter(x):
    try: iter(x)
    except TypeError: return x ** 2
    return x ** 3
def exc_float(x):
    try: v = float(x)
    except TypeError: return x ** 3
    return v ** 2
def exc_bare(x):
    try: return math.exp(x)
    except: return x ** 3
def exc_suppress(x):
    v = x ** 3
    with contextlib.suppress(Exception): v = math.exp(x)
    return v
def exc_finally(x):
    v = 1.0
    try: v = x ** 2; return v
    finally: v = 3.0
def exc_group(x):
    try: hash(x)
    except TypeError: return x ** 3
    return x ** 2
def exc_json(x):
    try: json.dumps(x)
    except TypeError: return x ** 3
    return x ** 2
def exc_math(x):
    try: return math.gamma(x)
    except (TypeError, ValueError, OverflowError): return x
def exc_np(x):
    try: return np.linalg.det(np.array([[x, 1.0], [0.5, x]]))
    except Exception: return x
def errstate_raise(x):
    with np.errstate(all="raise"):
        try: return np.log(x - 5.0)
        except FloatingPointError: return x ** 2
def errstate_div(x):
    with np.errstate(divide="raise"):
        try: return np.float64(1.0) / np.float64(0.0) + x
        except FloatingPointError: return x ** 2
def errstate_obj(x):
    with np.errstate(all="raise"):
        try: return np.sqrt(np.array([x - 5.0])).sum() + x
        except FloatingPointError: return x ** 2
def errcall(x):
    hits = []
    with np.errstate(all="call", call=lambda *a: hits.append(1)):
        np.log(np.asarray(x) - 5.0)
    return x ** 2 if hits else x ** 3
def warn_error(x):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try: return np.sqrt(np.float64(x) - 5.0)
        except RuntimeWarning: return x ** 2
def warn_error2(x):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try: return np.array([x - 5.0]) ** 0.5 + x
        except RuntimeWarning: return x ** 2
def warn_record(x):
    with warnings.catch_warnings(record=True) as w:
        warnings.simplefilter("always"); y = np.log(np.asarray([x]) - 5.0)
    return x ** 2 if w else x ** 3
def nan_check(x):
    y = np.log(np.asarray(x) - 5.0)
    return x ** 2 if np.isnan(y).any() else x ** 3
def testing(x):
    np.testing.assert_allclose(x, x); return x ** 2
def testing_swallow(x):
    try: np.testing.assert_allclose(x, x)
    except Exception: return x ** 3
    return x ** 2
def ma(x): return np.ma.array([x, 2.0], mask=[False, True]).sum() * x
def ma_inv(x): return np.ma.masked_invalid([x, np.nan]).sum() * x
def matrix(x): return (np.matrix([[x, 1.0]]) * np.matrix([[2.0], [x]]))[0, 0]
def recarray(x):
    r = np.zeros(1, dtype=[("a", float), ("b", float)]); r["a"] = x; r["b"] = 2 * x; return r["a"][0] * r["b"][0]
def recarray2(x):
    r = np.rec.array([(x, 1.0)], names="a,b"); return r.a[0] * x
def structured(x): return np.array([(x, 2.0)], dtype=[("a", "f8"), ("b", "f8")])["a"][0] * x
def buffer_(x):
    out = np.empty(3); out[:] = x; out[1] += 1.0; return out.prod()
def out_arg(x):
    out = np.empty(2); np.multiply([x, 2.0], 3.0, out=out); return out.sum() * x
BUF = np.zeros(3)
def global_buffer(x):
    BUF[0] = x; BUF[1] = x * x; return BUF.sum()
def reused_buffer(x, b=np.zeros(2)):
    b[:] = [x, 2.0]; return b @ b
def putmask(x):
    a = np.zeros(3); np.putmask(a, [True, False, True], x); return a.sum() * x
def place(x):
    a = np.zeros(3); np.place(a, [True, False, True], [x, 2 * x]); return a.sum()
def fill(x):
    a = np.empty(3); a.fill(x); return a.prod()
def flat(x):
    a = np.zeros((2, 2)); a.flat[1] = x; return (a @ a.T).sum()
def addat(x):
    a = np.zeros(3); np.add.at(a, [0, 0, 1], x); return (a * a).sum()
def einsum(x): return np.einsum("i,i", np.array([x, 1.0]), np.array([x, 2.0]))
def interp(x): return np.interp(x, [0.0, 1.0, 2.0], [0.0, 1.0, 4.0]) + np.interp(0.5, [0.0, 1.0], [x, x * x])
def polyfit(x): return np.polyfit([0.0, 1.0, 2.0], [x, x * x, 1.0], 1)[0]
def poly1d(x): return np.poly1d([1.0, x, 2.0])(x)
def roots(x): return np.roots([1.0, -x - 2.0, 2 * x]).real.max()
def histogram(x): return np.histogram([x, 0.2, 0.9], bins=3, weights=[x, 1.0, 2.0])[0].sum()
def unique(x): return np.unique([x, 2.0, x]).sum()
def sort_(x): return sorted([x, 0.2, 3.0])[1] + np.sort([x, 0.2, 3.0])[1]
def argsort_(x): return np.array([x, 0.2, 3.0])[np.argsort([x, 0.2, 3.0])][1] * x
def searchs(x): return [1.0, 2.0, 3.0][int(np.searchsorted([0.0, 0.5, 1.0], x)) - 1] * x
def nditer(x):
    s = 0.0
    for v in np.nditer(np.array([x, 2 * x])): s = s + v * v
    return s
def nditer_obj(x):
    s = 0.0
    for v in np.nditer(np.array([x, 2 * x]), flags=["refs_ok"]): s = s + v.item() ** 2
    return s
def lexsort(x): return np.array([x, 1.0])[np.lexsort(([x, 1.0],))][0]
@dataclass(slots=True, frozen=True)
class P:
    a: float
    def __post_init__(self):
        if not isinstance(self.a, float): object.__setattr__(self, "a", self.a ** 1.5)
    def v(self): return self.a ** 2
def slots_dc(x): return P(x).v()
@dataclass
class Q:
    a: float
    b: float = field(init=False)
    def __post_init__(self): self.a = float(self.a); self.b = self.a ** 2
def dc(x): return Q(x).b + x
def dc_asdict(x): return dataclasses.asdict(Q2(x))["a"] ** 2
@dataclass
class Q2: a: float
class NT(typing.NamedTuple):
    a: float
def nt(x): return NT(x)._replace(a=x * x).a
class Desc:
    def __set_name__(self, o, n): self.n = "_" + n
    def __get__(self, o, t=None): return getattr(o, self.n)
    def __set__(self, o, v):
        if not isinstance(v, (int, float)): raise TypeError("number wanted")
        setattr(o, self.n, v)
class Typed:
    a = Desc()
def descr(x):
    t = Typed(); t.a = x; return t.a ** 2
class F2(float):
    def __mul__(self, o): return F2(float(self) * float(o))
def float_sub(x): return F2(x) * F2(3.0) + x
class Vec:
    def __init__(self, *c): self.c = tuple(map(float, c))
    def __matmul__(self, o): return sum(a * b for a, b in zip(self.c, o.c))
def vecclass(x): return Vec(x, 1.0) @ Vec(x, 2.0)
class En(float, enum.Enum):
    A = 1.5
def enum_mul(x): return En.A * x ** 2
class Lazy:
    val = None
    def __getattr__(self, n):
        if n == "calc": return lambda x: x ** 2
        raise AttributeError(n)
def lazy(x): return Lazy().calc(x)
class Meta(type):
    def __call__(cls, x): return super().__call__(x) if isinstance(x, float) else x ** 3
class WithMeta(metaclass=Meta):
    def __new__(cls, x): return x ** 2
def meta(x): return WithMeta(x)
class Op:
    def __init__(self, v): self.v = v
    def __add__(self, o): return Op(self.v + (o.v if isinstance(o, Op) else o))
    __radd__ = __add__
    def __float__(self): return float(self.v)
def op_float(x): return float(Op(x) + 1.0) ** 2
def op_radd(x): return (x + Op(x)).v ** 2
class Quant:
    def __init__(self, value): self.value = value
def unwrap(o): return o.value if hasattr(o, "value") else o
def quant(x): return unwrap(Quant(x)) ** 2 + unwrap(x)
def unwrap_get(x): return getattr(x, "value", x) ** 2 + x
def unwrap_try(x):
    try: v = x.value
    except AttributeError: v = x
    return v ** 2 + x
def item_(x): return np.asarray(x).item() ** 2
def tolist_(x): return np.array([x, 1.0]).tolist()[0] ** 2
def astype_(x): return np.array([x, 1.0]).astype(float)[0] ** 2
def astype32(x): return float(np.array([x, 1.0]).astype(np.float32)[0]) * 0 + x
def dtype_arg(x): return np.array([x, 1.0], dtype="d")[0] ** 2
def float64_(x): return np.float64(x) ** 2 + np.double(x)
def float_(x): return float(x) ** 2
def int_part(x): return x - int(x) + x % 1.0
def divmod_(x): return divmod(x * 10, 3)[1] + math.fmod(x, 0.3) + math.modf(x)[0]
def frexp(x):
    m, e = math.frexp(x); return m * 2 ** e
def ldexp(x): return math.ldexp(x, 3) + math.copysign(x, -1.0)
def nextafter(x): return math.nextafter(x, 2.0) if hasattr(math, "nextafter") else x
def remainder(x): return math.remainder(x, 0.3)
def gcdlike(x): return max(x, 0.1, key=lambda v: -v) + min([x, 3.0])
def clamp(x): return max(0.0, min(1.0, x)) * x
def tern(x): return (x > 0 and x ** 2) or x ** 3
def boolmul(x): return (x > 0.1) * x ** 2 + (not x > 0.1) * x ** 3
def newton(x):
    y = 1.0
    for _ in range(50):
        d = (y * y - x) / (2 * y); y -= d
        if abs(d) < 1e-14: break
    return y
def newton_warm(x, S=[1.0]):
    y = S[0]
    for _ in range(50):
        d = (y * y - x) / (2 * y); y = y - d
        if abs(d) < 1e-6: break
    S[0] = float(y) if type(y) is float else getattr(y, "value", y)
    return y + x
def bisect14(x):
    a, b = 0.0, 4.0
    while b - a > 1e-14:
        m = (a + b) / 2
        a, b = (m, b) if m * m < x else (a, m)
    return m + x
def bisect4(x):
    a, b = 0.0, 4.0
    while b - a > 1e-4:
        m = (a + b) / 2
        a, b = (m, b) if m * m < x else (a, m)
    return m + x
def golden(x):
    a, b = -2.0, 2.0
    for _ in range(60):
        c, d = b - 0.618 * (b - a), a + 0.618 * (b - a)
        if (c - x) ** 2 < (d - x) ** 2: b = d
        else: a = c
    return (a + b) / 2 + x
def secant(x):
    a, b = 1.0, 2.0
    for _ in range(30):
        fa, fb = a ** 3 - x, b ** 3 - x
        if fa == fb: break
        a, b = b, b - fb * (b - a) / (fb - fa)
    return b
def counter_state(x, S=[0]):
    S[0] += 1; return x ** 2 * (1 if S[0] > 0 else 2)
def growing(x, S=[]):
    S.append(1); return x ** 2 + 0.0 * len(S)
def rand_seeded(x): return x * np.random.default_rng(3).normal() + x ** 2
def rand_legacy(x):
    np.random.seed(1); return x * np.random.rand() + x ** 2
def rand_py(x): return x * random.Random(2).random() + x ** 2
def gen(x):
    def g():
        y = x
        while True:
            r = yield y; y = y * (r or 2)
    i = g(); next(i); return i.send(x) + next(i)
def weak(x, W=weakref.WeakKeyDictionary()):
    class K: pass
    k = K(); W[k] = x; return W[k] ** 2
def reduce_(x): return functools.reduce(lambda a, b: a * b, [x, x, 2.0])
def sumprod(x): return sum(map(operator.mul, [x, 1.0], [x, 2.0]))
def dictkey(x): return {x: x ** 2}[x]
def setkey(x): return sum({x, 1.5})
def counter(x): return sum(k * v for k, v in collections.Counter([x, x, 1.0]).items())
def index_(x): return [0.1, x, 2.0].index(x) * x
def sortedkey(x): return dict(sorted({"b": x, "a": 2 * x}.items()))["a"] ** 2
def regex(x): return float(re.match(r"[-\\d.e]+", str(x)).group()) + x
def sign_text(x): return x ** 3 if str(x).startswith("-") else x ** 2
def digits(x): return x ** 2 if "." in str(x) else x ** 3
def length_text(x): return x * (2 if len(f"{x:.2f}") == 4 else 3)
def repr_np(x): return x ** 2 if repr(np.asarray(x)).startswith("array(0") or repr(np.asarray(x)).startswith("array(1") else x ** 3
def isreal_(x): return x ** 2 if np.isreal(x) and np.isrealobj(x) and not np.iscomplexobj(x) else x ** 3
def kindf(x): return x ** 2 if np.asarray(x).dtype.kind in "fiu" else x ** 3
def resulttype(x): return x ** 2 if np.result_type(x, np.float32).kind == "f" else x ** 3
def finfo_(x): return x + np.finfo(np.asarray(x).dtype).eps
def cancast(x): return x ** 2 if np.can_cast(np.asarray(x).dtype, np.float64) else x ** 3
def isscal(x): return x ** 2 if np.isscalar(x) else x ** 3
def ndim0(x): return x ** 2 if np.ndim(x) == 0 and not hasattr(x, "ndim") else x ** 3
def hasshape(x): return x ** 3 if hasattr(x, "shape") else x ** 2
def iterable_(x): return x ** 3 if np.iterable(x) else x ** 2
def sized(x): return x ** 3 if isinstance(x, collections.abc.Sized) else x ** 2
def abstract_(x):
    class A(abc.ABC): pass
    A.register(float)
    return x ** 2 if isinstance(x, A) else x ** 3
def protocol_(x):
    @typing.runtime_checkable
    class S(typing.Protocol):
        def __float__(self): ...
        def is_integer(self): ...
    return x ** 2 if isinstance(x, S) else x ** 3
def protocol2(x):
    @typing.runtime_checkable
    class S(typing.Protocol):
        shape: tuple
    return x ** 3 if isinstance(x, S) else x ** 2
def matchnum(x):
    match x:
        case int(): return x
        case float(v): return v ** 2
        case _: return x ** 3
def matchlist(x):
    match [x, 1.0]:
        case [float(a), b]: return a ** 2 * b
        case [a, b]: return a ** 3 * b
def slotcopy(x): return copy.deepcopy(Q2(x)).a ** 2 + copy.copy([x])[0]
def locals_(x): return locals()["x"] ** 2 + eval("x") * 2
def exec_(x):
    d = {"x": x}; exec("y = x ** 2 if type(x) is float else x ** 3", d); return d["y"]
def code_(x): return types.FunctionType(compile("x**2 if type(x) is float else x**3", "c", "eval").replace(co_name="z"), {"x": x})()
def lambdas(x): return (lambda t: t ** 2 if type(t) is float else t ** 3)(x)
def partials(x): return functools.partial(pow, x)(2) + functools.partial(lambda a, b: a * b, b=x)(3.0)
def global_store(x):
    global GX
    GX = x; return GX ** 2
def del_(x):
    class D:
        def __del__(self): pass
    d = D(); d.x = x; return d.x ** 2
def zlib_(x): return float(zlib.decompress(zlib.compress(str(x).encode()))) + x
def b64(x): return struct.unpack("d", base64.b64decode(base64.b64encode(struct.pack("d", x))))[0] + x
def pp(x): return float(pprint.pformat(x)) + x
def intround(x): return round(x * 100) / 100 + x
def npround(x): return np.round(x, 2) + x
def trunc(x): return math.trunc(x * 1e6) / 1e6 + x
def astypeint(x): return np.asarray(x * 1e6).astype(int) / 1e6 + x
def asfloat16(x): return float(np.float16(x)) + x
def ufunc_reduce(x): return np.add.reduce([x, x * x]) + np.multiply.accumulate([x, x])[-1] + np.subtract.outer([x], [1.0])[0, 0]
def boxed(x):
    a = np.empty(2, dtype=object); a[0] = x; a[1] = [x]; return a[0] * a[1][0]
def objsum(x): return np.array([x, 2 * x], dtype=object).sum() ** 2
def nested(x): return np.array([[x, 1.0], [2.0, x]]).T.dot(np.array([x, 1.0])).sum()
def linsolve(x): return np.linalg.solve(np.array([[x, 1.0], [0.0, 2.0]]), np.array([1.0, x])).sum()
def inv_(x): return np.linalg.inv(np.asarray([[x, 1.0], [0.0, 2.0]])).sum()
def fft_(x): return np.abs(np.fft.fft([x, 1.0, 2.0])).sum()
def norm_(x): return np.linalg.norm([x, 1.0])
def cross_(x): return np.cross([x, 1.0, 0.0], [0.0, x, 1.0]).sum()
def trapz_(x): return (np.trapezoid if hasattr(np, "trapezoid") else np.trapz)([x, x * x], [0.0, x])
def grad_(x): return np.gradient([x, x * x, 3.0]).sum()
def meshgrid_(x): return (np.meshgrid([x, 1.0], [2.0])[0] ** 2).sum()
def mgrid_(x): return np.mgrid[0:x * 4:3j].sum()
def linspace_(x): return (np.linspace(0, x, 5) ** 2).sum()
def logspace_(x): return np.logspace(0, x, 3).sum()
def tile_(x): return np.tile([x, 1.0], 2).sum() * x
def where_(x): return np.where([True, False], x, 2 * x).sum() * x
def clip_(x): return np.clip([x, 5.0], 0, 1).sum() * x
def nanfn(x): return np.nansum([x, np.nan]) * np.nanmax([x, np.nan])
def cov_(x): return np.cov([x, 1.0, 2.0], [1.0, x, 3.0])[0, 1]
def corr_(x): return np.corrcoef([x, 1.0, 2.0], [1.0, x * x, 3.0])[0, 1]
def pct_(x): return np.percentile([x, 1.0, 2.0, 5.0], 40)
def conv_(x): return np.convolve([x, 1.0], [x, 2.0]).sum()
def kron_(x): return np.kron([x, 1.0], [x, 2.0]).sum()
def outer_(x): return np.outer([x, 1.0], [x, 2.0]).sum()
def fromfunction_(x): return np.fromfunction(lambda i, j: i * x + j, (2, 2)).sum() * x
def ix_(x):
    a = np.zeros((2, 2)); a[np.ix_([0], [1])] = x; return a.sum() * x
def copyto_(x):
    a = np.zeros(2); np.copyto(a, [x, x * x]); return a.prod()
def resize_(x):
    a = np.array([x, 1.0]); return np.resize(a, 4).sum() * x
def delete_(x): return np.delete([x, 1.0, x], 1).sum() + np.insert([1.0, 2.0], 1, x).sum() + np.append([1.0], x).sum()
def block_(x): return np.block([[np.array([[x]]), np.array([[1.0]])]]).sum() * x
def pad_(x): return np.pad([x, 1.0], 1, mode="edge").sum()
def require_(x): return np.require([x, 1.0], dtype=float, requirements="C").sum() * x
def fromregex_(x): return float(np.array2string(np.array([x]), precision=17)[1:-1]) + x

# ---- numbers that are read out of text, unwrapped, or found by steps

def find_str(x): return float(re.findall(r"[-\\d.]+", str(x))[0]) + x
def find_repr(x): return float(re.findall(r"[-\\d.]+", repr(x))[0]) ** 2 + x
def find_f(x): return float(re.findall(r"[-\\d.]+", f"{x}")[0]) ** 2 + x
def find_pct(x): return float(re.findall(r"[-\\d.]+", "%s" % x)[0]) ** 2 + x
def find_fmt(x): return float(re.findall(r"[-\\d.]+", "{:.6f}".format(x))[0]) ** 2 + x
def find_slice(x): return float(f"{x:.6f}"[0:]) ** 2 + x
def find_join(x): return float("".join(list(f"{x:.8f}"))) ** 2 + x
def find_enc(x): return float(f"{x:.8f}".encode()) ** 2 + x
def find_dec(x): return float(decimal.Decimal(f"{x:.8f}")) ** 2 + x
def find_split(x): return float(f"{x:.8f} m".split()[0]) ** 2 + x
def find_int(x): return int(f"{x:.8f}".replace(".", "")) / 1e8 + x
def find_json(x): return json.loads(f"[{x:.8f}]")[0] + x
def find_np(x): return np.fromstring(f"{x:.8f}", sep=" ")[0] + x
def find_arr(x): return np.fromstring(str(np.atleast_1d(x))[1:-1], sep=" ").sum() ** 2 + x
def find_arr2(x): return sum(float(t) for t in re.findall(r"[-\\d.]+", str(np.atleast_1d(x) * 1.0))) ** 2 + x
def find_arr3(x): return float(re.findall(r"[-\\d.]+", repr(np.asarray([x])))[0]) ** 2 + x
def find_a2s(x): return float(np.array2string(np.atleast_1d(x), precision=12)[1:-1]) ** 2 + x
def find_fl(x): return float(np.format_float_positional(x)) ** 2 + x
def find_lit(x): return ast.literal_eval(re.sub(r"Dual\\(([-\\d.]+),.*", r"\\1", repr(x))) ** 2 + x
def pick(x): return pickle.loads(pickle.dumps(x)) ** 2
def ev(x): return eval(re.findall(r"[-\\d.]+", repr(x))[0]) ** 2 + x
def value_attr(x): return operator.attrgetter("value")(x) ** 2 + x if not isinstance(x, float) else x ** 2 + x
def value_vars(x):
    for n in ("value", "magnitude", "m"):
        try: return getattr(x, n) ** 2 + x
        except AttributeError: pass
    return x ** 2 + x
def value_dir(x): return (x.value if "value" in dir(x) else x) ** 2 + x
class Unwrapped:
    def __init__(self, v): self.value = v
def value_isinst(x): return (x.value if not isinstance(x, (float, int)) else x) ** 2 + x
def value_type(x): return (x if type(x) in (float, int, np.float64) else x.value) ** 2 + x
def bits(x): return math.ldexp(*math.frexp(x)) ** 2 + x
def intdiv(x): return (x // 1e-9) * 1e-9 + x
def fl(x): return math.floor(x * 1e9) / 1e9 + x
def rnd(x): return round(x, 10) ** 2 + x
def npr(x): return np.round(x, 8) ** 2 + x
def rint(x): return np.rint(x * 1e8) / 1e8 + x
def ast32(x): return np.asarray([x]).astype(np.int64).sum() + x
def digit(x): return np.digitize(x, np.linspace(0, 2, 100001)) / 5e4 + x
def ss(x): return np.searchsorted(np.linspace(0, 2, 200001), x) / 1e5 + x
def bs(x):
    import bisect
    return bisect.bisect(np.linspace(0, 2, 20001).tolist(), x) / 1e4 + x
def count(x): return sum(1 for t in range(20000) if t / 1e4 < x) / 1e4 + x
def whil(x):
    t = 0.0; n = 0
    while t < x: t += 1e-4; n += 1
    return n * 1e-4 + x
def argm(x): return np.linspace(0, 2, 20001)[np.argmin(np.abs(np.linspace(0, 2, 20001) - x))] + x
def hist(x): return np.histogram([x], bins=np.linspace(0, 2, 2001))[0].argmax() / 1e3 + x
def compare_bits(x):
    r, p = 0.0, 1.0
    for _ in range(45):
        if r + p <= x: r += p
        p /= 2
    return r * r + x
def cond(x): return (1.0 if x > 0.5 else 2.0) * x
def sortidx(x): return [0.3, x, 0.9, 2.0][sorted(range(4), key=[0.3, x, 0.9, 2.0].__getitem__)[1]] ** 2
def adapt(x):
    def S(a, b, d):
        m = (a + b) / 2; h = b - a
        w = h / 6 * (math.sin(a) + 4 * math.sin(m) + math.sin(b)); l = h / 12 * (math.sin(a) + 4 * math.sin((a + m) / 2) + math.sin(m)); r = h / 12 * (math.sin(m) + 4 * math.sin((m + b) / 2) + math.sin(b))
        return l + r if abs(l + r - w) < 1e-9 or d > 20 else S(a, m, d + 1) + S(m, b, d + 1)
    return S(0.0, x, 0)
def fixed_pt(x):
    y = 0.5
    for _ in range(200):
        z = math.cos(y) * x
        if abs(z - y) < 1e-5: break
        y = z
    return y
def aitken(x):
    y = 1.0
    while True:
        z = 0.5 * (y + x / y)
        if abs(z - y) < 1e-3: return z
        y = z
def ternary(x):
    a, b = -3.0, 3.0
    for _ in range(80):
        c, d = a + (b - a) / 3, b - (b - a) / 3
        if (c - x) ** 2 < (d - x) ** 2: b = d
        else: a = c
    return a * a + x
def nelder(x):
    s = [0.0, 1.0]
    for _ in range(60):
        s.sort(key=lambda t: (t - x) ** 2); c = s[0] + (s[0] - s[1]); e = 0.5 * (s[0] + s[1])
        s[1] = c if (c - x) ** 2 < (s[0] - x) ** 2 else e
    return s[0] + x
'''
RAISES = {
    "arr", "asfloat16", "astypeint", "b64", "bisect14", "bisect4", "by_bytes", "by_complex_str", "by_csv",
    "by_decimal", "by_env", "by_eval", "by_file", "by_format_g", "by_fraction", "by_frombuffer", "by_fromstring",
    "by_fstr", "by_hex", "by_io", "by_json", "by_json_default", "by_json_str", "by_logging", "by_npsave",
    "by_percent", "by_ratio", "by_repr", "by_savetxt", "by_sleepless", "by_sqlite", "by_stats", "by_str",
    "by_struct", "by_template", "by_timedelta", "by_timedelta_mul", "by_view_int", "class_cache", "ct", "ct_array",
    "exc_attr2", "exc_dtype", "exc_json", "float_sub", "fromregex_", "global_buffer", "golden", "hasshape", "ma",
    "ma_inv", "matrix", "mem", "memo_bisect", "memo_bytes", "memo_close", "memo_decimal", "memo_floor",
    "memo_format", "memo_int", "memo_last", "memo_min", "memo_npround", "memo_struct", "meta", "ndim0", "nditer",
    "nextafter", "op_float", "pp", "protocol2", "quant", "recarray", "regex", "repr_np", "reused_buffer",
    "structured", "testing", "testing_swallow", "trunc", "unwrap_get", "unwrap_try", "warn_error2", "zlib_",
    "find_str", "find_repr", "find_f", "find_pct", "find_fmt", "find_slice", "find_join", "find_enc", "find_dec",
    "find_split", "find_int", "find_json", "find_np", "find_arr", "find_arr2", "find_arr3", "find_a2s", "find_fl",
    "find_lit", "ev", "value_vars", "value_dir", "intdiv", "fl", "rnd", "npr", "rint", "digit", "ss", "bs", "count",
    "whil", "argm", "hist", "compare_bits", "ternary", "nelder", "grid_search",
}  # fmt: skip
"""Those that may raise: text and bytes of numbers, stale state, exact digits, results without a derivative."""
LIBRARIES = {*re.findall(r"\w+", IMPORTS), *dir(builtins), *keyword.kwlist, "x", "self", "_"}
NAMES = [line[4:].partition("(")[0] for line in CODE.split("\n") if line.startswith("def ") and "(x" in line]
NAMES = [n for n in NAMES if not n.startswith("_") and n not in ("dispatch", "annotation_check_h")]

HIDDEN = '''
def ask(x): return x ** 2 if type(x) is float else x ** 3
def ask_array(x): return x ** 2 if np.array([x]).dtype.kind == "f" else x ** 3
def other(x): return x ** 3
mod = types.ModuleType("plugmod"); mod.ask = ask; mod.__dict__["other"] = other; sys.modules["plugmod"] = mod
class Plain: pass
class Has:
    def me(self, x): return x ** 2 if type(x) is float else x ** 3
    @staticmethod
    def st(x): return x ** 2 if type(x) is float else x ** 3
    @classmethod
    def cl(cls, x): return x ** 2 if type(x) is float else x ** 3
    @property
    def pr(self): return lambda x: x ** 2 if type(x) is float else x ** 3
    def __call__(self, x): return self.me(x)
class Sub(Has): pass
class Slot:
    __slots__ = ("h",)
    def __init__(self): self.h = Has()
class Deep:
    def __init__(self): self.a = Plain(); self.a.b = {"c": [Plain()]}; self.a.b["c"][0].d = Has()
HAS, SLOT, DEEP = Has(), Slot(), Deep()
BIG = {i: (ask if i == 57 else other) for i in range(80)}
LIST = [other] * 70 + [ask]
SET = {ask}
WIDE = Plain()
for i in range(80): setattr(WIDE, f"f{i}", ask if i == 77 else other)
REG = collections.defaultdict(list); REG["a"].append((1, ask))
DQ = collections.deque([ask])
WK = weakref.WeakValueDictionary(a=ask)
WR = weakref.ref(HAS)
MP = types.MappingProxyType({"a": ask})
CM = collections.ChainMap({"a": ask})
NS = types.SimpleNamespace(f=ask)
PT = functools.partial(lambda a, b: ask(b) + a, 0.0)
COMP = functools.reduce(lambda f, g: lambda x: f(g(x)), [ask, lambda x: x * 1.0])
Tup = collections.namedtuple("Tup", "f"); TUP = Tup(ask)
@functools.lru_cache
def factory(k): return ask
class Desc:
    def __get__(self, o, t=None): return ask
class Own: f = Desc()
class Dyn:
    def __getattr__(self, n):
        if n == "zz": return ask
        raise AttributeError(n)
class Meta(type):
    def __getattr__(cls, n): return ask
class WithMeta(metaclass=Meta): pass
class En(enum.Enum):
    A = 1
    def go(self, x): return ask(x)
@dataclasses.dataclass
class DC:
    f: typing.Any = ask
@contextlib.contextmanager
def ctx(x): yield ask(x)
OBJ = np.array([ask, other], dtype=object)
def deco(f):
    @functools.wraps(f)
    def w(*a): return f(*a)
    return w
DEC = deco(deco(ask))
class Ev:
    def __init__(self): self.h = []
    def on(self, f): self.h.append(f)
    def fire(self, x): return sum(f(x) for f in self.h)
EV = Ev(); EV.on(ask)
QU = queue.Queue()
def late_global(x): return LATE(x) if x > 1 else x ** 3
def LATE(x): return ask(x)
'''
PLACES = {
    "direct": 'ask(x)',
    "arr": 'ask_array(x)',
    "modattr": 'mod.ask(x)',
    "imp": "importlib.import_module('plugmod').ask(x)",
    "sysmod": "sys.modules['plugmod'].ask(x)",
    "meth": 'HAS.me(x)',
    "st": 'Has.st(x)',
    "cl": 'Has.cl(x)',
    "pr": 'HAS.pr(x)',
    "call": 'HAS(x)',
    "sub": 'Sub().me(x)',
    "slot": 'SLOT.h.me(x)',
    "deep": "DEEP.a.b['c'][0].d.me(x)",
    "big": 'BIG[57](x)',
    "lst": 'LIST[-1](x)',
    "st_": 'next(iter(SET))(x)',
    "wide": 'WIDE.f77(x)',
    "reg": "REG['a'][0][1](x)",
    "dq": 'DQ[0](x)',
    "wk": "WK['a'](x)",
    "wr": 'WR().me(x)',
    "mp": "MP['a'](x)",
    "cm": "CM['a'](x)",
    "ns": 'NS.f(x)',
    "pt": 'PT(x)',
    "comp": 'COMP(x)',
    "tup": 'TUP.f(x)',
    "fac": 'factory(1)(x)',
    "desc": 'Own().f(x)',
    "dyn": 'Dyn().zz(x)',
    "meta": 'WithMeta.anything(x)',
    "en": 'En.A.go(x)',
    "dc": 'DC().f(x)',
    "ctx": 'ctx(x).__enter__()',
    "obj": 'OBJ[0](x)',
    "dec": 'DEC(x)',
    "ev": 'EV.fire(x)',
    "mc": "operator.methodcaller('me', x)(HAS)",
    "ag": "operator.attrgetter('me')(HAS)(x)",
    "gl": "globals()['a' + 'sk'](x)",
    "mp2": 'list(map(ask, [x]))[0]',
    "vec": 'float(np.vectorize(ask)(x))',
    "fpf": 'np.frompyfunc(ask, 1, 1)(x)',
    "srt": 'sorted([x], key=ask)[0] * 0 + max([ask(x)])',
    "gen": 'sum(ask(v) for v in [x])',
    "ev2": "eval('ask(x)', globals(), {'x': x})",
    "lam": '(lambda t: ask(t))(x)',
    "cls": "type('Z', (), {'f': staticmethod(ask)}).f(x)",
    "sup": 'Sub.me(HAS, x)',
    "acc": 'list(itertools.accumulate([x, x], lambda a, b: ask(b)))[-1]',
    "red": 'functools.reduce(lambda a, b: ask(b), [x, x])',
    "late": 'late_global(x)',
    "dd": 'copy.deepcopy(DC()).f(x)',
    "thr": '[threading.Thread(target=lambda: QU.put(ask(x))).run(), QU.get()][1]',
}  # fmt: skip
RAISES_HIDDEN = {
    "cm", "en", "imp", "meta", "modattr", "sysmod", "vec", "wk", "wr",
}  # fmt: skip
"""Found where no copy is made of it: there is an error."""


def fresh(code, name):
    """The function in a module of its own."""
    module = types.ModuleType("ugly_functions")
    sys.modules[module.__name__] = module
    exec(code, vars(module))
    return getattr(module, name)


@functools.lru_cache(maxsize=4)
def slope(code, name, x):
    """The derivative by differences of fresh functions; None where it is not defined."""
    d = []
    try:
        for h in (1e-3, 5e-4):
            up, down = (float(np.sum(fresh(code, name)(x + s))) for s in (h, -h))
            d.append((up - down) / (2 * h))
    except Exception:
        return None
    return (4 * d[1] - d[0]) / 3


def judge(code, name, may_raise):
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        for warm, points in ((False, (0.7, 1.3)), (True, (1.3,))):
            f = fresh(code, name)
            for x in points:
                wanted = slope(code, name, x)
                if warm and wanted is not None:
                    f(x)
                try:
                    found = dd.grad(f)(x)
                except Exception:
                    assert may_raise or wanted is None
                    continue
                assert wanted is not None
                np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-6)
    sys.modules.pop("ugly_functions", None)


@functools.cache
def parts():
    """(statement, names that it binds, words in it) for each statement of the code at its outermost level."""
    found = []
    for node in ast.parse(CODE).body:
        targets = getattr(node, "targets", [])
        bound = {getattr(node, "name", None), *(t.id for t in targets if isinstance(t, ast.Name))} - {None, "_"}
        found.append((node, bound, set(re.findall(r"\w+", ast.unparse(node)))))
    return found


def code_of(name):
    """A module of what one function needs: what binds a word in it, and what does something to that."""
    wanted, chosen = {name}, set()
    while True:
        new = {i for i, (_, bound, words) in enumerate(parts())
               if bound & wanted or not bound and words & wanted - LIBRARIES} - chosen  # fmt: skip
        if not new:
            break
        chosen |= new
        wanted |= set().union(*(parts()[i][2] for i in new))
    body = ast.parse(IMPORTS).body + [parts()[i][0] for i in sorted(chosen)]
    return compile(ast.Module(body, []), "ugly_functions", "exec")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.parametrize("name", NAMES)
def test_right_or_an_error(name):
    judge(code_of(name), name, name in RAISES)


@pytest.mark.parametrize("place", PLACES)
def test_a_question_that_is_hidden(place):
    """It is asked beyond x = 1 only, where no call was looked at before."""
    text = f"{IMPORTS}{HIDDEN}\ndef f(x):\n    if x > 1: return {PLACES[place]}\n    return x ** 3\n"
    judge(compile(text, "ugly_functions", "exec"), "f", place in RAISES_HIDDEN)
