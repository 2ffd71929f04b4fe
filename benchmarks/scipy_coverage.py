"""What dualdiff.scipy does with SciPy's functions, over whole namespaces: right, refused, foreign error, wrong.

Each function is called with natural arguments, which are found by the names of its parameters.  It is differentiated by
each argument that is a number or an array of numbers, in a random direction, and compared with differences of SciPy's
own results.

    python benchmarks/scipy_coverage.py [namespace ...] [--verbose]
"""

import importlib
import inspect
import sys
import types
import warnings

import numpy as np

import dualdiff as dd
from dualdiff.errors import DualDiffError

G = np.random.default_rng(0)
M = np.diag([4.0, 5.0, 6.5]) + 0.3 * G.standard_normal((3, 3))
VECTOR, IMAGE = G.standard_normal(40), G.standard_normal((6, 7))
NAMED = {
    "b": np.array([1.0, 0.4, 0.2]),
    "a": np.array([1.2, 0.3, -0.1]),
    "x": VECTOR,
    "y": VECTOR[::-1].copy(),
    "N": 3,
    "Wn": 0.3,
    "rp": 1.0,
    "rs": 40.0,
    "wp": 0.2,
    "ws": 0.4,
    "gpass": 1.0,
    "gstop": 30.0,
    "M": 9,
    "n": 4,
    "num": 30,
    "up": 3,
    "down": 2,
    "q": 2,
    "window_length": 5,
    "polyorder": 2,
    "t": np.linspace(0.1, 1.0, 7),
    "f0": 2.0,
    "t1": 1.0,
    "f1": 5.0,
    "fs": 2.0,
    "w0": 0.3,
    "Q": 20.0,
    "numtaps": 9,
    "cutoff": 0.3,
    "bands": [0, 0.4, 0.5, 1],
    "desired": [1, 1, 0.3, 0.2],
    "system": ([1.0], [1.0, 0.5, 0.3]),
    "sos": None,
    "z": np.array([0.5 + 0.1j, 0.5 - 0.1j]),
    "p": np.array([0.2 + 0.3j, 0.2 - 0.3j]),
    "k": 0.7,
    "input": IMAGE,
    "weights": np.array([1.0, 0.5, 0.2]),
    "sigma": 1.2,
    "size": 3,
    "shift": 0.7,
    "zoom": 1.5,
    "angle": 20.0,
    "coordinates": np.array([[0.3, 2.2], [1.4, 3.3]]),
    "matrix": np.diag([0.9, 1.1]),
    "u": np.array([0.3, 1.1, -0.4]),
    "v": np.array([0.7, -0.2, 0.5]),
    "XA": G.standard_normal((4, 3)),
    "XB": G.standard_normal((5, 3)),
    "X": G.standard_normal((4, 3)),
    "beta": 2.0,
    "alpha": 0.4,
    "std": 2.0,
    "sig": 2.0,
    "at": 60.0,
    "order": 3,
    "freq": [0, 0.4, 1],
    "gain": [1.0, 0.7, 0.3],
    "rank": 1,
    "percentile": 30,
    "axis": 0,
    "signal": VECTOR[:9],
    "divisor": np.array([1.0, 0.4, 0.2]),
    "in1": IMAGE,
    "in2": IMAGE[:3, :2].copy(),
    "V": np.array([0.5, 1.0, 2.0]),
    "VI": np.diag([1.0, 2.0, 0.5]),
    "points": G.standard_normal((9, 2)),
    "data1": G.standard_normal((5, 3)),
    "data2": G.standard_normal((5, 3)),
    "kernel_size": 3,
    "width": 0.3,
    "ripple": 40.0,
    "attenuation": 40.0,
    "h": np.array([0.2, 1.0, 0.3]),
    "cr": VECTOR[:9],
    "wo": 2.0,
    "bw": 0.5,
    "domain": np.ones((3, 3)),
    "f": 3.0,
    "worN": 8,
    "hrow": np.array([0.2, 1.0, 0.2]),
    "hcol": np.array([0.2, 1.0, 0.2]),
    "r": np.array([0.3, 0.5]),
    "A": M,
    "B": M.T + np.eye(3),
    "dt": 0.1,
    "Zxx": G.standard_normal((9, 8)) + 0j,
    "footprint": np.ones((3, 3), bool),
    "distance": 1.0,
    "structure": None,
    "times": np.array([0.0, 1.0]),
    "sampling": 1.3,
}
LINALG = {
    "a": M,
    "b": M.T + 0.1,
    "A": M,
    "B": M.T + np.eye(3),
    "q": M @ M.T,
    "r": np.eye(3),
    "c": np.array([4.0, 0.3, -0.2]),
    "x": M,
    "ab": np.array([[0, 0.2, 0.1], [4.0, 5, 6], [0.3, 0.2, 0]]),
    "l_and_u": (1, 1),
    "a_band": np.array([[4.0, 5, 6], [0.2, 0.1, 0]]),
    "c_or_cr": np.array([4.0, 0.3, -0.2]),
    "d": np.array([4.0, 3, 1]),
    "e": np.array([0.4, 0.3]),
    "s": np.array([0.4, 0.3]),
    "f": np.array([0.4, 0.3, 0.5]),
    "E": M.T.copy(),
    "t": 0.4,
    "n": 3,
    "M": 4,
    "N": 3,
    "p": 2.0,
    "Q": np.eye(3),
    "R": np.triu(M),
    "T": np.triu(M),
    "Z": np.eye(3),
}
SPECIAL_CASES = {
    "scipy.linalg.cho_solve": lambda m: ((m.cho_factor(M @ M.T), M), {}),
    "scipy.linalg.lu_solve": lambda m: ((m.lu_factor(M), M), {}),
    "scipy.linalg.cho_solve_banded": lambda m: (((m.cholesky_banded(LINALG["a_band"][::-1]), False), LINALG["d"]), {}),
    "scipy.linalg.diagsvd": lambda m: ((LINALG["d"], 3, 4), {}),
    "scipy.linalg.cholesky_banded": lambda m: ((LINALG["a_band"],), {"lower": True}),
    "scipy.linalg.solveh_banded": lambda m: ((LINALG["a_band"], LINALG["d"]), {"lower": True}),
    "scipy.linalg.cholesky": lambda m: ((M @ M.T,), {}),
    "scipy.linalg.cho_factor": lambda m: ((M @ M.T,), {}),
    "scipy.linalg.leslie": lambda m: ((LINALG["f"], LINALG["s"]), {}),
    "scipy.linalg.fractional_matrix_power": lambda m: ((M, 0.3), {}),
    "scipy.linalg.companion": lambda m: ((LINALG["d"],), {}),
    "scipy.linalg.fiedler": lambda m: ((LINALG["d"],), {}),
    "scipy.linalg.fiedler_companion": lambda m: ((LINALG["d"],), {}),
    "scipy.linalg.convolution_matrix": lambda m: ((LINALG["d"], 4), {}),
    "scipy.signal.lombscargle": lambda m: ((np.sort(G.uniform(0, 9, 9)), VECTOR[:9], np.array([0.5, 1.0])), {}),
    "scipy.signal.firls": lambda m: ((9, [0, 0.4, 0.5, 1], [1, 1, 0.3, 0.2]), {}),
    "scipy.signal.firwin2": lambda m: ((9, [0, 0.4, 1], [1, 0.7, 0.3]), {}),
    "scipy.signal.get_window": lambda m: ((("kaiser", 3.0), 9), {}),
    "scipy.signal.square": lambda m: ((np.array([0.3, 1.1]),), {}),
    "scipy.ndimage.geometric_transform": lambda m: ((IMAGE, lambda p: (p[0] * 0.9, p[1])), {}),
    "scipy.ndimage.fourier_gaussian": lambda m: ((np.fft.fft2(IMAGE).real, 1.2), {}),
    "scipy.ndimage.distance_transform_edt": lambda m: ((IMAGE > -1,), {"sampling": np.array([1.2, 0.7])}),
    "scipy.spatial.geometric_slerp": lambda m: (([1.0, 0, 0], [0, 1.0, 0], np.array([0.1, 0.7])), {}),
    "scipy.spatial.distance.squareform": lambda m: ((np.arange(1.0, 7.0),), {}),
    "scipy.spatial.distance.jensenshannon": lambda m: ((np.array([0.3, 0.5, 0.2]), np.array([0.1, 0.6, 0.3])), {}),
}
SPACES = ("linalg", "signal", "signal.windows", "ndimage", "spatial", "spatial.distance", "fft")


def arguments(full, theirs, original):
    """Natural arguments of a function, or None where none were found."""
    if full in SPECIAL_CASES:
        return SPECIAL_CASES[full](theirs)
    try:
        parameters = inspect.signature(original).parameters.values()
    except (TypeError, ValueError):
        return None
    known = {**NAMED, **LINALG} if full.startswith("scipy.linalg") else NAMED
    found = []
    for p in parameters:
        if p.default is not inspect.Parameter.empty or p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD):
            break
        if p.name == "sos":
            found.append(theirs.butter(4, 0.3, output="sos"))
        elif known.get(p.name) is None:
            return None
        else:
            found.append(known[p.name])
    return (tuple(found), {}) if found else None


def leaves(y):
    """The arrays of numbers of a result."""
    if isinstance(y, (tuple, list)):
        return [leaf for e in y for leaf in leaves(e)]
    if isinstance(y, dict):
        return [leaf for e in y.values() for leaf in leaves(e)]
    y = np.asarray(y)
    return [y] if y.dtype.kind in "fc" else []


def judge(ours, theirs, args, kwargs, i):
    """What becomes of one case: (status, note)."""
    x = np.asarray(args[i], float) if not isinstance(args[i], float) else args[i]
    v = np.random.default_rng(i).standard_normal(np.shape(x))

    def at(function):
        return lambda t: function(*args[:i], t, *args[i + 1 :], **kwargs)

    found = []
    for step in (1e-4, 1e-5, 1e-6):
        try:
            up, down = leaves(at(theirs)(x + step * v)), leaves(at(theirs)(x - step * v))
            found.append([(a - b) / (2 * step) for a, b in zip(up, down, strict=True)])
        except Exception:  # near the edge of what SciPy takes
            continue
    if not found:
        return None
    try:
        _, t = dd.jvp(lambda z: leaves_of_duals(at(ours)(z)), (x,), (v,))
    except DualDiffError as error:
        foreign = type(error).__name__ == "ForeignCodeError"
        return ("foreign", str(error)) if foreign else ("refused", str(error))
    except Exception as error:
        return "foreign", f"{type(error).__name__}: {error}"
    for expected in found:
        if len(t) == len(expected) and all(
            np.shape(a) == np.shape(b)
            and np.allclose(a, b, rtol=1e-4, atol=1e-5 * max(1.0, np.max(np.abs(b), initial=0.0)), equal_nan=True)
            for a, b in zip(t, expected, strict=True)
        ):
            return "right", ""
    return (
        "wrong",
        f"largest difference {max(largest(np.asarray(a) - b) for a, b in zip(t, found[-1], strict=False)):.1e}",
    )


def largest(x):
    """The largest size of an element."""
    return np.max(np.abs(x), initial=0.0)


def leaves_of_duals(y):
    """The arrays of numbers of a result that may hold duals."""
    if isinstance(y, (tuple, list)):
        return [leaf for e in y for leaf in leaves_of_duals(e)]
    if isinstance(y, dict):
        return [leaf for e in y.values() for leaf in leaves_of_duals(e)]
    if isinstance(y, (str, type(None))):
        return []
    return [y] if getattr(y, "dtype", np.asarray(y).dtype).kind in "fc" else []


def main():
    """Prints a table of the namespaces, and what is not right in them."""
    verbose = "--verbose" in sys.argv
    chosen = [a for a in sys.argv[1:] if not a.startswith("-")] or SPACES
    print(f"{'':24}{'functions':>10}{'cases':>8}{'right':>8}{'refused':>9}{'foreign':>9}{'wrong':>7}{'not tried':>11}")
    for space in chosen:
        ours, theirs = (importlib.import_module(f"{top}.{space}") for top in ("dualdiff.scipy", "scipy"))
        counts = dict.fromkeys(("right", "refused", "foreign", "wrong"), 0)
        functions, untried, notes = set(), [], []
        for name in sorted(getattr(theirs, "__all__", dir(theirs))):
            original = getattr(theirs, name)
            if name.startswith("_") or not callable(original) or isinstance(original, (type, types.ModuleType)):
                continue
            full = f"scipy.{space}.{name}"
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore")
                given = arguments(full, theirs, original)
                try:
                    if given is None or not leaves(original(*given[0], **given[1])):
                        raise ValueError
                except Exception:
                    untried.append(name)
                    continue
                for i, x in enumerate(given[0]):
                    if not (isinstance(x, float) or isinstance(x, np.ndarray) and x.dtype.kind == "f"):
                        continue
                    verdict = judge(getattr(ours, name), original, *given, i)
                    if verdict is not None:
                        functions.add(name)
                        counts[verdict[0]] += 1
                        if verdict[0] != "right":
                            notes.append(f"    {name} by argument {i}: {verdict[0]}: {verdict[1][:150]}")
        print(
            f"scipy.{space:18}{len(functions):>10}{sum(counts.values()):>8}"
            + "".join(f"{counts[k]:>{w}}" for k, w in (("right", 8), ("refused", 9), ("foreign", 9), ("wrong", 7)))
            + f"{len(untried):>11}"
        )
        if verbose:
            print("\n".join([*notes, "    not tried: " + " ".join(untried)]))


if __name__ == "__main__":
    main()
