"""Sparse matrices before their numbers are known: where the entries are, and in which products they stand.

One file per question: pattern.py is where a matrix has entries, propagate.py finds that of a recorded derivative,
graph.py makes graphs of it, coloring.py colours them, check.py says whether colours do, entries.py which product finds
an entry, decompression.py reads the products.

Nothing here runs the user's function.  Loads SciPy, so `import dualdiff` does not import it.
Imports: core, errors, maps; inside functions: nothing.
"""
