"""Functions recorded with their values: graphs, the graphs of their derivatives, and the programs that run them.

Imports: above, core, errors, functions, maps, rules, transforms; inside functions: math, patterns.
"""
