"""A fuzzer: random straight-line NumPy programs, each held to the laws that every derivative keeps.

    python -m tests.fuzz --seconds 60           fixed seeds, as continuous integration runs it
    python -m tests.fuzz --first 100000         other seeds
    python -m tests.fuzz --seed 1234 -v         one program, printed

programs.py makes programs, statements.py is the list of statements they are made of, laws.py
is what each is held to, and shrink.py makes a disagreement small before it is printed.
"""
