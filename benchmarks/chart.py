"""Draws docs/costs.png: `python benchmarks/chart.py`.  What a gradient costs over the number of inputs, by mode."""

import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import dualdiff as dd
from dualdiff.demo.costs import best_times

SIZES = [2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 4096, 16384, 65536]


def rosenbrock(x):
    """The valley."""
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def measure(seconds=0.3):
    """name -> [(n, cost in units of f)]."""
    found = {"forward": [], "reverse": [], "differences": [], "dd.grad": []}
    for n in SIZES:
        x = np.linspace(0.1, 0.9, n)
        steps = np.eye(n) * 1e-8 if n <= 512 else None

        def differences(x=x, steps=steps):
            base = rosenbrock(x)
            return [(rosenbrock(x + step) - base) / 1e-8 for step in steps]

        ways = {"dd.grad": dd.grad(rosenbrock)}
        if n <= 1024:
            ways["forward"] = dd.grad(rosenbrock, mode="forward")
        ways["reverse"] = dd.grad(rosenbrock, mode="reverse")
        calls = [lambda x=x: rosenbrock(x), *(lambda g=g, x=x: g(x) for g in ways.values())]
        if steps is not None:
            ways["differences"] = None
            calls.append(differences)
        times = best_times(calls, seconds)
        for name, time in zip(ways, times[1:], strict=True):
            found[name].append((n, time / times[0]))
    return found


def draw(found, file):
    """The picture."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, ax = plt.subplots(figsize=(7, 3.6), layout="constrained")
    looks = {"differences": ("#999999", ":", "s"), "forward": ("#0072b2", "--", "o"), "reverse": ("#d55e00", "--", "^")}
    looks["dd.grad"] = ("#000000", "-", "")
    names = {"differences": "differences", "forward": 'mode="forward"', "reverse": 'mode="reverse"',
             "dd.grad": "dd.grad(f), which chooses"}  # fmt: skip
    for name, (color, line, marker) in looks.items():
        n, cost = zip(*found[name], strict=True)
        width = 2 if name == "dd.grad" else 1.2
        ax.loglog(n, cost, line, color=color, marker=marker, ms=4, lw=width, label=names[name])
    ax.set(xlabel="inputs n", ylabel="cost, evaluations of f", title="A gradient of Rosenbrock's function")
    ax.grid(alpha=0.3)
    ax.legend(frameon=False)
    figure.savefig(file, dpi=110)


if __name__ == "__main__":
    draw(measure(), Path(__file__).resolve().parent.parent / "docs" / "costs.png")
