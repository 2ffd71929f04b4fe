"""Structural functions on small arrays: `python benchmarks/structural.py [text in the call ...]`.

Prints, for 10 and 100 elements and 1 and 8 directions, how many times NumPy's time for the same call a dual array
takes.  The limits are 3 for the common ones and 6 for the others; what passes them is marked.  A call that moves
k + 1 times the data of NumPy's (an outer product, sums along an axis of a matrix) cannot be below k + 1 once the data
decide.
"""

import os
import sys
import warnings
from timeit import Timer

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from timing import interleaved

from dualdiff import DualArray

COMMON = [
    "x[3]", "x[1:]", "x[:-1]", "x[::2]", "x.sum()", "np.sum(x)", "x.reshape(2,-1)", "np.reshape(x,(2,-1))",
    "x.ravel()", "np.ravel(M)", "x[-1]",
]  # fmt: skip
OTHERS = [
    "M[1]", "M[1,2]", "M[:,1]", "x[...]", "x[None]", "x[idx]", "x[mask]", "x.mean()", "np.mean(x)", "M.sum(axis=0)",
    "M.sum(0)", "np.sum(M,axis=1,keepdims=True)", "M.T", "np.transpose(M)", "M.transpose(1,0)", "np.swapaxes(M,0,1)",
    "np.concatenate([x,y])", "np.concatenate([x,p])", "np.concatenate((x,y),axis=0)", "np.stack([x,y])",
    "np.stack([x,y],axis=1)", "np.hstack([x,y])", "np.vstack([x,y])", "np.column_stack([x,y])", "np.max(x)", "x.max()",
    "x.min()", "np.dot(x,y)", "x@y", "A@x", "M@x", "np.where(mask,x,y)", "np.where(x>0.5,x,0.0)", "np.maximum(x,y)",
    "np.maximum(x,0.0)", "np.abs(x)", "np.roll(x,1)", "np.cumsum(x)", "np.prod(x)", "x.copy()", "np.zeros_like(x)",
    "np.diff(x)", "np.clip(x,0.2,0.8)", "np.linalg.norm(x)", "np.outer(x,y)", "np.expand_dims(x,0)", "np.squeeze(R)",
    "np.atleast_1d(x)", "np.broadcast_to(x,(3,n))", "np.array([x[0],x[1]],like=x)", "x.flatten()", "np.append(x,1.0)",
    "np.flip(x)", "np.std(x)", "np.var(x)", "np.trace(S)", "np.diag(S)", "np.einsum('i,i->',x,y)",
    "np.linalg.solve(S,x)", "x[:]", "x[1:-1]", "x.astype(float)", "np.tile(x,2)", "np.repeat(x,2)", "np.argmax(x)",
    "x.shape", "len(x)", "x>0.5", "np.sort(x)", "np.take(x,idx)", "np.add.reduce(x)", "np.sum(x*y)", "x[2]=1.5",
    "x[2]=s", "x[1:3]=p2", "x[1:3]=y2", "x[1:]*=y1", "x.__iadd__(y)", "x[mask]=0.0", "np.roll(M,(1,2),(0,1))",
    "np.cumsum(M)", "np.flip(M,0)", "np.rot90(M)", "np.moveaxis(M,0,1)", "np.rollaxis(M,1)", "np.diag(x)",
    "np.diagonal(S)", "np.tile(M,(2,1))", "np.repeat(M,2)", "np.take(M,idx)", "np.tril(S)", "np.delete(x,2)",
    "np.insert(x,2,1.0)", "np.take_along_axis(M,order,1)", "np.compress(mask,x)", "np.pad(x,1)", "np.pad(M,1,'edge')",
    "np.kron(x,p2)", "np.trapezoid(x)", "np.gradient(x)", "np.ediff1d(x)", "np.nansum(x)", "np.nanmean(x)",
    "np.average(x)", "np.cumulative_sum(x)", "np.resize(x,(3,n))", "np.diagflat(x)", "np.fft.rfft(x)",
    "np.fft.fftshift(x)", "x.cumsum()", "x.take(idx)", "x.repeat(2)", "S.trace()", "x.std()",
]  # fmt: skip


def operands(n, k):
    """The names that the calls use: plain, and with k tangents."""
    random = np.random.default_rng(0)
    x, y = np.linspace(0.1, 1.0, n), np.linspace(1.1, 2.0, n)
    given = {"x": x, "y": y, "M": random.normal(size=(n // 2, n)), "S": random.normal(size=(n, n)) + n * np.eye(n)}
    given |= {"R": x[np.newaxis], "y2": np.ones(2)}
    fixed = {"np": np, "n": n, "idx": np.array([0, 2, 3]), "mask": np.arange(n) % 2 == 0}
    fixed |= {"p": np.ones(n), "p2": np.ones(2), "A": random.normal(size=(n // 2, n)), "order": np.argsort(given["M"])}
    duals = {name: DualArray(v, random.normal(size=(k, *v.shape))) for name, v in given.items()}
    return (
        fixed | given | {"s": 1.5, "y1": np.ones(n - 1)},
        fixed | duals | {"s": duals["x"][0], "y1": duals["y"][1:] / duals["y"][1:]},
    )


def main(words):
    """Measures and prints, the farthest from its limit first."""
    rows = []
    for limit, calls in ((3, COMMON), (6, OTHERS)):
        for call in calls:
            if words and not any(word in call for word in words):
                continue
            ratios = []
            for n in (10, 100):
                for k in (1, 8):
                    plain, dual = operands(n, k)
                    a, b = interleaved(Timer(call, globals=plain), Timer(call, globals=dual), seconds=0.02, least=3)
                    ratios.append(b / a)
            rows.append((max(ratios) / limit, call, limit, ratios))
    print(f"{'call':34s} limit  n=10 k=1  n=10 k=8  n=100 k=1  n=100 k=8")
    for over, call, limit, ratios in sorted(rows, reverse=True):
        print(f"{call:34s} {limit:5d}  " + "  ".join(f"{r:8.1f}" for r in ratios) + ("   over" if over > 1 else ""))


if __name__ == "__main__":
    warnings.simplefilter("ignore", RuntimeWarning)     # the calls that multiply in place, many times
    main(sys.argv[1:])
