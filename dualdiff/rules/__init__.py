"""Derivatives of the elementwise functions: the table (rules.h), what is made of it, and what reads it.

Imports: core, errors, maps.
"""
