"""Stiff chemistry along a tube: Robertson's reactions and diffusion, by BDF with the exact sparse Jacobian."""

import numpy as np
from common import run
from scipy.integrate import solve_ivp

import dualdiff as dd

DIFFUSION = np.array([1e-5, 1e-7, 1e-4])[:, None]


def rates(t, y):
    """d/dt of three concentrations in n cells; nothing leaves at the ends."""
    A, B, C = c = y.reshape(3, -1)
    slow, fast, square = 0.04 * A, 1e4 * B * C, 3e7 * B**2
    react = np.stack([fast - slow, slow - fast - square, square])
    padded = np.pad(c, [(0, 0), (1, 1)], mode="edge")
    spread = (padded[:, 2:] - 2 * c + padded[:, :-2]) * c.shape[1] ** 2
    return (react + DIFFUSION * spread).ravel()


def main(cells=60, end=1e3):
    """Integrates over many time scales, with exact Jacobians and with SciPy's differences."""
    start = np.zeros((3, cells))
    start[0] = 1.0 + 0.5 * np.cos(np.pi * (np.arange(cells) + 0.5) / cells)
    y0 = start.ravel()
    plan = dd.sparse_jacobian(lambda y, t: rates(t, y), y0, 0.0, format="csc")
    calls = {"f": 0, "J": 0}

    def counted(name, f):
        def inner(t, y):
            calls[name] += 1
            return f(t, y)

        return inner

    options = {"method": "BDF", "rtol": 1e-7, "atol": 1e-10, "t_eval": np.geomspace(1e-4, end, 200)}
    exact = solve_ivp(counted("f", rates), (0.0, end), y0, jac=counted("J", lambda t, y: plan(y, t)), **options)
    with_exact, calls["f"] = calls["f"], 0
    differences = solve_ivp(counted("f", rates), (0.0, end), y0, **options)
    c = exact.y.reshape(3, cells, -1)
    mass = c.sum(axis=(0, 1))
    return {"t": exact.t, "c": c, "unknowns": y0.size, "entries of J": plan.pattern.nnz,
            "products for one J": plan.ncolors, "exact Jacobians": calls["J"], "evaluations": with_exact,
            "evaluations with differences": calls["f"],
            "lost mass": float(np.max(np.abs(mass / mass[0] - 1))),
            "apart": float(np.max(np.abs(exact.y - differences.y)))}  # fmt: skip


def draw(figure, found):
    """The concentrations at both ends over time, on a logarithmic axis."""
    ax = figure.subplots()
    for species, scale, name in ((0, 1, "A"), (1, 1e4, "B x 10^4"), (2, 1, "C")):
        (line,) = ax.semilogx(found["t"], scale * found["c"][species, 0], label=f"{name}, left end")
        ax.semilogx(found["t"], scale * found["c"][species, -1], "--", color=line.get_color(), label="right end")
    ax.set(xlabel="time", ylabel="concentration", title="Robertson's reactions in a tube")
    ax.legend(fontsize=8)


if __name__ == "__main__":
    run(main, draw)
