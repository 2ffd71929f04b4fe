"""Says where a derivative is nan because there is none, and what to write instead.

An eigenvector of an eigenvalue that is repeated has no derivative, nor has a repeated root.  Whether that matters is
known at the end only: a function of the eigenvalues alone does not use the vectors.  So it is noted where it is met,
and told where the derivative that a call gives is not finite.
"""

import threading
import warnings
from typing import Any

import numpy as np

from ..core import is_within
from ..errors import NoDerivativeWarning, users_frame
from ..maps.base import LinearMap, fit
from .base import linear, value_of

__all__ = ["announced", "judge", "note", "noted"]

noted: dict[tuple[int, int, str], None] = {}
"""What was met: (thread, tag of the duals, text).  A call that begins later has a larger tag."""


def note(tag: int, text: str) -> None:
    """That what has no derivative was met with duals of a tag."""
    noted[threading.get_ident(), tag, text] = None


def judge(tag: int, results: Any) -> None:
    """Tells what was met in a call with a tag, at the user's line, if one of its derivatives is not finite."""
    if is_within():
        return
    fine = all(t is None or np.all(np.isfinite(value_of(t))) for t in results)
    texts = set()
    for key in [key for key in list(noted) if key[0] == threading.get_ident()]:
        _, met, text = key
        if met >= tag and fine:     # the next part of the result may not be
            continue
        noted.pop(key, None)
        if met >= tag:
            texts.add(text)
    for text in sorted(texts):
        frame = users_frame()
        if frame is None:
            warnings.warn(text, NoDerivativeWarning, stacklevel=2)
            continue
        registry = frame.f_globals.setdefault("__warningregistry__", {})
        warnings.warn_explicit(text, NoDerivativeWarning, frame.f_code.co_filename, frame.f_lineno, registry=registry)


class Announced(LinearMap):
    """The identity on an increment that meets factors which are not finite, which it notes."""

    __slots__ = ("tag", "text")

    def __init__(self, inside: Any, value: Any, tag: int, text: str) -> None:
        super().__init__((inside,), value)
        self.tag, self.text = tag, text

    def apply(self, ts: Any) -> Any:
        """The increment."""
        note(self.tag, self.text)
        return fit(ts[0], self.out_dtype)

    def transpose(self, w: Any, i: int) -> Any:
        """The cotangent."""
        note(self.tag, self.text)
        return fit(w, self.in_dtypes[0])


def announced(inside: Any, tag: int, text: str) -> Any:
    """An increment that meets factors which are not finite: who asks for it is told if the result is not, either."""
    return linear(lambda m: m, lambda m, y: Announced(m[0], y, tag, text), inside)
