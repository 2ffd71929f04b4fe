"""Parameters of an ordinary differential equation from noisy measurements: predators and prey, by exact sensitivities.

The integrator is plain NumPy (Runge and Kutta's), so the derivative of its result is dualdiff's.
"""

from itertools import pairwise

import numpy as np
from common import run
from scipy.optimize import least_squares

import dualdiff as dd


def rate(y, p):
    """Lotka and Volterra."""
    prey, predator = y
    return np.stack([p[0] * prey - p[1] * prey * predator, p[2] * prey * predator - p[3] * predator])


def integrate(p, y0, times, inner=10):
    """The states at all times."""
    y, states = y0 + 0.0 * p[0], [y0 + 0.0 * p[0]]
    for a, b in pairwise(times):
        h = (b - a) / inner
        for _ in range(inner):
            k1 = rate(y, p)
            k2 = rate(y + h / 2 * k1, p)
            k3 = rate(y + h / 2 * k2, p)
            y = y + h / 6 * (k1 + 2 * k2 + 2 * k3 + rate(y + h * k3, p))
        states.append(y)
    return np.stack(states)


def main():
    """Fits four rates."""
    truth, y0, times = np.array([1.0, 0.4, 0.2, 0.8]), np.array([3.0, 1.5]), np.linspace(0, 12, 40)
    data = integrate(truth, y0, times) + 0.05 * np.random.default_rng(0).standard_normal((40, 2))

    def residual(p):
        return (integrate(p, y0, times) - data).ravel()

    found = least_squares(residual, [0.8, 0.5, 0.3, 0.7], jac=dd.jacobian(residual))
    sigma = np.sqrt(np.diag(np.linalg.inv(found.jac.T @ found.jac)) * 2 * found.cost / (data.size - 4))
    return {"times": times, "data": data, "fitted": integrate(found.x, y0, times), "rates": found.x, "sigma": sigma,
            "evaluations": int(found.nfev),
            "worst, in sigma": float(np.max(np.abs(found.x - truth) / sigma))}  # fmt: skip


def draw(figure, found):
    """Data and model."""
    ax = figure.subplots()
    for i, name in enumerate(("prey", "predators")):
        ax.plot(found["times"], found["fitted"][:, i], color=f"C{i}", label=name)
        ax.plot(found["times"], found["data"][:, i], "o", color=f"C{i}", ms=4)
    ax.set(xlabel="time", title="Fitted and measured")
    ax.legend()


if __name__ == "__main__":
    run(main, draw)
