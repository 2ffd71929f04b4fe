"""Runs something without warnings, also in several threads at once.

`warnings.catch_warnings` keeps the filters of the whole process and puts them back at its end.  Two threads that
overlap put back each other's, and what one of them ignored stays ignored for good.  Here the first thread that comes
keeps the filters and the last one that leaves puts them back; within a thread each puts back its own.
"""

import sys
import threading
import warnings
import weakref
from typing import Any

LOCK = threading.RLock()
active: "weakref.WeakSet[quietly]" = weakref.WeakSet()
"""Those that are inside now.  One whose frame ended in the middle, as by an interrupt, is gone from here by itself."""
here = threading.local()
"""How deep this thread is inside."""
kept: list[Any] = []
"""What puts the filters back."""


class quietly:
    """A context in which warnings of a category are not shown; those of other threads neither, while it lasts.

    Those of the kind `but` go on as they did before.
    """

    def __init__(self, category: type[Warning] = Warning, but: type[Warning] | None = None) -> None:
        self.category, self.but = category, but
        self.own: Any = None

    def __enter__(self) -> None:
        depth = getattr(here, "depth", 0)
        with LOCK:
            if depth or getattr(sys.flags, "context_aware_warnings", False):        # a thread has filters of its own
                self.own = warnings.catch_warnings()
                self.own.__enter__()
            else:
                if not active:
                    kept[:] = [warnings.catch_warnings()]
                    kept[0].__enter__()
                active.add(self)
            here.depth = depth + 1
            before = list(warnings.filters)
            warnings.simplefilter("ignore", self.category)
            if self.but is not None:
                warnings.simplefilter(action_for(self.but, before), self.but)

    def __exit__(self, *error: object) -> None:
        with LOCK:
            here.depth -= 1
            if self.own is not None:
                self.own.__exit__(None, None, None)
                return
            active.discard(self)
            if not active and kept:
                kept.pop().__exit__(None, None, None)


def action_for(category: type[Warning], filters: Any) -> Any:
    """What filters do with warnings of a category, whatever their text and place."""
    for action, message, kind, module, line in filters:
        if issubclass(category, kind) and message is None and module is None and line == 0:
            return action
    return "default"
