"""A normalising flow in one dimension: a monotone map to a Gaussian, trained by the log of its slope.

log p(x) = log N(f(x)) + log |f'(x)|: the second term is a derivative, and its gradient by the weights a nested one.
"""

import numpy as np
from common import run
from scipy.optimize import minimize

import dualdiff as dd

UNITS = 6


def flow(x, w):
    """A sum of increasing steps; its slope is positive."""
    height, width, place = np.exp(w[:UNITS]), np.exp(w[UNITS : 2 * UNITS]), w[2 * UNITS : 3 * UNITS]
    steps = np.tanh((np.expand_dims(x, -1) - place) * width)
    return np.exp(w[-2]) * x + w[-1] + np.sum(height * steps, axis=-1)


def log_density(x, w):
    """Of the data under the flow."""
    z, slope = dd.jvp(lambda x: flow(x, w), (x,), (np.ones_like(x),))
    return -0.5 * z**2 - 0.5 * np.log(2 * np.pi) + np.log(slope)


def main(n=400):
    """Trains on two bumps."""
    rng = np.random.default_rng(0)
    x = np.where(rng.random(n) < 0.4, rng.normal(-2.0, 0.5, n), rng.normal(1.5, 0.8, n))
    start = np.concatenate([np.full(UNITS, -1.0), np.zeros(UNITS), np.linspace(-3, 3, UNITS), [0.0, 0.0]])

    def loss(w):
        return -np.mean(log_density(x, w)) + 1e-3 * np.sum(w**2)

    found = minimize(dd.value_and_grad(loss), start, jac=True, method="L-BFGS-B", options={"maxiter": 300})
    at = np.linspace(-5, 5, 500)
    density = np.exp(log_density(at, found.x))
    return {"x": x, "at": at, "density": density, "loss at the start": float(loss(start)), "loss": float(found.fun),
            "integral": float(np.sum(density) * (at[1] - at[0]))}  # fmt: skip


def draw(figure, found):
    """Data and density."""
    ax = figure.subplots()
    ax.hist(found["x"], bins=40, density=True, color="0.8")
    ax.plot(found["at"], found["density"])
    ax.set(title="A density learned by a flow")


if __name__ == "__main__":
    run(main, draw)
