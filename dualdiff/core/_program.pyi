"""Types of _program.pyx."""

from collections.abc import Callable, Sequence
from typing import Any

NEAR: frozenset[str]

class GuardFailed:
    index: int
    def __init__(self, index: int) -> None: ...

class Program:
    on_flags: Callable[[int], object] | None
    def __call__(self, inputs: Sequence[Any]) -> list[Any] | GuardFailed: ...
    def fast(self, *args: Any) -> Any: ...
    def flags(self) -> int: ...
    def workspace_bytes(self) -> int: ...
    def explain(self) -> list[dict[str, Any]]: ...

def build(
    graph: Any,
    exact: bool,
    ufunc_of: Callable[[str], Any],
    of_scipy: Callable[[str], bool],
    takes: Sequence[type] | None,
    gives: Sequence[int] | None,
) -> Program: ...
