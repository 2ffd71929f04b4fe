"""Calls of SciPy's functions for scipy_coverage.py: those whose arguments its names of parameters do not give.

A case is (name, call, x): call(module, x) is the result, with the module SciPy's or dualdiff's, and x what varies.
"""

import functools

import numpy as np
import scipy
from scipy import interpolate, sparse, special, stats

G = np.random.default_rng(3)
M = np.diag([4.0, 5.0, 6.5]) + 0.3 * G.standard_normal((3, 3))
VECTOR, IMAGE = G.standard_normal(24), G.standard_normal((6, 7))
X, Y, Z = np.linspace(0, 3, 9), np.sin(np.linspace(0, 3, 9)) + 1.2, G.uniform(0.2, 2.0, 9)
TOPS = scipy.signal.find_peaks(VECTOR)[0]
AT = np.array([0.31, 1.17, 2.6])
GRID = G.standard_normal((5, 6))
POINTS, INSIDE = G.uniform(0, 1, (14, 2)), np.array([[0.45, 0.52], [0.6, 0.41]])
QUATERNION, TURN = np.array([0.2, -0.5, 0.4, 0.7]), np.array([0.3, -0.2, 0.9])


def every(call, *args):
    """The cases of one call by each of its arguments: (call, x) pairs."""
    return [(lambda m, t, i=i: call(m, *args[:i], t, *args[i + 1 :]), x) for i, x in enumerate(args)]


def table(**rows):
    """The cases (name, call, x) of a namespace; a row is what `every` gives, or a list of such."""
    return [(name, *pair) for name, pairs in rows.items() for pair in pairs]


def method(name, **options):
    """A window, or another function of one number, with its options."""
    return lambda m, x: getattr(m, name)(x, **options)


# ---- arrays ------------------------------------------------------------------------------------------


def of_signal():
    """Cases of scipy.signal."""
    sos = scipy.signal.butter(4, 0.3, output="sos")
    system = scipy.signal.butter(3, 1.2, analog=True, output="ba")
    ss, full = scipy.signal.tf2ss(*system), scipy.signal.tf2ss([1.0, 0.4, 2.0, 0.3], system[1])
    b, a = np.array([1.0, 0.4, 0.2]), np.array([1.2, 0.3, -0.1])
    return table(
        abcd_normalize=every(lambda m, A: m.abcd_normalize(A, ss[1], ss[2], ss[3]), ss[0]),
        cspline1d_eval=every(lambda m, c, x: m.cspline1d_eval(c, x), Y, AT),
        qspline1d_eval=every(lambda m, c, x: m.qspline1d_eval(c, x), Y, AT),
        detrend=every(lambda m, x: m.detrend(x), VECTOR) + every(lambda m, x: m.detrend(x, type="constant"), VECTOR),
        envelope=every(lambda m, x: m.envelope(x), VECTOR),
        wiener=every(lambda m, x: m.wiener(x, 5, 0.2), VECTOR),
        medfilt=every(lambda m, x: m.medfilt(x, 3), VECTOR),
        order_filter=every(lambda m, x: m.order_filter(x, np.ones(3), 1), VECTOR),
        sepfir2d=every(lambda m, x: m.sepfir2d(x, np.array([0.2, 1, 0.2]), np.array([0.2, 1, 0.2])), IMAGE),
        sosfreqz=every(lambda m, s: m.sosfreqz(s, 8)[1], sos),
        freqz_sos=every(lambda m, s: m.freqz_sos(s, 8)[1], sos),
        gammatone=every(lambda m, f: m.gammatone(f, "iir", fs=16.0), 2.0),
        iircomb=every(lambda m, q: m.iircomb(0.25, q), 20.0),
        iirfilter=every(lambda m, w: m.iirfilter(3, w, btype="high"), 0.3),
        kaiser_beta=every(lambda m, a: m.kaiser_beta(a), 60.0),
        kaiser_atten=every(lambda m, w: m.kaiser_atten(21, w), 0.2),
        lsim=every(lambda m, u, b: m.lsim((b, system[1]), u, np.linspace(0, 2, 9)), VECTOR[:9], system[0]),
        dlsim=every(lambda m, u, b: m.dlsim((b, a, 0.1), u), VECTOR[:9], b),
        dimpulse=every(lambda m, b, a: m.dimpulse((b, a, 0.1), n=6), b, a),
        dstep=every(lambda m, b, a: m.dstep((b, a, 0.1), n=6), b, a),
        dbode=every(lambda m, b, a: m.dbode((b, a, 0.1), w=np.array([0.3, 0.9])), b, a),
        dfreqresp=every(lambda m, b, a: m.dfreqresp((b, a, 0.1), w=np.array([0.3, 0.9])), b, a),
        ss2tf=every(lambda m, A: m.ss2tf(A, *ss[1:]), ss[0]),
        ss2zpk=every(lambda m, A: m.ss2zpk(A, *full[1:]), full[0]),
        tf2ss=every(lambda m, b, a: m.tf2ss(b, a), *system),
        sos2zpk=every(lambda m, s: m.sos2zpk(s), scipy.signal.ellip(4, 1, 40, 0.3, output="sos")),
        spline_filter=every(lambda m, x: m.spline_filter(x), IMAGE),
        sweep_poly=every(lambda m, t, p: m.sweep_poly(t, np.poly1d(p) if m is scipy.signal else p), AT, b)[:1],
        symiirorder1=every(lambda m, x: m.symiirorder1(x, 0.4, 0.3), VECTOR),
        symiirorder2=every(lambda m, x: m.symiirorder2(x, 0.4, 0.3), VECTOR),
        cspline2d=every(lambda m, x: m.cspline2d(x), IMAGE),
        vectorstrength=every(lambda m, e, p: m.vectorstrength(e, p), Z, 0.7),
        find_peaks=every(lambda m, x: m.find_peaks(x, height=-9, prominence=0, width=0)[1], VECTOR),
        peak_prominences=every(lambda m, x: m.peak_prominences(x, TOPS), VECTOR), peak_widths=every(lambda m, x, h: m.peak_widths(x, TOPS, h), VECTOR, 0.3),
        zoom_fft=every(lambda m, x: m.zoom_fft(x, [0.1, 0.4], 6), VECTOR),
        remez=every(lambda m, d: m.remez(9, [0, 0.2, 0.3, 0.5], d), np.array([1.0, 0.1])),
        place_poles=every(lambda m, A: m.place_poles(A, np.eye(3)[:, :2], [-1.0, -2, -3]).gain_matrix, M),
        upfirdn=every(lambda m, h, x: m.upfirdn(h, x, 2, 3), b, VECTOR),
        minimum_phase=every(lambda m, h: m.minimum_phase(h), np.convolve([1.0, 0.3, 0.2, 0.1], [0.1, 0.2, 0.3, 1.0])),
        residuez=every(lambda m, b, a: m.residuez(b, a), b, a),
        ShortTimeFFT=every(lambda m, w: m.ShortTimeFFT(w, 2, 1.0).stft(VECTOR), np.hanning(8) + 0.1),
        StateSpace=every(lambda m, A: m.StateSpace(A, *ss[1:]).impulse(N=5)[1], ss[0]),
        besselap=[], firls=every(lambda m, d: m.firls(9, [0, 0.4, 0.5, 1], d), np.array([1.0, 0.9, 0.3, 0.2])),
        firwin2=every(lambda m, g: m.firwin2(9, [0, 0.4, 1], g), np.array([1.0, 0.7, 0.3])),
        firwin_2d=every(lambda m, c: m.firwin_2d((5, 5), ("hamming", "hamming"), fc=c), 0.4) if hasattr(scipy.signal, "firwin_2d") else [],
        get_window=every(lambda m, t: m.get_window(("kaiser", t), 9), 3.0), group_delay=every(lambda m, b, a: m.group_delay((b, a), np.array([0.3, 0.9]))[1], b, a),
        bode=every(lambda m, b, a: m.bode((b, a), w=np.array([0.3, 0.9]))[1:], *system), freqresp=every(lambda m, b, a: m.freqresp((b, a), w=np.array([0.3, 0.9]))[1], *system),
        impulse=every(lambda m, b, a: m.impulse((b, a), T=np.linspace(0, 2, 5))[1], *system), step=every(lambda m, b, a: m.step((b, a), T=np.linspace(0, 2, 5))[1], *system),
        istft=every(lambda m, z: m.istft(z, window=np.hanning(9) + 0.1, nperseg=9, noverlap=6)[1], np.abs(G.standard_normal((5, 8)))),
        savgol_coeffs=every(lambda m, d, p: m.savgol_coeffs(5, 2, deriv=1, delta=d, pos=p), 0.7, 1.6), unique_roots=every(lambda m, p: m.unique_roots(p)[0], np.array([0.3, 1.2, 2.0])),
    )


def of_windows():
    """Cases of scipy.signal.windows: by their parameters."""
    parameters = {
        "chebwin": (60.0,), "exponential": (None, 3.0), "gaussian": (2.0,), "general_gaussian": (1.5, 2.0),
        "general_hamming": (0.6,), "kaiser": (5.0,), "tukey": (0.4,), "taylor": (4, 30), "dpss": (2.5,),
        "general_cosine": (np.array([0.5, 0.3, 0.2]),),
    }  # fmt: skip
    found = []
    for name, given in parameters.items():
        for i, x in enumerate(given):
            if isinstance(x, (float, np.ndarray)):
                rest = given[:i], given[i + 1 :]
                found.append((name, lambda m, t, n=name, r=rest: getattr(m, n)(9, *r[0], t, *r[1]), x))
    return [*found, ("kaiser_bessel_derived", lambda m, t: m.kaiser_bessel_derived(8, t), 3.0),
            ("get_window", lambda m, t: m.get_window(("kaiser", t), 9), 3.0)]  # fmt: skip


def of_ndimage():
    """Cases of scipy.ndimage."""
    weights = np.array([[0.2, 1.0], [0.5, 0.3]])
    simple = ("black_tophat", "white_tophat", "grey_closing", "grey_dilation", "grey_erosion", "grey_opening",
              "maximum_filter", "minimum_filter", "median_filter", "morphological_gradient", "morphological_laplace")  # fmt: skip
    found = [(name, lambda m, x, n=name: getattr(m, n)(x, size=3), IMAGE) for name in simple]
    return found + table(
        convolve=every(lambda m, x, w: m.convolve(x, w), IMAGE, weights),
        correlate=every(lambda m, x, w: m.correlate(x, w, mode="wrap"), IMAGE, weights),
        percentile_filter=every(lambda m, x: m.percentile_filter(x, 30, size=3), IMAGE),
        rank_filter=every(lambda m, x: m.rank_filter(x, 2, size=3), IMAGE),
        generic_filter=every(lambda m, x: m.generic_filter(x, np.mean, size=3), IMAGE),
        generic_laplace=every(lambda m, x: m.generic_laplace(x, m.sobel), IMAGE),
        generic_gradient_magnitude=every(lambda m, x: m.generic_gradient_magnitude(x, m.sobel), IMAGE),
        affine_transform=every(lambda m, x, a, o: m.affine_transform(x, a, o), IMAGE, np.diag([0.8, 0.7]), np.array([0.6, 0.9])),
        geometric_transform=every(lambda m, x: m.geometric_transform(x, lambda p: (p[0] * 0.9, p[1])), IMAGE),
        fourier_gaussian=every(lambda m, x, s: m.fourier_gaussian(x, s), np.fft.fft2(IMAGE).real, 1.2),
        distance_transform_edt=every(lambda m, s: m.distance_transform_edt(IMAGE > -1, sampling=s), np.array([1.2, 0.7])),
        center_of_mass=every(lambda m, x: m.center_of_mass(x), np.abs(IMAGE)),
        extrema=every(lambda m, x: m.extrema(x)[:2], IMAGE),
    )  # fmt: skip


def of_spatial():
    """Cases of scipy.spatial."""
    points = G.standard_normal((9, 3))
    return table(
        distance_matrix=every(lambda m, x, y: m.distance_matrix(x, y), points, points[:4] + 0.3),
        ConvexHull=every(lambda m, x: (m.ConvexHull(x).volume, m.ConvexHull(x).area), points),
        KDTree=every(lambda m, x: m.KDTree(points).query(x)[0], points[:3] + 0.1),
        cKDTree=every(lambda m, x: m.cKDTree(points).query(x, k=2)[0], points[:3] + 0.1),
        minkowski_distance=every(lambda m, x, y: m.minkowski_distance(x, y, 3), points, points[::-1] + 0.2),
        geometric_slerp=every(lambda m, t: m.geometric_slerp([1.0, 0, 0], [0, 1.0, 0], t), np.array([0.1, 0.7])),
        procrustes=every(lambda m, a, b: m.procrustes(a, b), points, points[::-1] + 0.2),
        Delaunay=every(lambda m, x: m.Delaunay(x).transform, POINTS),
        Voronoi=every(lambda m, x: m.Voronoi(x).vertices, POINTS),
    )


def of_distance():
    """Cases of scipy.spatial.distance."""
    a, b = G.standard_normal((4, 3)), G.standard_normal((5, 3))
    metrics = ("euclidean", "sqeuclidean", "cityblock", "cosine", "correlation", "chebyshev", "canberra",
               "braycurtis", "minkowski", "seuclidean", "mahalanobis")  # fmt: skip
    found = []
    for metric in metrics:
        found += [(f"cdist {metric}", lambda m, x, k=metric: m.cdist(x, b, k), a),
                  (f"pdist {metric}", lambda m, x, k=metric: m.pdist(x, k), b)]  # fmt: skip
    return found + table(
        directed_hausdorff=every(lambda m, x: m.directed_hausdorff(x, b)[0], a),
        squareform=every(lambda m, x: m.squareform(x), np.arange(1.0, 7.0)),
        jensenshannon=every(lambda m, p, q: m.jensenshannon(p, q), np.array([0.3, 0.5, 0.2]), np.array([0.1, 0.6, 0.3])),
    )  # fmt: skip


def of_transform():
    """Cases of scipy.spatial.transform."""
    vectors = np.array([[1.0, 0.2, -0.4], [0.3, 0.9, 0.1]])
    makes = {
        "from_quat": QUATERNION, "from_rotvec": TURN, "from_mrp": TURN, "from_matrix": scipy.linalg.expm(
            np.array([[0, -0.9, 0.3], [0.9, 0, -0.2], [-0.3, 0.2, 0]])),
    }  # fmt: skip
    found = [(f"Rotation.{name}", lambda m, x, n=name: getattr(m.Rotation, n)(x).as_matrix(), x) for name, x in makes.items()]
    found += [(f"Rotation.{name}", lambda m, x, n=name: getattr(m.Rotation.from_rotvec(x), n)(), TURN)
              for name in ("as_quat", "as_matrix", "as_rotvec", "as_mrp", "magnitude", "inv")[:5]]  # fmt: skip
    found += [
        ("Rotation.from_euler", lambda m, x: m.Rotation.from_euler("xyz", x).as_matrix(), TURN),
        ("Rotation.from_davenport", lambda m, x: m.Rotation.from_davenport(np.eye(3), "e", x).as_matrix(), TURN),
        ("Rotation.as_euler", lambda m, x: m.Rotation.from_rotvec(x).as_euler("ZYX"), TURN),
        ("Rotation.apply", lambda m, x: m.Rotation.from_rotvec(x).apply(vectors), TURN),
        ("Rotation.apply", lambda m, x: m.Rotation.from_rotvec(TURN).apply(x), vectors),
        ("Rotation.inv", lambda m, x: m.Rotation.from_rotvec(x).inv().as_quat(), TURN),
        ("Rotation.__mul__", lambda m, x: (m.Rotation.from_rotvec(x) * m.Rotation.from_rotvec(x[::-1])).as_quat(), TURN),
        ("Rotation.__pow__", lambda m, x: (m.Rotation.from_rotvec(x) ** 0.4).as_quat(), TURN),
        ("Rotation.mean", lambda m, x: m.Rotation.from_rotvec(x).mean().as_matrix(), vectors),
        ("Rotation.align_vectors", lambda m, x: m.Rotation.align_vectors(x, vectors[::-1])[0].as_matrix(), vectors),
        ("Slerp", lambda m, x: m.Slerp([0.0, 1, 2], m.Rotation.from_rotvec(np.eye(3)))(x).as_matrix(), np.array([0.3, 1.4])),
        ("Slerp", lambda m, x: m.Slerp([0.0, 1], m.Rotation.from_rotvec(x))([0.3, 0.8]).as_matrix(), vectors),
        ("RotationSpline", lambda m, x: m.RotationSpline([0.0, 1, 2], m.Rotation.from_rotvec(np.eye(3)))(x).as_matrix(), np.array([0.3, 1.4])),
    ]  # fmt: skip
    return found


def of_fft():
    """Cases of scipy.fft that the names of parameters do not give."""
    grid = IMAGE[:, :6]
    names = ("fft2", "ifft2", "rfft2", "irfft2", "hfft2", "ihfft2", "fftn", "dctn", "idstn")
    return [(name, lambda m, x, n=name: getattr(m, n)(x), grid) for name in names] + [
        ("fht", lambda m, x: m.fht(x, 0.1, 0.3, offset=0.2, bias=0.1), VECTOR[:8]),
        ("ifht", lambda m, x: m.ifht(x, 0.1, 0.3, offset=0.2, bias=0.1), VECTOR[:8]),
    ]


def of_linalg():
    """Cases of scipy.linalg that the names of parameters do not give."""
    return table(
        block_diag=every(lambda m, a: m.block_diag(a, 2.0, [[1.0, 2.0]]), M),
        cossin=every(lambda m, a: m.cossin(np.linalg.qr(M)[0] if a is None else a, 1, 1), np.linalg.qr(M)[0]),
        funm=every(lambda m, a: m.funm(a, np.exp), M),
        cdf2rdf=every(lambda m, w: m.cdf2rdf(w, np.eye(3)), np.array([1.0, 2.0, 3.0])),
        hadamard=[],
    )


# ---- functions of functions --------------------------------------------------------------------------


def of_integrate():
    """Cases of scipy.integrate."""
    def decay(t, y, k):
        return [-k * y[0] + 0.1 * y[1], y[0] - np.sin(y[1])]

    y0, ts = np.array([1.0, 0.4]), np.linspace(0, 2, 5)
    tight = {"rtol": 1e-9, "atol": 1e-11}
    methods = ("RK45", "RK23", "DOP853", "Radau", "BDF", "LSODA")
    found = []
    for how in methods:
        tol = tight if how != "RK23" else {"rtol": 1e-7, "atol": 1e-9}
        found += [
            ("solve_ivp " + how, lambda m, y, h=how, o=tol: m.solve_ivp(decay, (0, 2), y, method=h, args=(0.7,), t_eval=ts, **o).y, y0),
            ("solve_ivp " + how, lambda m, k, h=how, o=tol: m.solve_ivp(decay, (0, 2), y0, method=h, args=(k,), t_eval=ts, **o).y, 0.7),
        ]  # fmt: skip

    def ends(a, b):
        return np.array([a[0], b[0] - 0.5])

    def bvp(m, k):
        def f(x, y):
            return np.vstack((y[1], -k * np.sin(y[0])))

        return m.solve_bvp(f, ends, np.linspace(0, 1, 6), np.ones((2, 6)), tol=1e-9).sol(AT / 4)

    def event(t, y, k):
        return y[0] - 0.5

    return found + table(
        **{"solve_ivp t_span": every(lambda m, t: m.solve_ivp(decay, (0, t), y0, args=(0.7,), **tight).y[:, -1], 1.7),
           "solve_ivp events": every(lambda m, k: m.solve_ivp(decay, (0, 4), y0, args=(k,), events=event, **tight).t_events[0], 0.7),
           "solve_ivp sol": every(lambda m, t: m.solve_ivp(decay, (0, 2), y0, args=(0.7,), dense_output=True, **tight).sol(t), AT / 2)},
        **{"solve_ivp y_events": every(lambda m, k: m.solve_ivp(decay, (0, 4), y0, args=(k,), events=event, **tight).y_events[0], 0.7),
           "solve_ivp max_step": every(lambda m, k: m.solve_ivp(decay, (2, 0), y0, args=(k,), max_step=0.1, first_step=0.01, **tight).y[:, -1], 0.7),
           "solve_bvp p": every(lambda m, k: m.solve_bvp(lambda x, y, p: np.vstack((y[1], -(p[0] ** 2) * y[0] * k)), lambda a, b, p: np.array([a[0], b[0], a[1] - p[0]]),
               np.linspace(0, 1, 5), np.vstack([np.sin(np.pi * np.linspace(0, 1, 5))] * 2), p=[3.0], tol=1e-9).p, 1.3),
           "quad weight": every(lambda m, k: m.quad(lambda x: np.exp(-k * x), 0, 1, weight="alg", wvar=(0.3, 0.2))[0], 0.7)
           + every(lambda m, k: m.quad(lambda x: np.exp(1j * k * x), 0, 1, complex_func=True)[0], 0.7),
           "quad_vec norm": every(lambda m, k: m.quad_vec(lambda x: np.array([np.exp(-k * x), x**k]), 0, 2, norm="max", epsabs=1e-11)[0], 0.7),
           "dblquad limits": every(lambda m, k: m.dblquad(lambda y, x: np.exp(-x * y), 0, k, 0, lambda x: x * k)[0], 0.7),
           "nquad limits": every(lambda m, k: m.nquad(lambda x, y: np.exp(-k * x * y), [lambda y: (0, y * k), [0, 1]])[0], 0.7),
           "tanhsinh log": every(lambda m, k: m.tanhsinh(lambda x: -k * x * x, -np.inf, np.inf, log=True).integral, 0.7)},
        odeint=every(lambda m, y, k: m.odeint(lambda y, t, k: decay(t, y, k), y, ts, args=(k,), rtol=1e-10, atol=1e-12), y0, 0.7),
        solve_bvp=every(bvp, 1.3),
        quad=every(lambda m, a, b, k: m.quad(lambda x, k: np.exp(-k * x), a, b, args=(k,))[0], 0.2, 1.7, 1.1)
        + every(lambda m, k: m.quad(lambda x: np.exp(-k * x * x), -np.inf, np.inf)[0], 1.1)
        + every(lambda m, k: m.quad(lambda x: np.exp(k * x), 0, 2, weight="cos", wvar=1.3)[0], 0.6),
        quad_vec=every(lambda m, k: m.quad_vec(lambda x: np.array([np.exp(k * x), np.sin(k * x)]), 0, 1)[0], 0.8),
        dblquad=every(lambda m, k: m.dblquad(lambda y, x: np.exp(k * x * y), 0, 1, 0, lambda x: 1 - x)[0], 0.8),
        tplquad=every(lambda m, k: m.tplquad(lambda z, y, x: np.cos(k * x * y * z), 0, 1, 0, 1, 0, 1)[0], 0.8),
        nquad=every(lambda m, k: m.nquad(lambda x, y: np.exp(k * x * y), [[0, 1], [0, 0.7]])[0], 0.8),
        tanhsinh=every(lambda m, a, k: m.tanhsinh(lambda x, k: np.exp(-k * x), a, 2.0, args=(k,)).integral, 0.2, 0.8),
        fixed_quad=every(lambda m, a, b: m.fixed_quad(np.exp, a, b, n=5)[0], 0.2, 1.3),
        trapezoid=every(lambda m, y, x: m.trapezoid(y, x), Y, X), simpson=every(lambda m, y, x: m.simpson(y, x=x), Y, X),
        romb=every(lambda m, y: m.romb(y, 0.1), Y), cumulative_trapezoid=every(lambda m, y, x: m.cumulative_trapezoid(y, x), Y, X),
        cumulative_simpson=every(lambda m, y, x: m.cumulative_simpson(y, x=x), Y, X),
        cubature=every(lambda m, k: m.cubature(lambda x: np.exp(k * x[:, 0]), [0.0], [1.0]).estimate, 0.8),
        nsum=every(lambda m, k: m.nsum(lambda n: 1 / n**k, 1, np.inf).sum, 2.5),
        qmc_quad=every(lambda m, k: m.qmc_quad(lambda x: np.exp(k * x[0]), [0.0], [1.0]).integral, 0.8),
    )  # fmt: skip


def of_optimize():
    """Cases of scipy.optimize."""
    def cubic(x, a):
        return x**3 + x - a

    def bowl(x, a):
        return (x[0] - a) ** 2 + 0.5 * (x[1] - a**2) ** 2 + 0.1 * x[0] ** 4

    def system(x, a):
        return np.array([x[0] + 0.3 * x[1] ** 2 - a, x[1] - 0.2 * x[0]])

    found = []
    for name in ("brentq", "brenth", "ridder", "bisect", "toms748"):
        found += every(lambda m, a, n=name: getattr(m, n)(cubic, 0, 3, args=(a,)), 1.7)[:1] and [
            (name, lambda m, a, n=name: getattr(m, n)(cubic, 0, 3, args=(a,), xtol=1e-13), 1.7)]  # fmt: skip
    for how in ("Nelder-Mead", "Powell", "CG", "BFGS", "L-BFGS-B", "TNC", "COBYLA", "SLSQP", "trust-constr"):
        tol = 1e-7 if how == "COBYLA" else 1e-12
        found.append((f"minimize {how}", lambda m, a, h=how, t=tol: m.minimize(bowl, [0.3, 0.2], args=(a,), method=h, tol=t).x, 1.2))
    for how in ("hybr", "lm", "broyden1", "krylov", "df-sane"):
        found.append((f"root {how}", lambda m, a, h=how: m.root(system, [0.5, 0.2], args=(a,), method=h, tol=1e-12).x, 1.2))
    for name in ("anderson", "broyden1", "broyden2", "diagbroyden", "excitingmixing", "linearmixing", "newton_krylov"):
        found.append((name, lambda m, a, n=name: getattr(m, n)(lambda x: system(x, a), [0.5, 0.2], f_tol=1e-10), 1.2))
    for name in ("fmin", "fmin_powell", "fmin_cg", "fmin_bfgs"):
        more = {"xtol": 1e-10, "ftol": 1e-12} if name in ("fmin", "fmin_powell") else {"gtol": 1e-8}
        found.append((name, lambda m, a, n=name, o=more: getattr(m, n)(bowl, [0.3, 0.2], args=(a,), disp=0, **o), 1.2))
    bounded = {"bounds": ([0, 0], [0.8, 3])}
    t, data = np.linspace(0, 1, 8), 1.3 * np.exp(-0.7 * np.linspace(0, 1, 8)) + 0.05 * np.sin(9 * np.linspace(0, 1, 8))

    def model(t, a, b):
        return a * np.exp(-b * t)

    A, b = G.standard_normal((6, 3)), G.standard_normal(6)
    return found + table(
        root_scalar=every(lambda m, a: m.root_scalar(cubic, args=(a,), bracket=(0, 3)).root, 1.7),
        newton=every(lambda m, a: m.newton(cubic, 1.0, args=(a,), tol=1e-13), 1.7),
        fsolve=every(lambda m, a: m.fsolve(system, [0.5, 0.2], args=(a,), xtol=1e-13), 1.2),
        fixed_point=every(lambda m, a: m.fixed_point(lambda x: np.cos(a * x), 0.7, xtol=1e-13), 0.9),
        minimize_scalar=every(lambda m, a: m.minimize_scalar(lambda x: (x - a) ** 2 + 0.1 * x**4).x, 1.2),
        brent=every(lambda m, a: m.brent(lambda x: (x - a) ** 2 + 0.1 * x**4), 1.2),
        golden=every(lambda m, a: m.golden(lambda x: (x - a) ** 2 + 0.1 * x**4), 1.2),
        fminbound=every(lambda m, a: m.fminbound(lambda x: (x - a) ** 2 + 0.1 * x**4, 0, 3, xtol=1e-10), 1.2),
        fmin_ncg=every(lambda m, a: m.fmin_ncg(lambda x: bowl(x, a), [0.3, 0.2], lambda x: np.array(
            [2 * (x[0] - a) + 0.4 * x[0] ** 3, x[1] - a**2]), disp=0, avextol=1e-12), 1.2),
        least_squares=every(lambda m, a: m.least_squares(lambda x: [x[0] - a, x[1] * x[0] - 1, 0.3 * x[1]], [1.0, 1], xtol=1e-14, gtol=1e-14, ftol=1e-14).x, 1.2)
        + every(lambda m, a: m.least_squares(lambda x: [x[0] - a, x[1] * x[0] - 1, 0.3 * x[1]], [0.5, 1], xtol=1e-14, gtol=1e-14, ftol=1e-14, **bounded).x, 1.2),
        curve_fit=every(lambda m, y: m.curve_fit(model, t, y, [1.0, 1.0], ftol=1e-13, xtol=1e-13), data) + every(
            lambda m, s: m.curve_fit(model, t, data, [1.0, 1.0], sigma=s, ftol=1e-13, xtol=1e-13), np.linspace(0.1, 0.2, 8)),
        lsq_linear=every(lambda m, A, b: m.lsq_linear(A, b, bounds=(0, 1)).x, A, b), nnls=every(lambda m, A, b: m.nnls(A, b)[0], A, b),
        linear_sum_assignment=every(lambda m, c: c[m.linear_sum_assignment(c)], M),
        leastsq=every(lambda m, a: m.leastsq(lambda x: system(x, a), [0.5, 0.2])[0], 1.2),
        fmin_slsqp=every(lambda m, a: m.fmin_slsqp(lambda x: bowl(x, a), [0.3, 0.2], iprint=0), 1.2),
        fmin_l_bfgs_b=every(lambda m, a: m.fmin_l_bfgs_b(lambda x: bowl(x, a), [0.3, 0.2], approx_grad=True)[0], 1.2),
        linprog=every(lambda m, c: m.linprog(c, A_ub=[[1.0, 1]], b_ub=[2.0]).x, np.array([-1.0, -2.0])),
        differential_evolution=every(lambda m, a: m.differential_evolution(lambda x: bowl(x, a), [(-2, 2)] * 2, rng=1).x, 1.2),
        isotonic_regression=every(lambda m, y: m.isotonic_regression(y).x, Z),
        rosen=every(lambda m, x: m.rosen(x), Z), rosen_der=every(lambda m, x: m.rosen_der(x), Z),
        rosen_hess=every(lambda m, x: m.rosen_hess(x), Z), rosen_hess_prod=every(lambda m, x, p: m.rosen_hess_prod(x, p), Z, Y),
    )  # fmt: skip


# ---- interpolate, sparse -----------------------------------------------------------------------------


def of_interpolate():
    """Cases of scipy.interpolate."""
    found = []
    for name in ("CubicSpline", "PchipInterpolator", "Akima1DInterpolator", "interp1d", "KroghInterpolator", "make_interp_spline", "InterpolatedUnivariateSpline"):  # fmt: skip
        knots = X[:6] if name == "KroghInterpolator" else X
        ys, at = Y[: len(knots)], AT[:2]
        found += [(name, *pair) for pair in every(lambda m, x, y, t, n=name: getattr(m, n)(x, y)(t), knots, ys, at)]
    found += [("BarycentricInterpolator", *pair) for pair in every(
        lambda m, x, y, t: m.BarycentricInterpolator(x, y, rng=np.random.default_rng(1))(t), X[:6], Y[:6], AT[:2])]
    found += [("barycentric_interpolate", *pair) for pair in every(
        lambda m, x, y, t: m.barycentric_interpolate(x, y, t, rng=np.random.default_rng(1)), X[:6], Y[:6], AT[:2])]
    for name in ("pchip_interpolate", "krogh_interpolate"):
        found += [(name, *pair) for pair in every(lambda m, x, y, t, n=name: getattr(m, n)(x, y, t), X[:6], Y[:6], AT[:2])]
    bspline = interpolate.make_interp_spline(X, Y)
    tck = interpolate.splrep(X, Y)
    c = G.standard_normal((4, 2))
    grid = (np.linspace(0, 1, 5), np.linspace(0, 1, 6))
    inner = np.array([0.9, 1.6, 2.2])
    sphere = (np.linspace(0.3, 2.8, 5), np.linspace(0.1, 6.1, 6))
    return found + table(
        CubicHermiteSpline=every(lambda m, x, y, d, t: m.CubicHermiteSpline(x, y, d)(t), X, Y, np.cos(X), AT),
        PPoly=every(lambda m, c, x, t: m.PPoly(c, x)(t), c, np.array([0.0, 1.1, 3.0]), AT),
        BPoly=every(lambda m, c, x, t: m.BPoly(c, x)(t), c, np.array([0.0, 1.1, 3.0]), AT),
        NdPPoly=every(lambda m, c, t: m.NdPPoly(c, ([0.0, 1.0], [0.0, 1.0]))(t), G.standard_normal((3, 3, 1, 1)), INSIDE),
        BSpline=every(lambda m, c, t: m.BSpline(bspline.t, c, 3)(t), bspline.c, AT) + every(
            lambda m, t: m.BSpline(t, bspline.c, 3)(AT), bspline.t),
        splev=every(lambda m, t: m.splev(t, tck), AT), splint=every(lambda m, a, b: m.splint(a, b, tck), 0.4, 2.2),
        splder=every(lambda m, c: m.splder((tck[0], c, 3))[1], tck[1]), splantider=every(lambda m, c: m.splantider((tck[0], c, 3))[1], tck[1]),
        spalde=every(lambda m, t: m.spalde(t, tck), AT),
        sproot=every(lambda m, c: m.sproot((tck[0], c, 3)), tck[1] - 1.7),
        **{"PPoly from_spline": every(lambda m, c: m.PPoly.from_spline(m.BSpline(bspline.t, c, 3)).c, bspline.c),
           "BPoly from_derivatives": every(lambda m, y: m.BPoly.from_derivatives([0.0, 1.0, 2.0], y)(AT[:2]), G.standard_normal((3, 2))),
           "KroghInterpolator derivative": every(lambda m, y, t: m.KroghInterpolator(X[:5], y).derivative(t), Y[:5], AT[:2])},
        insert=every(lambda m, t: m.insert(t, tck)[1][:10], 1.3),
        splrep=every(lambda m, y: m.splev(AT, m.splrep(X, y)), Y), make_splrep=every(lambda m, y: m.make_splrep(X, y)(AT), Y),
        splprep=every(lambda m, y: m.splprep([X, y])[0][1], Y), make_splprep=every(lambda m, y: m.make_splprep([X, y])[0](np.array([0.2, 0.7])), Y),
        make_lsq_spline=every(lambda m, y: m.make_lsq_spline(X, y, np.r_[[0.0] * 4, 1.4, [3.0] * 4])(AT), Y),
        make_smoothing_spline=every(lambda m, y, lam: m.make_smoothing_spline(X, y, lam=lam)(AT), Y, 0.1),
        UnivariateSpline=every(lambda m, y: m.UnivariateSpline(X, y, s=0)(AT), Y),
        LSQUnivariateSpline=every(lambda m, y, t: m.LSQUnivariateSpline(X, y, inner)(t), Y, AT),
        RegularGridInterpolator=every(lambda m, v, t: m.RegularGridInterpolator(grid, v)(t), GRID, INSIDE)
        + every(lambda m, v, t: m.RegularGridInterpolator(grid, v, method="cubic", solver=scipy.sparse.linalg.spsolve)(t), GRID, INSIDE),
        interpn=every(lambda m, v, t: m.interpn(grid, v, t), GRID, INSIDE),
        NdBSpline=every(lambda m, t: m.NdBSpline((bspline.t, bspline.t), np.outer(bspline.c, bspline.c), 3)(t), INSIDE),
        RectBivariateSpline=every(lambda m, z: m.RectBivariateSpline(*grid, z).ev(*INSIDE.T), GRID)
        + every(lambda m, t: m.RectBivariateSpline(*grid, GRID).ev(t, t), np.array([0.3, 0.55])),
        RectSphereBivariateSpline=every(lambda m, t: m.RectSphereBivariateSpline(*sphere, GRID).ev(t, t + 1), np.array([0.9, 1.3])),
        SmoothBivariateSpline=every(lambda m, t: m.SmoothBivariateSpline(*POINTS.T, VECTOR[:14], kx=1, ky=1).ev(t, t), np.array([0.3, 0.55])),
        LinearNDInterpolator=every(lambda m, v, t: m.LinearNDInterpolator(POINTS, v)(t), VECTOR[:14], INSIDE),
        CloughTocher2DInterpolator=every(lambda m, t: m.CloughTocher2DInterpolator(POINTS, VECTOR[:14], tol=1e-12)(t), INSIDE),
        NearestNDInterpolator=every(lambda m, v: m.NearestNDInterpolator(POINTS, v)(INSIDE), VECTOR[:14]),
        griddata=every(lambda m, v, t: m.griddata(POINTS, v, t), VECTOR[:14], INSIDE),
        RBFInterpolator=every(lambda m, p, v, t: m.RBFInterpolator(p, v)(t), POINTS, VECTOR[:14], INSIDE),
        Rbf=every(lambda m, v: m.Rbf(*POINTS.T, v)(*INSIDE.T), VECTOR[:14]),
        lagrange=every(lambda m, y: m.lagrange(X[:4], y).coeffs, Y[:4]), pade=every(lambda m, a: m.pade(a, 2)[0].coeffs, np.array([1.0, 1, 0.5, 0.2, 0.04])),
        LSQBivariateSpline=every(lambda m, z: m.LSQBivariateSpline(*POINTS.T, z, [0.5], [0.5], kx=1, ky=1).ev(*INSIDE.T), VECTOR[:14]),
        AAA=every(lambda m, t: m.AAA(X, Y)(t), AT), FloaterHormannInterpolator=every(lambda m, y, t: m.FloaterHormannInterpolator(X, y)(t), Y, AT),
        bisplev=every(lambda m, x: m.bisplev(x, x, interpolate.bisplrep(*POINTS.T, VECTOR[:14], kx=1, ky=1, s=20)), np.array([0.3, 0.55])),
        bisplrep=every(lambda m, z: m.bisplrep(*POINTS.T, z, kx=1, ky=1, s=20)[2], VECTOR[:14]),
        generate_knots=every(lambda m, y: list(m.generate_knots(X, y, s=0.01))[-1], Y),
        approximate_taylor_polynomial=every(lambda m, x: m.approximate_taylor_polynomial(np.sin, x, 3, 0.1).coeffs, 0.3),
    )  # fmt: skip


ROWS, COLUMNS = np.array([0, 0, 1, 1, 2, 2, 3, 3]), np.array([0, 1, 1, 2, 2, 0, 3, 1])
DATA = np.array([4.0, 0.5, 5.0, -0.4, 6.0, 0.3, 3.0, 0.7])


def as_numbers(A):
    """The entries of a sparse result."""
    return A.toarray() if hasattr(A, "toarray") else A


def of_sparse():
    """Cases of scipy.sparse."""
    def matrix(m, d, kind="csc_array"):
        return getattr(m, kind)((d, (ROWS, COLUMNS)), shape=(4, 4))

    other = matrix(sparse, DATA + 0.3)
    x = VECTOR[:4]
    found = [(kind, lambda m, d, k=kind: matrix(m, d, k) @ x, DATA)
             for kind in ("coo_array", "csr_array", "csc_array", "coo_matrix", "csr_matrix", "csc_matrix")]  # fmt: skip
    does = {
        "A @ x": lambda m, A: A @ x, "A @ B": lambda m, A: A @ other, "A.T": lambda m, A: A.T, "A + B": lambda m, A: A + other,
        "A - B": lambda m, A: A - 2 * other, "2 * A": lambda m, A: 2.5 * A, "A / 2": lambda m, A: A / 2, "A.multiply": lambda m, A: A.multiply(other),
        "A.power": lambda m, A: A.power(2), "A.sum": lambda m, A: A.sum(axis=0), "A.mean": lambda m, A: A.mean(axis=1),
        "A.diagonal": lambda m, A: A.diagonal(), "A.trace": lambda m, A: A.trace(), "A[i]": lambda m, A: A[[1, 2]], "A[i, j]": lambda m, A: A[1, 2],
        "A.reshape": lambda m, A: A.reshape((2, 8)), "A.data": lambda m, A: A.data, "abs(A)": lambda m, A: abs(A), "A.max": lambda m, A: A.max(),
        "A.tocsr": lambda m, A: A.tocsr(), "A.toarray": lambda m, A: A.toarray(), "A.copy": lambda m, A: A.copy(), "A.dot": lambda m, A: A.dot(x),
        "A.conj": lambda m, A: A.conj(), "A.setdiag": None, "-A": lambda m, A: -A, "A @ A": lambda m, A: A @ A, "A**2": lambda m, A: A.power(2),
        "hstack": lambda m, A: m.hstack([A, other]), "vstack": lambda m, A: m.vstack([A, other]), "block_diag": lambda m, A: m.block_diag([A, other]),
        "block_array": lambda m, A: m.block_array([[A, None], [other, A]]), "bmat": lambda m, A: m.bmat([[A, other]]),
        "kron": lambda m, A: m.kron(A, other), "kronsum": lambda m, A: m.kronsum(A, other), "tril": lambda m, A: m.tril(A),
        "triu": lambda m, A: m.triu(A, 1), "find": lambda m, A: m.find(A)[2],
    }  # fmt: skip
    found += [(name, lambda m, d, f=f: as_numbers(f(m, matrix(m, d))), DATA) for name, f in does.items() if f]
    return found + table(
        diags=every(lambda m, d: m.diags([d, d[:-1]], [0, 1]) @ x, x), diags_array=every(lambda m, d: m.diags_array([d, d[:-1]], offsets=[0, 1]) @ x, x),
        spdiags=every(lambda m, d: m.spdiags(d, [0, 1], 4, 4) @ x, G.standard_normal((2, 4))),
        dia_array=every(lambda m, d: m.dia_array((d, [0, 1]), shape=(4, 4)) @ x, G.standard_normal((2, 4))),
        dia_matrix=every(lambda m, d: m.dia_matrix((d, [0, 1]), shape=(4, 4)) @ x, G.standard_normal((2, 4))),
        bsr_array=every(lambda m, d: m.bsr_array((d, [0, 1], [0, 1, 2])) @ x, G.standard_normal((2, 2, 2))),
        bsr_matrix=every(lambda m, d: m.bsr_matrix((d, [0, 1], [0, 1, 2])) @ x, G.standard_normal((2, 2, 2))),
        **{kind: every(lambda m, d, k=kind: getattr(m, k)(d) @ x, M[:3, :3] @ np.ones((3, 4)))
           for kind in ("lil_array", "lil_matrix", "dok_array", "dok_matrix")},
    )  # fmt: skip


def of_sparse_linalg():
    """Cases of scipy.sparse.linalg."""
    def csc(m, d):
        space = scipy.sparse if m is sparse.linalg else __import__("dualdiff").scipy.sparse
        return space.csc_array((d, (ROWS, COLUMNS)), shape=(4, 4))

    def spd(m, d):
        A = csc(m, d)
        return A @ A.T

    b = VECTOR[:4]
    found = []
    for name in ("spsolve", "bicg", "bicgstab", "cgs", "gmres", "lgmres", "gcrotmk", "qmr", "tfqmr", "lsqr", "lsmr", "cg", "minres"):
        make = spd if name in ("cg", "minres") else csc
        tol = {} if name == "spsolve" else {"atol": 1e-13, "btol": 1e-13} if name.startswith("ls") else {"rtol": 1e-13}

        def call(m, d, b, n=name, make=make, tol=tol):
            y = getattr(m, n)(make(m, d), b, **tol)
            return y if n == "spsolve" else y[0]

        found += [(name, *pair) for pair in every(call, DATA, b)]
    triangle = np.array([3.0, 0.4, 2.0, 0.1, 0.6, 4.0])

    def lower(m, d):
        space = scipy.sparse if m is sparse.linalg else __import__("dualdiff").scipy.sparse
        return space.csr_array((d, ([0, 1, 1, 2, 2, 2], [0, 0, 1, 0, 1, 2])), shape=(3, 3))

    return found + table(
        spsolve_triangular=every(lambda m, d, b: m.spsolve_triangular(lower(m, d), b), triangle, b[:3]),
        splu=every(lambda m, d, b: m.splu(csc(m, d)).solve(b), DATA, b), factorized=every(lambda m, d, b: m.factorized(csc(m, d))(b), DATA, b),
        expm_multiply=every(lambda m, d, b: m.expm_multiply(0.2 * csc(m, d), b), DATA, b), norm=every(lambda m, d: m.norm(csc(m, d)), DATA),
        eigsh=every(lambda m, d: m.eigsh(spd(m, d), k=2, return_eigenvectors=False, v0=b), DATA),
        eigs=every(lambda m, d: abs(m.eigs(csc(m, d), k=2, return_eigenvectors=False, v0=b)), DATA),
        svds=every(lambda m, d: m.svds(csc(m, d), k=2, return_singular_vectors=False, v0=b), DATA),
        expm=every(lambda m, d: as_numbers(m.expm(csc(m, d))), DATA), inv=every(lambda m, d: as_numbers(m.inv(csc(m, d))), DATA),
        spilu=every(lambda m, d: m.spilu(csc(m, d)).solve(b), DATA), onenormest=every(lambda m, d: m.onenormest(csc(m, d)), DATA),
        matrix_power=every(lambda m, d: as_numbers(m.matrix_power(csc(m, d), 3)), DATA),
    )  # fmt: skip


# ---- stats -------------------------------------------------------------------------------------------

FUNCTIONS = ("logpdf", "pdf", "logcdf", "cdf", "logsf", "sf", "ppf", "isf")
BY_PARAMETERS = ("logpdf", "logpmf", "cdf", "sf", "ppf")
MOMENTS = ("mean", "var", "entropy")
SHAPES = {"kappa4": (0.3, 0.2)}
"""Not scipy.stats' own for its tests, where SciPy's moments have digits for no difference."""
SLOW = {"levy_stable", "studentized_range", "kstwo", "gausshyper", "genhyperbolic", "geninvgauss", "norminvgauss", "landau",
        "vonmises", "vonmises_line", "ncf", "nct", "ncx2", "rel_breitwigner", "crystalball", "argus", "dpareto_lognorm", "jf_skew_t"}
"""Distributions whose own functions take tenths of seconds: two methods of each."""


def of_distributions():
    """Cases of the distributions: every method by x, by each shape, by loc and scale."""
    from scipy.stats._distr_params import distcont, distdiscrete

    found, seen = [], set()
    for name, shapes in [*distcont, *distdiscrete]:
        shapes = SHAPES.get(name, shapes) if isinstance(name, str) else shapes
        dist = getattr(stats, name, None) if isinstance(name, str) else None
        if dist is None or name in seen or not all(np.ndim(shape) == 0 for shape in shapes):
            continue
        seen.add(name)
        continuous = isinstance(dist, stats.rv_continuous)
        with np.errstate(all="ignore"):
            x = dist.ppf([0.23, 0.67, 0.81] if name == "levy_stable" else [0.23, 0.47, 0.81], *shapes, **({"loc": 0.2, "scale": 1.3} if continuous else {}))
        given = [*map(float, shapes), *((0.2, 1.3) if continuous else ())]
        names = FUNCTIONS if continuous else [f.replace("pdf", "pmf") for f in FUNCTIONS[:6]]
        if name in SLOW:
            names = names[:2] if name != "studentized_range" else ()
        for function in names:
            at = np.array([0.23, 0.47, 0.81]) if function in ("ppf", "isf") else x
            for i in range(0 if continuous else 1, len(given) + 1):
                if whole(dist, i, shapes) or i and function not in BY_PARAMETERS:
                    continue

                def call(m, t, n=name, f=function, i=i, at=at, given=given):
                    all_ = [at, *given]
                    all_[i] = t
                    return getattr(getattr(m, n), f)(*all_)

                found.append((f"{name}.{function}", call, at if i == 0 else given[i - 1]))
        for function in () if name in SLOW else MOMENTS:
            for i in range(1, len(given) + 1):
                if whole(dist, i, shapes):
                    continue

                def moment(m, t, n=name, f=function, i=i, given=given):
                    return getattr(getattr(m, n), f)(*given[: i - 1], t, *given[i:])

                found.append((f"{name}.{function}", moment, given[i - 1]))
    return found


COUNTS = {"irwinhall": (1,), "ksone": (1,), "binom": (1,), "betabinom": (1,), "hypergeom": (1, 2, 3), "nhypergeom": (1, 2, 3), "randint": (1, 2),
          "nchypergeom_fisher": (1, 2, 3), "nchypergeom_wallenius": (1, 2, 3), "zipfian": (2,), "boltzmann": (2,), "kstwo": (1,), "erlang": (1,)}  # fmt: skip


def whole(dist, i, shapes):
    """Whether the i-th argument of a distribution's function is a count."""
    return i in COUNTS.get(dist.name, ()) and i <= len(shapes)


def of_stats():
    """Cases of the other functions of scipy.stats."""
    a, b, p = G.normal(1, 2, 12), G.normal(0.5, 1.5, 12), G.uniform(0.1, 2, 12)
    cov = M @ M.T / 9
    one = {
        "gmean": p, "hmean": p, "skew": a, "kurtosis": a, "variation": p, "sem": a, "zscore": a, "gzscore": p, "gstd": p + 0.1, "iqr": a,
        "median_abs_deviation": a, "tmean": a, "tvar": a, "tstd": a, "tsem": a, "tmin": a, "tmax": a, "kstat": a, "kstatvar": a,
        "lmoment": a, "entropy": p, "differential_entropy": a, "expectile": a, "circmean": a, "circvar": a, "circstd": a,
        "skewtest": a, "kurtosistest": np.tile(a, 2) + np.r_[b, p], "normaltest": np.tile(a, 2) + np.r_[b, p], "jarque_bera": a, "chisquare": p,
        "power_divergence": p, "false_discovery_control": p / 4, "boxcox": p, "yeojohnson": a, "zmap": None, "bayes_mvs": a, "obrientransform": None,
        "describe": a, "mode": a, "rankdata": a, "shapiro": a, "anderson": a, "mvsdist": None, "cumfreq": a, "relfreq": a,
    }  # fmt: skip
    found = [(name, lambda m, x, n=name: numbers(getattr(m, n)(x)), x) for name, x in one.items() if x is not None]
    two = {"pearsonr": 1, "ttest_ind": 1, "ttest_rel": 1, "linregress": 1, "theilslopes": 1, "siegelslopes": 1, "wasserstein_distance": 1,
           "energy_distance": 1, "spearmanr": 1, "kendalltau": 1, "ks_2samp": 1, "mannwhitneyu": 1, "wilcoxon": 1, "zmap": 1, "f_oneway": 1,
           "bartlett": 1, "levene": 1, "alexandergovern": 1, "kruskal": 1, "ansari": 1, "mood": 1, "obrientransform": 1}  # fmt: skip
    for name in two:
        found += [(name, *pair) for pair in every(lambda m, x, y, n=name: numbers(getattr(m, n)(x, y)), a, b)]
    return found + table(
        pmean=every(lambda m, x, q: m.pmean(x, q), p, 2.3), moment=every(lambda m, x: m.moment(x, 3), a),
        trim_mean=every(lambda m, x: m.trim_mean(x, 0.1), a), trimboth=every(lambda m, x: m.trimboth(x, 0.1), a), trim1=every(lambda m, x: m.trim1(x, 0.1), a),
        sigmaclip=every(lambda m, x: m.sigmaclip(x, 2.0, 2.0)[0], a), ttest_1samp=every(lambda m, x, mu: numbers(m.ttest_1samp(x, mu)), a, 0.3),
        quantile=every(lambda m, x, q: m.quantile(x, q), a, 0.37), scoreatpercentile=every(lambda m, x: m.scoreatpercentile(x, 37), a),
        boxcox_llf=every(lambda m, lam, x: m.boxcox_llf(lam, x), 0.4, p), yeojohnson_llf=every(lambda m, lam, x: m.yeojohnson_llf(lam, x), 0.4, a),
        boxcox_normmax=every(lambda m, x: m.boxcox_normmax(x, method="mle"), p), yeojohnson_normmax=every(lambda m, x: m.yeojohnson_normmax(x), a),
        pointbiserialr=every(lambda m, y: numbers(m.pointbiserialr(a > 1, y)), b),
        ttest_ind_from_stats=every(lambda m, x, s: numbers(m.ttest_ind_from_stats(x, s, 9, 0.3, 1.2, 8)), 1.1, 0.9),
        combine_pvalues=every(lambda m, q: numbers(m.combine_pvalues(q)), np.array([0.1, 0.3, 0.7])),
        chi2_contingency=every(lambda m, t: numbers(m.chi2_contingency(t))[:2], np.array([[12.0, 7, 9], [5, 11, 8]])),
        directional_stats=every(lambda m, x: m.directional_stats(x).mean_direction, G.standard_normal((5, 3))),
        mvsdist=every(lambda m, x: [d.mean() for d in m.mvsdist(x)], a),
        binned_statistic_2d=every(lambda m, v: m.binned_statistic_2d(np.arange(12.0), p, v, bins=2)[0], a),
        binned_statistic_dd=every(lambda m, v: m.binned_statistic_dd(np.c_[np.arange(12.0), p], v, bins=2)[0], a),
        Logistic=every(lambda m, x: m.Logistic().logpdf(x), AT) if hasattr(stats, "Logistic") else [],
        Binomial=every(lambda m, p: m.Binomial(n=5, p=p).logpmf(np.array([1.0, 2.0])), 0.3) if hasattr(stats, "Binomial") else [],
        make_distribution=every(lambda m, x, a: m.make_distribution(m.gamma)(a=a).logpdf(x), AT, 2.2) if hasattr(stats, "make_distribution") else [],
        Mixture=every(lambda m, x, w: m.Mixture([m.Normal(mu=0.3), m.Normal(mu=1.0)], weights=w / np.sum(w)).logpdf(x), AT, np.array([0.3, 0.7]))
        if hasattr(stats, "Mixture") else [],
        probplot=every(lambda m, x: m.probplot(x)[1], a), binned_statistic=every(lambda m, v: m.binned_statistic(np.arange(12.0), v, bins=4)[0], a),
        gaussian_kde=every(lambda m, d, t: m.gaussian_kde(d)(t), a, AT) + every(lambda m, d, h: m.gaussian_kde(d, lambda k: k.scotts_factor() * h).covariance, a, 0.7)
        + every(lambda m, d, e: m.gaussian_kde(d).integrate_kde(m.gaussian_kde(e)), a, b),
        norm_fit=every(lambda m, x: m.norm.fit(x), a), gumbel_fit=every(lambda m, x: m.gumbel_r.fit(x), a), gamma_expect=every(lambda m, k: m.gamma(k).expect(lambda x: x**2), 2.1),
        multivariate_normal=every(lambda m, x, mu, c: m.multivariate_normal.logpdf(x, mu, (c + c.T) / 2), a[:3], b[:3], cov) + every(
            lambda m, c: m.multivariate_normal.entropy(np.zeros(3), (c + c.T) / 2), cov) + every(lambda m, x: m.multivariate_normal.cdf(x, np.zeros(2), np.eye(2)), a[:2]),
        multivariate_t=every(lambda m, x, mu, c, df: m.multivariate_t.logpdf(x, mu, (c + c.T) / 2, df), a[:3], b[:3], cov, 4.2),
        dirichlet=every(lambda m, al: m.dirichlet.logpdf(np.array([0.2, 0.5, 0.3]), al), np.array([1.2, 2.0, 3.1])),
        wishart=every(lambda m, x, s: m.wishart.logpdf((x + x.T) / 2, 5, (s + s.T) / 2), cov, cov + np.eye(3)),
        invwishart=every(lambda m, x, s: m.invwishart.logpdf((x + x.T) / 2, 5, (s + s.T) / 2), cov, cov + np.eye(3)),
        multinomial=every(lambda m, q: m.multinomial.logpmf([2, 1, 3], 6, q / q.sum()), np.array([0.2, 0.5, 0.3])),
        dirichlet_multinomial=every(lambda m, al: m.dirichlet_multinomial.logpmf([2, 1, 3], al, 6), np.array([1.2, 2.0, 3.1])),
        matrix_normal=every(lambda m, x, mu: m.matrix_normal.logpdf(x, mu, cov, np.eye(2)), G.standard_normal((3, 2)), G.standard_normal((3, 2))),
        vonmises_fisher=every(lambda m, k: m.vonmises_fisher.logpdf(np.array([0.0, 0.6, 0.8]), np.array([0.0, 0, 1]), k), 2.1),
        normal_inverse_gamma=every(lambda m, x, mu, lam: m.normal_inverse_gamma.logpdf(x, 1.3, mu, lam, 2.0, 1.5), 0.4, 0.2, 1.1),
        Normal=every(lambda m, mu, s: m.Normal(mu=mu, sigma=s).logpdf(AT), 0.4, 1.3), Uniform=every(lambda m, a, b: m.Uniform(a=a, b=b).cdf(AT), 0.1, 3.0),
        norm_rvs=every(lambda m, mu, s: m.norm.rvs(mu, s, size=4, random_state=1), 0.4, 1.3),
        laplace_rvs=every(lambda m, mu, s: m.laplace.rvs(mu, s, size=4, random_state=1), 0.4, 1.3),
        frozen=every(lambda m, k, t: m.gamma(k, scale=1.4).logpdf(t), 2.4, AT),
        rv_histogram=every(lambda m, x, s: m.rv_histogram(np.histogram(VECTOR, 6)).cdf(x, scale=s), AT[:2], 1.3),
    )  # fmt: skip


def numbers(result):
    """The numbers of a result object: its fields, but for degrees of freedom."""
    if isinstance(result, tuple):
        return [part for part in result if getattr(part, "dtype", np.asarray(part).dtype).kind in "fcO"]
    found = [getattr(result, name, None) for name in ("statistic", "pvalue")]
    return [part for part in found if part is not None] or result


# ---- special -----------------------------------------------------------------------------------------

SPHEROIDAL = (("pro", "ang1", 0.3), ("pro", "rad1", 1.3), ("pro", "rad2", 1.3), ("obl", "ang1", 0.3), ("obl", "rad1", 0.4), ("obl", "rad2", 0.4))
GIVEN = {
    **dict.fromkeys(("bdtr", "bdtrc"), (2, 5, 0.3)), "bdtri": (2, 5, 0.4), **dict.fromkeys(("nbdtr", "nbdtrc"), (2, 5, 0.3)),
    "nbdtri": (2, 5, 0.4), "eval_gegenbauer": (3, 0.7, 0.4), "eval_genlaguerre": (3, 0.7, 0.4), "eval_jacobi": (3, 0.7, 1.2, 0.4),
    "eval_sh_jacobi": (3, 2.7, 1.2, 0.4), **{f"eval_{name}": (3, 0.4) for name in (
        "chebyc", "chebys", "chebyt", "chebyu", "laguerre", "legendre", "sh_chebyt", "sh_chebyu", "sh_legendre", "hermite", "hermitenorm")},
    "ndtri_exp": (-0.7,), "wofz": (0.4,), "lpmv": (1, 2.5, 0.3), "ncfdtridfd": (3.0, 0.42, 1.4, 0.7),
    **dict.fromkeys(("mathieu_a", "mathieu_b"), (2, 1.4)), **dict.fromkeys(("mathieu_cem", "mathieu_sem"), (2, 1.4, 30.0)),
    **{f"mathieu_mod{kind}{n}": (2, 1.4, 0.6) for kind in ("cem", "sem") for n in (1, 2)}, "pro_cv": (1, 2, 1.4), "obl_cv": (1, 2, 1.4),
    **{f"{side}_{kind}": (1, 2, 1.4, x) for side, kind, x in SPHEROIDAL},
    **{f"{side}_{kind}_cv": (1, 2, 1.4, float(getattr(special, f"{side}_cv")(1, 2, 1.4)), x) for side, kind, x in SPHEROIDAL},
    "kn": (2, 0.7), "yn": (2, 0.7), "expn": (2, 0.7), "smirnov": (5, 0.3), "smirnovi": (5, 0.3), "nctdtridf": (0.6, 0.35, 0.8),
}  # fmt: skip
"""Arguments of ufuncs whose first arguments count, though they may be floats."""
TRIED = (0.35, 0.8, 1.3, 2.4, 0.6, 3.1)
"""Numbers for the arguments of ufuncs."""
ORDERS = (2, 1, 1, 0)
"""Counts for arguments that have to be whole."""


def of_special():
    """Cases of scipy.special: every ufunc by every argument that is no count, and the functions of Python."""
    found = []
    for name in special.__all__:
        ufunc = getattr(special, name)
        if isinstance(ufunc, np.ufunc):
            found += of_ufunc(name, ufunc)
    n, x, s = 3, np.array([0.4, 0.7]), np.array([1.4, 2.7])
    by = {
        "logsumexp": (VECTOR,), "softmax": (VECTOR,), "log_softmax": (VECTOR,), "softplus": (VECTOR,), "multigammaln": (4.3, 3), "polygamma": (2, s),
        "diric": (x, 5), "factorial": (s,), "factorial2": (s,), "comb": (s + 4, x), "perm": (s + 4, 2), "sinc": (x,),
        "spherical_jn": (n, s), "spherical_yn": (n, s), "spherical_in": (n, s), "spherical_kn": (n, s),
        "jvp": (1.2, s, 2), "yvp": (1.2, s), "ivp": (1.2, s), "kvp": (1.2, s), "h1vp": (1.2, s), "h2vp": (1.2, s),
        "legendre_p": (n, x), "assoc_legendre_p": (n, 1, x), "sph_legendre_p": (n, 1, x), "sph_harm_y": (n, 1, x, s),
        "legendre_p_all": (n, x), "assoc_legendre_p_all": (n, 2, x), "sph_legendre_p_all": (n, 2, x), "sph_harm_y_all": (n, 2, x, s),
        "lpn": (n, 0.4), "lqn": (n, 0.4), "lpmn": (1, n, 0.4), "lqmn": (1, n, 0.4), "clpmn": (1, n, 0.4), "riccati_jn": (n, 0.4), "riccati_yn": (n, 0.4),
        "lmbda": (n, 1.4), "pbdv_seq": (n, 1.4), "pbvv_seq": (n, 1.4), "pbdn_seq": (n, 1.4), "ellip_harm": (8.0, 3.0, 2, 2, 9.0), "zeta": (s,),
        "sph_harm": (1, n, x, s), "obl_cv_seq": (1, 4, 1.4), "pro_cv_seq": (1, 4, 1.4), "mathieu_even_coef": (2, 1.4), "mathieu_odd_coef": (2, 1.4),
        "bei_zeros": (3,), "stirling2": (5, 3), "poch": (s, x),
    }  # fmt: skip
    for name, args in by.items():
        function = getattr(special, name, None)
        if function is not None and not isinstance(function, np.ufunc):
            found += [(name, lambda m, t, n=name, i=i, args=args: getattr(m, n)(*args[:i], t, *args[i + 1 :]), arg)
                      for i, arg in enumerate(args) if not isinstance(arg, int)]  # fmt: skip
    found.append(("factorialk", lambda m, t: m.factorialk(t, 3, extend="complex"), s))
    return found


@functools.cache
def natural(ufunc):
    """Arguments of a ufunc at which it is finite and not flat, or None."""
    nin = ufunc.nin
    loops = [t.split("->")[0] for t in ufunc.types]
    whole_ = [not any(loop[i] in "fd" for loop in loops if len(loop) == nin and "d" in loop) for i in range(nin)]
    fits = []
    for shift in range(36):
        numbers_ = [TRIED[(shift * (i + 1) + i * (1 + shift // 6)) % 6] for i in range(nin)]
        scale = (1.0, 0.5, 3.0, 1.0, 0.25, 6.0)[shift % 6]
        args = [ORDERS[i] if whole_[i] else numbers_[i] * (scale if i else 1.0) for i in range(nin)]
        with np.errstate(all="ignore"):
            try:
                y = np.hstack([np.ravel(np.abs(part)) for part in np.atleast_1d(ufunc(*args))])
            except TypeError:
                return None
        if np.all(np.isfinite(y)) and np.all(y > 1e-3) and np.all(y < 1e3):
            fits.append(args)
    return (fits[len(fits) // 2], whole_) if fits else None


def of_ufunc(name, ufunc):
    """Cases of a ufunc."""
    given = GIVEN.get(name)
    given = (given, [isinstance(a, int) for a in given]) if given else natural(ufunc)
    if given is None:
        return []
    args, whole_ = given
    return [(name, lambda m, t, n=name, i=i, args=args: getattr(m, n)(*args[:i], t, *args[i + 1 :]), args[i])
            for i in range(ufunc.nin) if not whole_[i]]  # fmt: skip


CASES = {
    "special": of_special, "linalg": of_linalg, "integrate": of_integrate, "interpolate": of_interpolate, "optimize": of_optimize,
    "distributions": of_distributions, "stats": of_stats, "signal": of_signal, "signal.windows": of_windows, "ndimage": of_ndimage,
    "fft": of_fft, "spatial": of_spatial, "spatial.distance": of_distance, "spatial.transform": of_transform,
    "sparse": of_sparse, "sparse.linalg": of_sparse_linalg,
}  # fmt: skip
"""What gives the cases of a namespace."""
