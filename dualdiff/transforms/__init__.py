"""What a user asks of a function: one file a question, and what the questions share.

Imports: above, automatic, core, errors, functions, maps, progress, quiet; inside functions: patterns.
"""
