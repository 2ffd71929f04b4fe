"""What lifted code costs: on plain numbers and for a jvp, in units of the original's plain call.

    python benchmarks/lifted.py

A jvp of a lifted function runs the copy on duals and the original on plain numbers (the value guard).
"""

import math
import timeit

import numpy as np

import dualdiff as dd


def sines(x):
    """One function of math."""
    return math.sin(x)


def scalar(x):
    """Scalar code with branches."""
    y = float(x)
    for _ in range(20):
        y = y * 0.5 + math.sin(y) * math.exp(-y) if isinstance(y, float) and y > 0 else y + 1.0
    return y


def powers(x):
    """Scalar code of powers."""
    t = x / 300.0
    s = 0.0
    for a, b in ((0.1, -2), (0.3, 1.5), (0.2, 3), (-0.4, 0.5), (0.05, 7)):
        s += a * t**b
    return s * math.sqrt(t)


def buffers(x):
    """An array that is filled element by element."""
    out = np.zeros(20)
    for i in range(20):
        out[i] = math.exp(-0.1 * i) * x
    return out


def arrays(x):
    """Array code."""
    a = np.linspace(0.0, 1.0, 200) * x
    return np.sum(np.sin(a) * a)


def best(call):
    """Seconds of a call: the least of many."""
    timer = timeit.Timer(call)
    n = max(1, int(0.002 / min(timer.repeat(5, 1))))
    return min(timer.repeat(60, n)) / n


def main():
    """Prints the table."""
    print("| function | plain call, us | lifted, plain numbers | jvp of the lifted |\n|---|---|---|---|")
    for f in (sines, scalar, powers, buffers, arrays):
        g, x = dd.lift(f), 310.0 if f is powers else 0.7
        dd.jvp(g, (x,), (1.0,))
        plain = best(lambda: f(x))  # noqa: B023
        lifted, jvp = best(lambda: g(x)), best(lambda: dd.jvp(g, (x,), (1.0,)))  # noqa: B023
        print(f"| {f.__doc__.rstrip('.').lower()} | {1e6 * plain:.2f} | {lifted / plain:.2f} | {jvp / plain:.1f} |")
    from dualdiff import numpy as dnp

    a = np.ones(3)
    for name, ours, theirs in (
        ("zeros(3)", lambda: dnp.zeros(3), lambda: np.zeros(3)),
        ("array([1.0, 2.0])", lambda: dnp.array([1.0, 2.0]), lambda: np.array([1.0, 2.0])),
        ("concatenate([a, a])", lambda: dnp.concatenate([a, a]), lambda: np.concatenate([a, a])),
        ("sin(a)", lambda: dnp.sin(a), lambda: np.sin(a)),
    ):
        more, base = best(ours) - (t := best(theirs)), t
        print(f"dualdiff.numpy.{name} outside a derivative: {1e9 * more:.0f} ns more than NumPy's {1e9 * base:.0f} ns")


if __name__ == "__main__":
    main()
