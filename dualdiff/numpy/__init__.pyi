"""NumPy's own types: dualdiff.numpy is NumPy but for arrays that can hold derivatives while one is taken."""

from typing import Any

from numpy import *
from numpy import typing as typing

from . import fft as fft, linalg as linalg  # type: ignore[no-redef]

def __getattr__(name: str) -> Any: ...
