"""The commands of `python -m dualdiff`: check, explain, info and bench.

    target.py    MODULE:FUNCTION and --at, read
    check.py     derivatives in all modes against differences, what they cost, what to call
    explain.py   the operations of a function, with source lines and costs; its graph
    info.py      versions, processor, BLAS, threads
    bench.py     a short comparison with the peers that are installed

Each has `arguments(parser)`, `examine(...)`, which returns a dict that --json prints, and `text(found)`.

Invariant: uses only what a user can use.
Imports: demo, errors, testing, transforms; inside functions: lifting.
"""

import argparse
import json
import sys
from typing import Any

from ..errors import DualDiffError
from . import bench, check, explain, info
from .target import BadTarget

__all__ = ["COMMANDS", "run"]

COMMANDS = {"check": check, "explain": explain, "info": info, "bench": bench}


def run(argv: list[str]) -> int:
    """Runs the command that argv names; returns the exit code: 0; 1 if a derivative is wrong; 2 for a bad call."""
    parser = argparse.ArgumentParser(prog="python -m dualdiff", description="Derivatives of NumPy code.")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, module in COMMANDS.items():
        summary = (module.__doc__ or "").partition("\n")[0].partition(": ")[2]
        one = commands.add_parser(name, help=summary, description=summary)
        module.arguments(one)
        one.add_argument("--json", action="store_true", help="print the findings as JSON")
    options = parser.parse_args(argv)
    module = COMMANDS[options.command]
    try:
        found: dict[str, Any] = module.examine(options)
    except (BadTarget, DualDiffError) as error:
        print(f"{options.command}: {error}", file=sys.stderr)
        return 2
    print(json.dumps(found, indent=2) if options.json else module.text(found))
    return 0 if found.get("passed", True) else 1
