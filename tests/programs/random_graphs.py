"""Graphs made at random: all operations, dtypes, layouts and sizes, with inputs that fit them."""

import math

import numpy as np

from dualdiff.programs.graph import Call, Graph, dense_strides

UNARY = [
    "negative", "absolute", "square", "sqrt", "reciprocal", "sin", "cos", "exp", "log", "log1p", "tanh", "sign", "floor",
    "positive", "arctan", "cbrt", "expm1", "sech2", "rint",
]  # fmt: skip
BINARY = ["add", "subtract", "multiply", "divide", "maximum", "minimum", "power", "arctan2", "hypot", "powm1"]
COMPARE = ["less", "less_equal", "greater", "greater_equal", "equal", "not_equal"]
OF_FLOATS = ["operator.add", "operator.sub", "operator.mul", "operator.neg", "operator.abs", "math.tanh", "math.atan"]
SIZES = [1, 2, 3, 7, 8, 9, 16, 127, 128, 129, 130]
LARGE = [255, 256, 257, 1023, 1024, 1025, 2500, 100000]


def shape_of(rng, large):
    """A shape."""
    kind = rng.integers(12)
    if kind == 0:
        return ()
    if kind == 1:
        return tuple(int(rng.choice([0, 1, 2, 3])) for _ in range(rng.integers(1, 4)))
    if kind < 6:
        return (int(rng.choice(LARGE if large and rng.random() < 0.5 else SIZES)),)
    if kind < 9:
        return (int(rng.choice([1, 2, 3, 5, 32, 40])), int(rng.choice([1, 2, 3, 7, 33, 300] if large else [1, 2, 3, 7, 33])))
    return tuple(int(rng.choice([1, 2, 3, 4, 5])) for _ in range(3))


def dtype_of(rng):
    """A dtype, mostly float64."""
    return np.dtype(rng.choice(["f8"] * 9 + ["f4", "f4", "i8", "?", "i4", "c16"]))


def values(rng, shape, dtype):
    """An array of a dtype, sometimes with special values."""
    if dtype.kind == "b":
        return rng.random(shape) < 0.5
    if dtype.kind == "i":
        return rng.integers(-4, 9, shape).astype(dtype)
    x = np.asarray(rng.normal(size=shape))
    if x.size and rng.random() < 0.3:
        special = [0.0, -0.0, np.inf, -np.inf, np.nan, 1e-310, 1e300, 1.0, 2.0]
        x = np.where(rng.random(shape) < 0.2, rng.choice(special, shape), x)
    with np.errstate(all="ignore"):
        return np.asarray(x).astype(dtype) if dtype.kind != "c" else (x + 1j * rng.normal(size=shape)).astype(dtype)


def some_view(rng, g, x):
    """A window of a dense node; often one that another array of the same shape had."""
    known = g.__dict__.setdefault("windows", {}).setdefault(g.shape[x], [])
    if known and rng.random() < 0.6:
        return g.view(x, *known[int(rng.integers(len(known)))])
    view = new_view(rng, g, x)
    off, strides = g.layout(view)
    known.append((off, g.shape[view], strides))
    return view


def new_view(rng, g, x):
    """A slice, a transposed or reversed or broadcast array, one element, another shape."""
    shape = g.shape[x]
    a = np.empty(shape, np.int8)
    kind = rng.integers(8)
    if kind == 0 and a.ndim:
        return g.view(x, 0, shape[::-1], dense_strides(shape)[::-1])
    if kind == 1 and a.size:
        return g.view(x, int(rng.integers(a.size)), (), ())
    if kind == 2:
        return g.view(x, 0, (a.size,), (1,))
    if kind == 3:
        return g.view(x, 0, (3, *shape), (0, *dense_strides(shape)))
    if kind == 4 and a.ndim:
        return g.view(x, 0, (*shape[:1], 1, *shape[1:]), (dense_strides(shape)[0], 0, *dense_strides(shape)[1:]))
    keys = []
    for n in shape:
        begin, end = sorted(rng.integers(0, n + 1, 2))
        step = int(rng.choice([1, 1, 1, 2, -1]))
        keys.append(slice(None) if rng.random() < 0.3 else slice(int(begin), int(end), step) if step > 0 else slice(None, None, -1))
    b = a[tuple(keys)] if keys else a
    off = b.__array_interface__["data"][0] - a.__array_interface__["data"][0] if b.size else 0
    return g.view(x, off, b.shape, b.strides)


def fitting(rng, g, nodes, x):
    """A node whose shape broadcasts with that of x."""
    for k in rng.permutation(len(nodes))[:25]:
        try:
            np.broadcast_shapes(g.shape[x], g.shape[nodes[k]])
        except ValueError:
            continue
        return nodes[k]
    return x


def into(rng, g, nodes, shape):
    """A node that can be broadcast to a shape, and has no more axes."""
    for k in rng.permutation(len(nodes))[:25]:
        s = g.shape[nodes[k]]
        try:
            if len(s) <= len(shape) and np.broadcast_shapes(shape, s) == tuple(shape):
                return nodes[k]
        except ValueError:
            continue
    return g.constant(np.float64(rng.normal()))


def result(name, g, xs):
    """A node of an elementwise function, with the dtype that NumPy gives."""
    from dualdiff.programs.names import ufunc_of

    probe = [np.ones((1,) * len(g.shape[x]), g.dtype[x]) for x in xs]
    try:
        with np.errstate(all="ignore"):
            dtype = np.asarray(ufunc_of(name)(*probe)).dtype
    except (TypeError, ValueError):
        return None
    if dtype == np.float16 or name == "power" and dtype.kind in "bi":
        return None
    return g.apply(name, *xs, dtype=dtype)


def twice(*xs):
    """What calls call."""
    with np.errstate(all="ignore"):
        return tuple(np.asarray(x) * 2 for x in xs)


def make(seed, steps=25, large=False):
    """(graph, function of a seed that gives inputs)."""
    rng = np.random.default_rng(seed)
    g = Graph()
    kinds = [(shape_of(rng, large), dtype_of(rng)) for _ in range(rng.integers(1, 4))]
    nodes = [g.input(*kind) for kind in kinds]
    for _ in range(rng.integers(0, 3)):
        a = values(rng, shape_of(rng, large), dtype_of(rng))
        nodes.append(g.capture(np.asfortranarray(a) if rng.random() < 0.3 else a))
    nodes += [g.constant(np.float64(2.0)), g.constant(values(rng, kinds[0][0], np.dtype(float)))]
    nodes.append(g.zeros(shape_of(rng, large)))
    for _ in range(steps):
        x = nodes[-1 - int(rng.integers(min(len(nodes), 6)))] if rng.random() < 0.6 else nodes[int(rng.integers(len(nodes)))]
        made = step(rng, g, nodes, x)
        if made is not None and math.prod(g.shape[made]) <= 250000:
            nodes.append(made)
    g.outputs = [nodes[-1 - k] for k in range(min(3, len(nodes)))] + [nodes[int(rng.integers(len(nodes)))] for _ in range(2)]

    def inputs(seed):
        rng = np.random.default_rng(seed)
        return [values(rng, *kind) for kind in kinds]

    return g, inputs


def step(rng, g, nodes, x):
    """One operation more; None where it does not fit."""
    kind = rng.integers(20)
    shape, dtype = g.shape[x], g.dtype[x]
    size = math.prod(shape)
    if kind < 3:
        return result(str(rng.choice(UNARY)), g, [x])
    if kind < 7:
        xs = [x, fitting(rng, g, nodes, x)]
        return result(str(rng.choice(BINARY + COMPARE[:2])), g, xs if rng.random() < 0.5 else xs[::-1])
    if kind == 7:
        y = fitting(rng, g, nodes, x)
        if np.issubdtype(dtype, np.complexfloating) or g.dtype[y].kind == "c":
            return None
        c = g.apply(str(rng.choice(COMPARE)), x, y, dtype=bool)
        return g.apply("where", c, x, y, dtype=np.result_type(dtype, g.dtype[y]))
    if kind == 8:
        return g.cast(x, rng.choice({"b": ["f8", "i8"], "i": ["f8", "f4", "?"], "f": ["f8", "c16", "f4"], "c": ["c16"]}[dtype.kind]))
    if kind < 12:
        return some_view(rng, g, g.copy(x))
    if kind < 15:
        x = g.copy(x)
        window = some_view(rng, g, x)
        if not math.prod(g.shape[window]):
            return None
        off, strides = g.layout(window)
        y = into(rng, g, nodes, g.shape[window])
        if g.dtype[y] != dtype and dtype.kind in "bi":
            return None
        if g.dtype[y].kind == "c" and dtype.kind != "c":
            return None
        zero = any(s == 0 and n > 1 for s, n in zip(strides, g.shape[window], strict=True))
        if zero or dtype.kind == "b" or rng.random() < 0.5:
            if zero:
                return None
            return g.write(x, y, off, g.shape[window], strides)
        return g.add(x, y, off, g.shape[window], strides)
    if kind == 15:
        x = g.copy(x)
        if not size:
            return None
        where = g.constant(rng.integers(-size, size, shape_of(rng, False)))
        what = rng.integers(3)
        if what == 0:
            return g.take(x, where)
        y = into(rng, g, nodes, g.shape[where])
        if g.dtype[y] != dtype or dtype.kind == "b":
            return None
        return g.put(x, where, y) if what == 1 else g.put_add(x, where, y)
    if kind == 16 and dtype.kind == "f":
        name = str(rng.choice(["add", "add", "maximum", "multiply"]))
        axes = tuple(a for a in range(len(shape)) if rng.random() < 0.7)
        if not axes or name == "maximum" and not size:
            return None
        return g.reduce(name, x, axes, bool(rng.random() < 0.3))
    if kind == 17 and len(shape) and dtype.kind == "f":
        if rng.random() < 0.5:
            return g.scan(str(rng.choice(["add", "multiply", "maximum"])), x, int(rng.integers(len(shape))))
        y = g.view(g.copy(x), 0, (shape[-1], size // shape[-1]), (1, shape[-1])) if size and size < 5000 else None
        return None if y is None else g.matmul(g.view(g.copy(x), 0, (size // shape[-1], shape[-1]), (shape[-1], 1)), y)
    if kind == 18 and len(shape):
        return g.join([x, x, g.copy(x)], int(rng.integers(len(shape))))
    if kind == 19:
        if shape == () and dtype == np.float64 and rng.random() < 0.7:
            name = str(rng.choice(OF_FLOATS))
            binary = name in OF_FLOATS[:3]
            return g.apply(name, *[x] * (2 if binary else 1), dtype=float)
        if dtype.kind == "f" and rng.random() < 0.3:
            y = nodes[int(rng.integers(len(nodes)))]
            if g.dtype[y].kind not in "fc":
                y = x
            items = g.call(Call(twice, "twice", (shape, g.shape[y]), (dtype, g.dtype[y])), x, y)
            return items[int(rng.integers(2))]
    return None
