"""The rules of scipy.special: values SciPy's to the bit, partials mpmath's (special_table.py has the rows)."""

import sys
import threading
import warnings
from functools import cache

import numpy as np
import pytest
import scipy.special as sp
from mpmath import mp, mpf
from special_table import ROWS, true_partial
from support import same_bits

import dualdiff as dd
from dualdiff import Dual, DualArray
from dualdiff.errors import UnsupportedError
from dualdiff.rules.table import RULES, learn_scipy, scipy_name
from dualdiff.scipy.parameters import COMPOSED

learn_scipy()
SCIPY = [name for name, rule in RULES.items() if rule.scipy]
PARTIALS = [(name, which) for name, row in ROWS.items() for which in row.by]


@cache
def truth(name, which, order=1):
    """mpmath's partial at every point of a row."""
    return [true_partial(ROWS[name], point, which, order) for point in ROWS[name].at]


def check_partials(name, which, found, path):
    """Each partial within the row's limit of the true one."""
    row, bad = ROWS[name], []
    for point, d, true in zip(row.at, found, truth(name, which), strict=True):
        if abs(true) > mpf(sys.float_info.max):
            assert np.isinf(d)
            continue
        unit = max(row.ulps * float(np.spacing(abs(float(true)))), row.scale * 2.0**-52)
        if not abs(mpf(float(d)) - true) <= unit:
            bad.append((point, float(d), mp.nstr(true, 20)))
    assert not bad, f"{path}: partial {which} of {name}: {bad}"


def arrays(name, dtype=np.float64):
    return [np.array(column, dtype) for column in zip(*ROWS[name].at, strict=True)]


def with_tangent(columns, which, k=1):
    """The arguments with unit tangents on one of them."""
    columns = list(columns)
    columns[which] = DualArray(columns[which], np.ones((k, *columns[which].shape), columns[which].dtype))
    return columns


def plain(result):
    return result.value if isinstance(result, DualArray) else result


def tangents_of(result):
    return np.zeros(np.shape(result)) if getattr(result, "tangents", None) is None else result.tangents[0]


# ---- the table -------------------------------------------------------------------------------------


def test_every_rule_of_scipy_has_a_row():
    assert set(SCIPY) == set(ROWS)
    for name, row in ROWS.items():
        assert len(row.at[0]) == RULES[name].nin, name
        assert all(text.startswith("by_") == (which not in row.by) for which, text in enumerate(RULES[name].texts)), name


@pytest.mark.parametrize(("name", "which"), PARTIALS)
def test_scalar(name, which):
    ufunc, found = RULES[name].ufunc, []
    for point in ROWS[name].at:
        result = ufunc(*(Dual(x, 1.0) if i == which else x for i, x in enumerate(point)))
        same_bits(result.value if isinstance(result, Dual) else float(result), float(ufunc(*point)), f"{name}{point}")
        found.append(result.tangents[0] if isinstance(result, Dual) else 0.0)
    check_partials(name, which, found, "Dual")


@pytest.mark.parametrize(("name", "which"), PARTIALS)
def test_array(name, which):
    ufunc, columns = RULES[name].ufunc, arrays(name)
    result = ufunc(*with_tangent(columns, which, 3))
    same_bits(plain(result), ufunc(*columns), name)
    check_partials(name, which, tangents_of(result), "array")
    strided = [np.repeat(column, 2)[::2] for column in columns]
    again = ufunc(*with_tangent(strided, which))
    assert np.array_equal(tangents_of(again), tangents_of(result))


@pytest.mark.parametrize(("name", "which"), PARTIALS)
def test_recorded(name, which):
    """linearize and its transpose."""
    ufunc, columns = RULES[name].ufunc, arrays(name)

    def f(x):
        return ufunc(*columns[:which], x, *columns[which + 1 :])

    with np.errstate(all="ignore"):
        value, linear = dd.linearize(f, columns[which])
        same_bits(value, ufunc(*columns), name)
        ones = np.ones(len(columns[0]))
        check_partials(name, which, linear @ ones, "linearize")
        check_partials(name, which, linear.T @ ones, "transpose")
        value, pullback = dd.vjp(f, columns[which])
        check_partials(name, which, pullback(ones), "vjp")


# SciPy's float32 Kelvin functions of large arguments have three digits
@pytest.mark.parametrize(("name", "which"), [p for p in PARTIALS if p[0][:3] not in ("ker", "kei")])
def test_float32(name, which):
    """Values SciPy's in float32, tangents the double ones at that point, rounded."""
    ufunc = RULES[name].ufunc
    with np.errstate(all="ignore"):
        columns = arrays(name, np.float32)
        result = ufunc(*with_tangent(columns, which))
        same_bits(plain(result), ufunc(*columns), name)
        tangents = tangents_of(result)
        assert tangents.dtype == np.float32 or not tangents.any()
        wide = tangents_of(ufunc(*with_tangent([column.astype(np.float64) for column in columns], which)))
    ok = np.isfinite(wide) & np.isfinite(plain(result)) & (np.abs(wide) < 1e37)
    scale = max(1.0, ROWS[name].scale * 2.0**-52 / 2.0**-23)
    error = np.abs(tangents[ok] - wide[ok]) / np.maximum(np.abs(wide[ok]), 1e-36)
    allowed = np.maximum(1e-5, 2e-6 * scale / np.maximum(np.abs(wide[ok]), 1e-3))
    assert (error <= allowed).all(), (name, [c[ok][error > allowed] for c in columns], tangents[ok][error > allowed], wide[ok][error > allowed])


@pytest.mark.parametrize(("name", "which"), PARTIALS)
def test_second(name, which):
    """The derivative of the derivative, forward over forward and reverse over forward."""
    row, ufunc = ROWS[name], RULES[name].ufunc
    with np.errstate(all="ignore"):
        columns = arrays(name)

        def f(x):
            return ufunc(*columns[:which], x, *columns[which + 1 :])

        ones = np.ones(len(columns[0]))

        def first(x):
            return dd.jvp(f, (x,), (ones,))[1]

        forward = dd.jvp(first, (columns[which],), (ones,))[1]
        reverse = dd.vjp(first, columns[which])[1](ones)
    for point, a, b, one, two in zip(row.at, forward, reverse, truth(name, which), truth(name, which, 2), strict=True):
        if point in row.skip_second or abs(two) > 1e300:
            continue
        for found in (a, b):
            error = abs(mpf(float(found)) - two)
            assert error <= row.second * max(abs(one), abs(two), mpf(10) ** -280), f"{name}{point}: {found}, {mp.nstr(two, 17)}"


# ---- refused, edges, kinks ---------------------------------------------------------------------------

REFUSED = [
    (name, which) for name, row in ROWS.items() for which in range(len(row.at[0]))
    if which not in row.by and scipy_name(name) not in COMPOSED
]  # fmt: skip


@pytest.mark.parametrize(("name", "which"), REFUSED)
def test_refused_by_an_argument(name, which):
    """Every path names the function, and the argument where there are two."""
    point = ROWS[name].at[0]
    for make in (lambda x: Dual(x, 1.0), lambda x: DualArray([x, x], np.ones((2, 2))), lambda x: DualArray(np.float32([x]), np.float32([[1]]))):
        with pytest.raises(UnsupportedError, match=f"scipy.special.{scipy_name(name)} has no derivative rule"):
            RULES[name].ufunc(*(make(x) if i == which else x for i, x in enumerate(point)))
    args = [np.array([x, x]) for x in point]

    def f(x):
        return RULES[name].ufunc(*args[:which], x, *args[which + 1 :])

    for call in (lambda: dd.vjp(f, args[which]), lambda: dd.linearize(f, args[which]), lambda: dd.hessian(lambda x: f(x).sum())(args[which])):
        with pytest.raises(UnsupportedError, match="keep |its derivative is no expression"):
            call()


def test_ufuncs_without_a_rule_are_named():
    """Each public one has a rule; what SciPy's Lame functions are made of has none."""
    for x in (Dual(1.4, 1.0), DualArray([1.4], [[1.0]])):
        with pytest.raises(UnsupportedError, match="_ellip_harm"):
            sp._ufuncs._ellip_harm(1.2, 3.1, 2.0, 2.0, x, 1.0, 1.0)


EDGES = [
    (lambda x: sp.xlogy(0.0, x), 0.0, 0.0), (lambda x: sp.xlog1py(0.0, x), -1.0, 0.0), (lambda x: sp.xlogy(x, 2.0), 0.0, np.log(2.0)),
    (sp.entr, 0.0, np.inf), (lambda y: sp.rel_entr(0.0, y), 1.0, 0.0), (lambda y: sp.kl_div(0.0, y), 1.0, 1.0),
    (sp.erfinv, 1.0, np.inf), (sp.erfinv, -1.0, np.inf), (sp.erfcinv, 0.0, -np.inf), (sp.ndtri, 0.0, np.inf), (sp.ndtri, 1.0, np.inf),
    (sp.logit, 0.0, np.inf), (sp.logit, 1.0, np.inf), (sp.expit, 800.0, 0.0), (sp.expit, -800.0, 0.0), (sp.log_ndtr, -1e200, 1e200),
    (lambda x: sp.gammainc(1.0, x), 0.0, 1.0), (lambda x: sp.gammainc(0.5, x), 0.0, np.inf), (lambda x: sp.gammainc(2.0, x), 0.0, 0.0),
    (sp.i0e, 0.0, 0.0), (sp.j1, 0.0, 0.5), (sp.i1, 0.0, 0.5), (lambda x: sp.jv(2, x), 0.0, 0.0), (sp.ellipk, 0.0, np.pi / 8),
    (sp.ellipe, 0.0, -np.pi / 8), (sp.ellipe, 1.0, -np.inf), (sp.spence, 1.0, -1.0), (sp.exprel, 0.0, 0.5), (sp.rgamma, 0.0, 1.0),
    (sp.rgamma, -3.0, -6.0), (lambda d: sp.huber(d, 1.0), 1.0, 0.0), (lambda r: sp.huber(1.0, r), 0.0, 0.0),
    (lambda d: sp.pseudo_huber(d, 2.0), 0.0, 2.0), (lambda r: sp.pseudo_huber(1.0, r), 0.0, 0.0), (lambda y: sp.boxcox(2.0, y), 0.0, np.log(2.0) ** 2 / 2),
    (lambda x: sp.boxcox(x, 1.0), 0.0, 1.0), (lambda y: sp.inv_boxcox(2.0, y), 0.0, -2 * np.exp(2.0)), (sp.dawsn, 0.0, 1.0), (sp.cosm1, 0.0, 0.0),
]  # fmt: skip


@pytest.mark.parametrize("case", range(len(EDGES)))
def test_edges(case):
    f, x, wanted = EDGES[case]
    with np.errstate(all="ignore"):
        found = [f(Dual(x, 1.0)).tangents[0], f(DualArray([x], [[1.0]])).tangents[0, 0], dd.vjp(f, np.array([x]))[1](np.ones(1))[0]]
    for d in found:
        assert d == wanted or abs(d - wanted) <= 1e-14 * abs(wanted) < np.inf


def test_kink_of_the_second_derivative_is_shared():
    assert dd.derivative(dd.derivative(lambda r: sp.huber(1.0, r)))(1.0) == 0.5


def test_third_derivatives():
    """Through the helpers' own partials, at points where closed forms are 0/0."""

    def third(f):
        return dd.derivative(dd.derivative(dd.derivative(f)))

    assert third(sp.j1)(0.0) == pytest.approx(-3 / 8)
    assert third(sp.exprel)(0.0) == pytest.approx(1 / 4)
    assert third(sp.ellipk)(0.0) == pytest.approx(np.pi / 2 * (15 / 48) ** 2 * 6)
    assert third(sp.spence)(1.0) == pytest.approx(-2 / 3)
    assert third(sp.rgamma)(0.0) == pytest.approx(6 * -0.6558780715202538)
    assert third(sp.log_ndtr)(-30.0) == pytest.approx(float(mp.diff(lambda x: mp.log(mp.erfc(-x / mp.sqrt(2))), -30, 3)), rel=1e-6)


# ---- how SciPy is met ----------------------------------------------------------------------------------


def test_importing_dualdiff_does_not_import_scipy():
    import subprocess

    code = "import sys, numpy as np, dualdiff as dd; dd.grad(lambda x: np.sum(np.exp(x)))(np.ones(3)); print('scipy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "False"


def test_errors_of_scipy_are_about_values():
    """scipy.special.errstate raises for a value as it does without dualdiff, never for a derivative's formula."""
    with sp.errstate(all="raise"):
        for x in (Dual(0.0, 1.0), DualArray([0.0, 1.0], np.eye(2))):
            with pytest.raises(sp.SpecialFunctionError):
                sp.gammaln(x)
            assert np.all(np.isfinite(sp.y1(x + 1.0).value))
        y = sp.jv(0.0, DualArray([1e-300, 1.0], np.eye(2)))     # its partial needs jv(-1, x)
        assert np.array_equal(y.value, sp.jv(0.0, np.array([1e-300, 1.0])))
    assert sp.gammaln(Dual(0.0, 1.0)).value == np.inf


def test_quiet_derivatives():
    """A formula of a derivative does not warn where the value does not."""
    with np.errstate(all="raise", under="ignore"), warnings.catch_warnings():
        warnings.simplefilter("error")
        for f, x in [(sp.xlogy, (0.0, 0.0)), (sp.entr, (0.0,)), (sp.erfinv, (1.0,)), (sp.kl_div, (0.0, 1.0)), (sp.ellipe, (1.0,))]:
            f(*x)
            f(*(Dual(v, 1.0) for v in x))
            f(*(DualArray([v], [[1.0]]) for v in x))
            dd.vjp(lambda *a: f(*a), *(np.array([v]) for v in x))[1](np.ones(1))


def test_without_the_interpreter_lock():
    """Large arrays release it; several threads at once get the right numbers."""
    x = np.linspace(0.1, 20.0, 40000)
    wanted = 0.5 * (sp.jv(1.5, x) - sp.jv(3.5, x))
    found: list = [None] * 4

    def work(i):
        found[i] = sp.jv(2.5, DualArray(x, np.ones((1, x.size)))).tangents[0]

    threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert all(np.array_equal(f, wanted) for f in found)


def test_integer_orders_give_the_types_that_scipy_gives():
    x = DualArray(np.float32([0.5, 2.0]), np.ones((1, 2), np.float32))
    for f in (sp.kn, sp.yn, sp.expn):
        same_bits(f(2, x).value, f(2, x.value))
        same_bits(f(np.array([1, 2]), x).value, f(np.array([1, 2]), x.value))


def test_keywords_and_broadcasting():
    x, y = DualArray([[0.5], [2.0]], np.ones((1, 2, 1))), np.array([1.0, 2.0, 3.0])
    found = sp.xlogy(x, y)
    same_bits(found.value, sp.xlogy(x.value, y))
    out = np.zeros((2, 3), like=x)
    assert sp.xlogy(x, y, out=out) is out and np.array_equal(out.tangents, found.tangents)
    masked = sp.erf(x, where=np.array([[True], [False]]))
    assert masked.value[0, 0] == sp.erf(0.5)
