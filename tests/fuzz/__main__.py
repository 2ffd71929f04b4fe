"""Runs the fuzzer: see the package."""

import argparse
import collections
import contextlib
import sys
import time

from .laws import check
from .programs import make
from .shrink import shrunk


def main(arguments=None):
    """Returns the number of programs that break a law (at most 100, for the exit status)."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0, help="how long (default 60)")
    parser.add_argument("--first", type=int, default=0, help="the first seed (default 0)")
    parser.add_argument("--count", type=int, help="how many programs, instead of how long")
    parser.add_argument("--seed", type=int, help="this program alone")
    parser.add_argument("--most", type=int, default=10, help="stop after so many disagreements (default 10)")
    parser.add_argument("-v", "--verbose", action="store_true", help="print each program, and what was refused")
    given = parser.parse_args(arguments)
    start = time.monotonic()
    seeds = [given.seed] if given.seed is not None else iter(range(given.first, sys.maxsize))
    tried, bad, refused = 0, 0, collections.Counter()
    with contextlib.suppress(KeyboardInterrupt):
        for seed in seeds:
            if given.count is not None and tried >= given.count:
                break
            if given.seed is None and given.count is None and time.monotonic() - start > given.seconds:
                break
            program = make(seed)
            if given.verbose:
                print(f"# seed {seed}\n{program.printed()}")
            found, refusals = check(program)
            tried += 1
            for text in refusals:
                refused[text[:110]] += 1
            if found:
                bad += 1
                report(program, found)
                if bad >= given.most:
                    break
    if given.verbose:
        for text, count in refused.most_common(30):
            print(count, text)
    print(f"{tried} programs, {bad} disagreements, {sum(refused.values())} calls refused, "
          f"{time.monotonic() - start:.0f} s")  # fmt: skip
    return min(bad, 100)


def report(program, found):
    """Prints a disagreement as a small program."""
    law = found[0].law
    small = shrunk(program, law)
    again, _ = check(small)
    text = next((d.text for d in again if d.law == law), found[0].text)
    print(f"--- seed {program.seed}: {law}\n{small.printed()}\n{text}\n", flush=True)


if __name__ == "__main__":
    sys.exit(main())
