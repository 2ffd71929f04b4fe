"""Programs as people write them, compiled: values, first and second derivatives equal those without."""

import functools
import math
from dataclasses import dataclass

import numpy as np
import pytest
from support import leaves, rng

import dualdiff as dd
import dualdiff.scipy.fft as scipy_fft
from programs.comparing import near

DATA = rng(0).standard_normal((12, 3))
TARGET = np.sin(DATA @ np.array([1.0, -2.0, 0.5]))
GRID = np.linspace(0.1, 0.9, 7)
SPD = DATA.T @ DATA / 12 + np.eye(3)


# ---- learning ---------------------------------------------------------------------------------


def mse(w, X=DATA, y=TARGET):
    return np.mean((np.tanh(X @ w) - y) ** 2)


def momentum(w):
    v = np.zeros_like(w)
    for _ in range(5):
        v = 0.9 * v - 0.1 * dd.grad(mse)(w)
        w = w + v
    return w


def nesterov(w):
    v = np.zeros_like(w)
    for _ in range(3):
        v = 0.8 * v - 0.1 * dd.grad(mse)(w + 0.8 * v)
        w = w + v
    return mse(w)


def adam(w):
    m, v = np.zeros_like(w), np.zeros_like(w)
    for t in range(1, 5):
        g = dd.grad(mse)(w)
        m, v = 0.9 * m + 0.1 * g, 0.99 * v + 0.01 * g**2
        w = w - 0.05 * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.99**t)) + 1e-8)
    return w


def maml(w):
    adapted = w - 0.3 * dd.grad(lambda u: mse(u, DATA[:6], TARGET[:6]))(w)
    return mse(adapted, DATA[6:], TARGET[6:])


def maml_two_steps(w):
    for _ in range(2):
        w = w - 0.3 * dd.grad(lambda u: mse(u, DATA[:6], TARGET[:6]))(w)
    return mse(w, DATA[6:], TARGET[6:])


def layers(params, x):
    for W, b in params[:-1]:
        x = np.tanh(x @ W + b)
    W, b = params[-1]
    return x @ W + b


def unpacked(p):
    return [(p[:6].reshape(2, 3), p[6:9]), (p[9:12].reshape(3, 1), p[12:13])]


def net_with_penalty(p):
    def net(x):
        return np.sum(layers(unpacked(p), x))

    x = np.array([0.3, -0.8])
    return net(x) ** 2 + (np.linalg.norm(dd.grad(net)(x)) - 1.0) ** 2


def training_of_a_net(p):
    def loss(params):
        return np.mean((layers(params, DATA[:, :2])[:, 0] - TARGET) ** 2)

    params = unpacked(p)
    for _ in range(2):
        grads = dd.grad(loss)(params)
        params = [(W - 0.1 * gW, b - 0.1 * gb) for (W, b), (gW, gb) in zip(params, grads, strict=True)]
    return loss(params)


def logistic_newton(w):
    def loss(u):
        return np.sum(np.logaddexp(0.0, -np.sign(TARGET) * (DATA @ u))) + 0.5 * u @ u

    return w - np.linalg.solve(dd.hessian(loss)(w), dd.grad(loss)(w))


def gauss_newton(w):
    r = lambda u: np.tanh(DATA @ u) - TARGET  # noqa: E731
    J = dd.jacobian(r)(w)
    return w - np.linalg.solve(J.T @ J + 0.1 * np.eye(3), J.T @ r(w))


def influence(w):
    return np.linalg.solve(dd.hessian(mse)(w) + np.eye(3), dd.grad(mse)(w)) @ dd.grad(mse)(w)


def fisher(w):
    scores = [dd.grad(lambda u, x=x, y=y: -0.5 * (np.sin(x @ u) - y) ** 2)(w)
              for x, y in zip(DATA[:3], TARGET[:3], strict=True)]  # fmt: skip
    return sum(np.outer(s, s) for s in scores)


def stein(theta):
    """Stein's identity: the score of a density and the divergence of a field."""
    score = dd.grad(lambda x: -0.25 * np.sum((x - theta) ** 4))
    phi = lambda x: np.sin(x) * theta  # noqa: E731
    x = np.array([0.3, -0.2, 0.9])
    return phi(x) @ score(x) + dd.divergence(phi)(x)


def langevin(x):
    energy = lambda q: np.sum(q**4 / 4 - q**2 / 2)  # noqa: E731
    noise = np.array([0.1, -0.2, 0.3])
    for _ in range(4):
        x = x - 0.05 * dd.grad(energy)(x) + math.sqrt(0.1) * noise
    return x


# ---- physics ----------------------------------------------------------------------------------


def pinn(p):
    """Residual of u'' + u = 0 at collocation points, of a net with one hidden layer."""

    def u(t):
        return np.sum(p[:4] * np.tanh(p[4:8] * t + p[8:12]))

    total = 0.0
    for t in (0.2, 0.5, 0.8):
        total = total + (dd.nth_derivative(u, 2)(t) + u(t)) ** 2
    return total + u(0.0) ** 2 + (dd.derivative(u)(0.0) - 1.0) ** 2


def pinn_batched(p):
    def u(t):
        return np.tanh(np.outer(t, p[4:8]) + p[8:12]) @ p[:4]

    du = dd.derivative(u, batched=True)
    ddu = dd.derivative(du, batched=True)
    return np.mean((ddu(GRID) + u(GRID)) ** 2)


def burgers_residual(p):
    def u(z):
        return np.sum(p[:4] * np.tanh(p[4:8] * z[0] + p[8:12] * z[1]))

    total = 0.0
    for z in (np.array([0.1, 0.2]), np.array([0.4, -0.3])):
        ut, ux = dd.grad(u)(z)
        uxx = dd.hessian(u)(z)[1, 1]
        total = total + (ut + u(z) * ux - 0.01 * uxx) ** 2
    return total


def poisson(p):
    u = lambda x: np.sum(p[:4] * np.sin(p[4:8] * x[0] + p[8:12] * x[1]))  # noqa: E731
    return sum((dd.laplacian(u)(np.array(x)) + 1.0) ** 2 for x in ((0.1, 0.2), (0.5, 0.6)))


def hamiltonian(z):
    q, p = z[:2], z[2:]
    return 0.5 * p @ p - 1.0 / np.sqrt(q @ q + 0.1)


def leapfrog(z):
    force = dd.grad(lambda q: hamiltonian(np.concatenate([q, np.zeros(2)])))
    q, p = z[:2], z[2:]
    for _ in range(5):
        p = p - 0.05 * force(q)
        q = q + 0.1 * p
        p = p - 0.05 * force(q)
    return np.concatenate([q, p])


def symplectic_euler(z):
    J = np.block([[np.zeros((2, 2)), np.eye(2)], [-np.eye(2), np.zeros((2, 2))]])
    for _ in range(3):
        z = z + 0.1 * J @ dd.grad(hamiltonian)(z)
    return z


def poisson_bracket(z):
    f, g = (lambda y: y[0] * y[3] - y[1] * y[2]), hamiltonian
    df, dg = dd.grad(f)(z), dd.grad(g)(z)
    return df[:2] @ dg[2:] - df[2:] @ dg[:2]


def lagrangian(z):
    """Accelerations from L(q, v): M a = dL/dq - (d2L/dv dq) v."""
    L = lambda q, v: 0.5 * (1 + q[0] ** 2) * v @ v - np.cos(q[0]) * q[1]  # noqa: E731
    q, v = z[:2], z[2:]
    mass = dd.hessian(lambda u: L(q, u))(v)
    mixed = dd.jacobian(lambda r: dd.grad(lambda u: L(r, u))(v))(q)
    return np.linalg.solve(mass, dd.grad(lambda r: L(r, v))(q) - mixed @ v)


def implicit_midpoint(y):
    f = lambda u: np.array([u[1], -np.sin(u[0])], like=u)  # noqa: E731
    z = y
    for _ in range(3):
        F = lambda u, y=y: u - y - 0.1 * f((u + y) / 2)  # noqa: E731
        z = z - np.linalg.solve(dd.jacobian(F)(z), F(z))
    return z


def newton_scalar(a):
    x = 1.0
    for _ in range(4):
        g = lambda y: y**3 + a * y - 2.0  # noqa: E731
        x = x - g(x) / dd.derivative(g)(x)
    return x


def halley(a):
    x, g = 1.0, lambda y: np.exp(y) - a
    for _ in range(3):
        f0, f1, f2 = g(x), dd.derivative(g)(x), dd.nth_derivative(g, 2)(x)
        x = x - 2 * f0 * f1 / (2 * f1 * f1 - f0 * f2)
    return x


def newton_krylov(x):
    F = lambda u: SPD @ u + u**3 - 1.0  # noqa: E731
    value, J = dd.linearize(F, x)
    step, r = np.zeros_like(x), -value
    d, rr = r, r @ r
    for _ in range(2):
        Ad = J @ d
        alpha = rr / (d @ Ad)
        step, r = step + alpha * d, r - alpha * Ad
        new = r @ r
        d, rr = r + new / rr * d, new
    return x + step


def rk4_of_gradient_flow(x):
    f = dd.grad(lambda u: -0.5 * u @ SPD @ u + np.sum(np.cos(u)))
    for _ in range(2):
        k1 = f(x)
        k2 = f(x + 0.05 * k1)
        k3 = f(x + 0.05 * k2)
        k4 = f(x + 0.1 * k3)
        x = x + 0.1 / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
    return x


def taylor_integrator(x):
    f = lambda t: np.exp(-t * x) * np.sin(t)  # noqa: E731
    c = dd.taylor(f, 0.5, 1.0, 3)
    return c[0] + 0.1 * c[1] + 0.01 * c[2] + 0.001 * c[3]


def metric(x):
    """Christoffel symbols of a metric, contracted."""
    g = lambda u: np.stack([np.stack([1 + u[0] ** 2, u[0] * u[1]]), np.stack([u[0] * u[1], 2 + u[1] ** 2])])  # noqa: E731
    dg, inverse = dd.jacobian(g)(x), np.linalg.inv(g(x))
    lower = 0.5 * (np.transpose(dg, (0, 2, 1)) + dg - np.transpose(dg, (2, 0, 1)))
    return np.einsum("kl,lij->kij", inverse, lower)


def change_of_variables(x):
    f = lambda u: u + 0.3 * np.sin(SPD @ u)  # noqa: E731
    return -0.5 * f(x) @ f(x) + dd.jacobian_logdet(f)(x)


@dataclass
class Pendulum:
    length: float
    mass: float

    def energy(self, q, v):
        return 0.5 * self.mass * (self.length * v) ** 2 - self.mass * 9.81 * self.length * np.cos(q)

    def force(self, q):
        return -dd.derivative(lambda s: self.energy(s, 0.0))(q)


def pendulum(z):
    model = Pendulum(z[0], z[1])
    q, v = z[2], 0.1
    for _ in range(3):
        v = v + 0.01 * model.force(q) / (model.mass * model.length**2)
        q = q + 0.01 * v
    return q


# ---- finance, statistics, optimisation --------------------------------------------------------


def implied_volatility(p):
    """One Newton step on the price, with vega as an inner derivative."""

    def price(s):
        d1 = (np.log(p[0] / p[1]) + 0.5 * s**2) / s
        return p[0] * 0.5 * (1 + np.tanh(d1)) - p[1] * 0.5 * (1 + np.tanh(d1 - s))

    s = 0.3
    for _ in range(2):
        s = s - (price(s) - 5.0) / dd.derivative(price)(s)
    return s


def laplace_approximation(w):
    neg = lambda u: np.sum(np.cosh(u - w)) + 0.5 * u @ SPD @ u  # noqa: E731
    u = np.zeros(3)
    for _ in range(2):
        u = u - np.linalg.solve(dd.hessian(neg)(u), dd.grad(neg)(u))
    return -neg(u) - 0.5 * np.linalg.slogdet(dd.hessian(neg)(u))[1]


def augmented_lagrangian(x):
    f, c = (lambda u: np.sum(u**2)), (lambda u: u[0] * u[1] - u[2])
    lam = 0.5
    for _ in range(2):
        x = x - 0.1 * dd.grad(lambda u, lam=lam: f(u) + lam * c(u) + 5.0 * c(u) ** 2)(x)
        lam = lam + 5.0 * c(x)
    return x * lam


def line_search(x):
    f = lambda u: np.sum((u - 1.0) ** 2 * (1 + u**2))  # noqa: E731
    g, step = dd.grad(f)(x), 1.0
    while f(x - step * g) > f(x) - 0.1 * step * (g @ g):
        step = step / 2
    return x - step * g


# ---- complex ----------------------------------------------------------------------------------


def low_pass(x):
    return np.real(np.fft.ifft(np.fft.fft(x) / (1 + 1j * np.fft.fftfreq(x.size))))


def spectral_derivative(x):
    k = 2j * np.pi * scipy_fft.fftfreq(x.size)
    u = np.real(scipy_fft.ifft(k * scipy_fft.fft(x)))
    return np.sum((u + x**2) ** 2)


def filter_response(p):
    w = np.linspace(0.1, 3.0, 5)
    h = 1.0 / (1.0 + 1j * w * p[0] - w**2 * p[1])
    return np.abs(h) ** 2 + np.angle(h)


def ladder(p):
    """Input impedance of an RLC ladder."""
    w = 2.0
    z = p[0] + 1j * w * p[1]
    for _ in range(3):
        z = p[0] + 1j * w * p[1] + 1.0 / (1j * w * p[2] + 1.0 / z)
    return abs(z)


def power_flow(v):
    Y = np.array([[3 - 9j, -1 + 3j, -2 + 6j], [-1 + 3j, 2 - 5j, -1 + 2j], [-2 + 6j, -1 + 2j, 3 - 8j]])
    voltage = (1 + 0.1 * v) * np.exp(1j * 0.2 * v)
    s = voltage * np.conj(Y @ voltage)
    return np.concatenate([s.real, s.imag])


def quantum_gates(t):
    X, Z = np.array([[0, 1], [1, 0]], complex), np.array([[1, 0], [0, -1]], complex)
    psi = np.array([1.0 + 0j, 0.0])
    for a in t:
        psi = np.cos(a) * psi - 1j * np.sin(a) * (X @ psi)
        psi = np.exp(-0.5j * a) * ((Z + 0.5 * X) @ psi)
    return np.real(np.vdot(psi, Z @ psi)) / np.real(np.vdot(psi, psi))


def crank_nicolson(t):
    H = np.array([[1.0, 0.5j, 0.0], [-0.5j, 2.0, 0.3], [0.0, 0.3, 1.5]])
    psi = np.array([1.0 + 0j, 0.0, 0.0])
    for a in t:
        A = 0.5j * a * H
        psi = np.linalg.solve(np.eye(3) + A, (np.eye(3) - A) @ psi)
    return np.abs(psi) ** 2


def vqe_with_gradient(t):
    return t - 0.1 * dd.grad(quantum_gates)(t)


def antenna(p):
    angles = np.linspace(0, np.pi, 6)
    field = np.exp(1j * np.outer(np.cos(angles), np.arange(3.0)) * p[0]) @ (p * np.exp(1j * p))
    return np.sum(np.abs(field) ** 2)


W = np.array([0.3, -0.8, 0.5])
P13 = 0.5 * rng(4).standard_normal(13)
P12 = 0.5 * rng(5).standard_normal(12)
Q = np.array([1.0, 0.2, -0.1, 0.8])

PROGRAMS = [
    (momentum, W), (nesterov, W), (adam, W), (maml, W), (maml_two_steps, W), (net_with_penalty, P13),
    (training_of_a_net, P13), (logistic_newton, W), (gauss_newton, W), (influence, W), (fisher, W), (stein, W),
    (langevin, W), (pinn, P12), (pinn_batched, P12), (burgers_residual, P12), (poisson, P12), (leapfrog, Q),
    (symplectic_euler, Q), (poisson_bracket, Q), (lagrangian, Q), (implicit_midpoint, Q[:2]), (newton_scalar, 1.5),
    (halley, 2.5), (newton_krylov, W), (rk4_of_gradient_flow, W), (taylor_integrator, 1.3), (metric, Q[:2]),
    (change_of_variables, W), (pendulum, np.array([1.1, 0.7, 0.4])),
    (implied_volatility, np.array([10.0, 9.0])), (laplace_approximation, W), (augmented_lagrangian, W),
    (line_search, W), (low_pass, P12), (spectral_derivative, P12), (filter_response, W[:2] ** 2), (ladder, W**2),
    (power_flow, W), (quantum_gates, W), (crank_nicolson, W), (vqe_with_gradient, W), (antenna, W**2),
]  # fmt: skip


near = functools.partial(near, finite=True)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(("f", "x"), PROGRAMS, ids=lambda p: getattr(p, "__name__", ""))
def test_programs(f, x):
    c = dd.compile(f)
    total = lambda x: sum(np.sum(np.sin(y)) for y in leaves(f(x)))  # noqa: E731
    t = dd.compile(total)
    first = dd.grad if isinstance(x, np.ndarray) else dd.derivative
    second = dd.hessian if isinstance(x, np.ndarray) else lambda g: dd.derivative(dd.derivative(g))
    for point in (x, x * 1.001, x * 1.001):
        near(c(point), f(point), 1e-9)
        near(first(t)(point), first(total)(point), 1e-8)
        near(second(t)(point), second(total)(point), 1e-7)
    assert "values" in {path["what"] for path in c.explain().paths}


Z = np.array([0.5 + 0.3j, -1.1 + 0.7j, 0.2 - 0.9j, 0.4 + 0.1j])
MEASURED = np.abs(np.fft.fft(Z)) ** 2 * 1.1


def phase_retrieval(z):
    return np.mean((np.abs(np.fft.fft(z)) ** 2 - MEASURED) ** 2)


def wirtinger_flow(z):
    for _ in range(3):
        z = z - 0.01 * dd.grad(phase_retrieval)(z)
    return z


def gerchberg_saxton(z):
    f = np.fft.fft(z)
    return np.fft.ifft(np.sqrt(MEASURED) * f / np.abs(f))


def mixed_state(z):
    rho = np.outer(z, np.conj(z)) / np.real(np.vdot(z, z))
    return np.real(np.trace(rho @ rho @ np.diag(np.arange(4.0))))


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("f", [phase_retrieval, wirtinger_flow, gerchberg_saxton, mixed_state])
def test_programs_of_complex_arguments(f):
    c = dd.compile(f)
    for z in (Z, Z * (1.001 + 0.002j), Z):
        value = f(z)
        near(c(z), value, 1e-9)
        near(dd.jvp(c, (z,), (1j * z,)), dd.jvp(f, (z,), (1j * z,)), 1e-8)
        w = 1j * np.conj(value) if np.ndim(value) else 1.5
        near(dd.vjp(c, z)[1](w), dd.vjp(f, z)[1](w), 1e-8)
        if not np.ndim(value):
            near(dd.grad(c)(z), dd.grad(f)(z), 1e-8)
            near(dd.jvp(dd.grad(c), (z,), (1j * z,)), dd.jvp(dd.grad(f), (z,), (1j * z,)), 1e-8)
