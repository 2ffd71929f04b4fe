"""scipy.signal for duals and plain arrays alike: ``from dualdiff.scipy import signal``.

Filtering by signals and by coefficients, convolutions, spectra, resampling, filter design by its parameters, responses,
conversions, windows and waveforms.  Names, signatures and values are SciPy's; derivatives are those of SciPy's own
Python code, run on dualdiff's drop-ins, with its compiled loops (recurrences, convolutions, polyphase filters) as maps.
"""

import functools as _functools
import importlib as _importlib
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.interpolate as _interpolate
import scipy.signal as _signal
import scipy.spatial as _spatial

from ...errors import UnsupportedError as _UnsupportedError
from ...functions.base import as_operand, exact, value_of
from ...maps.tangents import is_dual
from ..applied import plain_deep
from ..filtering import correlation, extended, filter_with_state, linear_filter, windows as elements_of_windows
from ..objects import holding
from ..second_instance import Namespace, SecondInstance, merge
from .peaks import find_peaks, peak_prominences, peak_widths
from .placement import place_poles
from .systems import by_resolvent, classes

# ---- what stands for compiled functions ------------------------------------------------------------------


def sections_filter(sos: Any, x: Any, zi: Any) -> None:
    """scipy.signal._sosfilt._sosfilt: sections one by one, in place; x: (signals, n), zi: (signals, sections, 2)."""
    y, states = x, []
    for s in range(np.shape(sos)[0]):
        y, state = filter_with_state(sos[s, :3], sos[s, 3:], y, -1, zi[:, s])
        states.append(state)
    x[...] = y
    zi[...] = np.stack(states, axis=1)


def correlate_nd(a: Any, b: Any, out: Any, mode: Any) -> Any:
    """scipy.signal._sigtools._correlateND: mode 0 valid, 1 same, 2 full; the conjugate of b."""
    margin = [(n - 1, n - 1) for n in np.shape(b)] if mode else [(0, 0)] * np.ndim(b)
    full = correlation(np.pad(a, margin), np.conj(b) if np.iscomplexobj(value_of(b)) else b)
    start = [(n - 1) // 2 if mode == 1 else 0 for n in np.shape(b)]
    found = full[tuple(slice(s, s + n) for s, n in zip(start, np.shape(out), strict=True))]
    out[...] = found
    return found


def convolve_2d(a: Any, b: Any, flip: Any, mode: Any, boundary: Any, fill: Any) -> Any:
    """scipy.signal._sigtools._convolve2d: mode 0 valid, 1 same, 2 full; boundary 0 fill, 1 symmetric, 2 wrap."""
    weights = b[::-1, ::-1] if flip else b
    if mode == 0:
        return correlation(a, weights)
    how = {0: "constant", 4: "reflect", 8: "wrap"}[boundary]
    wide = extended(a, how, value_of(as_operand(fill)), [(n - 1, n - 1) for n in np.shape(b)])
    full = correlation(wide, weights)
    if mode == 2:
        return full
    shape = np.shape(a)
    start = [(n - 1) // 2 if flip else n // 2 for n in np.shape(b)]
    return full[tuple(slice(s, s + n) for s, n in zip(start, shape, strict=True))]


def ordered(image: Any, domain: Any, rank: Any) -> Any:
    """scipy.signal._sigtools._order_filterND."""
    image, domain = as_operand(image), np.asarray(domain)
    stack = np.sort(elements_of_windows(image, domain != 0, "constant", 0.0, [0] * np.ndim(image)), axis=0)
    return stack[rank]


def median_2d(image: Any, size: Any) -> Any:
    """scipy.signal._sigtools._medfilt2d."""
    domain = np.ones([int(n) for n in np.asarray(size)], bool)
    return ordered(image, domain, domain.size // 2)


# ---- functions with derivatives of their own ---------------------------------------------------------------


def lfilter(b: Any, a: Any, x: Any, axis: Any = -1, zi: Any = None) -> Any:
    """scipy.signal.lfilter, by coefficients, signal and initial state."""
    b, a, x = as_operand(b), as_operand(a), as_operand(x)
    if zi is None and np.ndim(b) == 1 and np.ndim(a) == 1:
        moved = x if axis in (-1, np.ndim(x) - 1) else np.moveaxis(x, axis, -1)
        found = linear_filter(b, a, moved)
        return found if moved is x else np.moveaxis(found, -1, axis)
    value = _signal.lfilter(value_of(b), value_of(a), value_of(x), axis, zi=plain_deep(zi))
    if zi is None:
        return exact(filter_with_state(b, a, x, axis), value)
    found = filter_with_state(b, a, x, axis, zi)
    return tuple(exact(as_operand(f), v) for f, v in zip(found, value, strict=True))


_CONTINUED = {"constant": "constant", "wrap": "wrap", "edge": "nearest", "symmetric": "reflect", "reflect": "mirror"}


def upfirdn(h: Any, x: Any, up: Any = 1, down: Any = 1, axis: Any = -1, mode: str = "constant", cval: Any = 0) -> Any:
    """scipy.signal.upfirdn, by signal and filter."""
    h, x = as_operand(h), as_operand(x)
    value = _signal.upfirdn(value_of(h), value_of(x), up, down, axis, mode, value_of(cval))
    if mode not in _CONTINUED:
        raise _UnsupportedError(f"scipy.signal.upfirdn of duals takes mode={', '.join(_CONTINUED)}, not {mode!r}")
    x = np.moveaxis(x, axis, -1)
    taps, lead = np.shape(h)[0], np.shape(x)[:-1]
    further = -(-(taps - 1) // up)
    x = extended(x, ["constant"] * len(lead) + [_CONTINUED[mode]], cval, [(0, 0)] * len(lead) + [(further, further)])
    n = np.shape(x)[-1]
    sparse = np.concatenate([x[..., None], np.zeros((*lead, n, up - 1))], axis=-1)  # up - 1 zeros after each element
    sparse = np.reshape(sparse, (*lead, n * up))[..., : (n - 1) * up + 1]
    wide = np.pad(sparse, [(0, 0)] * len(lead) + [(taps - 1, taps - 1)])
    found = correlation(wide, np.reshape(h[::-1], (1,) * len(lead) + (taps,)))
    found = found[..., further * up :: down][..., : value.shape[axis]]
    return exact(np.moveaxis(found, -1, axis), value)


def sepfir2d(input: Any, hrow: Any, hcol: Any) -> Any:
    """scipy.signal.sepfir2d: filters along rows and columns, mirrored at the edges."""
    input, hrow, hcol = as_operand(input), as_operand(hrow), as_operand(hcol)
    value = _signal.sepfir2d(value_of(input), value_of(hrow), value_of(hcol))
    found = input
    for axis, h in ((1, hrow), (0, hcol)):
        shape = [1, 1]
        shape[axis] = n = np.shape(h)[0]
        margins = [(0, 0), (0, 0)]
        margins[axis] = (n // 2, n // 2)
        found = correlation(extended(found, "reflect", 0.0, margins), np.reshape(h[::-1], shape))
    return merge(found, value, "scipy.signal.sepfir2d")


def settled_spline(x: Any, y: Any, *args: Any, **kwargs: Any) -> Any:
    """scipy.interpolate.make_interp_spline of constant abscissas, which a buffer may hold."""
    from .. import interpolate

    return interpolate.make_interp_spline(value_of(as_operand(x)), y, *args, **kwargs)


class Neighbours:
    """scipy.spatial.cKDTree, of values: which roots are near to each other."""

    def __init__(self, points: Any) -> None:
        self.tree = _spatial.cKDTree(value_of(as_operand(points)))

    def query_ball_point(self, points: Any, *args: Any, **kwargs: Any) -> Any:
        """The places of the neighbours."""
        return self.tree.query_ball_point(value_of(as_operand(points)), *args, **kwargs)


class BasisElement:
    """scipy.interpolate.BSpline.basis_element."""

    @staticmethod
    def basis_element(knots: Any, extrapolate: bool = True) -> Any:
        """One B-spline on plain knots."""
        from .. import interpolate

        plain = _interpolate.BSpline.basis_element(knots, extrapolate)
        return interpolate.BSpline(plain.t, plain.c, plain.k, plain.extrapolate)


_REPLACED = {
    "scipy.interpolate": {"make_interp_spline": settled_spline, "BSpline": BasisElement},
    "scipy.spatial": {"cKDTree": Neighbours},
    "scipy.signal._sigtools": {
        "_linear_filter": filter_with_state, "_correlateND": correlate_nd, "_convolve2d": convolve_2d,
        "_order_filterND": ordered, "_medfilt2d": median_2d,
    },
    "scipy.signal._sosfilt": {"_sosfilt": sections_filter},
    "scipy.signal._upfirdn": {"upfirdn": upfirdn},
}  # fmt: skip


def normalised(function: Any) -> Callable[..., Any]:
    """A function of b and a that divides by a[0] unless that is 1: the division is what has the derivative."""

    @_functools.wraps(function)
    def answer(b: Any, a: Any, *args: Any, **kwargs: Any) -> Any:
        b, a = (np.reshape(x, (-1,)) for x in map(as_operand, (b, a)))
        return function(b / a[0], a / a[0], *args, **kwargs)

    return answer


def at_any_frequency(function: Any) -> Callable[..., Any]:
    """lp2hp, which leaves the powers of a frequency of 1 away."""

    @_functools.wraps(function)
    def answer(b: Any, a: Any, wo: Any = 1.0) -> Any:
        wo = as_operand(wo)
        if not is_dual(wo):
            return function(b, a, wo)
        b, a = (np.reshape(as_operand(x), (-1,)) for x in (b, a))
        n = max(np.shape(a)[0], np.shape(b)[0])
        powers = np.reshape(wo, ()) ** np.arange(float(n))
        b, a = (np.pad(x[::-1] * powers[: np.shape(x)[0]], (0, n - np.shape(x)[0])) for x in (b, a))
        return _SPACE.instance.module("scipy.signal").normalize(b, a)

    return answer


def normalised_as_there(function: Any) -> Any:
    """lfiltic, which divides by a[0] since SciPy 1.16 only."""
    divides = _signal.lfiltic([1.0], [2.0, 1.0], [1.0])[0] == -0.5
    return normalised(function) if divides else function


_PATCHED = {
    "scipy.signal._signaltools": {"lfilter_zi": normalised, "lfiltic": normalised_as_there},
    "scipy.signal._filter_design": {"lp2hp": at_any_frequency},
    "scipy.signal._ltisys": {"freqresp": by_resolvent},
}

_RIGHT = [
    "convolve", "convolve2d", "correlate", "correlate2d", "fftconvolve", "oaconvolve", "deconvolve", "filtfilt",
    "sosfilt", "sosfiltfilt", "lfilter_zi", "lfiltic", "sosfilt_zi", "savgol_filter", "savgol_coeffs",
    "detrend", "decimate", "resample", "resample_poly", "hilbert", "hilbert2", "envelope", "wiener",
    "order_filter", "medfilt", "medfilt2d", "sepfir2d", "czt", "zoom_fft", "welch", "periodogram", "csd",
    "coherence", "spectrogram", "stft", "istft", "lombscargle", "vectorstrength", "butter", "cheby1", "cheby2",
    "ellip", "bessel", "iirfilter", "iirdesign", "iirnotch", "iirpeak", "iircomb", "gammatone", "firwin",
    "firwin2", "firls", "firwin_2d", "minimum_phase", "buttap", "cheb1ap", "cheb2ap", "ellipap", "besselap",
    "lp2lp", "lp2hp", "lp2bp", "lp2bs", "lp2lp_zpk", "lp2hp_zpk", "lp2bp_zpk", "lp2bs_zpk", "bilinear",
    "bilinear_zpk", "tf2zpk", "zpk2tf", "tf2sos", "sos2tf", "sos2zpk", "zpk2sos", "normalize", "tf2ss", "ss2tf",
    "zpk2ss", "ss2zpk", "abcd_normalize", "cont2discrete", "residue", "residuez", "invres", "invresz",
    "unique_roots", "freqz", "freqz_zpk", "freqz_sos", "sosfreqz", "freqs", "freqs_zpk", "group_delay", "bode",
    "dbode", "freqresp", "dfreqresp", "lsim", "dlsim", "impulse", "step", "dimpulse", "dstep", "chirp",
    "gausspulse", "sawtooth", "square", "sweep_poly", "kaiser_atten", "kaiser_beta", "kaiserord", "get_window",
    "gauss_spline", "cspline1d", "qspline1d", "cspline1d_eval", "qspline1d_eval"
]  # fmt: skip
_REFUSED = {
    **dict.fromkeys(("buttord", "cheb1ord", "cheb2ord", "ellipord", "band_stop_obj"),
                    "the order is a whole number, and the natural frequency jumps with it"),
    "remez": "its exchange of extremes is compiled",
    "cspline2d": "it is compiled", "qspline2d": "it is compiled",
    **dict.fromkeys(("symiirorder1", "symiirorder2", "spline_filter"), "its starting values come from compiled code"),
    "findfreqs": "it chooses a range of frequencies by rounding",
    "closest_STFT_dual_window": "it solves for a window by least squares in compiled code",
}  # fmt: skip
_PLACES = ("argrelextrema", "argrelmax", "argrelmin", "find_peaks_cwt")
_PASSED = {
    "check_COLA",
    "check_NOLA",
    "choose_conv_method",
    "correlation_lags",
    "czt_points",
    "max_len_seq",
    "unit_impulse",
}

_SPACE = Namespace(
    _signal, SecondInstance("scipy.signal", _REPLACED, _PATCHED), [n for n in _RIGHT if hasattr(_signal, n)], _REFUSED,
     {"lfilter": lfilter, "upfirdn": upfirdn, "sepfir2d": sepfir2d, "find_peaks": find_peaks,
     "peak_prominences": peak_prominences, "peak_widths": peak_widths, "place_poles": place_poles}, _PASSED, _PLACES,
)  # fmt: skip
_CLASSES = classes(_SPACE)
for _name in ("ShortTimeFFT", "CZT", "ZoomFFT"):
    if hasattr(_signal, _name):
        _CLASSES[_name] = holding(_SPACE, getattr(_signal, _name), __name__)
_OWN = dict(_SPACE.own)


def __getattr__(name: str) -> Any:
    return _windows() if name == "windows" else _SPACE.get(name)


def _windows() -> Any:
    return _importlib.import_module(f"{__name__}.windows")


for _name in _OWN:
    globals()[_name] = _SPACE.get(_name)
globals().update(_CLASSES)


def __dir__() -> Any:
    return sorted(dir(_signal))
