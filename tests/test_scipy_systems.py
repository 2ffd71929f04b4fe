"""Systems of scipy.signal as objects, by their coefficients: what they are asked for, conversions, arithmetic; placed poles."""

import contextlib
import copy
import pickle

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
T, W = np.linspace(0, 2, 6), np.array([0.3, 1.1])
U = np.sin(T)
A, B, C, D = np.array([[-1.0, 0.2], [0.3, -0.5]]), np.array([[1.0], [0.5]]), np.array([[1.0, 0.4]]), np.array([[0.2]])
NUM, DEN = np.array([0.5, 1.0]), np.array([2.0, 0.6, 0.9])
ZEROS, POLES = np.array([-0.7]), np.array([-0.4, -1.3])
JORDAN = np.array([[-1.0, 1.0], [0.0, -1.0]])
CONTINUOUS = {
    "tf": (lambda m, n, d: m.TransferFunction(n, d), NUM, DEN),
    "zpk": (lambda m, z, p, k: m.ZerosPolesGain(z, p, k), ZEROS, POLES, 1.5),
    "ss": (lambda m, a, b, c, d: m.StateSpace(a, b, c, d), A, B, C, D),
    "lti": (lambda m, d: m.lti([1.0], d), DEN),
    "lti ss": (lambda m, a: m.lti(a, B, C, D), A),
}
DISCRETE = {
    "tf": (lambda m, n, d: m.TransferFunction(n, d, dt=0.1), NUM, DEN),
    "zpk": (lambda m, p, k: m.ZerosPolesGain(ZEROS, p, k, dt=0.1), POLES / 2, 1.5),
    "ss": (lambda m, a, c: m.StateSpace(a / 2, B, c, D, dt=0.1), A, C),
    "dlti": (lambda m, d: m.dlti([1.0], d, dt=0.1), DEN),
}
ASKED = {
    "output": lambda s: s.output(U, T), "impulse": lambda s: s.impulse(T=T), "step": lambda s: s.step(T=T),
    "bode": lambda s: s.bode(W), "freqresp": lambda s: s.freqresp(W), "poles": lambda s: s.poles, "zeros": lambda s: s.zeros,
    "to_tf": lambda s: (s.to_tf().num, s.to_tf().den), "to_ss": lambda s: (s.to_ss().A, s.to_ss().C),
    "to_discrete": lambda s: s.to_discrete(0.1, "bilinear").step(n=4)[1][0],
}  # fmt: skip
ASKED_DISCRETE = {
    "output": lambda s: s.output(U, None)[1], "impulse": lambda s: s.impulse(n=5)[1][0], "step": lambda s: s.step(n=5)[1][0],
    "bode": lambda s: s.bode(W), "freqresp": lambda s: s.freqresp(W), "to_tf": lambda s: (s.to_tf().num, s.to_tf().den),
}  # fmt: skip


def tables():
    add = ROWS.add
    for systems, questions in ((CONTINUOUS, ASKED), (DISCRETE, ASKED_DISCRETE)):
        for name, (make, *args) in systems.items():
            for asked, question in questions.items():
                add(f"{name} {asked}", lambda m, *x, make=make, question=question: question(make(m, *x)), *args,
                    second=asked in ("output", "bode") and name in ("tf", "ss"))  # fmt: skip
    # what a plain system is given
    add("output u", lambda m, u, x: m.lti(A, B, C, D).output(u, T, x), U, np.array([0.1, 0.2]), second=True)
    add("bode w", lambda m, w: m.TransferFunction(NUM, DEN).bode(w), W)
    add("lsim of a system", lambda m, u: m.lsim(m.lti(NUM, DEN), u, T), U)
    add("lsim of SciPy's", lambda m, u: m.lsim(scipy.signal.lti(NUM, DEN), u, T), U)
    with contextlib.suppress(TypeError):        # SciPy 1.15 takes no systems here
        scipy.signal.cont2discrete(scipy.signal.lti(NUM, DEN), 0.1, method="bilinear")
        add("cont2discrete", lambda m, d, dt: m.cont2discrete(m.lti(NUM, d), dt).den, DEN, 0.1, second=True)
    add("dt", lambda m, dt: m.dlti(NUM, DEN, dt=dt).bode(W), 0.3)
    # arithmetic
    other = A + 0.1
    add("product", lambda m, a: (m.StateSpace(a, B, C, D) * m.StateSpace(other, B, C, D)).freqresp(W), A, second=True)
    add("sum", lambda m, a: (m.StateSpace(a, B, C, D) + m.StateSpace(other, B, C, D)).step(T=T), A)
    add("difference", lambda m, a: (m.StateSpace(a, B, C, D) - m.StateSpace(other, B, C, D)).step(T=T), A)
    add("beside SciPy's", lambda m, a: (scipy.signal.StateSpace(other, B, C, D) * m.StateSpace(a, B, C, D)).step(T=T), A)
    for name, f in {"right": lambda s, k: s * k, "left": lambda s, k: k * s, "quotient": lambda s, k: s / k, "minus": lambda s, k: -s * k}.items():
        add(name, lambda m, k, f=f: f(m.StateSpace(A, B, C, D), k).step(T=T), 0.7)
    add("plus a matrix", lambda m, k: (m.StateSpace(A, B, C, D) + k).step(T=T), np.array([[0.7]]))
    # a repeated pole: what does not need the poles one by one
    add("repeated step", lambda m, d: m.lti([1.0], d).step(T=T), np.array([1.0, 2.0, 1.0]), second=True)
    add("repeated bode", lambda m, a: m.lti(a, B, C, D).bode(W), JORDAN, second=True)
    add("repeated tf", lambda m, a: m.lti(a, B, C, D).to_tf().den, JORDAN, second=True)
    add("repeated zoh", lambda m, d: m.lti([1.0], d).to_discrete(0.1).den, np.array([1.0, 2.0, 1.0]), second=True)
    # placed poles
    square = G.standard_normal((2, 3))
    add("place_poles", lambda m, a, b, p: m.place_poles(a, b, p).gain_matrix, A, B, np.array([-1.0, -2.0]), second=True)
    add("place_poles pair", lambda m, a, b, t: m.place_poles(a, b, t * np.array([-1 + 1j, -1 - 1j])).gain_matrix, A, B, 1.0, second=True)
    add("place_poles square", lambda m, a, b, p: m.place_poles(a, b, p).gain_matrix, A, square, np.array([-1.0, -2.0]), second=True)
    add("place_poles pair square", lambda m, a, t: m.place_poles(a, square, t * np.array([-1 + 1j, -1 - 1j])).gain_matrix, A, 1.0)
    add("place_poles X", lambda m, a, b, p: m.place_poles(a, b, p).X, A, B, np.array([-1.0, -2.0]))
    add("place_poles poles", lambda m, p: (m.place_poles(A, B, p).computed_poles, m.place_poles(A, B, p).requested_poles),
        np.array([-1.0, -2.0]))  # fmt: skip


tables()


@pytest.mark.parametrize(("row", "i"), ROWS.params(), ids=ROWS.ids())
def test_systems(row, i):
    ROWS.check(row, i)


def test_objects_are_scipys():
    plain, ours = scipy.signal.lti(NUM, DEN), signal.lti(NUM, DEN)
    assert repr(ours) == repr(plain) and type(ours).__name__ == type(plain).__name__
    for kind in ("lti", "TransferFunction"):
        assert isinstance(ours, getattr(scipy.signal, kind)) and isinstance(ours, getattr(signal, kind))
        assert isinstance(plain, getattr(signal, kind))
    assert not isinstance(ours, signal.StateSpace) and issubclass(scipy.signal.StateSpace, signal.StateSpace)
    for same in (pickle.loads(pickle.dumps(ours)), copy.deepcopy(ours), signal.TransferFunction(ours), ours.to_tf()):
        assert type(same) is type(ours) and np.array_equal(same.den, plain.den)
    found, wanted = scipy.signal.step(ours, T=T), scipy.signal.step(plain, T=T)
    assert np.array_equal(found, wanted)

    class Own(signal.StateSpace):
        pass

    assert np.array_equal(Own(A, B, C, D).A, A)


def test_coefficients_are_written():
    def f(p, m=signal):
        system = m.TransferFunction([1.0], [1.0, 2.0])
        system.den = p
        return system.bode(W)[1]

    value, d = dd.jvp(f, (DEN,), (np.ones(3),))
    assert np.array_equal(value, f(DEN, scipy.signal))
    np.testing.assert_allclose(d, dd.jvp(lambda p: signal.bode(([1.0], p), W)[1], (DEN,), (np.ones(3),))[1], rtol=1e-13)


def test_errors_are_scipys():
    with pytest.raises(ValueError, match="2, 3 or 4 arguments"):
        signal.lti(1)
    with pytest.raises(AttributeError, match="continuous-time"):
        dd.jvp(lambda d: signal.lsim(signal.dlti([1.0], d), U, T), (DEN,), (DEN,))
    with pytest.raises(TypeError):
        signal.StateSpace(A, B, C, D) * signal.TransferFunction(NUM, DEN)


def test_gains_that_the_poles_do_not_determine_are_refused():
    a, b = G.standard_normal((3, 3)), G.standard_normal((3, 2))
    with pytest.raises(UnsupportedError, match="place_poles.*do not determine"):
        dd.jvp(lambda a: signal.place_poles(a, b, [-1, -2, -3]).gain_matrix, (a,), (a,))
