"""Systems of 3 to 20 unknowns: dualdiff.solve.root against scipy.optimize.root(method="hybr").

    python benchmarks/solve_small.py [--repeat 5] [--only NAME]

Both get F and x0, no Jacobian, and their default tolerances.  CPU time in one process, in turn, the least of --repeat
rounds.  "compiled" is the same F after dd.compile, in solves after the first.
"""

import argparse
import os
import time

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import problems
from scipy.optimize import root

import dualdiff as dd
from dualdiff import solve


def seconds(run, least=0.02):
    """CPU seconds of one run, of so many that the clock can tell."""
    count, spent = 0, 0.0
    begin = time.thread_time()
    while spent < least:
        run()
        count += 1
        spent = time.thread_time() - begin
    return spent / count


def main():
    """The table, and the geometric means."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    np.seterr(all="ignore")
    print("| problem | n | F/us | hybr: nfev | us | root: nfev | steps | us | hybr/root | compiled: us | hybr/root |")
    print("|-" * 11 + "|")
    ratios = []
    for p in problems.small():
        if not 3 <= p.n <= 20 or options.only not in p.name:
            continue
        compiled = dd.compile(p.fun)
        runs = [
            lambda p=p: p.fun(p.x0),
            lambda p=p: root(p.fun, p.x0, method="hybr"),
            lambda p=p: solve.root(p.fun, p.x0),
            lambda p=p, f=compiled: solve.root(f, p.x0),
        ]
        theirs, ours = [run() for run in runs][1:3]
        times = np.min([[seconds(run) for run in runs] for _ in range(options.repeat)], axis=0) * 1e6
        if theirs.success and ours.success:
            ratios.append((times[1] / times[2], times[1] / times[3]))
        print(
            f"| {p.name} | {p.n} | {times[0]:.1f} | {theirs.nfev if theirs.success else 'fails'} | {times[1]:.0f} | "
            f"{ours.nfev if ours.success else 'fails'} | {ours.nit} | {times[2]:.0f} | {times[1] / times[2]:.2f} | "
            f"{times[3]:.0f} | {times[1] / times[3]:.2f} |", flush=True,
        )  # fmt: skip
    plain, compiled = np.exp(np.mean(np.log(ratios), axis=0))
    print(f"\nwhere both solve ({len(ratios)}): geometric means of hybr/root {plain:.2f}, compiled {compiled:.2f}")


if __name__ == "__main__":
    main()
