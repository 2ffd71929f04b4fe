"""Discretized differential and integral equations."""

import numpy as np

from .base import RootProblem


def bratu(n, strength=6.0):
    """-lap(u) = strength exp(u) on the unit square, u = 0 on the border, times h^2."""
    h = 1 / (n + 1)

    def fun(u):
        U = np.pad(u.reshape(n, n), 1)
        lap = U[2:, 1:-1] + U[:-2, 1:-1] + U[1:-1, 2:] + U[1:-1, :-2] - 4 * U[1:-1, 1:-1]
        return (-lap - h**2 * strength * np.exp(U[1:-1, 1:-1])).ravel()

    return RootProblem(f"Bratu {n}^2", fun, np.zeros(n * n), "MINPACK-2 (1992), solid fuel ignition")


def burgers2d(n, viscosity):
    """u u_x + v u_y = viscosity lap u, u v_x + v v_y = viscosity lap v; a front in the boundary data."""
    s = np.linspace(0, 1, n + 2)
    X, Y = np.meshgrid(s, s, indexing="ij")
    with np.errstate(over="ignore"):
        front = 1 / (1 + np.exp((Y - X) / (8 * viscosity)))
    edge = np.stack([0.75 - 0.25 * front, 0.75 + 0.25 * front])
    h = s[1]

    def fun(w):
        inner = w.reshape(2, n, n)
        W = np.pad(inner, ((0, 0), (1, 1), (1, 1))) + edge * mask
        x = (W[:, 2:, 1:-1] - W[:, :-2, 1:-1]) / (2 * h)
        y = (W[:, 1:-1, 2:] - W[:, 1:-1, :-2]) / (2 * h)
        lap = (W[:, 2:, 1:-1] + W[:, :-2, 1:-1] + W[:, 1:-1, 2:] + W[:, 1:-1, :-2] - 4 * inner) / h**2
        return (inner[0] * x + inner[1] * y - viscosity * lap).ravel()

    mask = np.ones((n + 2, n + 2))
    mask[1:-1, 1:-1] = 0
    return RootProblem(f"Burgers 2-D {n}^2", fun, np.zeros(2 * n * n), "steady, central differences")


def cavity(n, reynolds):
    """Flow in a driven cavity: the streamfunction equation on n x n interior points, 13-point formula."""
    h = 1 / (n + 1)

    def fun(p):
        p = p.reshape(n, n)
        wall = np.pad(p, 1)                                     # psi = 0 on the walls
        P = np.pad(wall, 1)
        P[0, 2:-2], P[-1, 2:-2] = p[0], p[-1]                   # psi_x = 0: mirror images outside
        P[2:-2, 0], P[2:-2, -1] = p[:, 0], p[:, -1] + 2 * h     # psi_y = 1 on the lid
        L = P[2:, 1:-1] + P[:-2, 1:-1] + P[1:-1, 2:] + P[1:-1, :-2] - 4 * P[1:-1, 1:-1]
        LL = L[2:, 1:-1] + L[:-2, 1:-1] + L[1:-1, 2:] + L[1:-1, :-2] - 4 * L[1:-1, 1:-1]
        px, py = wall[2:, 1:-1] - wall[:-2, 1:-1], wall[1:-1, 2:] - wall[1:-1, :-2]
        Lx, Ly = L[2:, 1:-1] - L[:-2, 1:-1], L[1:-1, 2:] - L[1:-1, :-2]
        return (LL - reynolds / 4 * (py * Lx - px * Ly)).ravel()

    return RootProblem(f"cavity Re {reynolds:g} {n}^2", fun, np.zeros(n * n), "MINPACK-2 (1992), driven cavity")


def chandrasekhar(n, c):
    """H(mu) = 1/(1 - c/2 int mu H(nu)/(mu + nu) dnu), midpoint rule: a dense Jacobian."""
    mu = (np.arange(n) + 0.5) / n
    A = c / (2 * n) * mu[:, None] / (mu[:, None] + mu)
    return RootProblem(f"Chandrasekhar H c={c:g}", lambda H: H - 1 / (1 - A @ H), np.ones(n), "Kelley 1995, 5.6")


def allen_cahn(n, width=0.02, size=5.0):
    """-width^2 lap(u) + u^3 - u = 0 with u = +-1 on two sides, from noise far outside [-1, 1]."""
    h = 1 / (n + 1)
    x0 = size * np.random.default_rng(3).normal(size=n * n)

    def fun(u):
        u = u.reshape(n, n)
        U = np.zeros_like(u, shape=(n + 2, n + 2))
        U[1:-1, 1:-1] = u
        U[0], U[-1] = -1.0, 1.0
        U[1:-1, 0], U[1:-1, -1] = u[:, 0], u[:, -1]
        lap = (U[2:, 1:-1] + U[:-2, 1:-1] + U[1:-1, 2:] + U[1:-1, :-2] - 4 * u) / h**2
        return (-(width**2) * lap + u**3 - u).ravel()

    return RootProblem(f"Allen-Cahn {n}^2 from far", fun, x0, "Kelley and Keyes 1998 in spirit")


def allen_cahn_line(n, width=0.05):
    """The same on an interval, from 10 sin(20 pi s)."""
    h, s = 1 / (n + 1), np.arange(1, n + 1) / (n + 1)

    def fun(u):
        U = np.concatenate([[-1.0], u, [1.0]])
        return -((width / h) ** 2) * (U[2:] - 2 * u + U[:-2]) + u**3 - u

    return RootProblem("Allen-Cahn 1-D from far", fun, 10 * np.sin(20 * np.pi * s), "")


def convection(n, strength=20.0):
    """-lap(u) + strength u (u_x + u_y) = f on the unit square with the solution 10 x y (1-x)(1-y) exp(x^4.5)."""
    h, s = 1 / (n + 1), np.arange(1, n + 1) / (n + 1)
    X, Y = np.meshgrid(s, s, indexing="ij")

    def operator(u):
        U = np.pad(u, 1)
        lap = (U[2:, 1:-1] + U[:-2, 1:-1] + U[1:-1, 2:] + U[1:-1, :-2] - 4 * u) / h**2
        return -lap + strength * u * (U[2:, 1:-1] - U[:-2, 1:-1] + U[1:-1, 2:] - U[1:-1, :-2]) / (2 * h)

    right = operator(10 * X * Y * (1 - X) * (1 - Y) * np.exp(X**4.5))
    return RootProblem(
        f"convection-diffusion {n}^2", lambda u: (operator(u.reshape(n, n)) - right).ravel(), np.zeros(n * n),
        "Kelley 1995, 6.4",
    )  # fmt: skip


def minimal_surface(n):
    """div(grad u/sqrt(1 + |grad u|^2)) = 0 over the square, with a wavy border; fluxes on the edges of cells."""
    s = np.linspace(0, 1, n + 2)
    h = s[1]
    border = np.zeros((n + 2, n + 2))
    border[0], border[-1] = np.sin(np.pi * s), -np.sin(np.pi * s)
    border[1:-1, 0] = border[1:-1, -1] = 0.5 * np.sin(2 * np.pi * s[1:-1])

    def fun(u):
        U = np.pad(u.reshape(n, n), 1) + border
        a = (U[1:, 1:-1] - U[:-1, 1:-1]) / h
        b = (U[1:-1, 1:] - U[1:-1, :-1]) / h
        cy = (U[1:, 2:] + U[:-1, 2:] - U[1:, :-2] - U[:-1, :-2]) / (4 * h)
        cx = (U[2:, 1:] + U[2:, :-1] - U[:-2, 1:] - U[:-2, :-1]) / (4 * h)
        A, B = a / np.sqrt(1 + a**2 + cy**2), b / np.sqrt(1 + b**2 + cx**2)
        return -h * ((A[1:] - A[:-1]) + (B[:, 1:] - B[:, :-1])).ravel()

    return RootProblem(f"minimal surface {n}^2", fun, np.zeros(n * n), "MINPACK-2 (1992)")


def porous_medium(n):
    """-div((0.1 + u^2) grad u) = 10 on the square, u = 0 on the border."""
    h = 1 / (n + 1)

    def fun(u):
        U = np.pad(u.reshape(n, n), 1)
        K = 0.1 * U + U**3 / 3          # its gradient is the flux
        lap = K[2:, 1:-1] + K[:-2, 1:-1] + K[1:-1, 2:] + K[1:-1, :-2] - 4 * K[1:-1, 1:-1]
        return (-lap / h**2 - 10).ravel()

    return RootProblem(f"nonlinear diffusion {n}^2", fun, np.zeros(n * n), "Kirchhoff transform, degenerate start")


def brusselator_step(n, dt):
    """One implicit Euler step of the 1-D Brusselator, as written by hand with two slices."""
    s = np.arange(1, n + 1) / (n + 1)
    old = np.stack([1 + np.sin(2 * np.pi * s), np.full(n, 3.0)])
    alpha = 0.02 * (n + 1) ** 2

    def fun(w):
        u, v = w[:n], w[n:]
        U, V = np.concatenate([[1.0], u, [1.0]]), np.concatenate([[3.0], v, [3.0]])
        du = 1 + u**2 * v - 4 * u + alpha * (U[2:] - 2 * u + U[:-2])
        dv = 3 * u - u**2 * v + alpha * (V[2:] - 2 * v + V[:-2])
        return w - old.ravel() - dt * np.concatenate([du, dv])

    return RootProblem("Brusselator step", fun, old.ravel().copy(), "Hairer and Wanner II, IV.1")


def gray_scott_step(n, dt=20.0):
    """One implicit Euler step of the Gray-Scott model on a periodic square."""
    rng = np.random.default_rng(0)
    old = np.stack([np.ones((n, n)), np.zeros((n, n))])
    middle = slice(3 * n // 8, 5 * n // 8)
    old[0, middle, middle], old[1, middle, middle] = 0.5, 0.25
    old += 0.01 * rng.normal(size=old.shape)

    def fun(w):
        W = w.reshape(2, n, n)
        u, v = W
        lap = np.roll(W, 1, 1) + np.roll(W, -1, 1) + np.roll(W, 1, 2) + np.roll(W, -1, 2) - 4 * W
        reaction = u * v**2
        du = 0.16 * lap[0] - reaction + 0.035 * (1 - u)
        dv = 0.08 * lap[1] + reaction - 0.1 * v
        return (W - old - dt * np.stack([du, dv])).ravel()

    return RootProblem(f"Gray-Scott step {n}^2", fun, old.ravel().copy(), "Pearson 1993")


def troesch(n, stiffness=10.0):
    """u'' = stiffness sinh(stiffness u), u(0) = 0, u(1) = 1."""
    h = 1 / (n + 1)

    def fun(u):
        U = np.concatenate([[0.0], u, [1.0]])
        return U[:-2] - 2 * u + U[2:] - h**2 * stiffness * np.sinh(stiffness * u)

    return RootProblem("Troesch", fun, np.linspace(0, 1, n + 2)[1:-1].copy(), "Roberts and Shipman 1972")


def poisson_boltzmann(n):
    """-lap(u) + 100 sinh(u) = charges on the square, u = 0 on the border."""
    h = 1 / (n + 1)
    q = np.zeros((n, n))
    q[n // 4, n // 3], q[2 * n // 3, n // 2] = 50 / h**2, -80 / h**2

    def fun(u):
        u = u.reshape(n, n)
        out = 4 * u + h**2 * (100 * np.sinh(u) - q)
        out[1:] -= u[:-1]
        out[:-1] -= u[1:]
        out[:, 1:] -= u[:, :-1]
        out[:, :-1] -= u[:, 1:]
        return out.ravel()

    return RootProblem(f"Poisson-Boltzmann {n}^2", fun, np.zeros(n * n), "two point charges")


def radiation(n):
    """A rod that conducts and radiates: T'' = 1e-7 (T^4 - 300^4)/10, hot at one end: unknowns of 1e3, F of 1e2."""
    h = 1 / (n + 1)

    def fun(T):
        T = np.concatenate([[1500.0], T, [400.0]])
        return (T[2:] - 2 * T[1:-1] + T[:-2]) / h**2 - 1e-8 * (T[1:-1] ** 4 - 300.0**4)

    return RootProblem("radiating rod", fun, np.full(n, 300.0), "")


def spectral_step(n, dt=0.5):
    """One implicit Euler step of the Kuramoto-Sivashinsky equation, derivatives by FFT: J is full."""
    s = 32 * np.pi * np.arange(n) / n
    k = np.fft.rfftfreq(n, 1 / n) / 16
    old = np.cos(s / 16) * (1 + np.sin(s / 16))
    linear = k**2 - k**4

    def fun(u):
        return u - old - dt * np.fft.irfft(linear * np.fft.rfft(u) - 0.5j * k * np.fft.rfft(u * u), n)

    return RootProblem("Kuramoto-Sivashinsky step (FFT)", fun, old.copy(), "Kassam and Trefethen 2005")


def small():
    """Grids of 10 to 24 points along a side."""
    return [
        bratu(16), burgers2d(12, 0.1), cavity(16, 100.0), cavity(16, 1000.0), chandrasekhar(100, 0.9999),
        allen_cahn(12, 0.05), allen_cahn_line(100), convection(15), minimal_surface(16), porous_medium(16),
        brusselator_step(100, 1.0), gray_scott_step(12), troesch(80), poisson_boltzmann(16), radiation(90),
        spectral_step(64),
    ]  # fmt: skip


def large():
    """1000 unknowns and more."""
    return [
        bratu(32), bratu(64), bratu(128), bratu(256), burgers2d(32, 0.05), burgers2d(48, 0.02),
        cavity(40, 100.0), cavity(64, 1000.0), chandrasekhar(1000, 0.9), chandrasekhar(1000, 0.9999),
        allen_cahn(40), allen_cahn_line(1000), convection(63), minimal_surface(48), porous_medium(48),
        brusselator_step(1000, 1.0), gray_scott_step(48), troesch(1000), poisson_boltzmann(48), radiation(1000),
        spectral_step(1024),
    ]  # fmt: skip
