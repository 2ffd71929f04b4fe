"""bench: gradients of a few functions, by dualdiff and by the peers that are installed.

Peers: differences (SciPy), autograd, JAX with jit.  Each runs the same source on its own NumPy.  The time is the best
of many; compilation is done before.

Invariant: a gradient that is timed was compared with dualdiff's.
"""

import argparse
import functools
import importlib
from collections.abc import Callable
from typing import Any

import numpy as np

import dualdiff as dd

from ..demo.costs import best_times

__all__ = ["arguments", "examine", "text"]


def rosenbrock(xp: Any) -> Callable[[Any], Any]:
    """The valley."""
    return lambda x: xp.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def logistic(xp: Any) -> Callable[[Any], Any]:
    """A logistic regression of 200 points."""
    A = np.random.default_rng(0).standard_normal((200, 50))

    def loss(w: Any) -> Any:
        z = A @ w
        return xp.mean(xp.log(1.0 + xp.exp(-z))) + 1e-3 * xp.sum(w**2)

    return loss


def chain(xp: Any) -> Callable[[Any], Any]:
    """Elementwise operations one after the other."""

    def f(x: Any) -> Any:
        y = x
        for _ in range(5):
            y = xp.sin(y) * xp.exp(-y * y)
        return xp.sum(y)

    return f


PROBLEMS: list[tuple[str, Callable[[Any], Callable[[Any], Any]], int]] = [
    ("Rosenbrock, n = 10", rosenbrock, 10),
    ("Rosenbrock, n = 1000", rosenbrock, 1000),
    ("logistic regression, n = 50", logistic, 50),
    ("elementwise chain, n = 10000", chain, 10000),
]


def arguments(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    parser.add_argument("--seconds", type=float, default=0.2, help="for each entry of the table (0.2)")


def peers(make: Callable[[Any], Callable[[Any], Any]], n: int) -> dict[str, Callable[[Any], Any]]:
    """name -> gradient function."""
    found: dict[str, Callable[[Any], Any]] = {}
    plain = make(np)
    found["dualdiff"] = dd.grad(plain)
    if n <= 100:
        from scipy.optimize import approx_fprime

        found["differences"] = lambda x: approx_fprime(x, plain)
    for name, module in (("autograd", "autograd.numpy"), ("jax, jit", "jax.numpy")):
        try:
            space = importlib.import_module(module)
        except ImportError:
            continue
        if name == "autograd":
            found[name] = importlib.import_module("autograd").grad(make(space))
        else:
            jax = importlib.import_module("jax")
            jax.config.update("jax_enable_x64", True)
            compiled = jax.jit(jax.grad(make(space)))
            found[name] = functools.partial(as_numpy, compiled)
    return found


def as_numpy(compiled: Callable[[Any], Any], x: Any) -> Any:
    """A gradient of JAX as an array of NumPy, which waits for it."""
    return np.asarray(compiled(x))


def examine(options: argparse.Namespace) -> dict[str, Any]:
    """The command."""
    rows = []
    for name, make, n in PROBLEMS:
        x = np.random.default_rng(1).uniform(0.1, 0.9, n)
        gradients = peers(make, n)
        f = gradients["dualdiff"].__wrapped__     # type: ignore[attr-defined]
        wanted = gradients["dualdiff"](x)
        calls: list[Callable[[], Any]] = [functools.partial(f, x)]
        for who, gradient in gradients.items():
            error = float(np.max(np.abs(gradient(x) - wanted)) / np.max(np.abs(wanted)))
            if error > (1e-4 if who == "differences" else 1e-9):
                raise AssertionError(f"{who}: the gradient of {name} differs by {error:.1e}")
            calls.append(functools.partial(gradient, x))
        times = best_times(calls, options.seconds * len(calls))
        rows.append({"function": name, "f": times[0], "gradient": dict(zip(gradients, times[1:], strict=True))})
    return {"rows": rows}


def text(found: dict[str, Any]) -> str:
    """For people."""
    names = list(dict.fromkeys(name for row in found["rows"] for name in row["gradient"]))
    lines = ["gradient, in microseconds (in units of f)", "", f"{'':30}{'f':>10}" + "".join(f"{n:>20}" for n in names)]
    for row in found["rows"]:
        cells = []
        for name in names:
            time = row["gradient"].get(name)
            cells.append(f"{'':>20}" if time is None else f"{time * 1e6:11.1f} ({time / row['f']:5.1f})".rjust(20))
        lines.append(f"{row['function']:30}{row['f'] * 1e6:10.1f}" + "".join(cells))
    missing = [name for name in ("autograd", "jax, jit") if name not in names]
    if missing:
        lines += ["", f"not installed here: {'; '.join(missing)}"]
    return "\n".join(lines)
