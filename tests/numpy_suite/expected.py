"""What fails of NumPy's tests on dualdiff.numpy, and why."""

import fnmatch

EXACT = False


def of(way):
    return {}


def matches(pattern, name):
    return fnmatch.fnmatchcase(name, pattern)


def reason(known, name):
    return None
