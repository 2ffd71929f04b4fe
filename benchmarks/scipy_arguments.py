"""Natural arguments of SciPy's functions, by the names of their parameters, for scipy_coverage.py."""

import inspect

import numpy as np

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
