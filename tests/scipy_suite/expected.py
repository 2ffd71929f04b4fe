"""What fails of SciPy's tests on dualdiff.scipy, and why.

A key is the name of a test; one that ends in * stands for all that begin so.  The names are those of SciPy 1.17; with
another SciPy, run.py says what differs and fails only where many tests do.
"""

import scipy

EXACT = scipy.__version__.startswith("1.17.")

KNOWN: dict = {}


def matches(pattern, name):
    """Whether a test is meant by a key."""
    return name.startswith(pattern[:-1]) if pattern.endswith("*") else name == pattern


def reason(name):
    """Why a test is known to fail; None where it is not."""
    return next((why for pattern, why in KNOWN.items() if matches(pattern, name)), None)
