"""The statements that programs are made of.

A statement is a function (rng, names, count) -> text or None: `names` maps each name to its plain value
at this place of the program, `count` numbers the new name.  None: no value fits.  Text that does not run on
plain numbers is dropped by whoever asks, so a statement need not check everything.
"""

import numpy as np

__all__ = ["STATEMENTS", "constants"]


class Statements(list):
    """The registered statements, and how often each is drawn."""

    odds = np.zeros(0)

    def add(self, weight=1.0):
        """Registers a statement."""

        def register(function):
            self.append(function)
            self.weights = [*getattr(self, "weights", []), weight]
            self.odds = np.array(self.weights) / np.sum(self.weights)
            return function

        return register


STATEMENTS = Statements()
statement = STATEMENTS.add


def constants(rng):
    """Plain arrays that programs may use."""
    return {
        "M3": rng.uniform(-1, 1, (3, 3)).round(3),
        "M34": rng.uniform(-1, 1, (3, 4)).round(3),
        "c4": rng.uniform(-1, 1, 4).round(3),
        "c3": rng.uniform(-1, 1, 3).round(3),
        "half": np.array(0.5),
    }


# ---- choosing values ------------------------------------------------------------------------------


def pick(rng, names, ndim=None, least=0, test=None):
    """A name of a real float array (or number) with that many axes."""
    fits = [
        name
        for name, v in names.items()
        if isinstance(v, (np.ndarray, float, np.generic))
        and np.asarray(v).dtype.kind == "f"
        and (ndim is None or np.ndim(v) in (ndim if isinstance(ndim, tuple) else (ndim,)))
        and np.size(v) >= least
        and (test is None or test(v))
    ]
    return fits[int(rng.integers(len(fits)))] if fits else None


def one(rng, *options):
    """One of the options."""
    return options[int(rng.integers(len(options)))]


def axis_of(rng, v):
    """An axis of an array, at times counted from the end."""
    axis = int(rng.integers(v.ndim))
    return axis - v.ndim if rng.random() < 0.3 else axis


def key_of(rng, v, basic=False):
    """An index of an array, as text."""
    if v.ndim == 0:
        return one(rng, "()", "...") if basic else one(rng, "()", "...", "None")
    parts, fancy = [], 0
    for n in v.shape[: int(rng.integers(1, v.ndim + 1))]:
        kind = rng.random()
        if kind < 0.25 and n:
            parts.append(str(int(rng.integers(-n, n))))
        elif kind < 0.6 or basic or fancy:
            a, b, c = (int(i) for i in rng.integers(0, n + 1, 3))
            step = one(rng, "", "", ":2", ":-1")
            parts.append(one(rng, ":", f"{min(a, b)}:{max(a, b)}", f"{a}:", f":{b}", f"::{c % 3 + 1}") if step != ":-1"
                         else "::-1")  # fmt: skip
        elif kind < 0.85 and n:
            fancy = 1
            parts.append(str([int(i) for i in rng.integers(-n, n, int(rng.integers(1, 4)))]))
        else:
            fancy = 1
            parts.append("np.array(" + str([bool(b) for b in rng.random(n) < 0.6]) + ")")
    if rng.random() < 0.1:
        parts.insert(int(rng.integers(len(parts) + 1)), one(rng, "None", "..."))
    return ", ".join(parts)


def new(count):
    """The name of a new value."""
    return f"v{count}"


# ---- elementwise --------------------------------------------------------------------------------


SMOOTH = ["np.sin({})", "np.cos({})", "np.tanh({})", "np.arctan({})", "np.exp(-{0}*{0})", "np.sqrt(1.5 + {0}*{0})",
          "np.log1p({0}*{0})", "np.log(2.5 + np.sin({}))", "1/(2.5 + np.cos({}))", "np.square({})", "np.negative({})",
          "np.sinh(0.3*{})", "np.arcsinh({})", "np.expm1(0.2*{})", "np.exp2(-np.abs({}))", "np.cbrt(2 + np.cos({}))",
          "np.sinc({})", "np.reciprocal(2 + {0}*{0})", "np.deg2rad({})", "{}**2", "{}**3", "(1 + {0}*{0})**-1.5",
          "(2 + np.sin({}))**0.5", "np.positive({})", "np.arcsin(0.9*np.sin({}))", "0.5**{}", "2 - {}", "{}/3",
          "1.5*{}"]  # fmt: skip
KINKED = ["np.abs({})", "np.sign({})*{}", "np.maximum({}, 0.1)", "np.minimum({}, c)", "np.clip({}, -0.7, 0.8)",
          "np.floor({})", "np.where({} > 0, {}, 0.1*{})", "np.heaviside({}, 0.5)*{}", "np.nan_to_num({})", "np.fmax({}, -0.2)",
          "np.trunc(3*{}) + {}", "np.modf({})[0]", "{} % 0.9", "np.fmod({}, 0.8)", "np.remainder({}, 1.1)"]  # fmt: skip


@statement(10)
def smooth(rng, names, count):
    """A smooth function of one value."""
    a = pick(rng, names)
    form = one(rng, *SMOOTH)
    return f"{new(count)} = " + (form.format(a) if form.count("{}") <= 1 else form.format(*[a] * form.count("{}")))


@statement(4)
def kinked(rng, names, count):
    """A function with kinks or steps."""
    a = pick(rng, names)
    form = one(rng, *KINKED).replace(", c)", ", 0.4)")
    return f"{new(count)} = " + form.format(*[a] * form.count("{}"))


BINARY = ["{} + {}", "{} - {}", "{} * {}", "{} / (2.5 + np.sin({}))", "np.maximum({}, {})", "np.minimum({}, {})",
          "np.hypot({}, {})", "np.arctan2({}, 2 + np.abs({}))", "np.logaddexp({}, {})", "(2 + np.sin({}))**{}",
          "np.copysign({}, {})", "np.add({}, {})", "np.multiply({}, {})", "np.where({} > {}, {}, {})", "np.fmin({}, {})",
          "np.logaddexp2({}, {})", "np.float_power(2 + np.cos({}), {})", "np.power(1.5 + np.cos({}), {})",
          "np.subtract({}, {})", "np.divmod({}, 2 + np.abs({}))[1]", "np.float64(1.5)*{} + {}", "{} * half - {}"]  # fmt: skip


@statement(10)
def binary(rng, names, count):
    """A function of two values that broadcast."""
    a, b = pick(rng, names), pick(rng, names)
    form = one(rng, *BINARY)
    return f"{new(count)} = " + form.format(*[a, b, a, b][: form.count("{}")])


@statement(3)
def with_constant(rng, names, count):
    """An operation with a plain array."""
    a, c = pick(rng, names), one(rng, "c3", "c4", "M3", "half", "M34", "c3.astype(np.float32)", "np.arange(3)")
    return f"{new(count)} = " + one(rng, f"{a} + {c}", f"{c} * {a}", f"{c} - {a}", f"np.maximum({c}, {a})",
                                    f"{a} / (2 + {c})", f"np.hypot({a}, {c})")  # fmt: skip


@statement(2)
def out_and_where(rng, names, count):
    """out= and where= of a ufunc."""
    a, b = pick(rng, names, (1, 2, 3)), pick(rng, names, (1, 2, 3))
    if a is None:
        return None
    name = new(count)
    f = one(rng, "np.sin", "np.exp", "np.tanh", "np.square")
    return one(
        rng,
        f"{name} = np.zeros_like({a})\n{f}({a}, out={name})",
        f"{name} = np.ones_like({a})\n{f}({a}, out={name}, where={a} > 0)",
        f"{name} = {a}*1.0\nnp.multiply({a}, {b}, out={name})",
        f"{name} = {a} + 0.0\nnp.add({name}, {b}, out={name}, where={b} > 0)",
        f"{name} = {a}*2.0\n{f}({name}, out={name})",
        f"{name} = np.empty_like({a})\nnp.add({a}, 1.0, out={name}[...])",
        f"{name} = {a}*1.0\nnp.sin({name}[::-1], out={name})",
    )


@statement(3)
def in_place(rng, names, count):
    """An operator that works in place, on a copy or on the value itself."""
    a, b = pick(rng, names, (1, 2, 3)), pick(rng, names)
    if a is None:
        return None
    op = one(rng, "+=", "-=", "*=")
    name = one(rng, new(count), a)
    head = f"{name} = {a}*1.0\n" if name != a else ""
    return head + one(rng, f"{name} {op} {b}", f"{name} {op} 0.5", f"{name}[...] {op} {b}")


@statement(1.5)
def complex_between(rng, names, count):
    """Complex numbers in between."""
    a = pick(rng, names)
    return f"{new(count)} = " + one(
        rng, f"np.exp(1j*{a}).imag", f"np.abs(np.exp((0.3 + 1j)*{a}) + 2)", f"np.real((1 + 2j)*{a}*np.conj(1j*{a} + 1))",
        f"np.angle(2 + np.sin({a}) + 1j*{a})", f"np.abs(np.sqrt({a} + 2j))", f"np.real(1/(1j + {a}))")  # fmt: skip


# ---- indices and writes ----------------------------------------------------------------------------


@statement(7)
def index(rng, names, count):
    """An index: a view or a copy, that later statements may write into."""
    a = pick(rng, names, (0, 1, 2, 3))
    return f"{new(count)} = {a}[{key_of(rng, np.asarray(names[a]))}]"


@statement(7)
def write(rng, names, count):
    """A write through an index, repeated places included."""
    a, b = pick(rng, names, (1, 2, 3)), pick(rng, names)
    if a is None:
        return None
    name = one(rng, new(count), new(count), a)
    head = f"{name} = {a}*1.0\n" if name != a else ""
    key = key_of(rng, np.asarray(names[a]))
    op = one(rng, "=", "=", "=", "+=", "*=")
    right = one(rng, b, f"np.sin({b})", "0.25", f"{name}[{key}]*{name}[{key}]", f"2*{b}")
    return f"{head}{name}[{key}] {op} {right}"


@statement(3)
def write_part(rng, names, count):
    """A write of a part of one array into a part of another with the same length."""
    a, b = pick(rng, names, (1, 2), 1), pick(rng, names, (1, 2), 1)
    if a is None or b is None:
        return None
    name = new(count)
    n, m = len(names[a]), len(names[b])
    k = int(rng.integers(1, min(n, m) + 1))
    places = [int(i) for i in rng.integers(-n, n, k)]
    return one(
        rng,
        f"{name} = {a}*1.0\n{name}[{places}] = {b}[:{k}]",
        f"{name} = {a}*1.0\n{name}[{places}] += {b}[:{k}]",
        f"{name} = np.zeros_like({a})\n{name}[{places}] = {b}[{m - k}:]",
        f"{name} = np.zeros(({n},) + {b}.shape[1:], like={b})\n{name}[{places}] = {b}[:{k}]",
        f"{name} = np.zeros({n}, like=x)\nnp.add.at({name}, {places}, {b}[:{k}])",
        f"{name} = {a}*1.0\nnp.put({name}, {places}, {b})",
        f"{name} = {a}*1.0\nnp.multiply.at({name}, {places}, {b}[:{k}])",
    )


@statement(3)
def swap(rng, names, count):
    """A swap of elements or rows."""
    a = pick(rng, names, (1, 2, 3), test=lambda v: len(v) > 1)
    if a is None:
        return None
    name, n = new(count), len(names[a])
    i, j = (int(i) for i in rng.integers(n, size=2))
    head = f"{name} = {a}*1.0\n"
    if names[a].ndim == 1:
        return head + one(rng, f"{name}[{i}], {name}[{j}] = {name}[{j}], {name}[{i}]",
                          f"t = {name}[{i}]\n{name}[{i}] = 0.5\n{name}[{j}] = t*t",
                          f"{name}[[{i}, {j}]] = {name}[[{j}, {i}]]",
                          f"first, *rest = {name}\n{name}[:] = 1.5\n{name}[{i}] = first*first")  # fmt: skip
    return head + one(rng, f"{name}[[{i}, {j}]] = {name}[[{j}, {i}]]", f"{name}[{i}] = {name}[{j}]*2",
                      f"{name}[[{i}, {j}], ...] += {name}[[{j}, {i}]]")  # fmt: skip


@statement(3)
def through_view(rng, names, count):
    """A write through a view of a view, seen by its base."""
    a = pick(rng, names, (1, 2, 3), 1)
    if a is None:
        return None
    name, v = new(count), np.asarray(names[a])
    b = pick(rng, names, 0) or "0.75"
    view = one(rng, f"{name}.T", f"{name}[::-1]", f"{name}.reshape(-1)", f"{name}[1:]", f"{name}[..., ::2]",
               f"{name}.ravel()", f"np.swapaxes({name}, 0, -1)", f"{name}[None]", f"np.atleast_2d({name})",
               f"{name}.view()", f"np.squeeze({name})", f"{name}.real", f"np.moveaxis({name}, 0, -1)",
               f"np.asarray({name})", f"np.expand_dims({name}, -1)", f"np.reshape({name}, {v.shape[::-1]})")  # fmt: skip
    copy = one(rng, f"{a}*1.0", f"{a}.copy()", f"np.array({a})", f"np.copy({a})", f'{a}.copy(order="F")')
    return (f"{name} = {copy}\nw{count} = {view}\n"
            + one(rng, f"w{count} *= 1.5", f"w{count}[0] = {b}", f"w{count}[...] = np.sin(w{count})",
                  f"w{count}[-1] += {b}", f"{name}[0] = 0.3*{b}", f"{name} *= w{count}[0].sum()"))  # fmt: skip


@statement(2)
def masks(rng, names, count):
    """Reading, writing and choosing by a condition on values."""
    a, b = pick(rng, names, (1, 2, 3)), pick(rng, names, (1, 2, 3))
    if a is None:
        return None
    name = new(count)
    return one(
        rng,
        f"{name} = {a}[{a} > 0]",
        f"{name} = {a}*1.0\n{name}[{a} < 0.2] = 0.3",
        f"{name} = {a}*1.0\n{name}[{a} > 0] *= 2",
        f"{name} = np.select([{a} > 0.5, {a} < -0.5], [{a}**2, -{a}], {b})",
        f"{name} = np.choose(({a} > 0).astype(int), [{a}, {b}])",
        f"{name} = np.piecewise({a}, [{a} < 0, {a} >= 0], [lambda t: -t*t, np.sin])",
        f"{name} = {a}*1.0\nnp.putmask({name}, {a} > 0, {b})",
        f"{name} = {a}*1.0\nnp.copyto({name}, {b}, where={a} > 0)",
        f"{name} = {a}*1.0\nnp.place({name}, {a} > 0, [0.5, 0.25])",
        f"{name} = np.extract({a} > 0, {b})",
        f"{name} = np.compress([True, False, True], {a}, axis=0)",
    )


@statement(2)
def take(rng, names, count):
    """take, take_along_axis and their kind."""
    a = pick(rng, names, (1, 2, 3), 1)
    if a is None:
        return None
    name, v = new(count), names[a]
    axis = axis_of(rng, v)
    n = v.shape[axis]
    places = [int(i) for i in rng.integers(-n, n, 3)] if n else []
    return f"{name} = " + one(
        rng, f"np.take({a}, {places}, axis={axis})", f"{a}.take({places})", f"np.delete({a}, {places[:1]}, axis={axis})",
        f"np.insert({a}, {abs(places[0]) if places else 0}, 0.5, axis={axis})",
        f"np.take_along_axis({a}, np.argsort({a}, axis={axis}), axis={axis})", f"{a}[np.ix_({places})]",
        f"np.append({a}, {a}, axis={axis})", f"{a}[np.argmax({a}, axis=0)]", f"np.resize({a}, (3, 2))",
        f"{a}.flat[{places}]", f"np.trim_zeros(np.ravel({a}))")  # fmt: skip


# ---- shapes and joins --------------------------------------------------------------------------------


@statement(5)
def shape(rng, names, count):
    """Another shape or another order of elements."""
    a = pick(rng, names, (1, 2, 3))
    if a is None:
        return None
    v = names[a]
    order = one(rng, "C", "F", "A", "K")
    back = v.shape[::-1]
    axis = axis_of(rng, v)
    return f"{new(count)} = " + one(
        rng, f"{a}.T", f"{a}.reshape(-1)", f'{a}.ravel("{order}")', f'{a}.flatten("{order}")', f"np.roll({a}, 1)",
        f'np.reshape({a}, {back}, order="{one(rng, "C", "F", "A")}")', f"np.flip({a}, {axis})", f"np.roll({a}, -2, axis={axis})",
        f"np.rot90({a})", f"np.fliplr({a})", f"np.expand_dims({a}, {axis})", f"np.squeeze({a})", f"np.tile({a}, 2)",
        f"np.repeat({a}, 2, axis={axis})", f"np.pad({a}, 1, mode='{one(rng, 'constant', 'edge', 'reflect', 'wrap', 'symmetric')}')",
        f"np.broadcast_to({a}, (2,) + {v.shape})*1.0", f"np.moveaxis({a}, 0, -1)", f"np.diag({a})", f"np.tril({a})",
        f"np.triu({a}, 1)", f"np.diagonal({a})", f"np.atleast_2d({a})", f'np.asfortranarray({a})', f"np.transpose({a})",
        f"np.split({a}, [1], axis={axis})[1]", f"np.array_split({a}, 2)[0]", f"np.kron({a}, np.array([1.0, 2.0]))",
        f"np.fill_diagonal({a}.copy(), 0.5) or {a}", f"np.diff({a}, axis={axis})", f"np.ediff1d({a})",
        f"np.gradient({a}, axis={axis})", f"np.meshgrid({a}, [1.0, 2.0])[0]", f"np.vander(np.ravel({a}), 3)",
        f"np.unstack({a})[0]", f"np.lib.stride_tricks.sliding_window_view({a}, 2, axis={axis})*1.0",
        f"np.ascontiguousarray({a})", f"{a}.swapaxes(0, -1)", f"np.block([[{a}, {a}]])", f"np.trapezoid({a}, axis={axis})")  # fmt: skip


@statement(4)
def join(rng, names, count):
    """Joins of arrays and scalars."""
    a = pick(rng, names, (1, 2, 3))
    if a is None:
        return None
    b = pick(rng, names, np.ndim(names[a]))
    s = pick(rng, names, 0) or "0.5"
    axis = axis_of(rng, names[a])
    return f"{new(count)} = " + one(
        rng, f"np.concatenate([{a}, {b}], axis={axis})", f"np.stack([{a}, {a}*2], axis={axis})", f"np.hstack([{a}, {b}])",
        f"np.vstack([{a}, {b}])", f"np.array([{s}, 2*{s}, 1.0])", f"np.column_stack([{a}, {a}])", f"np.r_[{a}, {b}]",
        f"np.dstack([{a}, {a}])", f"np.concatenate([{a}, {b}], axis=None)", f"np.c_[{a}, {a}]", f"np.append({a}, {s})",
        f"np.array([{a}, 3*{a}])", f"np.block([{a}, {b}])", f"np.array([np.ravel({a})[0], {s}**2])")  # fmt: skip


# ---- reductions and cumulative functions ---------------------------------------------------------------


REDUCE = ["np.sum({}{})", "np.mean({}{})", "np.max({}{})", "np.min({}{})", "np.ptp({}{})", "np.prod(0.8*{}{})",
          "np.std(@ + np.arange(np.size(@)).reshape(np.shape(@)){})", "np.var({}{})", "np.median({}{})",
          "np.linalg.norm(1.5 + np.cos({}){})", "np.nansum({}{})", "np.logaddexp.reduce({}{})", "np.add.reduce({}{})",
          "np.average({}{})", "np.nanmax({}{})", "np.maximum.reduce({}{})", "np.quantile({}, 0.3{})",
          "np.percentile({}, 70{})", "np.nanmean({}{})", "np.multiply.reduce({}{})", "np.hypot.reduce({}{})",
          "np.count_nonzero({}{})*1.5", "{}.sum({})", "{}.mean({})", "{}.max({})", "{}.std({})", "{}.prod({})"]  # fmt: skip


@statement(7)
def reduction(rng, names, count):
    """A reduction over one axis, several or all."""
    a = pick(rng, names, (1, 2, 3), 1)
    if a is None:
        return None
    form = one(rng, *REDUCE)
    axis = one(rng, "", f", axis={axis_of(rng, names[a])}", ", axis=(0, -1)", f", axis={axis_of(rng, names[a])}, keepdims=True",
               ", keepdims=True", f", axis=0, where=np.abs({a}) > 0.1", ", axis=None", ", axis=0, initial=0.3")  # fmt: skip
    if ".reduce(" in form and not axis:
        axis = ", axis=0"
    text = form.replace("@", a)
    text = text.format(axis) if "@" in form else text.format(a, axis)
    return f"{new(count)} = " + text.replace("(, ", "(")


@statement(3)
def cumulative(rng, names, count):
    """A cumulative function, or one over segments."""
    a = pick(rng, names, (1, 2, 3), 1)
    if a is None:
        return None
    v = names[a]
    axis = axis_of(rng, v)
    n = v.shape[axis]
    places = sorted(int(i) for i in rng.integers(0, max(n, 1), 2))
    f = one(rng, "add", "multiply", "maximum", "logaddexp", "subtract", "minimum", "hypot")
    return f"{new(count)} = " + one(
        rng, f"np.cumsum({a}, axis={axis})", f"np.cumprod(0.9*{a}, axis={axis})", f"np.{f}.accumulate({a}, axis={axis})",
        f"np.{f}.reduceat({a}, {places}, axis={axis})", f"np.cumsum({a})", f"np.nancumsum({a})", f"{a}.cumsum(0)",
        f"np.cumulative_sum(np.ravel({a}), include_initial=True)", f"np.cumprod({a})")  # fmt: skip


@statement(2)
def sorting(rng, names, count):
    """Sorting and what depends on the order of values."""
    a = pick(rng, names, (1, 2, 3), 1)
    if a is None:
        return None
    axis = axis_of(rng, names[a])
    name = new(count)
    return one(
        rng, f"{name} = np.sort({a}, axis={axis})", f"{name} = {a}.copy()\n{name}.sort(axis={axis})",
        f"{name} = np.partition({a}, 0, axis={axis})", f"{name} = {a}[np.argsort({a}[..., 0] if {a}.ndim > 1 else {a})]",
        f"{name} = np.interp({a}, [-1.0, 0.1, 1.2], [0.2, 0.9, -0.4])", f"{name} = np.unique({a})",
        f"{name} = np.sort({a}, axis=None)", f"{name} = np.searchsorted([-0.5, 0.1, 0.6], {a}) + {a}",
        f"{name} = np.digitize({a}, [-0.4, 0.3])*{a}", f"{name} = np.bincount([0, 1, 1], weights=np.resize({a}, 3))")  # fmt: skip


# ---- products, linear algebra, transforms ------------------------------------------------------------------


@statement(5)
def product(rng, names, count):
    """A product of vectors and matrices."""
    a = pick(rng, names, (1, 2, 3), 1)
    if a is None:
        return None
    b = pick(rng, names, (1, 2, 3), 1)
    return f"{new(count)} = " + one(
        rng, f"{a} @ {b}", f"{a} @ {a}.T", f"M3 @ {a}", f"{a} @ M34", f"np.dot({a}, {b})", f"np.inner({a}, {b})", f"np.outer({a}, {b})",
        f"np.vdot({a}, {a})", f"np.tensordot({a}, {b}, axes=1)", f"np.tensordot({a}, {a}, axes={np.ndim(names[a])})",
        f"np.einsum('i,i->i', np.ravel({a}), np.ravel({a}))", f"np.einsum('...i,...i', {a}, {b})", f"np.einsum('ij,kj->ik', {a}, {b})",
        f"np.einsum('ii->i', {a})", f"np.einsum('ij->ji', {a})", f"np.einsum('i,j->ij', {a}, {b})", f"np.trace({a})",
        f"np.cross({a}, {b})", f"np.matmul({a}, {b})", f"np.convolve(np.ravel({a}), [0.5, 1.0, -0.3])", f"np.linalg.multi_dot([{a}, {b}, {a}])",
        f"np.correlate(np.ravel({a}), np.ravel({b}), 'same')", f"c4 @ {a}", f"{a}.dot({b})", f"np.matvec({a}, {b})", f"np.vecdot({a}, {b})",
        f"np.polyval({a}, 0.4)", f"np.cov({a})", f"np.einsum('i,i', np.ravel({a}), np.ravel({a}))")  # fmt: skip


@statement(2)
def linear_algebra(rng, names, count):
    """Decompositions and solutions, of well-conditioned matrices."""
    a = pick(rng, names, 2, 1, lambda v: v.shape[0] == v.shape[1])
    if a is None:
        return None
    n = len(names[a])
    good = f"(3*np.eye({n}) + 0.3*np.tanh({a}))"
    return f"{new(count)} = " + one(
        rng, f"np.linalg.inv({good})", f"np.linalg.solve({good}, {a})", f"np.linalg.det({good})", f"np.linalg.slogdet({good})[1]",
        f"np.linalg.cholesky({good} @ {good}.T)", f"np.linalg.solve({good}, np.ones({n}))", f"np.linalg.qr({good})[1]",
        f"np.linalg.eigvalsh({good} @ np.diag(np.arange(1.0, {n + 1})) @ {good}.T)", f"np.linalg.pinv({good})",
        f"np.linalg.svd({good} @ np.diag(np.arange(1.0, {n + 1})), compute_uv=False)", f"np.linalg.matrix_power({a}, 2)",
        f"np.linalg.lstsq({good}, {a}[:, 0], rcond=None)[0]", f"np.linalg.norm({good})", f"np.linalg.norm({good}, 1)")  # fmt: skip


@statement(2)
def transform(rng, names, count):
    """Fourier transforms."""
    a = pick(rng, names, (1, 2), 2)
    if a is None:
        return None
    axis = axis_of(rng, names[a])
    return f"{new(count)} = " + one(
        rng, f"np.abs(np.fft.rfft({a}, axis={axis}))**2", f"np.fft.irfft(np.fft.rfft({a}, axis={axis}), axis={axis})",
        f"np.fft.fft({a}, axis={axis}).imag", f"np.fft.ifft({a}).real", f"np.fft.fftshift({a})",
        f"np.real(np.fft.fft2(np.atleast_2d({a})))", f"np.fft.hfft({a})")  # fmt: skip


# ---- scalars, loops, types --------------------------------------------------------------------------------


@statement(4)
def scalar(rng, names, count):
    """Arithmetic on one element, as a number."""
    a = pick(rng, names, (1, 2, 3), 1)
    if a is None:
        return None
    name = new(count)
    s = f"s{count}"
    key = ", ".join(str(int(rng.integers(n))) for n in np.shape(names[a]))
    return f"{s} = {a}[{key}]\n" + one(
        rng, f"{name} = {s}*{a}", f"{name} = {s}**2 + np.sin({s})", f"{name} = np.array([{s}, {s}*{s}])", f"{name} = {s}[()] + {s}[None]",
        f"{name} = np.atleast_1d({s})*2", f"{name} = {s}.reshape(-1)\n{name}[0] = {name}[0]*2", f"{name} = max({s}, 0.1)*{a}",
        f"{name} = abs({s}) + {a}", f"{name} = {s}.item()*{a}", f"{name} = ({s} if {s} > 0 else -{s}**3)*{a}", f"{name} = {a}.item(0)*{a}",
        f"{name} = float(1.5)*{s} - {s}/(2 + {s}*{s})", f"{name} = {s}[...] + {s}[..., None]", f"{name} = {s}[{s} > 0]",
        f"{name} = np.full(3, {s})", f"{name} = np.full_like({a}, {s})", f"{name} = np.linspace({s}, 2.0, 4)", f"{name} = {s}.astype(np.float64)",
        f"{name} = np.float64(2.0)**{s} + {s}**2.5 if {s} > 0 else {s}*3", f"{name} = sum({a}.ravel())")  # fmt: skip


@statement(4)
def loop(rng, names, count):
    """A short loop, over steps or over elements."""
    a = pick(rng, names, (1, 2, 3), 1)
    if a is None:
        return None
    name = new(count)
    head = f"{name} = {a}*1.0\n"
    if names[a].ndim == 1:
        return head + one(
            rng,
            f"for i in range(1, len({name})):\n    {name}[i] = 0.5*{name}[i] + np.sin({name}[i - 1])",
            f"prev = {name}[0]\nfor i in range(len({name})):\n    keep = {name}[i]\n    {name}[i] = prev*0.5\n    prev = keep + prev",
            f"for i in range(3):\n    {name} = {name} - 0.1*{name}*np.cos({name})",
            f"for i in range(2):\n    {name}[1:] += 0.3*{name}[:-1]",
            f"total = 0.0\nfor t in {name}:\n    total = total + t*t\n{name}[-1] = total",
            f"{name} = np.zeros_like({a})\nfor i, t in enumerate({a}):\n    {name}[-1 - i] = np.tanh(t)",
            f"{name} = np.array([t**2 for t in {a}])",
            f"{name}[1:-1] = 0.25*({a}[2:] + {a}[:-2]) - {a}[1:-1]**3",
            f"u = np.pad({name}, 1)\n{name} = u[2:] - 2*u[1:-1] + u[:-2]",
        )
    return head + one(
        rng,
        f"for i in range(len({name})):\n    {name}[i] = np.cumsum({name}[i], -1)*0.3",
        f"for row in {name}:\n    row *= 0.7",
        f"for i in range(2):\n    {name} = 0.5*{name} + np.roll({name}, 1, axis=-1)",
        f"for i in range(1, len({name})):\n    {name}[i] += 0.5*{name}[i - 1]",
        f"P = np.zeros((len({name}) + 2,) + {name}.shape[1:], like={name})\nP[1:-1] = {name}\n{name} = P[2:] - 2*P[1:-1] + P[:-2]",
    )


@statement(1)
def types(rng, names, count):
    """Other precisions in between, and constants that are made like a value."""
    a = pick(rng, names, (1, 2, 3))
    if a is None:
        return None
    return f"{new(count)} = " + one(
        rng, f"{a}.astype(np.float64)", f"{a} + np.ones_like({a})", f"np.zeros({a}.shape, like={a}) + {a}", f"{a}*np.float32(0.5)",
        f"np.asarray({a})*2", f"np.array({a}, copy=True)", f"{a}.astype({a}.dtype, copy=False)*1.5", f"np.asanyarray({a}) + 1",
        f"np.eye(2)*np.sum({a})", f"np.arange(3)*{a}.mean()", f"np.ones(3)*{a}.ravel()[:1]")  # fmt: skip
