"""check: derivatives in every mode against differences, kinks and noise told apart, costs, and advice.

Along a few random directions v the derivative J v of each mode is compared with a difference that knows its own error.
Where that error is large, or f gives two values at one point, f is noisy; where the slopes to the two sides
differ, x is at a kink along v.

Invariant: a verdict never rests on a difference that is less certain than the verdict.
"""

import argparse
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

import dualdiff as dd

from ..demo.costs import best_times
from ..errors import DualDiffError
from ..testing import numerical_jvp
from ..transforms.pytrees import flatten, unflatten
from .target import add_target, read

__all__ = ["arguments", "examine", "judge", "text"]

DIRECTIONS = 3
SURE = 1e-3
"""Relative error of a difference beyond which it decides nothing."""
SIDE = 1e-6
"""Relative step of the slopes to either side."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    add_target(parser)
    parser.add_argument("--seed", type=int, default=0, help="of the random directions (0)")
    parser.add_argument("--no-costs", action="store_true", help="leave out the costs")


def differentiable(x: Any) -> bool:
    """Whether an argument, or a leaf of one, has a derivative."""
    return isinstance(x, (float, np.floating)) or isinstance(x, np.ndarray) and x.dtype.kind == "f"


def flat(y: Any) -> Any:
    """A result as one vector."""
    leaves = [np.ravel(np.asarray(leaf)) for leaf in flatten(y)[0]]
    return np.concatenate(leaves) if leaves else np.zeros(0)


class Along:
    """f as a function of the numbers that can be differentiated by."""

    def __init__(self, f: Callable[..., Any], xs: tuple[Any, ...]) -> None:
        self.f = f
        self.leaves, self.structure = flatten(list(xs))
        self.live = [i for i, x in enumerate(self.leaves) if differentiable(x)]
        self.points = tuple(self.leaves[i] for i in self.live)

    def __call__(self, *points: Any) -> Any:
        leaves = [x.copy() if isinstance(x, np.ndarray) else x for x in self.leaves]
        for i, x in zip(self.live, points, strict=True):
            leaves[i] = x
        return self.f(*unflatten(self.structure, leaves))

    def moved(self, v: tuple[Any, ...], h: float) -> Any:
        """f a step along v, as a vector."""
        return flat(self(*(x + h * t for x, t in zip(self.points, v, strict=True))))


def sides(f: Along, v: tuple[Any, ...]) -> tuple[bool, Any, Any]:
    """Whether the slopes to the two sides differ for certain, and the slopes."""
    h = SIDE * max(1.0, max(float(np.max(np.abs(x), initial=0.0)) for x in f.points))
    y = f.moved(v, 0.0)

    def slopes(h: float) -> tuple[Any, Any]:
        return (y - f.moved(v, -h)) / h, (f.moved(v, h) - y) / h

    with np.errstate(all="ignore"):
        (left, right), (left2, right2) = slopes(h), slopes(h / 8)
        gap = np.abs(right2 - left2)
        # a smooth function's slopes approach each other as h does; those of a kink stay apart
        still = np.maximum(np.abs(left - left2), np.abs(right - right2))
        kink = bool(np.any((gap > 10 * still) & (gap > 1e-4 * np.maximum(1.0, np.abs(right2) + np.abs(left2)))))
    return kink, left2, right2


def compare(exact: Any, number: Any, error: Any, least: float = 1e-300) -> str:
    """ "agrees", "differs" or "undecided"; least: what the sizes of the numbers count as at least."""
    exact, number, error = flat(exact), flat(number), flat(error)
    size = np.maximum(float(np.max(np.abs(number), initial=0.0, where=np.isfinite(number))), least)
    sure = np.isfinite(error) & (error <= SURE * size) & np.isfinite(number)
    wrong = sure & ~(np.abs(exact - number) <= 30 * error + 1e-6 * size)
    if np.any(wrong):
        return "differs"
    return "agrees" if np.all(sure) else "undecided"


def judge(f: Callable[..., Any], xs: tuple[Any, ...], seed: int = 0, costs: bool = True) -> dict[str, Any]:
    """All that is found out of f at xs."""
    along = Along(f, xs)
    if not along.points:
        raise dd.errors.InputError("there is no float among the arguments of --at: write 1.0, not 1, and np.ones(3)")
    value, again = flat(along(*along.points)), flat(along(*along.points))
    n, m = int(sum(np.size(x) for x in along.points)), int(value.size)
    found: dict[str, Any] = {
        "inputs": n, "outputs": m, "finite": bool(np.all(np.isfinite(value))),
        "repeatable": bool(np.array_equal(value, again, equal_nan=True)), "kinks": [], "modes": {}, "notes": [],
    }  # fmt: skip
    rng = np.random.default_rng(seed)
    verdicts: dict[str, list[str]] = {"forward": [], "reverse": [], "replayed": []}
    noise = 0.0
    errors: dict[str, str] = {}
    for i in range(DIRECTIONS):
        v = tuple(
            rng.standard_normal(np.shape(x)) if np.ndim(x) else float(rng.standard_normal()) for x in along.points
        )
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            number, error = numerical_jvp(along, along.points, v)
            kink, left, right = sides(along, v)
        least = 1e-300
        if kink and found["repeatable"]:
            worst = int(np.argmax(np.abs(right - left)))
            found["kinks"].append(
                {"direction": i, "output": worst, "left": float(left[worst]), "right": float(right[worst])}
            )
            least = float(np.max(np.abs(left) + np.abs(right)))
            number, error = (left + right) / 2, 1e-5 * (np.abs(left) + np.abs(right) + 1e-3)
        size = max(float(np.max(np.abs(flat(number)), initial=0.0)), 1e-300)
        noise = max(noise, float(np.max(flat(error), initial=0.0)) / size)
        w = rng.standard_normal(m)
        weighed = w @ flat(number), np.abs(w) @ flat(error)
        for mode, product in products(along, v, w).items():
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    found_now = product()
                verdicts[mode].append(compare(found_now, *(weighed if mode == "reverse" else (number, error)), least))
            except DualDiffError as problem:
                verdicts[mode].append("fails")
                errors[mode] = f"{type(problem).__name__}: {problem}"
    for mode, words in verdicts.items():
        verdict = next(w for w in ("fails", "differs", "undecided", "agrees") if w in words)
        found["modes"][mode] = {"verdict": verdict, **({"error": errors[mode]} if mode in errors else {})}
    found["noise"] = noise if np.isfinite(noise) else None
    if costs:
        found["costs"] = cost_of(along, found)
    wrong = any(mode["verdict"] in ("differs", "fails") for mode in found["modes"].values())
    found["passed"] = found["finite"] and not wrong
    found["notes"], found["advice"] = notes(found), advice(along, found)
    return found


def products(f: Along, v: tuple[Any, ...], w: Any) -> dict[str, Callable[[], Any]]:
    """J v in each mode; of reverse mode w'J v."""

    def reverse() -> float:
        value, pullback = dd.vjp(f, *f.points)
        outs, structure = flatten(value)
        parts, start = [], 0
        for y in outs:
            stop = start + int(np.size(y))
            parts.append(np.reshape(w[start:stop], np.shape(y)))
            start = stop
        g: Any = pullback(unflatten(structure, parts))
        every = g if len(f.points) > 1 else (g,)
        return sum(float(np.sum(a * t)) for a, t in zip(every, v, strict=True))

    return {
        "forward": lambda: dd.jvp(f, f.points, v)[1],
        "reverse": reverse,
        "replayed": lambda: dd.linearize(f, *f.points)[1].jvp(*v),
    }


def cost_of(f: Along, found: dict[str, Any]) -> dict[str, float]:
    """Times in units of f; "f" itself in seconds."""
    calls: dict[str, Callable[[], Any]] = {"f": lambda: f(*f.points)}
    v = tuple(np.ones(np.shape(x)) if np.ndim(x) else 1.0 for x in f.points)
    if found["modes"]["forward"]["verdict"] != "fails":
        calls["J v, forward (jvp)"] = lambda: dd.jvp(f, f.points, v)
    if found["modes"]["reverse"]["verdict"] != "fails":
        w = unflatten(flatten(f(*f.points))[1], [np.ones(np.shape(y)) for y in flatten(f(*f.points))[0]])
        calls["v' J, reverse (vjp)"] = lambda: dd.vjp(f, *f.points)[1](w)
        J = dd.linearize(f, *f.points)[1]
        J.jvp(*v)
        calls["J v, replayed (linearize)"] = lambda: J.jvp(*v)
    if found["inputs"] * found["outputs"] <= 10**6:
        every = tuple(range(len(f.points)))
        if found["modes"]["forward"]["verdict"] != "fails":
            calls["J, forward"] = lambda: dd.jacobian(f, every, mode="forward")(*f.points)
        if found["modes"]["reverse"]["verdict"] != "fails":
            calls["J, reverse"] = lambda: dd.jacobian(f, every, mode="reverse")(*f.points)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        times = best_times(list(calls.values()), 0.1 * len(calls))
    return {name: time if name == "f" else time / times[0] for name, time in zip(calls, times, strict=True)}


def notes(found: dict[str, Any]) -> list[str]:
    """What is particular about f here."""
    result = []
    if not found["finite"]:
        result.append("the value is not finite; `with dualdiff.debug():` names the line that made the first nan or inf")
    if not found["repeatable"]:
        result.append("noise: two calls at the same point gave two values (random numbers, or a state that changes)")
    elif not found["kinks"] and (found["noise"] is None or found["noise"] > SURE):
        result.append("noise: differences do not settle here (rounding, a jump, or a table in f); nothing to compare")
    for kink in found["kinks"]:
        result.append(
            f"kink: along direction {kink['direction']} output {kink['output']} has slope {kink['left']:.6g} on one "
            f"side and {kink['right']:.6g} on the other; the derivative is their mean"
        )
    return result


def advice(f: Along, found: dict[str, Any]) -> list[str]:
    """What to call."""
    n, m = found["inputs"], found["outputs"]
    result = []
    if any(mode["verdict"] == "fails" for mode in found["modes"].values()):
        result.append("some modes fail: their errors say what to write; code of others runs with dualdiff.lift(f)")
    if m == 1:
        mode = "forward" if n <= 256 else "reverse"
        result.append(f"one result of {n} inputs: dualdiff.grad(f), which takes {mode} mode")
        if n > 1:
            result.append("to minimise it: dualdiff.scipy.optimize.minimize(f, x0), with exact derivatives")
    elif n == 1:
        result.append("one input: dualdiff.derivative(f)")
    else:
        result.append(f"{m} results of {n} inputs: dualdiff.jacobian(f); products alone: dualdiff.linearize(f, x)")
    if m > 20 and n > 20 and len(f.points) == 1:
        try:
            pattern = dd.sparsity(f, f.points[0])
            colors = dd.coloring(pattern).ncolors
        except DualDiffError:
            return result
        if colors < n / 4:
            result.append(f"the Jacobian is sparse: dualdiff.sparse_jacobian(f, x) needs {colors} products, not {n}")
    return result


def examine(options: argparse.Namespace) -> dict[str, Any]:
    """The command."""
    f, xs = read(options)
    with np.errstate(all="ignore"):     # a nan or an inf is told of as such
        found = judge(f, xs, options.seed, not options.no_costs)
    return {"function": options.function, "at": options.at, **found}


def text(found: dict[str, Any]) -> str:
    """For people."""
    sizes = f"{found['inputs']} inputs, {found['outputs']} outputs"
    lines = [f"{found['function']} at {'; '.join(found['at'])}: {sizes}", ""]
    lines.append("derivative against differences")
    for mode, one in found["modes"].items():
        lines.append(f"  {mode:10} {one['verdict']}{': ' + one['error'] if 'error' in one else ''}")
    if "costs" in found:
        lines += ["", f"cost: f takes {found['costs']['f'] * 1e6:.3g} us; in units of it"]
        lines += [f"  {name:28} {cost:8.2f}" for name, cost in found["costs"].items() if name != "f"]
    for title in ("notes", "advice"):
        if found[title]:
            lines += ["", title, *(f"  {line}" for line in found[title])]
    failed = "FAILED: a derivative is wrong or cannot be taken, or the value is not finite"
    lines += ["", "passed" if found["passed"] else failed]
    return "\n".join(lines)
