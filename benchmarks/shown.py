"""How results are shown: times in their own unit, where and how they were measured, and their place in a page."""

import datetime
import platform
from pathlib import Path

import numpy as np

import dualdiff as dd

PAGE = Path(__file__).resolve().parent.parent / "docs" / "benchmarks.md"
MARKS = ("<!-- measured -->", "<!-- /measured -->")


def unit(seconds):
    """A time that a person can read."""
    for size, name in ((1.0, "s"), (1e-3, "ms"), (1e-6, "us")):
        if seconds >= size:
            return f"{seconds / size:.3g} {name}"
    return f"{seconds * 1e9:.3g} ns"


def processor():
    """The name of the processor, where the system tells."""
    try:
        with open("/proc/cpuinfo") as file:
            for line in file:
                if line.startswith("model name"):
                    return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def header(command):
    """Where and how the numbers were measured."""
    return (
        f"Measured on {datetime.date.today()}: "
        f"Python {platform.python_version()}, NumPy {np.__version__}, dualdiff {dd.__version__}, "
        f"{platform.system()} {platform.machine()}, {processor()}. Ratios to the plain NumPy evaluation, "
        f"measured in the same run by `{command}`; one thread."
    )


def into_page(text, measured, marks=MARKS):
    """A page with what stands between two marks replaced."""
    before, rest = text.split(marks[0])
    return f"{before}{marks[0]}\n{measured}\n{marks[1]}{rest.split(marks[1])[1]}"
