"""Programs of the fuzzer: source text of a function of one array, made statement by statement.

A statement is tried on plain numbers first.  One that NumPy refuses, or that leaves numbers which
are not finite or not of moderate size, is dropped, so every program runs and has derivatives of
moderate size.  A program is data (an argument, constants, lines of text): it can be printed,
shortened and run again.
"""

import warnings

import numpy as np

from .statements import STATEMENTS, constants

SHAPES = [(3,), (4,), (5,), (7,), (2, 3), (3, 3), (3, 4), (1, 4), (4, 1), (2, 2, 3), (1,), (), (0,), (2, 0), (12,)]
ODDS = np.array([6, 8, 6, 3, 8, 8, 6, 3, 3, 4, 2, 3, 1, 0.5, 2])
LARGEST = 300.0
OBJECTS = ("np.r_", "np.c_", "np.array([", "np.array(x", "np.array(v", "np.asarray(", "np.asanyarray(", "np.full", "np.asfortranarray(",
           "np.ascontiguousarray(", "np.linspace(", "np.unique(")  # fmt: skip
"""What makes arrays of objects of duals."""


class Rejected(Exception):  # noqa: N818
    """A statement does not run on plain numbers, or leaves numbers that are no use."""


class Program:
    """A function of one array as text.

    Attributes
    ----------
    seed : int
    x : ndarray
        The argument it is tried at.
    constants : dict
        Names of plain arrays that the lines use.
    lines : list of str
        Statements; each may have several lines of text.
    result : str
        The expression that is returned.
    """

    def __init__(self, seed, x, constants, lines, result):
        self.seed, self.x, self.constants, self.lines, self.result = seed, x, constants, lines, result
        self.compiled = None

    @property
    def loose(self):
        """Whether plain NumPy may make an array of objects of duals on the way.

        Such an array has lost the precision and the layout, and NumPy has no loops for it in many functions.
        """
        return any(word in line for line in self.lines for word in OBJECTS)

    @property
    def text(self):
        """The function's source."""
        body = [row for line in self.lines for row in line.split("\n")]
        return "def f(x):\n" + "".join(f"    {row}\n" for row in [*body, f"return {self.result}"])

    def __call__(self, x):
        if self.compiled is None:
            space = {"np": np, **self.constants}
            exec(compile(self.text, f"<program {self.seed}>", "exec"), space)
            self.compiled = space["f"]
        return self.compiled(x)

    def but(self, lines=None, result=None, x=None):
        """A program with other lines, another result or another argument."""
        return Program(
            self.seed,
            self.x if x is None else x,
            self.constants,
            self.lines if lines is None else lines,
            self.result if result is None else result,
        )

    def printed(self):
        """The program with its argument and constants, ready to paste."""
        used = {name: value for name, value in self.constants.items() if name in self.text}
        head = "".join(f"{name} = np.{value!r}\n" for name, value in used.items())
        order = ', order="F"' if self.x.ndim > 1 and not self.x.flags.c_contiguous else ""
        return f"{head}x = np.array({self.x.tolist()!r}, dtype=np.{self.x.dtype}{order})\n{self.text}"


def environment(x, constants, lines):
    """The names after the lines have run on plain numbers."""
    space = {"np": np, **constants, "x": x.copy(order="K")}
    exec("\n".join(lines), space)
    return {name: v for name, v in space.items() if name not in ("np", "__builtins__") and name not in constants}


def usable(space):
    """Whether all numbers are finite and moderate."""
    for v in space.values():
        if isinstance(v, (np.ndarray, float, complex, np.generic)):
            a = np.asarray(v)
            if a.dtype.kind in "fc" and a.size and not (np.abs(a).max() < LARGEST):
                return False
            if a.size > 400:
                return False
    return True


def make(seed, most=10):
    """The program of a seed."""
    rng = np.random.default_rng([20, seed])
    shape = SHAPES[rng.choice(len(SHAPES), p=ODDS / ODDS.sum())]
    dtype = np.float32 if rng.random() < 0.12 else np.float64
    x = rng.uniform(-1.5, 1.5, shape).astype(dtype)
    if x.ndim > 1 and rng.random() < 0.25:
        x = np.asfortranarray(x)
    fixed = constants(rng)
    lines: list[str] = []
    space = environment(x, fixed, lines)
    wanted = int(rng.integers(2, most + 1))
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        for _ in range(6 * wanted):
            if len(lines) >= wanted:
                break
            line = STATEMENTS[rng.choice(len(STATEMENTS), p=STATEMENTS.odds)](rng, space, len(lines))
            if line is None:
                continue
            try:
                grown = environment(x, fixed, [*lines, line])
            except Exception:
                continue
            if usable(grown):
                lines.append(line)
                space = grown
    return Program(seed, x, fixed, lines, result_of(rng, space))


def result_of(rng, space):
    """An expression for what the program returns: the last name, or everything."""
    names = [name for name, v in space.items() if isinstance(v, (np.ndarray, float, np.generic))
             and np.asarray(v).dtype.kind == "f"]  # fmt: skip
    if rng.random() < 0.4 or len(names) == 1:
        return names[-1] if rng.random() < 0.8 else f"np.sum({names[-1]})"
    return "np.concatenate([" + ", ".join(f"np.ravel({name})" for name in names) + "])"
