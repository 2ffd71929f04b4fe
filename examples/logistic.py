"""Logistic regression with 10,000 weights: one gradient costs a few evaluations, Hessian products as well."""

import numpy as np
from common import run
from scipy.optimize import minimize

import dualdiff as dd


def problem(n=10_000, rows=300):
    """Data of two classes, most features of which say nothing."""
    rng = np.random.default_rng(0)
    A = rng.standard_normal((rows, n)) / np.sqrt(n)
    truth = np.where(np.arange(n) < n // 20, rng.standard_normal(n) * 5, 0.0)
    return A, np.sign(A @ truth + 0.1 * rng.standard_normal(rows))


def main(n=10_000):
    """Trains by L-BFGS and by a Newton method on exact Hessian products."""
    A, label = problem(n)

    def loss(w):
        return np.mean(np.logaddexp(0.0, -label * (A @ w))) + 1e-4 * (w @ w)

    histories = {}
    for method in ("L-BFGS-B", "trust-krylov"):
        seen = []
        options = {"hessp": lambda w, v: dd.hvp(loss, (w,), (v,))} if method == "trust-krylov" else {}
        found = minimize(dd.value_and_grad(loss), np.zeros(n), jac=True, method=method, **options,
                         callback=lambda w, seen=seen: seen.append(float(loss(w))))  # fmt: skip
        histories[method] = np.array(seen)
    slope = np.max(np.abs(dd.grad(loss)(found.x)))
    right = np.mean(np.sign(A @ found.x) == label)
    return {"histories": histories, "weights": n, "loss": float(found.fun), "largest slope": float(slope),
            "classified right": float(right)}  # fmt: skip


def draw(figure, found):
    """The loss over the steps."""
    ax = figure.subplots()
    low = min(history.min() for history in found["histories"].values())
    for name, history in found["histories"].items():
        ax.semilogy(np.arange(1, len(history) + 1), history - low + 1e-12, "o-", ms=3, label=name)
    ax.set(xlabel="step", ylabel="loss above the best", title="10,000 weights")
    ax.legend()


if __name__ == "__main__":
    run(main, draw)
