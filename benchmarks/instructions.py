"""Instructions of a call on hot paths, counted by valgrind, against the counts that the repository keeps.

    python benchmarks/instructions.py            compares; fails where a path takes more than TOLERANCE more
    python benchmarks/instructions.py --write    keeps the counts

A count does not depend on how busy the machine is, but on the compiler and the versions of Python and NumPy.  So
counts are kept by versions, and where there are none for yours they are printed only.  A path runs in two processes,
with MANY and with FEW calls: the difference is what MANY - FEW calls take.  Two runs differ by less than one percent.
Needs valgrind on the PATH; takes about six minutes.
"""

import argparse
import json
import os
import platform
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

KEPT = Path(__file__).with_suffix(".json")
TOLERANCE = 0.05
FEW, MANY = 500, 8500


def paths() -> dict[str, Callable[[], Any]]:
    """name -> a call of a hot path without arguments; everything that is made once is made here."""
    import numpy as np

    import dualdiff as dd

    def formula(x: Any) -> Any:
        return np.sin(x) * np.exp(x) + x**3

    def rosenbrock(x: Any) -> Any:
        return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)

    def chain(x: Any) -> Any:
        return np.sin(x) * np.exp(-x * x) + np.log1p(x * x) * np.tanh(x)

    small, medium, large = (np.linspace(0.1, 0.9, n) for n in (10, 100, 1000))
    _, J = dd.linearize(chain, small)
    _, R = dd.linearize(rosenbrock, small)
    found = {
        "derivative of a formula": lambda: dd.derivative(formula)(0.7),
        "grad of Rosenbrock, n = 10": lambda: dd.grad(rosenbrock)(small),
        "jvp of a chain, n = 1000": lambda: dd.jvp(chain, (large,), (large,)),
        "vjp of Rosenbrock, n = 100": lambda: dd.vjp(rosenbrock, medium)[1](1.0),
        "J @ v of a chain, n = 10": lambda: J @ small,
        "J @ v of Rosenbrock, n = 10": lambda: R @ small,
        "hvp of Rosenbrock, n = 100": lambda: dd.hvp(rosenbrock, (medium,), (medium,)),
        "Hessian of Rosenbrock, n = 10": lambda: dd.hessian(rosenbrock)(small),
    }
    if hasattr(dd, "compile"):
        gradient = dd.grad(dd.compile(rosenbrock))
        found["grad of Rosenbrock, compiled, n = 10"] = lambda: gradient(small)
    return found


def run(name: str, calls: int) -> None:
    """What is counted: a path, called so often."""
    call = paths()[name]
    for _ in range(calls):
        call()


def counted(name: str, calls: int) -> int:
    """Instructions of a process that runs a path so often."""
    command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", sys.executable, __file__]
    # hashes, and so the order in dicts of Python's own, are the same in every process; one thread of BLAS
    env = os.environ | {"PYTHONHASHSEED": "0", "OPENBLAS_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run([*command, "--run", name, str(calls)], capture_output=True, text=True, env=env)
    found = re.search(r"Collected : (\d+)", done.stderr)
    if done.returncode or not found:
        sys.exit(f"valgrind did not count {name!r}:\n{done.stderr[-2000:]}")
    return int(found[1])


def versions() -> str:
    """What the counts depend on."""
    import numpy as np

    python = f"CPython {platform.python_version()}, {platform.python_compiler()}"
    return f"{python}, NumPy {np.__version__}, {platform.machine()}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--write", action="store_true", help="keep the counts")
    parser.add_argument("--only", default="", help="compare paths with this in their name")
    parser.add_argument("--run", nargs=2, metavar=("PATH", "CALLS"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.run:
        run(options.run[0], int(options.run[1]))
        return 0
    if options.write and options.only:
        sys.exit("--write counts all paths")
    kept = json.loads(KEPT.read_text()) if KEPT.exists() else {}
    before, now, worse = kept.get(versions(), {}), {}, []
    print(versions())
    for name in paths():
        if options.only not in name:
            continue
        now[name] = round((counted(name, MANY) - counted(name, FEW)) / (MANY - FEW))
        ratio = now[name] / before[name] if name in before else None
        compared = f"  {ratio:.3f} of what it was" if ratio else ""
        print(f"{name:40} {now[name]:>10} instructions{compared}", flush=True)
        if ratio and ratio > 1 + TOLERANCE:
            worse.append(name)
    if options.write:
        kept[versions()] = now
        KEPT.write_text(json.dumps(kept, indent=2) + "\n")
    elif worse:
        print("more instructions than before:", "; ".join(worse))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
