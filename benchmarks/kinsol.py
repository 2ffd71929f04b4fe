"""dualdiff.solve.root against KINSOL's compiled Newton-Krylov loop on the same F, n >= 1000.

    python benchmarks/kinsol.py [--folder FOLDER] [--skip 256 cavity ...] [--compiled]

KINSOL (SUNDIALS 6, for instance Debian's libsundials-kinsol6) is called through ctypes: line search, GMRES of 30
vectors with two restarts, products by differences, max|F| <= 1e-8 max|F(x0)|.  --folder is where its libraries are;
that of the package casadi will do (SUNDIALS 2: the same loop behind older names).
CPU time in one process, the least of three solves each, in turn.  --compiled: F is compiled (dualdiff.compile) before,
for both.
"""

import argparse
import ctypes
import ctypes.util
import os
import pathlib
import time

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import problems

import dualdiff as dd
from dualdiff import solve

SYSTEM = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p)
LINE_SEARCH, NO_PRECONDITIONER = 1, 0


class Kinsol:
    """The few functions of SUNDIALS that a solve takes."""

    def __init__(self, folder):
        names = ("sundials_generic", "sundials_nvecserial", "sundials_sunmatrixdense", "sundials_sunmatrixband",
                 "sundials_sunmatrixsparse", "sundials_sunlinsolspgmr", "sundials_kinsol")  # fmt: skip
        self.libraries = []
        parts = [] if folder is None else [p for name in ("sundials_common", "rootfinder_kinsol")
                                           for p in pathlib.Path(folder).glob(f"libcasadi_{name}.so")]  # fmt: skip
        self.old = len(parts) == 2
        if self.old:
            ctypes.CDLL(str(next(pathlib.Path(folder).glob("libcasadi.so*"))), mode=ctypes.RTLD_GLOBAL)
            self.libraries += [ctypes.CDLL(str(p), mode=ctypes.RTLD_GLOBAL) for p in parts]
            return
        for name in names:
            found = next(iter(sorted(pathlib.Path(folder).glob(f"lib{name}.so.*"))), None) if folder else None
            path = str(found) if found else ctypes.util.find_library(name)
            if path is None:
                raise SystemExit(f"lib{name} is not installed; give --folder")
            self.libraries.append(ctypes.CDLL(path, mode=ctypes.RTLD_GLOBAL))
        self.context = ctypes.c_void_p()
        self.call("SUNContext_Create", None, ctypes.byref(self.context))

    def call(self, name, *args, gives=ctypes.c_int):
        """A function by its name."""
        for library in self.libraries:
            if hasattr(library, name):
                f = getattr(library, name)
                f.restype = gives
                return f(*args)
        raise SystemExit(f"SUNDIALS has no {name}")

    def vector(self, x):
        """An N_Vector on the memory of an array."""
        return ctypes.c_void_p(self.call(
            "N_VMake_Serial", ctypes.c_int64(x.size), x.ctypes.data_as(ctypes.c_void_p), *self.of_context(),
            gives=ctypes.c_void_p,
        ))  # fmt: skip

    def of_context(self):
        """What newer versions take as a further argument."""
        return () if self.old else (self.context,)

    def solve(self, fun, x0, tol):
        """(x, evaluations, whether KINSOL is content)."""
        n, shape, count = x0.size, x0.shape, [0]
        data = next(f for f in self.libraries if hasattr(f, "N_VGetArrayPointer")).N_VGetArrayPointer
        data.restype = ctypes.c_void_p
        data.argtypes = [ctypes.c_void_p]
        kind = ctypes.c_double * n

        def system(u, f, _):
            count[0] += 1
            x = np.frombuffer(kind.from_address(data(u)))
            y = np.ravel(fun(x.reshape(shape).copy()))
            if not np.isfinite(y).all():
                return 1
            np.frombuffer(kind.from_address(data(f)))[:] = y
            return 0

        callback = SYSTEM(system)
        x, ones = x0.ravel().astype(float), np.ones(n)
        u, scale = self.vector(x), self.vector(ones)
        memory = ctypes.c_void_p(self.call("KINCreate", *self.of_context(), gives=ctypes.c_void_p))
        self.call("KINInit", memory, callback, u)
        self.call("KINSetFuncNormTol", memory, ctypes.c_double(tol))
        self.call("KINSetScaledStepTol", memory, ctypes.c_double(1e-14))
        self.call("KINSetNumMaxIters", memory, ctypes.c_long(200))
        self.call("KINSetMaxNewtonStep", memory, ctypes.c_double(1e10))     # by default 1 from x0 = 0
        self.call("KINSetErrFile", memory, None)
        if self.old:
            self.call("KINSpgmr", memory, 30)
            self.call("KINSpilsSetMaxRestarts", memory, 2)
        else:
            linear = ctypes.c_void_p(self.call("SUNLinSol_SPGMR", u, NO_PRECONDITIONER, 30, self.context,
                                               gives=ctypes.c_void_p))  # fmt: skip
            self.call("SUNLinSol_SPGMRSetMaxRestarts", linear, 2)
            self.call("KINSetLinearSolver", memory, linear, None)
        status = self.call("KINSol", memory, u, LINE_SEARCH, scale, scale)
        self.call("KINFree", ctypes.byref(memory))
        if not self.old:
            self.call("SUNLinSolFree", linear)
        for v in (u, scale):
            self.call("N_VDestroy", v, gives=None)
        return x.reshape(shape), count[0], status >= 0


def timed(run):
    """(CPU seconds, result)."""
    begin = time.process_time()
    found = run()
    return time.process_time() - begin, found


def main():
    """The table, and the geometric means over the problems that both solve."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder")
    parser.add_argument("--skip", nargs="*", default=())
    parser.add_argument("--compiled", action="store_true")
    options = parser.parse_args()
    kinsol = Kinsol(options.folder)
    np.seterr(all="ignore")
    rows = []
    print("| problem | n | root: work | ms | KINSOL: work | ms | KINSOL/root |")
    print("|-" * 7 + "|")
    for p in problems.large():
        if any(part in p.name for part in options.skip):
            continue
        tol = 1e-8 * float(np.max(np.abs(p.fun(p.x0))))
        fun = dd.compile(p.fun) if options.compiled else p.fun
        if options.compiled:
            solve.root(fun, p.x0, tol=tol)
        best, other = np.inf, np.inf
        for _ in range(3):
            spent, r = timed(lambda p=p, fun=fun, tol=tol: solve.root(fun, p.x0, tol=tol))
            best = min(best, spent)
            spent, k = timed(lambda p=p, fun=fun, tol=tol: kinsol.solve(fun, p.x0, tol))
            other = min(other, spent)
            if best + other > 2:
                break
        solved, theirs = (np.max(np.abs(p.fun(x))) <= tol for x in (r.x, k[0]))
        if solved and theirs:
            rows.append(other / best)
        print(f"| {p.name} | {p.n} | {r.nfev + r.njvp + r.nlinearize if solved else 'fails'} | {best * 1e3:.1f} | "
              f"{k[1] if theirs else 'fails'} | {other * 1e3:.1f} | {other / best:.2f} |", flush=True)  # fmt: skip
    print(f"\nwhere both solve ({len(rows)}): geometric mean of KINSOL/root {np.exp(np.mean(np.log(rows))):.2f}")


if __name__ == "__main__":
    main()
