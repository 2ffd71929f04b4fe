"""info: versions, the processor's instructions that NumPy uses, BLAS, threads.

What a report of a problem needs.
"""

import argparse
import os
import platform
import sys
from importlib import metadata
from typing import Any

import numpy as np

import dualdiff as dd

__all__ = ["arguments", "examine", "text"]

OTHERS = ("scipy", "Cython", "matplotlib", "autograd", "jax", "torch", "casadi", "numdifftools")
THREADS = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS")


def arguments(parser: argparse.ArgumentParser) -> None:
    """The command has no options of its own."""


def version(name: str) -> str | None:
    """Of an installed package; None where it is not."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def examine(options: argparse.Namespace) -> dict[str, Any]:
    """The command."""
    config: Any = np.show_config(mode="dicts")
    blas = config.get("Build Dependencies", {}).get("blas", {})
    return {
        "dualdiff": dd.__version__,
        "path": os.path.dirname(os.path.abspath(dd.__file__)),
        "python": platform.python_version(),
        "free_threaded": not getattr(sys, "_is_gil_enabled", lambda: True)(),
        "platform": platform.platform(),
        "processor": platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "numpy": np.__version__,
        "packages": {name: found for name in OTHERS if (found := version(name))},
        "simd": config.get("SIMD Extensions", {}),
        "blas": {name: blas.get(name) for name in ("name", "version") if blas.get(name)},
        "threads": {name: os.environ[name] for name in THREADS if name in os.environ},
    }


def text(found: dict[str, Any]) -> str:
    """For people."""
    lines = []
    for name, value in found.items():
        if isinstance(value, dict):
            items = [f"{k} {' '.join(v) if isinstance(v, list) else v}" for k, v in value.items()]
            value = ", ".join(items) or "none set"
        lines.append(f"{name:14} {value}")
    return "\n".join(lines)
