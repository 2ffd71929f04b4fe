"""Newton's method for F(x) = 0 on exact Jacobian-vector products.

    root              solve F(x) = 0; never raises for a numerical reason
    RootResult        what it returns
    KrylovJacobian    the exact product inside scipy.optimize.root(method="krylov")

One file per question: call.py reads the arguments, newton.py is the iteration, forcing.py says how accurately a
step is solved for, linesearch.py how far it is followed, operator.py is the exact product, problem.py counts and
checks evaluations, result.py and progress.py are what the user sees, within_scipy.py serves SciPy's own solver.

Invariant: products are exact; nothing is differenced.  Loads SciPy, so `import dualdiff` does not import it.
Imported by dualdiff/demo and by users.
"""

from .call import root
from .implicit import implicit_root
from .result import RootResult
from .within_scipy import KrylovJacobian

__all__ = ["KrylovJacobian", "RootResult", "implicit_root", "root"]
