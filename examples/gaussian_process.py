"""Hyperparameters of a Gaussian process by its marginal likelihood: a gradient through a Cholesky factorisation."""

import numpy as np
from common import run
from scipy.optimize import minimize

import dualdiff as dd


def kernel(a, b, theta):
    """Squared exponential: log of height, length and noise."""
    return np.exp(2 * theta[0]) * np.exp(-0.5 * ((a[:, None] - b[None, :]) / np.exp(theta[1])) ** 2)


def main(n=40):
    """Fits, and predicts."""
    rng = np.random.default_rng(3)
    x = np.sort(rng.uniform(0, 10, n))
    y = np.sin(x) + 0.1 * x + 0.15 * rng.standard_normal(n)

    def negative_log_likelihood(theta):
        K = kernel(x, x, theta) + np.exp(2 * theta[2]) * np.eye(n)
        L = np.linalg.cholesky(K)
        a = np.linalg.solve(L, y)
        return 0.5 * (a @ a) + np.sum(np.log(np.diag(L))) + 0.5 * n * np.log(2 * np.pi)

    found = minimize(negative_log_likelihood, np.array([0.0, 0.0, -1.0]), jac=dd.grad(negative_log_likelihood))
    theta = found.x
    at = np.linspace(0, 10, 200)
    K = kernel(x, x, theta) + np.exp(2 * theta[2]) * np.eye(n)
    cross = kernel(at, x, theta)
    mean = cross @ np.linalg.solve(K, y)
    spread = np.sqrt(np.exp(2 * theta[0]) - np.sum(cross * np.linalg.solve(K, cross.T).T, axis=1))
    slope = dd.grad(negative_log_likelihood)(theta)
    return {"x": x, "y": y, "at": at, "mean": mean, "spread": spread, "length": float(np.exp(theta[1])),
            "noise": float(np.exp(theta[2])), "largest slope": float(np.max(np.abs(slope)))}  # fmt: skip


def draw(figure, found):
    """Data, mean, two sigma."""
    ax = figure.subplots()
    ax.fill_between(found["at"], found["mean"] - 2 * found["spread"], found["mean"] + 2 * found["spread"], alpha=0.25)
    ax.plot(found["at"], found["mean"])
    ax.plot(found["x"], found["y"], "k.", ms=5)
    ax.set(title=f"length {found['length']:.2f}, noise {found['noise']:.2f}")


if __name__ == "__main__":
    run(main, draw)
