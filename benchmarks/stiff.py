"""The Brusselator on a square by BDF and Radau: dualdiff's exact sparse Jacobian against SciPy's differences.

    python benchmarks/stiff.py [--side 64] [--end 1.0] [--dense]

dualdiff is given nothing.  SciPy is called once as dualdiff is (--dense: its J is dense then, hours at side 64), and
once with the pattern of J, which its user has to know.
"""

import argparse
import os
import time

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import scipy.integrate
from scipy import sparse

from dualdiff.scipy import integrate


def brusselator(side):
    """(rhs, y0, pattern): u' = 1 + u^2 v - 4.4 u + 0.1 lap u + a source, v' = 3.4 u - u^2 v + 0.1 lap v; periodic."""
    s = np.arange(side) / side
    X, Y = np.meshgrid(s, s, indexing="ij")
    source = np.where((X - 0.3) ** 2 + (Y - 0.6) ** 2 <= 0.01, 5.0, 0.0)
    y0 = np.stack([22 * Y * (1 - Y) ** 1.5, 27 * X * (1 - X) ** 1.5]).ravel()

    def laplacian(u):
        return (np.roll(u, 1, 0) + np.roll(u, -1, 0) + np.roll(u, 1, 1) + np.roll(u, -1, 1) - 4 * u) * side**2

    def rhs(t, y):
        u, v = y.reshape(2, side, side)
        f = 1 + u**2 * v - 4.4 * u + 0.1 * laplacian(u) + source
        g = 3.4 * u - u**2 * v + 0.1 * laplacian(v)
        return np.stack([f, g]).ravel()

    ring = sparse.diags_array([1.0, 1, 1, 1, 1], offsets=[0, 1, -1, side - 1, 1 - side], shape=(side, side))
    one = sparse.eye_array(side)
    stencil = sparse.kron(ring, one) + sparse.kron(one, ring)
    inner = sparse.eye_array(side * side)
    return rhs, y0, sparse.block_array([[stencil, inner], [inner, stencil]]).tocsc()


def main():
    """The table: CPU seconds."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--side", type=int, default=64)
    parser.add_argument("--end", type=float, default=1.0)
    parser.add_argument("--dense", action="store_true")
    options = parser.parse_args()
    rhs, y0, pattern = brusselator(options.side)
    print("| method | dualdiff | SciPy | ratio | SciPy with the pattern | ratio | steps | results differ by |")
    print("|--------|----------|-------|-------|------------------------|-------|-------|-------------------|")
    for method in ("BDF", "Radau"):
        ours = timed(integrate.solve_ivp, rhs, options.end, y0, method)
        patterned = timed(scipy.integrate.solve_ivp, rhs, options.end, y0, method, jac_sparsity=pattern)
        dense = timed(scipy.integrate.solve_ivp, rhs, options.end, y0, method) if options.dense else (np.nan, None)
        same = np.max(np.abs(ours[1].y[:, -1] - patterned[1].y[:, -1]))
        print(f"| {method} | {ours[0]:.2f} | {dense[0]:.2f} | {dense[0] / ours[0]:.1f} | {patterned[0]:.2f} | "
              f"{patterned[0] / ours[0]:.1f} | {ours[1].t.size - 1} | {same:.0e} |", flush=True)  # fmt: skip


def timed(solve_ivp, rhs, end, y0, method, **options):
    """(CPU seconds, solution)."""
    begin = time.process_time()
    found = solve_ivp(rhs, (0.0, end), y0, method=method, rtol=1e-5, atol=1e-6, **options)
    return time.process_time() - begin, found


if __name__ == "__main__":
    main()
