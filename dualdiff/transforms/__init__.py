"""What a user asks of a function: one file a question, and what the questions share.

Imports: core, errors, functions, maps, progress; inside functions: solve, sparse.
"""
