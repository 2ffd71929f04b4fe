"""Derivatives of the elementwise functions: the table, what is made of it, and what reads it.

Imports: core, errors, maps.
"""
