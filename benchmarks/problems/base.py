"""What a root-finding problem is."""

from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class RootProblem:
    """F, where to start, and where it comes from."""

    name: str
    fun: Any
    x0: np.ndarray
    source: str = ""

    @property
    def n(self):
        """The number of unknowns."""
        return self.x0.size
