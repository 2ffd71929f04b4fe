"""Graphs, their programs, and what dd.compile makes of them."""
