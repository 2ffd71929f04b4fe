"""Bratu's equation -u'' = p exp(u), u = 0 at both ends: two solutions for small p, none beyond the fold at 3.5138."""

import numpy as np
from common import run

from dualdiff import solve


def residual(u, p):
    """Times h squared."""
    h = 1 / (len(u) + 1)
    U = np.pad(u, 1)
    return 2 * u - U[2:] - U[:-2] - h**2 * p * np.exp(u)


def main(n=49):
    """Follows the branch of solutions around the fold."""
    branch = solve.continuation(residual, np.zeros(n), 0.0, 4.0, maxsteps=60)
    p, height = np.asarray(branch.p), np.max(np.asarray(branch.x), axis=1)
    return {"p": p, "height": height, "points": len(p), "fold at p": float(branch.folds[0][0]),
            "height at the end": float(height[-1])}  # fmt: skip


def draw(figure, found):
    """The height of the solution over p."""
    ax = figure.subplots()
    ax.plot(found["p"], found["height"], "o-", ms=3)
    ax.axvline(3.513830719, color="0.6", ls="--", label="the fold, 3.5138")
    ax.set(xlabel="p", ylabel="max u", title="Both solutions of Bratu's equation")
    ax.legend()


if __name__ == "__main__":
    run(main, draw)
