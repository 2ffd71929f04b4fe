"""dualdiff.scipy.signal: filters, convolutions, spectra, designs, responses, windows and waveforms, by each argument."""

import numpy as np
import pytest
import scipy.signal
from scipy_rows import Rows

import dualdiff as dd
from dualdiff.errors import UnsupportedError
from dualdiff.scipy import signal

pytestmark = pytest.mark.filterwarnings("ignore:Badly conditioned filter")

ROWS = Rows(signal, scipy.signal)
G = np.random.default_rng(0)
X, IMAGE, KERNEL = G.standard_normal(48), G.standard_normal((5, 6)), G.standard_normal((3, 2))
B, A, ONE = np.array([1.0, 0.3, 0.2]), np.array([1.5, 0.2, -0.3]), np.array([1.0, 0.2, -0.3])
SOS, (Z, P, _) = scipy.signal.butter(4, 0.3, output="sos"), scipy.signal.butter(3, 0.3, output="zpk")
FREE = np.ascontiguousarray(SOS[:, [0, 1, 2, 4, 5]])
PEAKS = scipy.signal.find_peaks(X)[0]
WINDOW = np.hanning(11)[1:-1]
T = np.array([0.13, 0.57, 1.11])
LONG = np.linspace(0, 2, 6)
STABLE = np.array([[-1.0, 0.2], [0.3, -0.5]])
COLUMN, LINE, NONE = np.ones((2, 1)), np.ones((1, 2)), np.zeros((1, 1))


def sections(free):
    """Second-order sections, of which a[0] is 1."""
    return np.ascontiguousarray(np.concatenate([free[:, :3], np.ones((2, 1)), free[:, 3:]], axis=1))


def tables():
    add = ROWS.add
    for a in (A, ONE):
        add("lfilter", lambda m, b, a, x: m.lfilter(b, a, x), B, a, X, second=True)
        add("filtfilt", lambda m, b, a, x: m.filtfilt(b, a, x), B, a, X)
        add("lfilter_zi", lambda m, b, a: m.lfilter_zi(b, a), B, a)
        add("lfiltic", lambda m, b, a, y, x: m.lfiltic(b, a, y, x), B, a, X[:2], X[3:5])
        for name in ("tf2zpk", "tf2sos", "tf2ss", "normalize", "bilinear"):
            add(name, lambda m, b, a, name=name: getattr(m, name)(b, a), B, a)
        add("freqz", lambda m, b, a: m.freqz(b, a, 8), B, a, second=a is A)
        add("group_delay", lambda m, b, a: m.group_delay((b, a), 8), B, a)
        add("freqs", lambda m, b, a: m.freqs(b, a, T), B, a)
        add("bode", lambda m, a: m.bode(([1.0], a), T), a)
    add("lfilter zi", lambda m, b, a, x, z: m.lfilter(b, a, x, zi=z), B, A, X[:9], np.array([0.1, 0.2]), second=True)
    add("lfilter zi short", lambda m, b, a, x, z: m.lfilter(b, a, x, zi=z), B, A, X[:1], np.array([0.1, 0.2]))
    add("lfilter axis", lambda m, b, a, x: m.lfilter(b, a, x, axis=0), B, A, IMAGE)
    taps = np.random.default_rng(1).standard_normal(90)
    for n in (1, 40, 200):      # fewer samples than taps, more; more rows and samples than fit into a block
        add(f"lfilter long {n}", lambda m, b, a, x: m.lfilter(b, a, x), taps, A, np.resize(X, (2 if n < 200 else 150, n)))
    add("lfilter fir", lambda m, b, a, x: m.lfilter(b, a, x), B, np.array([2.0]), X[:9])
    add("filtfilt gust", lambda m, b, a, x: m.filtfilt(b, a, x, method="gust"), B, ONE, X)
    add("sosfilt", lambda m, s, x: m.sosfilt(sections(s), x), FREE, X)
    add("sosfiltfilt", lambda m, s, x: m.sosfiltfilt(sections(s), x), FREE, X)
    add("sosfilt_zi", lambda m, s: m.sosfilt_zi(s), SOS)
    for mode in ("full", "same", "valid"):
        for name in ("convolve", "correlate", "fftconvolve", "oaconvolve"):
            add(f"{name} {mode}", lambda m, x, b, name=name, mode=mode: getattr(m, name)(x, b, mode), X[:12], B)
        for name in ("convolve", "correlate"):
            add(f"{name} 2d {mode}", lambda m, x, k, name=name, mode=mode: getattr(m, name)(x, k, mode), IMAGE, KERNEL, second=mode == "full")
            for edge in ("fill", "wrap", "symm"):
                add(f"{name}2d {mode} {edge}", lambda m, x, k, name=name, mode=mode, edge=edge: getattr(m, name + "2d")(x, k, mode, edge),
                    IMAGE, KERNEL)  # fmt: skip
    add("deconvolve", lambda m, x, b: m.deconvolve(x, b), X[:10], B)
    add("hilbert", lambda m, x: m.hilbert(x), X)
    add("hilbert2", lambda m, x: m.hilbert2(x), IMAGE)
    add("envelope", lambda m, x: m.envelope(x), X)
    add("savgol_filter", lambda m, x: m.savgol_filter(x, 5, 2), X)
    add("savgol_coeffs", lambda m, d: m.savgol_coeffs(5, 2, deriv=1, delta=d), 0.7)
    for kind in ("linear", "constant"):
        add(f"detrend {kind}", lambda m, x, kind=kind: m.detrend(x, type=kind), X)
    for kind in ("fir", "iir"):
        add(f"decimate {kind}", lambda m, x, kind=kind: m.decimate(x, 2, ftype=kind), X)
    for n in (40, 60):
        add(f"resample {n}", lambda m, x, n=n: m.resample(x, n), X)
    for pad in ("constant", "mean", "edge"):
        add(f"resample_poly {pad}", lambda m, x, pad=pad: m.resample_poly(x, 3, 2, padtype=pad), X[:20])
    for mode in ("constant", "wrap", "edge", "symmetric", "reflect"):
        add(f"upfirdn {mode}", lambda m, h, x, mode=mode: m.upfirdn(h, x, 3, 2, mode=mode), G.standard_normal(7), X[:9])
    add("wiener", lambda m, x: m.wiener(x), X, second=True)
    add("order_filter", lambda m, x: m.order_filter(x, np.ones((3, 3)), 2), IMAGE)
    add("medfilt", lambda m, x: m.medfilt(x, 3), X)
    add("medfilt2d", lambda m, x: m.medfilt2d(x, 3), IMAGE)
    add("sepfir2d", lambda m, x, h: m.sepfir2d(x, h, h), IMAGE, np.array([0.2, 0.5, 0.2]))
    add("czt", lambda m, x: m.czt(x, 10), X)
    for name, args in (("CZT", (48, 10)), ("ZoomFFT", (48, [0.1, 0.3]))):
        add(name, lambda m, x, name=name, args=args: getattr(m, name)(*args)(x), X)
    add("ShortTimeFFT", lambda m, x: m.ShortTimeFFT(WINDOW, 4, 1.0).stft(x), X)
    add("ShortTimeFFT power", lambda m, x: m.ShortTimeFFT.from_window("hann", 2.0, 9, 4, scale_to="psd").spectrogram(x), X, second=True)
    add("ShortTimeFFT detrended", lambda m, x: m.ShortTimeFFT(WINDOW, 4, 1.0).stft_detrend(x, "linear"), X)
    add("ShortTimeFFT back", lambda m, s: m.ShortTimeFFT(WINDOW, 4, 1.0).istft(s, 0, 24), G.standard_normal((5, 8)))
    add("zoom_fft", lambda m, x: m.zoom_fft(x, [0.1, 0.3]), X)
    add("welch", lambda m, x: m.welch(x, nperseg=16), X, second=True)
    add("welch median", lambda m, x: m.welch(x, nperseg=16, average="median"), X)
    add("periodogram", lambda m, x: m.periodogram(x), X)
    add("csd", lambda m, x, y: m.csd(x, y, nperseg=16), X, X[::-1].copy())
    add("coherence", lambda m, x, y: m.coherence(x, y, nperseg=16), X, X[::-1].copy())
    add("spectrogram", lambda m, x: m.spectrogram(x, nperseg=16), X)
    add("stft", lambda m, x: m.stft(x, nperseg=16), X)
    add("istft", lambda m, x: m.istft(x, nperseg=16), G.standard_normal((9, 8)))
    add("lombscargle", lambda m, t, x, w: m.lombscargle(t, x, w), np.sort(G.uniform(0, 10, 12)), X[:12], np.array([0.5, 1.0]))
    add("vectorstrength", lambda m, t, p: m.vectorstrength(t, p), np.sort(G.uniform(0, 10, 20)), 3.0)
    # designs
    for name in ("butter", "bessel"):
        for out in ("ba", "sos", "zpk"):
            add(f"{name} {out}", lambda m, w, name=name, out=out: getattr(m, name)(4, w, output=out), 0.3)
    add("butter high", lambda m, w: m.butter(3, w, "high"), 0.3, second=True)
    for kind in ("band", "bandstop"):
        add(f"butter {kind}", lambda m, w, kind=kind: m.butter(3, w, kind), np.array([0.2, 0.5]))
        add(f"ellip {kind}", lambda m, w, kind=kind: m.ellip(3, 1.0, 40.0, w, kind, output="sos"), np.array([0.2, 0.5]))
    add("butter fs", lambda m, w, f: m.butter(3, w, fs=f), 10.0, 100.0)
    add("butter analog", lambda m, w: m.butter(3, w, analog=True), 3.0)
    add("cheby1", lambda m, r, w: m.cheby1(4, r, w), 1.0, 0.3)
    add("cheby2", lambda m, r, w: m.cheby2(4, r, w), 30.0, 0.3)
    add("ellip", lambda m, r, q, w: m.ellip(4, r, q, w), 1.0, 40.0, 0.3)
    add("iirfilter", lambda m, r, w: m.iirfilter(4, w, rp=r, btype="low", ftype="cheby1"), 1.0, 0.3)
    add("iirdesign", lambda m, w: m.iirdesign(w, 0.5, 1, 40), 0.3)
    add("iirnotch", lambda m, w, q: m.iirnotch(w, q), 0.3, 30.0)
    add("iirpeak", lambda m, w, q: m.iirpeak(w, q), 0.3, 30.0)
    add("iircomb", lambda m, q: m.iircomb(0.2, q), 30.0)
    for kind in ("iir", "fir"):
        add(f"gammatone {kind}", lambda m, w, kind=kind: m.gammatone(w, kind, fs=100.0), 30.0)
    add("firwin", lambda m, w: m.firwin(9, w), 0.3)
    add("firwin kaiser", lambda m, b: m.firwin(9, 0.3, window=("kaiser", b)), 3.0)
    add("firwin2", lambda m, g: m.firwin2(9, [0, 0.4, 1], g), np.array([1, 0.7, 0.3]))
    add("firls", lambda m, d: m.firls(9, [0, 0.4, 0.5, 1], d), np.array([1, 1.0, 0.2, 0.1]))
    add("minimum_phase", lambda m, h: m.minimum_phase(h), np.array([0.1, 0.3, 1.0, 0.3, 0.1]), h=2.0**-16, rtol=1e-4)
    add("cheb1ap", lambda m, r: m.cheb1ap(4, r), 1.0)
    add("cheb2ap", lambda m, r: m.cheb2ap(4, r), 40.0)
    add("ellipap", lambda m, r, q: m.ellipap(4, r, q), 1.0, 40.0)
    for wo in (2.0, 1.0):
        for name in ("lp2lp", "lp2hp"):
            add(name, lambda m, b, a, w, name=name: getattr(m, name)(b, a, w), np.array([1.0]), np.array([1.0, 0.7, 0.2]), wo)
        for name in ("lp2bp", "lp2bs"):
            add(name, lambda m, a, w, v, name=name: getattr(m, name)(np.array([1.0]), a, w, v), np.array([1.0, 0.7, 0.2]), wo, 0.5)
        for name in ("lp2lp_zpk", "lp2hp_zpk", "bilinear_zpk"):
            add(name, lambda m, k, w, name=name: getattr(m, name)([], [-1.0 + 1j, -1 - 1j], k, 3 * w), 1.0, wo)
        for name in ("lp2bp_zpk", "lp2bs_zpk"):
            add(name, lambda m, k, w, v, name=name: getattr(m, name)([], [-1.0 + 1j, -1 - 1j], k, w, v), 1.0, wo, 0.5)
    add("zpk2tf", lambda m, k: m.zpk2tf(Z, P, k), 0.3)
    add("zpk2sos", lambda m, k: m.zpk2sos(Z, P, k), 0.3)
    add("zpk2ss", lambda m, k: m.zpk2ss(Z, P, k), 0.3)
    add("sos2tf", lambda m, s: m.sos2tf(s), SOS)
    add("sos2zpk", lambda m, s: m.sos2zpk(sections(s)), FREE + 0.01 * np.arange(10).reshape(2, 5))
    add("ss2tf", lambda m, a: m.ss2tf(a, COLUMN, LINE, NONE), STABLE)
    add("ss2zpk", lambda m, a: m.ss2zpk(a, COLUMN, LINE, NONE), STABLE)
    for method in ("zoh", "bilinear", "euler", "backward_diff", "foh", "impulse"):
        add(f"cont2discrete {method}", lambda m, a, dt, method=method: m.cont2discrete((a, COLUMN, LINE, NONE), dt, method), STABLE, 0.3)
    add("residue", lambda m, b, a: m.residue(b, a), B, np.array([1.0, 0.5, -0.3, 0.1]))
    add("residuez", lambda m, b, a: m.residuez(b, a), B, np.array([1.0, 0.5, -0.3, 0.1]))
    add("invres", lambda m, r: m.invres(r, [1.0, 2.0], [0]), np.array([1.0, 0.3]))
    # responses
    add("freqz w", lambda m, w: m.freqz(B, A, w), np.array([0.1, 0.7]))
    add("freqz fir", lambda m, b: m.freqz(b, 1, 8), B)
    add("freqz_zpk", lambda m, k: m.freqz_zpk(Z, P, k, 8), 0.3)
    add("sosfreqz", lambda m, s: m.sosfreqz(sections(s), 8), FREE)
    add("freqs w", lambda m, w: m.freqs(B, A, w), np.array([0.1, 0.7]))
    add("freqs_zpk", lambda m, k: m.freqs_zpk(Z, P, k, T), 0.3)
    add("freqresp", lambda m, a: m.freqresp(([1.0], a), T), A)
    add("dbode", lambda m, a: m.dbode(([1.0], a, 0.1), T), A)
    add("lsim", lambda m, a, u, x: m.lsim((a, COLUMN, LINE, NONE), u, LONG, x), STABLE, np.sin(LONG), np.zeros(2))
    for name in ("impulse", "step"):
        add(name, lambda m, a, name=name: getattr(m, name)(([1.0], a), T=LONG), np.array([1.0, 0.5, 0.3]))
    for name in ("dimpulse", "dstep"):
        add(name, lambda m, a, name=name: getattr(m, name)(([1.0], a, 1.0), n=5), A)
    add("dlsim", lambda m, a, u: m.dlsim((a, COLUMN, LINE, NONE, 1.0), u), STABLE, np.sin(LONG))
    # peaks: those of values that differ by more than a step of a difference, one with a flat top, one at a base
    for name, options in {
        "height": {"height": 0.1}, "threshold": {"threshold": 0.05}, "prominence": {"prominence": 0.2}, "width": {"width": 0.5},
        "all": {"height": (-2, 3), "threshold": 0, "prominence": 0, "width": 0, "wlen": 9, "rel_height": 0.8, "distance": 2, "plateau_size": 1},
        "none": {"height": 99, "width": 1},
    }.items():  # fmt: skip
        add(f"find_peaks {name}", lambda m, x, o=options: m.find_peaks(x, **o)[1], X, second=name == "all", h=2.0**-14)
    add("find_peaks plateau", lambda m, x: m.find_peaks(np.repeat(x, 2), width=0, plateau_size=2)[1], X[:9], h=2.0**-14)
    add("peak_prominences", lambda m, x: m.peak_prominences(x, PEAKS)[0], X, h=2.0**-14)
    for share in (0.0, 0.3, 1.0):
        add(f"peak_widths {share}", lambda m, x, s: m.peak_widths(x, PEAKS, s), X, abs(share - 0.01), h=2.0**-14)
    add("peak_widths given", lambda m, x: m.peak_widths(x, PEAKS, 0.4, m.peak_prominences(x, PEAKS, 7)), X, h=2.0**-14)
    # waveforms, windows
    for kind in ("linear", "quadratic", "logarithmic", "hyperbolic"):
        add(f"chirp {kind}", lambda m, t, f0, t1, f1, ph, kind=kind: m.chirp(t, f0, t1, f1, kind, ph), T, 2.0, 1.0, 5.0, 0.3)
    add("gausspulse", lambda m, t, f: m.gausspulse(t, f, retquad=True, retenv=True), T / 3, 5.0)
    add("sawtooth", lambda m, t, w: m.sawtooth(t, w), T, 0.4)
    add("square", lambda m, t: m.square(t), T)
    add("sweep_poly", lambda m, t, p: m.sweep_poly(t, p), T, np.array([0.1, 0.3, 0.2]))
    add("kaiser_atten", lambda m, x: m.kaiser_atten(9, x), 0.3)
    add("kaiser_beta", lambda m, x: m.kaiser_beta(x), 30.0)
    add("get_window", lambda m, x: m.get_window(("kaiser", x), 9), 3.0)
    add("gauss_spline", lambda m, x: m.gauss_spline(x, 3), T)
    add("cspline1d", lambda m, x: m.cspline1d(x), X[:12])
    add("qspline1d", lambda m, x: m.qspline1d(x), X[:12])
    add("cspline1d_eval", lambda m, c, q: m.cspline1d_eval(c, q), X[:12], np.array([0.3, 4.2, -1.3]))
    add("qspline1d_eval", lambda m, c, q: m.qspline1d_eval(c, q), X[:12], np.array([0.3, 4.2]))
    add("kaiser", lambda m, b: m.windows.kaiser(9, b), 3.0, second=True)
    add("kaiser 0", lambda m, b: m.windows.kaiser(9, b), 0.0)
    add("gaussian", lambda m, s: m.windows.gaussian(9, s), 3.0)
    add("tukey", lambda m, a: m.windows.tukey(9, a), 0.4)
    add("general_gaussian", lambda m, p, s: m.windows.general_gaussian(9, p, s), 1.5, 3.0)
    add("general_hamming", lambda m, a: m.windows.general_hamming(9, a), 0.4)
    add("general_cosine", lambda m, a: m.windows.general_cosine(9, a), np.array([0.4, 0.3, 0.2]))
    add("chebwin", lambda m, a: m.windows.chebwin(9, a), 60.0)
    add("exponential", lambda m, t: m.windows.exponential(9, tau=t), 3.0)
    add("taylor", lambda m, s: m.windows.taylor(9, 4, s), 30.0)
    add("kaiser_bessel_derived", lambda m, b: m.windows.kaiser_bessel_derived(8, b), 3.0)


tables()


@pytest.mark.filterwarnings("ignore:h does not appear to by symmetric")  # of SciPy before 1.16, of minimum_phase
@pytest.mark.parametrize(("row", "i"), ROWS.params(), ids=ROWS.ids())
def test_signal(row, i):
    ROWS.check(row, i)


@pytest.mark.parametrize("name", ["remez", "symiirorder1", "cspline2d", "buttord"])
def test_refused_by_name(name):
    with pytest.raises(UnsupportedError, match=name):
        dd.jvp(lambda x: getattr(signal, name)(x), (X,), (X,))


def test_places_are_those_of_the_value():
    def f(x):
        peaks, properties = signal.find_peaks(x)
        assert np.array_equal(peaks, scipy.signal.find_peaks(X)[0]) and properties == {}
        assert np.array_equal(signal.argrelmax(x)[0], scipy.signal.argrelmax(X)[0])
        return x[peaks]

    assert np.array_equal(dd.jvp(f, (X,), (X,))[1], f_plain(X))


def test_a_coefficient_that_does_not_move_adds_nothing_to_infinite_samples():
    x, v = np.array([1.0, np.inf, 2.0]), np.array([0.0, 0.0, 1.0])
    with np.errstate(invalid="ignore"):
        _, t = dd.jvp(lambda b: signal.lfilter(b, [1.0], x), (np.array([1.0, 0.0, 0.0]),), (v,))
    assert np.array_equal(t, [0.0, 0.0, 1.0])


def f_plain(x):
    return x[scipy.signal.find_peaks(x)[0]]


def test_every_name_is_there():
    assert [name for name in scipy.signal.__all__ if not hasattr(signal, name)] == []
    assert signal.windows.hann(5)[2] == 1.0 and issubclass(signal.BadCoefficients, Warning)


def test_a_composition_that_is_not_scipys_is_refused():
    from dualdiff.scipy.second_instance import merge

    found = dd.jvp(lambda x: x * 1.0, (X,), (X,))[0]

    def call(x):
        with pytest.raises(UnsupportedError, match=r"does not give the value"):
            merge(x * 1.001, found, "f")
        return x

    dd.jvp(call, (X,), (X,))


def test_the_recursion_is_run_a_few_times_only(monkeypatch):
    """By the coefficients in reverse mode: the value, and the recursion of the cotangents once for both."""
    runs = []
    from dualdiff.scipy import filtering

    real = scipy.signal.lfilter

    class Counting:
        def __getattr__(self, name):
            return getattr(scipy.signal, name)

        @staticmethod
        def lfilter(*args):
            runs.append(1)
            return real(*args)

    monkeypatch.setattr(filtering, "_signal", Counting())
    dd.vjp(lambda b, a: np.sum(signal.lfilter(b, a, X)), B, A)[1](1.0)
    assert len(runs) == 2
