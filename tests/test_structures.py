"""Arguments and results as containers; arguments chosen by number and by name."""

import dataclasses
import functools
from collections import OrderedDict, defaultdict, namedtuple
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from support import close, differences

import dualdiff as dd
from dualdiff.errors import InputError, ShapeError
from dualdiff.transforms.pytrees import flatten, leaf_names, map_leaves, match, unflatten

X = np.array([0.5, -1.2, 2.0])
M = np.array([[1.0, 0.3, -0.4], [0.2, 1.5, 0.7]])

Point = namedtuple("Point", "x m")


@dataclasses.dataclass
class Params:
    x: Any
    m: Any


@dataclasses.dataclass(frozen=True)
class Frozen:
    x: Any
    m: Any
    name: str = dataclasses.field(default="none", metadata={"static": True})


@dataclasses.dataclass
class Derived:
    """m is computed from x by __post_init__, once, when the object is made."""

    x: Any
    m: Any = dataclasses.field(init=False)

    def __post_init__(self):
        self.m = np.stack([self.x, 2.0 * self.x])


@dataclasses.dataclass
class Late:
    """A field that is set by hand."""

    x: Any
    m: Any = dataclasses.field(init=False, default=None)


@dataclasses.dataclass
class WithInitVar:
    x: Any
    scale: dataclasses.InitVar[float]

    def __post_init__(self, scale):
        self.y = scale


class Triple(tuple):
    pass


class Box:
    """A container that only its owner knows."""

    def __init__(self, x, m, label):
        self.x, self.m, self.label = x, m, label


dd.register_container(Box, lambda b: ([b.x, b.m], b.label), lambda label, children: Box(*children, label))

CONTAINERS = {
    "tuple": lambda: ((X, M), lambda p: p[0], lambda p: p[1]),
    "list": lambda: ([X, M], lambda p: p[0], lambda p: p[1]),
    "dict": lambda: ({"x": X, "m": M}, lambda p: p["x"], lambda p: p["m"]),
    "nested": lambda: ({"a": [X, {"m": M}], "none": None, "empty": ()}, lambda p: p["a"][0], lambda p: p["a"][1]["m"]),
    "OrderedDict": lambda: (OrderedDict(m=M, x=X), lambda p: p["x"], lambda p: p["m"]),
    "defaultdict": lambda: (defaultdict(list, {"x": X, "m": M}), lambda p: p["x"], lambda p: p["m"]),
    "namedtuple": lambda: (Point(X, M), lambda p: p.x, lambda p: p.m),
    "tuple subclass": lambda: (Triple([X, M]), lambda p: p[0], lambda p: p[1]),
    "dataclass": lambda: (Params(X, M), lambda p: p.x, lambda p: p.m),
    "frozen dataclass": lambda: (Frozen(X, M, "first"), lambda p: p.x, lambda p: p.m),
    "registered": lambda: (Box(X, M, "first"), lambda p: p.x, lambda p: p.m),
}


def model(x, m):
    return np.sum(np.sin(m @ x) ** 2) + np.sum(m) * x[0] * x[1]


@pytest.mark.parametrize("name", CONTAINERS)
def test_every_transform_of_a_container(name):
    p, x_of, m_of = CONTAINERS[name]()

    def f(p):
        return model(x_of(p), m_of(p))

    def same_type(q):
        assert type(q) is type(p)
        return q

    gx, gm = dd.grad(model, argnums=(0, 1))(X, M)
    close(gx, differences(lambda x: model(x, M), (X,), (np.ones(3),))[0] * 0 + gx, 0)
    for mode in ("forward", "reverse"):
        g = same_type(dd.grad(f, mode=mode)(p))
        close(x_of(g), gx, 1e-12)
        close(m_of(g), gm, 1e-12)
    dx, dm = np.array([1.0, 0.5, -2.0]), np.cos(M)
    wanted = differences(model, (X, M), (dx, dm))[0]
    direction = map_leaves(lambda leaf: dx if leaf is X else dm, p)
    value, tangent = dd.jvp(f, (p,), (direction,))
    assert value == model(X, M)
    close(tangent, wanted, 1e-9)
    value, pullback = dd.vjp(f, p)
    close(x_of(same_type(pullback(2.0))), 2 * gx, 1e-12)
    value, J = dd.linearize(f, p)
    close(J.jvp(direction), wanted, 1e-9)
    close(m_of(same_type(J.vjp(1.0))), gm, 1e-12)
    close(m_of(same_type(dd.hvp(f, (p,), (direction,)))), dd.hvp(model, (X, M), (dx, dm))[1], 1e-12)
    H = dd.hessian(model, argnums=(0, 1))(X, M)
    mine = same_type(dd.hessian(f)(p))
    for row, of in ((H[0], x_of), (H[1], m_of)):
        close(x_of(of(mine)), row[0], 1e-12)
        close(m_of(of(mine)), row[1], 1e-12)


@pytest.mark.parametrize("name", CONTAINERS)
def test_results_in_a_container(name):
    p, x_of, m_of = CONTAINERS[name]()

    def f(x):
        return map_leaves(lambda leaf: x**2 if leaf is X else M * x, p)

    for mode in ("forward", "reverse"):
        J = dd.jacobian(f, mode=mode)(X)
        assert type(J) is type(p)
        close(x_of(J), np.diag(2 * X), 1e-14)
        close(m_of(J), M[:, :, None] * np.eye(3), 1e-14)
    value, tangent = dd.jvp(f, (X,), (np.ones(3),))
    close(m_of(value), M * X, 0)
    close(m_of(tangent), M, 1e-15)
    _, pullback = dd.vjp(f, X)
    w = map_leaves(lambda leaf: np.ones(leaf.shape), p)
    close(pullback(w), 2 * X + M.sum(0), 1e-14)


def test_a_tangent_is_matched_by_keys_not_by_order():
    def f(p):
        return p["a"] ** 2 * p["b"]
    point = {"a": 2.0, "b": 5.0}
    assert dd.jvp(f, (point,), ({"b": 0.0, "a": 1.0},)) == (20.0, 20.0)
    _, J = dd.linearize(f, point)
    assert J.jvp({"b": 1.0, "a": 0.0}) == 4.0
    _, pullback = dd.vjp(lambda x: {"p": x, "q": 10.0 * x}, 1.0)
    assert pullback({"q": 1.0, "p": 0.0}) == 10.0


def test_none_stands_for_zero_in_tangents_and_cotangents():
    def f(p):
        return p["a"][0] * p["b"] + p["a"][1]
    point = {"a": (2.0, 3.0), "b": 5.0}
    assert dd.jvp(f, (point,), ({"a": None, "b": 1.0},))[1] == 2.0
    assert dd.jvp(f, (point,), ({"a": (1.0, None), "b": None},))[1] == 5.0
    _, pullback = dd.vjp(lambda x: {"p": x, "q": 10.0 * x}, 1.0)
    assert pullback({"q": 1.0, "p": None}) == 10.0
    with pytest.raises(InputError, match="at least one"):
        pullback({"q": None, "p": None})
    with pytest.raises(InputError, match="at least one"):
        dd.jvp(f, (point,), (None,))


def test_none_inside_a_container_stays():
    J = dd.jacobian(lambda p: (p["x"] ** 2, None))({"x": X, "bias": None})
    assert J[1] is None and J[0]["bias"] is None
    close(J[0]["x"], np.diag(2 * X), 0)
    with pytest.raises(InputError, match="return statement"):
        dd.jacobian(lambda x: None)(X)


def test_static_fields_stay():
    g = dd.grad(lambda p: np.sum(p.x**2) if p.name == "first" else 0.0 * p.x[0])(Frozen(X, M, "first"))
    assert g.name == "first"
    close(g.x, 2 * X, 0)
    close(g.m, np.zeros_like(M), 0)


def test_fields_that_init_does_not_take():
    g = dd.grad(lambda p: np.sum(p.m) + np.sum(p.x**2))(Derived(X))     # fields as the others are
    close(g.x, 2 * X, 0)
    close(g.m, np.ones((2, 3)), 0)
    p = Late(X)
    p.m = M
    g = dd.grad(lambda p: np.sum(p.m**2) + np.sum(p.x))(p)
    close(g.m, 2 * M, 0)
    close(g.x, np.ones(3), 0)
    p = WithInitVar(X, 2.0)
    g = dd.grad(lambda p: np.sum(p.x**2) * p.y)(p)
    close(g.x, 4 * X, 0)
    assert g.y == 2.0
    unset = Derived(X)
    del unset.m
    with pytest.raises(InputError, match="no value for its field 'm'"):
        dd.grad(lambda p: np.sum(p.x))(unset)


# ---- dataclasses are copied, not made anew -------------------------------------------------------


@dataclasses.dataclass
class Angle:
    """In degrees outside, in radians inside; what is checked holds outside only."""

    degrees: Any
    radians: bool = dataclasses.field(default=False, metadata={"static": True})

    def __post_init__(self):
        assert isinstance(self.degrees, float) and not self.radians
        self.degrees, self.radians = self.degrees * np.pi / 180, True


@dataclasses.dataclass(frozen=True, slots=True)
class FrozenSlots:
    x: Any
    scale: Any = 2.0
    name: str = dataclasses.field(default="none", metadata={"static": True})


@dataclasses.dataclass
class Base:
    __slots__ = ("__hidden", "x")

    x: Any

    def hide(self, value):
        self.__hidden = value
        return self

    def hidden(self):
        return self.__hidden


@dataclasses.dataclass
class Child(Base):
    y: Any

    def __init__(self, both):       # a constructor of its own
        self.x, self.y = both, 2 * both

    @functools.cached_property
    def total(self):
        return np.sum(self.x * self.y)


@dataclasses.dataclass(kw_only=True)
class WithNew:
    x: Any
    tag: str = dataclasses.field(default="", metadata={"static": True})

    def __new__(cls, **kwargs):
        assert kwargs, "made by hand only"
        return super().__new__(cls)


def transforms_of_one(f, p, part):
    """The derivative of f by a part of p, by every transform."""
    yield part(dd.grad(f)(p))
    yield part(dd.grad(f, mode="reverse")(p))
    yield part(dd.jacobian(f)(p))
    yield part(dd.vjp(f, p)[1](1.0))
    yield part(dd.linearize(f, p)[1].vjp(1.0))


def test_post_init_does_not_run_again():
    angle = Angle(60.0)
    for found in transforms_of_one(lambda a: np.sin(a.degrees), angle, lambda a: a.degrees):
        close(found, np.cos(np.pi / 3), 1e-15)
    same = dd.stop_gradient(angle)
    assert type(same) is Angle and same is not angle and same == angle
    assert dd.jvp(lambda a: a, (angle,), (dd.stop_gradient(angle),))[1].degrees == angle.degrees


def test_frozen_and_slots():
    p = FrozenSlots(X, 3.0, "first")
    for found in transforms_of_one(lambda p: np.sum(p.x**2) * p.scale, p, lambda g: g):
        close(found.x, 6 * X, 1e-15)
        close(found.scale, np.sum(X**2), 1e-15)
        assert found.name == "first"
    assert dd.stop_gradient(p) is not p and dd.stop_gradient(p).name == "first"


def test_attributes_that_are_no_fields_come_along():
    p = Child(2.0).hide("secret")
    p.note = [1]
    assert p.total == 8.0 and "total" in p.__dict__
    seen = []

    def f(q):
        seen.append((q.note, q.hidden()))
        return q.total * 1.0      # computed from the fields that q has

    for found in transforms_of_one(f, p, lambda g: g):
        close(found.x, 4.0, 0)
        close(found.y, 2.0, 0)
        assert found.note is p.note and found.hidden() == "secret"
    assert all(note is p.note and hidden == "secret" for note, hidden in seen) and p.total == 8.0
    w = WithNew(x=X, tag="w")
    g = dd.grad(lambda w: np.sum(w.x**2))(w)
    close(g.x, 2 * X, 0)
    assert g.tag == "w" and dd.stop_gradient(w).tag == "w"


# ---- one matching, by key ------------------------------------------------------------------------

Swapped = namedtuple("Swapped", "m x")


@dataclasses.dataclass
class SwappedParams:
    m: Any
    x: Any


KEYED = {
    "dict": lambda x, m: {"x": x, "m": m},
    "dict, other order": lambda x, m: {"m": m, "x": x},
    "OrderedDict": lambda x, m: OrderedDict(m=m, x=x),
    "namedtuple": Point,
    "namedtuple, other order": lambda x, m: Swapped(m, x),
    "dataclass": Params,
    "dataclass, other order": lambda x, m: SwappedParams(m, x),
}
ADDED = {
    "dict": lambda x, m: {"x": x, "m": m, "z": 1.0},
    "dict, one less": lambda x, m: {"x": x},
    "dict, another key": lambda x, m: {"x": x, "z": m},
    "namedtuple": lambda x, m: namedtuple("Other", "x y")(x, m),
    "dataclass": lambda x, m: Angle(1.0),
    "number": lambda x, m: 1.0,
    "array": lambda x, m: x,
}


def get(p, name):
    return p[name] if isinstance(p, dict) else getattr(p, name)


def f_keyed(p):
    return np.sum(np.sin(get(p, "x"))) * np.sum(get(p, "m") ** 2)


def products(p, v):
    """What reads a structure along another: name -> the result of a tangent or cotangent v at p."""
    def same(q):
        return {"x": get(q, "x"), "m": get(q, "m")}

    def leaves(q):
        return same(q)["x"], same(q)["m"]

    return {
        "jvp": lambda: dd.jvp(f_keyed, (p,), (v,))[1],
        "jvp, two arguments": lambda: dd.jvp(lambda q, r: f_keyed(q) * r, (p, 2.0), (v, None))[1],
        "hvp": lambda: leaves(dd.hvp(f_keyed, (p,), (v,))),
        "hvp, two arguments": lambda: leaves(dd.hvp(lambda q, r: f_keyed(q) * r, (p, 2.0), (v, 1.0))[0]),
        "taylor": lambda: dd.taylor(f_keyed, p, v, 3),
        "taylor, nested": lambda: dd.taylor(lambda q: f_keyed(q) * np.linalg.det(np.eye(2) * get(q, "m")[0, 0]), p, v, 2),
        "directional": lambda: dd.directional_derivative(f_keyed, v)(p),
        "linearize": lambda: dd.linearize(f_keyed, p)[1].jvp(v),
        "vjp": lambda: leaves(dd.vjp(lambda q: q, p)[1](v)),
        "linearize, transposed": lambda: leaves(dd.linearize(lambda q: q, p)[1].vjp(v)),
        "Gauss-Newton": lambda: leaves(dd.gauss_newton_product(f_keyed, (p,), (v,))),
        "sparse": lambda: dd.sparse_jacobian(lambda q: np.ravel(get(q, "m")) * get(q, "x")[0], p)(v).toarray(),
        "sparse rows": lambda: dd.sparse_jacobian(lambda q: np.sum(get(q, "m")) * get(q, "x"), p, coloring="row")(v).toarray(),
        "sparse Hessian": lambda: dd.sparse_hessian(f_keyed, p)(v).toarray(),
    }


@pytest.mark.parametrize("given", KEYED)
@pytest.mark.parametrize("primal", ["dict", "dict, other order", "namedtuple", "dataclass"])
def test_structures_are_matched_by_key(primal, given):
    p, v = KEYED[primal](X, M), KEYED[given](X + 1, 2 * M)
    same = KEYED[primal](X + 1, 2 * M)
    for name, product in products(p, v).items():
        found, wanted = product(), products(p, same)[name]()
        for a, b in zip(*((z if isinstance(z, tuple) else (z,)) for z in (found, wanted)), strict=True):
            close(a, b, 1e-14, name)
        if isinstance(found, tuple):    # in the argument's own order of keys
            assert [np.shape(z) for z in found] == [X.shape, M.shape]


@pytest.mark.parametrize("given", ADDED)
@pytest.mark.parametrize("primal", ["dict", "namedtuple", "dataclass"])
def test_foreign_keys_are_refused(primal, given):
    for product in products(KEYED[primal](X, M), ADDED[given](X, M)).values():
        with pytest.raises((ShapeError, InputError)):
            product()


def test_a_result_with_another_order_of_keys():
    """The rows of a sparse Jacobian stay where they were when the plan was made."""
    def f(x):
        a, b = x[:2] ** 2, 3 * x
        return {"a": a, "b": b} if x[0] > 0 else {"b": b, "a": a}

    for coloring in ("column", "row"):
        plan = dd.sparse_jacobian(f, X, coloring=coloring)
        wanted = np.zeros((5, 3))
        wanted[[0, 1], [0, 1]], wanted[[2, 3, 4], [0, 1, 2]] = -2 * X[:2], 3
        close(plan(-X).toarray(), wanted, 1e-15)


@pytest.mark.parametrize("empty", [(), [], {}, {"a": None}, [[], ()]])
def test_nothing_to_differentiate_by(empty):
    for call in (lambda: dd.grad(lambda p: 1.0)(empty), lambda: dd.jacobian(lambda p: 1.0)(empty),
                 lambda: dd.hessian(lambda p: 1.0)(empty), lambda: dd.jvp(lambda p: 1.0, (empty,), (empty,))):
        with pytest.raises(InputError):
            call()


def test_empty_results():
    value, tangent = dd.jvp(lambda x: ((), {}, [None]), (1.0,), (1.0,))
    assert value == tangent == ((), {}, [None])


@pytest.mark.parametrize("bad", ["text", object(), lambda x: x, {1, 2}])
def test_a_leaf_that_is_no_number_is_named(bad):
    point = {"x": X, "more": [1.0, bad]}
    for call in (dd.grad(lambda p: p["x"][0]), dd.grad(lambda p: p["x"][0], mode="reverse"),
                 dd.jacobian(lambda p: p["x"]), dd.hessian(lambda p: p["x"][0])):
        with pytest.raises(InputError, match=r"0\['more'\]\[1\] is .*argnums"):
            call(point)
    with pytest.raises(InputError, match=r"primal 0\['more'\]\[1\] is .*argnums"):
        dd.vjp(lambda p: p["x"], point)


@pytest.mark.parametrize("tangent, match", [
    ({"x": X}, "has the keys 'x'; expected 'x', 'm'"),
    ({"x": X, "m": M, "z": 1.0}, "'z'"),
    (X, "ndarray; expected a container of 2 parts"),
    ([X, M], "list; expected a container with the keys 'x', 'm'"),
    (Params(X, Params(1.0, M)), "tangent 0.*'m'"),
])
def test_tangents_of_another_structure(tangent, match):
    with pytest.raises(ShapeError, match=match):
        dd.jvp(lambda p: p["x"], ({"x": X, "m": M},), (tangent,))


def test_register_container_checks():
    for bad in (3, float, np.ndarray, np.float64):
        with pytest.raises(InputError, match="class"):
            dd.register_container(bad, list, tuple)

    class Wrong:
        x = X

    dd.register_container(Wrong, lambda w: w.x, lambda aux, children: Wrong())
    with pytest.raises(InputError, match="children, aux"):
        dd.grad(lambda w: w.x[0])(Wrong())


# ---- laws ------------------------------------------------------------------------------------------

TREES = st.recursive(
    st.floats(-5, 5) | st.just(X),
    lambda t: st.lists(t, max_size=3) | st.tuples(t, t) | st.dictionaries(st.sampled_from("abc"), t, max_size=3)
    | st.builds(Params, t, t) | st.builds(Point, t, st.none()) | st.builds(Frozen, t, t),
    max_leaves=8,
)


def identical(a, b):
    """Containers alike in type, keys and leaves (the same objects)."""
    if isinstance(a, (tuple, list)):
        return type(a) is type(b) and len(a) == len(b) and all(map(identical, a, b))
    if isinstance(a, dict):
        return list(a) == list(b) and all(identical(a[k], b[k]) for k in a)
    if dataclasses.is_dataclass(a):
        return type(a) is type(b) and all(identical(getattr(a, f.name), getattr(b, f.name)) for f in dataclasses.fields(a))
    return a is b


@settings(max_examples=60, deadline=None)
@given(TREES)
def test_flatten_and_back(tree):
    leaves, structure = flatten(tree)
    assert identical(unflatten(structure, leaves), tree)
    assert all(a is b for a, b in zip(match(structure, tree, "x"), leaves, strict=True))
    assert match(structure, None, "x") == [None] * len(leaves)
    names = leaf_names(structure, "x")
    assert len(set(names)) == len(names) == len(leaves)


# ---- argnums and argnames ---------------------------------------------------------------------------


def g(x, y, *, scale=1.0, shift=0.0):
    return np.sum(x**2 * y) * scale + shift


Y = np.array([3.0, 1.0, 2.0])
WANTED = {"x": 2 * X * Y * 2.0, "y": X**2 * 2.0, "scale": np.sum(X**2 * Y), "shift": 1.0}
BY = [dd.grad, lambda f, **how: dd.grad(f, mode="reverse", **how), dd.jacobian,
      lambda f, **how: lambda *a, **k: dd.value_and_grad(f, **how)(*a, **k)[1],
      lambda f, **how: lambda *a, **k: dd.value_and_jacobian(f, mode="reverse", **how)(*a, **k)[1]]


@pytest.mark.parametrize("transform", BY, ids=range(5))
@pytest.mark.parametrize("names", ["x", "y", "scale", ("y", "x"), ("scale", "x", "shift"), ("shift",)], ids=str)
def test_argnames(transform, names):
    df = transform(g, argnames=names)
    for found in (df(X, Y, scale=2.0), df(x=X, scale=2.0, y=Y), df(X, y=Y, scale=2.0)):
        if isinstance(names, str):
            close(found, WANTED[names], 1e-13)
        else:
            assert type(found) is tuple
            for name, part in zip(names, found, strict=True):
                close(part, WANTED[name], 1e-13)


def test_argnames_of_second_derivatives_and_derivative():
    H = dd.hessian(g, argnames=("x", "scale"))(X, y=Y)
    close(H[0][0], np.diag(2 * Y), 1e-13)
    close(H[0][1], 2 * X * Y, 1e-13)
    assert dd.derivative(lambda a, b=3.0, *, c: a * b**2 * c, argnames="b")(2.0, c=5.0) == 60.0
    assert dd.derivative(lambda a, b=3.0, *, c: a * b**2 * c, argnames="c")(2.0, c=5.0) == 18.0
    assert dd.derivative(lambda **options: options["w"] ** 2, argnames="w")(w=3.0) == 6.0


@pytest.mark.parametrize("argnums, places", [(-1, 1), (-2, 0), (1, 1), ((1, 0), (1, 0)), ((-1,), (1,))], ids=str)
def test_argnums(argnums, places):
    wanted = (2 * X * Y, X**2)
    found = dd.grad(g, argnums=argnums)(X, Y)
    if isinstance(places, tuple):
        assert type(found) is tuple
        for part, place in zip(found, places, strict=True):
            close(part, wanted[place], 1e-13)
    else:
        close(found, wanted[places], 1e-13)


@pytest.mark.parametrize("names, match", [
    ("scal", "no argument named 'scal'.*x, y, scale, shift; did you mean 'scale'"),
    (("x", "qqqq"), "no argument named 'qqqq'"),
    (("x", "x"), "twice"),
    ((), "a name or a tuple"),
    (3, "a name or a tuple"),
])
def test_bad_argnames(names, match):
    for transform in (dd.grad, dd.jacobian, dd.hessian, dd.derivative):
        with pytest.raises(InputError, match=match):
            transform(g, argnames=names)(X, Y)


def test_argnames_with_argnums_and_without_a_signature():
    with pytest.raises(InputError, match="not both"):
        dd.grad(g, argnums=1, argnames="x")
    with pytest.raises(InputError, match="use argnums"):
        dd.grad(lambda *xs: xs[0], argnames="xs")
    with pytest.raises(InputError, match="use argnums"):
        dd.derivative(max, argnames="x")
