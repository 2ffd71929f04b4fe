"""Systems F(x) = 0 for root finders: plain NumPy, written without dualdiff in mind.

    base.py         RootProblem
    pde.py          discretized boundary value problems and implicit steps, n from 1000 to 65536
    classical.py    the test functions of the literature, of any size
    chemistry.py    equilibria and stiff kinetics, small and badly scaled
    devices.py      circuits, mechanisms, and other small systems

`small()` has the sizes for a quick look and for tests, `large()` those of the comparison (n >= 1000).
Imported by solve_compare.py and tests/test_root.py and others.
"""

from . import chemistry, classical, devices, pde
from .base import RootProblem

__all__ = ["RootProblem", "large", "small"]


def small():
    """Problems with a few to a few hundred unknowns."""
    return [*classical.small(), *chemistry.small(), *devices.small(), *pde.small()]


def large():
    """Problems with 1000 unknowns and more."""
    return [*pde.large(), *classical.large(), *devices.large()]
