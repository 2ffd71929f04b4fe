"""A truss made stiff with a given amount of steel: sparse finite elements, and the gradient by an adjoint solve.

The stiffness matrix is K = B' diag(c) B with c = area / length of each bar; K u = load.  `spsolve` of
dualdiff.scipy knows its derivative, so the gradient by the areas is one more solve with K transposed.
"""

import numpy as np
import scipy.sparse as sp
from common import run
from scipy.optimize import minimize
from scipy.sparse.linalg import splu

import dualdiff as dd
from dualdiff.scipy import sparse


def truss(wide, high):
    """Nodes of a grid, and the bars between neighbours."""
    nodes = np.array([(i, j) for i in range(wide + 1) for j in range(high + 1)], float)
    a, b = np.triu_indices(len(nodes), 1)
    near = np.max(np.abs(nodes[a] - nodes[b]), axis=1) < 1.5
    return nodes, np.stack([a[near], b[near]], axis=1)


def main(wide=8, high=3):
    """Minimises the work of the load over the areas of the bars, the volume given."""
    nodes, bars = truss(wide, high)
    along = nodes[bars[:, 1]] - nodes[bars[:, 0]]
    length = np.linalg.norm(along, axis=1)
    unit, row = along / length[:, None], np.arange(len(bars))
    B = sp.csc_array((np.concatenate([-unit[:, 0], -unit[:, 1], unit[:, 0], unit[:, 1]]),
                      (np.tile(row, 4), np.concatenate([2 * bars[:, 0], 2 * bars[:, 0] + 1, 2 * bars[:, 1],
                                                        2 * bars[:, 1] + 1]))))  # fmt: skip
    free = np.flatnonzero(np.repeat(nodes[:, 0] > 0, 2))        # the left side is a wall
    B = B[:, free]
    load = np.zeros(2 * len(nodes))
    load[2 * np.flatnonzero((nodes[:, 0] == wide) & (nodes[:, 1] == 0)) + 1] = -1.0
    load = load[free]

    def compliance(area):
        K = B.T @ (sparse.diags_array(area / length) @ B)
        return load @ sparse.linalg.spsolve(sparse.csc_array(K), load)

    volume, start = 10.0, np.full(len(bars), 10.0 / length.sum())
    work = dd.value_and_grad(compliance)
    found = minimize(work, start, jac=True, method="SLSQP", bounds=[(1e-4, None)] * len(bars),
                     constraints={"type": "eq", "fun": lambda a: length @ a - volume, "jac": lambda a: length},
                     options={"maxiter": 300, "ftol": 1e-7})  # fmt: skip
    u = splu(sp.csc_array(B.T @ sp.diags_array(start / length) @ B)).solve(load)
    by_hand = -((B @ u) ** 2) / length                          # dC/da = -u' dK/da u
    return {"nodes": nodes, "bars": bars, "area": found.x, "count of bars": len(bars),
            "work before": float(compliance(start)), "work after": float(found.fun), "steps": int(found.nit),
            "volume": float(length @ found.x), "success": str(bool(found.success)),
            "error of the gradient": float(np.max(np.abs(work(start)[1] - by_hand)) / -by_hand.min())}  # fmt: skip


def draw(figure, found):
    """Bars as thick as their areas."""
    ax = figure.subplots()
    for (a, b), area in zip(found["bars"], found["area"], strict=True):
        ax.plot(*found["nodes"][[a, b]].T, "k-", lw=6 * area / found["area"].max(), solid_capstyle="round")
    ax.plot(*found["nodes"][found["nodes"][:, 0] == 0].T, "s", color="0.5", label="wall")
    ax.set(aspect="equal", title=f"work of the load {found['work before']:.0f} -> {found['work after']:.0f}")


if __name__ == "__main__":
    run(main, draw)
