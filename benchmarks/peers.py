"""Derivatives by dualdiff and by the other libraries that are installed, in one process: `python benchmarks/peers.py`.

    python benchmarks/peers.py               prints the tables as Markdown
    python benchmarks/peers.py --write       and writes them into docs/benchmarks.md, and draws docs/peers.png

Columns are times in units of f, the plain NumPy function, everything in turns; the best of a row is bold.  Each library
runs in its own best way: JAX under jit with its arrays as arguments (loops by lax.scan), CasADi on its own expressions
and by its buffers, which is without Python's part of a call.  The process has one processor.  Results are compared with
dualdiff's before they count.
"""

import argparse
import functools
import os
import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false")
os.environ.setdefault("JAX_PLATFORMS", "cpu")

import numpy as np
import tasks as of
from scipy.special import erf
from shown import PAGE, header, into_page, unit
from timing import interleaved

import dualdiff as dd

MARKS = ("<!-- peers -->", "<!-- /peers -->")
PICTURE = PAGE.parent / "peers.png"
OPTIONS = 1_000_000
LONG = 20.0
"""Seconds: a library whose first call takes longer has no entry."""


# ---- tasks --------------------------------------------------------------------------------------


@dataclass
class Task:
    """What is differentiated, and how each library says it."""

    name: str
    kind: str  # gradient, jvp, hessian, hvp, jacobian
    args: tuple
    make: Callable[[Any], Any]  # xp -> f
    which: tuple = (0,)  # gradient: the arguments it is for
    pure: Callable[[Any], Any] | None = None  # for arrays that cannot be written to
    scanned: Callable[[], Any] | None = None  # for JAX: with its own loops
    symbolic: Callable[[Any], Any] | None = None  # casadi -> (arguments, result)
    small: bool = False  # worth trying by numbers, one dual for each element
    of_erf: bool = False  # make takes erf, too

    def on(self, xp, erf=None):
        """The function on a namespace."""
        make = self.pure if self.pure is not None and xp is not np else self.make
        return make(xp, erf) if self.of_erf else make(xp)


def all_tasks(options=OPTIONS):
    """The rows of the table."""
    for n in (4, 16, 100):
        x = np.linspace(0.5, 1.5, n)
        yield Task(
            f"gradient of Rosenbrock, n = {n}", "gradient", (x,), of.rosenbrock, symbolic=sym_rosenbrock(n), small=True
        )
    for n in (10, 1000, 100_000, 1_000_000):
        x = np.linspace(0.1, 2.0, n)
        yield Task(
            f"jvp of a chain of functions, n = {n:,}",
            "jvp",
            (x, np.ones(n)),
            of.chain,
            symbolic=sym_chain(n),
            small=n == 10,
        )
    for n in (32, 256, 1000):
        u = np.random.default_rng(0).normal(size=(n, n))
        yield Task(f"jvp of Bratu, {n} x {n}", "jvp", (u, np.ones((n, n))), of.bratu, symbolic=sym_bratu(n))
    yield Task(
        "gradient of a Gaussian mixture, 1000 points",
        "gradient",
        (of.mixture_data()[1],),
        of.mixture,
        symbolic=sym_mixture,
    )
    yield Task("gradient of an RNN of 200 steps", "gradient", (of.recurrent_data()[2],), of.recurrent,
               scanned=scanned_recurrent, symbolic=sym_recurrent, small=True)  # fmt: skip
    yield Task("gradient through 1000 RK4 steps of Lorenz", "gradient", (np.array([1.0, 2.0, 20.0]),), of.lorenz,
               scanned=scanned_lorenz, symbolic=sym_lorenz, small=True)  # fmt: skip
    for n in (16, 100):
        x = np.linspace(0.5, 1.5, n)
        yield Task(
            f"Hessian of Rosenbrock, n = {n}", "hessian", (x,), of.rosenbrock, symbolic=sym_rosenbrock(n), small=True
        )
    x = np.linspace(0.5, 1.5, 100_000)
    yield Task("Hessian times vector, Rosenbrock, n = 100,000", "hvp", (x, np.ones_like(x)), of.rosenbrock,
               symbolic=sym_rosenbrock(len(x)))  # fmt: skip
    u = np.random.default_rng(0).normal(size=1000)
    yield Task("dense Jacobian of the Brusselator, n = 1000", "jacobian", (u,), of.brusselator,
               pure=of.brusselator_without_writes, symbolic=sym_brusselator(len(u)))  # fmt: skip
    for n in (8, 64, 256):
        x = np.random.default_rng(1).normal(size=n)
        make = functools.partial(of.perceptron, n)
        yield Task(f"Jacobian of a two-layer perceptron, n = {n}", "jacobian", (x,), make,
                   symbolic=sym_perceptron(n), small=n < 256)  # fmt: skip
    yield Task(f"Black-Scholes, price and 4 greeks, {options:,} options", "gradient", tuple(of.options(options)),
               of.black_scholes, which=(0, 2, 3, 4), symbolic=sym_options(options), of_erf=True)  # fmt: skip


# ---- JAX's own loops ----


def scanned_recurrent():
    import jax
    import jax.numpy as jnp

    a, b, _ = of.recurrent_data()

    def loss(h):
        h = jax.lax.scan(lambda h, inputs: (jnp.tanh(a @ h + inputs), None), h, jnp.asarray(b))[0]
        return jnp.sum(h * h)

    return loss


def scanned_lorenz():
    import jax
    import jax.numpy as jnp

    slope = of.lorenz_slope(jnp)
    return lambda x: jnp.sum(jax.lax.scan(lambda x, _: (of.lorenz_step(slope, x), None), x, length=1000)[0])


# ---- CasADi's expressions ----
# Its arrays are matrices by columns; SX for what is small, MX for long vectors.


def vector(ca, n):
    return (ca.SX if n <= 1000 else ca.MX).sym("x", n)


def sym_rosenbrock(n):
    def build(ca):
        x = vector(ca, n)
        return [x], ca.sum1(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)

    return build


def sym_chain(n):
    def build(ca):
        x = vector(ca, n)
        return [x], ca.sin(x) * ca.exp(-x * x) + ca.log1p(x * x) * ca.tanh(x)

    return build


def sym_bratu(n):
    def build(ca):
        u = ca.MX.sym("u", n, n)
        row, column = ca.MX(1, n), ca.MX(n, 1)
        around = (ca.vertcat(row, u[:-1, :]) + ca.vertcat(u[1:, :], row)
                  + ca.horzcat(column, u[:, :-1]) + ca.horzcat(u[:, 1:], column))  # fmt: skip
        return [u], (n + 1) ** 2 * (around - 4.0 * u) + 6.0 * ca.exp(u)

    return build


def sym_mixture(ca):
    points, k, d = of.MIXTURE
    data = of.mixture_data()[0]
    p = ca.MX.sym("p", k + 2 * k * d)
    weights = p[:k]
    means, scales = ca.reshape(p[k : k + k * d], d, k), ca.reshape(p[k + k * d :], d, k)  # one component a column
    inner = []
    for j in range(k):
        z = (data - ca.repmat(means[:, j].T, points, 1)) * ca.repmat(ca.exp(scales[:, j]).T, points, 1)
        inner.append(weights[j] - 0.5 * ca.sum2(z * z) + ca.sum1(scales[:, j]))
    top = functools.reduce(ca.fmax, inner)
    terms = top + ca.log(sum(ca.exp(one - top) for one in inner))
    return [p], ca.sum1(terms) - points * ca.log(ca.sum1(ca.exp(weights)))


def sym_recurrent(ca):
    a, b, _ = of.recurrent_data()
    h, inputs = ca.SX.sym("h", len(a)), ca.SX.sym("i", len(a))
    step = ca.Function("step", [h, inputs], [ca.tanh(ca.mtimes(ca.DM(a), h) + inputs)])
    first = ca.MX.sym("h", len(a))
    h = step.mapaccum(len(b))(first, ca.DM(b.T))[:, -1]
    return [first], ca.sum1(h * h)


def sym_lorenz(ca):
    x = ca.SX.sym("x", 3)
    slope = lambda s: ca.vertcat(10.0 * (s[1] - s[0]), s[0] * (28.0 - s[2]) - s[1], s[0] * s[1] - 8.0 / 3.0 * s[2])  # noqa: E731
    step = ca.Function("step", [x], [of.lorenz_step(slope, x)])
    first = ca.MX.sym("x", 3)
    return [first], ca.sum1(step.fold(1000)(first))


def sym_brusselator(n):
    def build(ca):
        u = ca.SX.sym("u", n)
        a, b = u[: n // 2], u[n // 2 :]
        second = lambda a: ca.vertcat(0, a[2:] - 2 * a[1:-1] + a[:-2], 0)  # noqa: E731
        return [u], ca.vertcat(1.0 + a * a * b - 4.0 * a + 50.0 * second(a), 3.0 * a - a * a * b + 50.0 * second(b))

    return build


def sym_perceptron(n):
    def build(ca):
        first, second = of.perceptron_weights(n)
        x = (ca.SX if n < 64 else ca.MX).sym("x", n)
        return [x], ca.tanh(ca.mtimes(ca.DM(second), ca.tanh(ca.mtimes(ca.DM(first), x))))

    return build


def sym_options(n):
    def build(ca):
        args = [ca.MX.sym(name, n) for name in "sktrv"]
        s, k, t, r, v = args
        root = v * ca.sqrt(t)
        d = (ca.log(s / k) + (r + 0.5 * v * v) * t) / root
        below, within = 0.5 * (1 + ca.erf(d / 2**0.5)), 0.5 * (1 + ca.erf((d - root) / 2**0.5))
        return args, ca.sum1(s * below - k * ca.exp(-r * t) * within)

    return build


# ---- libraries ----------------------------------------------------------------------------------
# Each gives a call without arguments, whose result is a list of arrays: what the row asks for, the value first.


def of_dualdiff(task, f=None):
    """Plain calls."""
    f = task.on(np, erf) if f is None else f
    x = task.args[0]
    if task.kind == "gradient":
        g, args = dd.value_and_grad(f, argnums=task.which if len(task.which) > 1 else task.which[0]), task.args
        return lambda: g(*args)
    if task.kind in ("jvp", "hvp"):
        product, v = (dd.jvp if task.kind == "jvp" else dd.hvp), task.args[1]
        return lambda: product(f, (x,), (v,))
    g = {"hessian": dd.hessian, "jacobian": dd.jacobian}[task.kind](f)
    return lambda: g(x)


def of_programs(task):
    """Compiled functions."""
    return of_dualdiff(task, dd.compile(task.on(np, erf), check="never"))


def of_inexact(task):
    """Compiled functions whose values are within 2 ulp."""
    return of_dualdiff(task, dd.compile(task.on(np, erf), exact=False, check="never"))


def of_autograd(task):
    import autograd
    import autograd.numpy
    import autograd.scipy.special

    f = task.on(autograd.numpy, autograd.scipy.special.erf)
    x = task.args[0]
    if task.kind == "gradient":
        g = autograd.value_and_grad(f, task.which if len(task.which) > 1 else task.which[0])
        return lambda: g(*task.args)
    if task.kind == "jvp":
        return lambda: autograd.make_jvp(f)(x)(task.args[1])
    if task.kind == "hvp":
        g = autograd.hessian_vector_product(f)
        return lambda: g(*task.args)
    g = {"hessian": autograd.hessian, "jacobian": autograd.jacobian}[task.kind](f)
    return lambda: g(x)


def of_jax(task):
    import jax

    jax.config.update("jax_enable_x64", True)
    import jax.numpy as jnp
    import jax.scipy.special

    f = task.scanned() if task.scanned else task.on(jnp, jax.scipy.special.erf)
    args = [jnp.asarray(a) for a in task.args]
    if task.kind == "gradient":
        g = jax.value_and_grad(f, task.which if len(task.which) > 1 else task.which[0])
    elif task.kind == "jvp":
        g = lambda x, v: jax.jvp(f, (x,), (v,))  # noqa: E731
    elif task.kind == "hvp":
        g = lambda x, v: jax.jvp(jax.grad(f), (x,), (v,))[1]  # noqa: E731
    else:
        g = {"hessian": jax.hessian, "jacobian": jax.jacfwd}[task.kind](f)
    compiled = jax.jit(g)
    return lambda: jax.block_until_ready(compiled(*args))


def of_casadi(task):
    import casadi as ca

    args, y = task.symbolic(ca)
    if task.kind == "gradient":
        results = [y, *(ca.gradient(y, args[i]) for i in task.which)]
    elif task.kind == "jvp":
        v = type(args[0]).sym("v", *args[0].shape)
        results, args = [y, ca.jtimes(y, args[0], v)], [*args, v]
    elif task.kind == "hvp":
        v = type(args[0]).sym("v", *args[0].shape)
        results, args = [ca.jtimes(ca.gradient(y, args[0]), args[0], v)], [*args, v]
    else:
        results = [ca.hessian(y, args[0])[0] if task.kind == "hessian" else ca.jacobian(y, args[0]).T]  # by columns
    f = ca.Function("f", args, [ca.densify(r) for r in results])
    outs = [np.empty(f.numel_out(i)) for i in range(f.n_out())]
    buffer, call = f.buffer()
    keep = [np.ascontiguousarray(a) for a in task.args]
    for i, a in enumerate(keep):
        buffer.set_arg(i, memoryview(a.reshape(-1)))
    for i, a in enumerate(outs):
        buffer.set_res(i, memoryview(a))

    def run():
        call()
        return outs

    run.keep = keep, buffer, f
    return run


def of_fastdual(task):
    import fastdual

    if not task.small:
        return None
    f, x = task.on(np, erf), task.args[0]
    if task.kind == "hessian":
        g = fastdual.autohess(lambda *x: f(np.array(x, dtype=object)))
        return lambda: g(*x)[1]
    if task.kind not in ("gradient", "jacobian"):
        return None

    def run():
        xs = fastdual.DualArray(x)
        y = f(xs)
        J = fastdual.jac(y, xs)
        return (fastdual.val(y), J) if task.kind == "gradient" else J

    return run


def of_num_dual(task):
    import num_dual

    if not task.small or task.kind not in ("gradient", "jacobian", "hessian"):
        return None
    f, x = task.on(np, erf), task.args[0].tolist()
    one = lambda v: f(np.array(v, dtype=object))  # noqa: E731
    if task.kind == "gradient":
        return lambda: num_dual.gradient(one, x)
    if task.kind == "hessian":
        return lambda: num_dual.hessian(one, x)[2]
    return lambda: num_dual.jacobian(lambda v: list(one(v)), x)[1]


OURS = ("dualdiff", "dd.compile", "exact=False")
LIBRARIES = {
    "dualdiff": of_dualdiff, "dd.compile": of_programs, "exact=False": of_inexact, "autograd": of_autograd,
    "jax.jit": of_jax, "casadi": of_casadi, "fastdual": of_fastdual, "num-dual": of_num_dual,
}  # fmt: skip
MODULES = {"autograd": "autograd", "jax.jit": "jax", "casadi": "casadi", "fastdual": "fastdual", "num-dual": "num_dual"}
COMPILING = ("dd.compile", "jax.jit", "casadi")


def installed():
    """name -> version of what is there."""
    import importlib.metadata
    import importlib.util

    found = dict.fromkeys(OURS, dd.__version__)
    for name, module in MODULES.items():
        if importlib.util.find_spec(module) is not None:
            found[name] = importlib.metadata.version(module)
    return found


# ---- measuring ----------------------------------------------------------------------------------


def flat(result):
    """The numbers of a result."""
    if isinstance(result, (tuple, list)):
        return np.concatenate([flat(r) for r in result])
    return np.asarray(result, dtype=float).reshape(-1)


def measure(task, names, seconds):
    """(seconds of f, name -> seconds of a call, name -> seconds of the first, name -> why there is none)."""
    f, point = task.on(np, erf), task.args if task.kind == "gradient" else task.args[:1]
    wanted, calls, first, missing = None, {}, {}, {}
    for name in names:
        start = time.perf_counter()
        try:
            call = LIBRARIES[name](task)
            result = None if call is None else call()
        except Exception as error:
            if name in OURS:
                raise
            missing[name] = f"{type(error).__name__}: {error}"[:200]
            continue
        if call is None:
            continue
        first[name] = time.perf_counter() - start
        found = flat(result)
        if wanted is None:
            wanted = found
        scale = np.max(np.abs(wanted))
        if found.shape != wanted.shape or not np.max(np.abs(found - wanted)) <= 1e-9 * scale:
            raise AssertionError(
                f"{name}: {task.name} differs from dualdiff's by {np.max(np.abs(found - wanted)) / scale:.1e}"
            )
        if first[name] < LONG:
            calls[name] = call
    times = interleaved(lambda: f(*point), *calls.values(), seconds=seconds * (1 + len(calls)))
    return times[0], dict(zip(calls, times[1:], strict=True)), first, missing


def number(ratio):
    """Three places, no more."""
    return f"{ratio:.2f}" if ratio < 10 else f"{ratio:.1f}" if ratio < 100 else f"{ratio:.0f}"


def tables(rows, versions):
    """The lines of both tables."""
    names = list(versions)
    yield header("python benchmarks/peers.py --write").replace("one thread", "one processor, one run for all libraries")
    yield ""
    others = ", ".join(
        f"{name.removesuffix('.jit')} {version}" for name, version in versions.items() if name not in OURS
    )
    yield f"Others: {others}." if others else "No other library is installed."
    yield ""
    yield "Value and derivative, in units of f (the best of a row is bold; - : the library cannot, or not in this way):"
    yield ""
    yield "| | f | " + " | ".join(names) + " |"
    yield "|-|-" + "|-" * len(names) + "|"
    for task, base, times, _ in rows:
        best = min(times.values())
        cells = []
        for name in names:
            if name not in times:
                cells.append("-")
                continue
            text = number(times[name] / base)
            cells.append(f"**{text}**" if times[name] <= 1.02 * best else text)
        yield f"| {task.name} | {unit(base)} | " + " | ".join(cells) + " |"
    yield ""
    compiling = [name for name in COMPILING if name in names]
    yield "What the first call takes, compilation in it:"
    yield ""
    yield "| | " + " | ".join(compiling) + " |"
    yield "|-" + "|-" * len(compiling) + "|"
    for task, _, _, first in rows:
        yield f"| {task.name} | " + " | ".join(unit(first[name]) if name in first else "-" for name in compiling) + " |"
    yield ""
    yield from lost(rows)


def lost(rows):
    """Where another library is ahead of the best of ours by more than a tenth."""
    found = []
    for task, base, times, _ in rows:
        ours = min(t for name, t in times.items() if name in OURS)
        ahead = [(t, name) for name, t in times.items() if name not in OURS and t < 0.9 * ours]
        if ahead:
            t, name = min(ahead)
            found.append(f"{task.name} ({name}, {number(t / base)} against {number(ours / base)})")
    yield (
        f"Others are ahead by more than a tenth in: {'; '.join(found)}."
        if found
        else "No other library is ahead by more than a tenth."
    )


def draw(rows, versions, file):
    """The picture: a line for each task, a mark for each library."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    looks = {
        "dd.compile": ("#d55e00", "o", 9), "exact=False": ("#d55e00", "|", 11), "dualdiff": ("#000000", "o", 6),
        "jax.jit": ("#0072b2", "s", 6), "casadi": ("#009e73", "^", 6.5), "autograd": ("#999999", "D", 5),
        "fastdual": ("#cc79a7", "v", 6), "num-dual": ("#56b4e9", "X", 6),
    }  # fmt: skip
    figure, ax = plt.subplots(figsize=(8.5, 0.29 * len(rows) + 1.3), layout="constrained")
    places = np.arange(len(rows))[::-1]
    for name, (color, marker, size) in looks.items():
        if name not in versions:
            continue
        points = [(times[name] / base, y) for (_, base, times, _), y in zip(rows, places, strict=True) if name in times]
        x, y = zip(*points, strict=True)
        label = "dd.compile, exact=False" if name == "exact=False" else name
        ax.plot(
            x,
            y,
            marker,
            color=color,
            ms=size,
            mew=2 if marker == "|" else 0.5,
            mec=color if marker == "|" else "white",
            label=label,
        )
    ax.axvline(1.0, color="#bbbbbb", lw=1, zorder=0)
    ax.set_xscale("log")
    ax.set_yticks(places, [task.name for task, *_ in rows], fontsize=8)
    ax.set_ylim(-0.7, len(rows) - 0.3)
    ax.set_xlabel("value and derivative, in evaluations of the plain NumPy function")
    ax.grid(axis="both", alpha=0.25)
    ax.legend(frameon=False, fontsize=8, loc="lower center", bbox_to_anchor=(0.4, 1.0), ncols=4)
    figure.savefig(file, dpi=110)


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=0.3, help="for each entry (0.3)")
    parser.add_argument("--only", default="", help="rows with this in their name")
    parser.add_argument("--options", type=int, default=OPTIONS, help="how many options Black and Scholes price")
    parser.add_argument("--write", action="store_true", help="into docs/benchmarks.md, and the picture")
    parser.add_argument("--plot", type=Path, help="the picture alone")
    given = parser.parse_args()
    if given.write and given.only:
        sys.exit("--write measures all rows")
    warnings.simplefilter("ignore")
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})  # before JAX makes its threads
    versions, rows = installed(), []
    for task in all_tasks(given.options):
        if given.only not in task.name:
            continue
        base, times, first, missing = measure(task, list(versions), given.seconds)
        rows.append((task, base, times, first))
        shown = "  ".join(f"{name} {number(t / base)} ({unit(first[name])})" for name, t in times.items())
        print(f"{task.name}: f {unit(base)}; {shown}", file=sys.stderr)
        for name, why in missing.items():
            print(f"    {name}: {why}", file=sys.stderr)
    text = "\n".join(tables(rows, versions))
    print(text)
    if given.write:
        PAGE.write_text(into_page(PAGE.read_text(encoding="utf-8"), text, MARKS), encoding="utf-8")
    if given.write or given.plot:
        draw(rows, versions, given.plot or PICTURE)


if __name__ == "__main__":
    main()
