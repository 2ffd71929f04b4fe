"""Functions of scipy.fftpack take and return what SciPy's do; SciPy itself says nothing of their types."""

from typing import Any

def __getattr__(name: str) -> Any: ...
