"""The demonstration that `python -m dualdiff` runs: a PDE solved, costs measured, derivatives checked.

    bratu.py     the 2-D Bratu problem by dualdiff.solve and by SciPy
    costs.py     J v, v' J and the Jacobian in units of f
    accuracy.py  derivatives of closed forms against exact values
    plot.py      the picture of --plot

Invariant: uses only what a user can use.
Imports: transforms; inside functions: solve.
"""
