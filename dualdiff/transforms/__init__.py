"""What a user asks of a function: one file a question, and what the questions share.

Imports: automatic, core, errors, functions, maps, progress, quiet; inside functions: programs, solve, sparse.
"""
