"""Differences against exact derivatives: the error of (f(x+h) - f(x))/h over h is a V, dualdiff's is at rounding."""

import numpy as np
from common import run

import dualdiff as dd


def f(x):
    """Smooth, with a derivative that is known: exp(x) (sin x + cos x)."""
    return np.exp(x) * np.sin(x)


def main(x=1.2):
    """The relative errors over step sizes."""
    exact = np.exp(x) * (np.sin(x) + np.cos(x))
    h = np.logspace(-16, 0, 65)
    forward = np.abs((f(x + h) - f(x)) / h - exact) / abs(exact)
    central = np.abs((f(x + h) - f(x - h)) / (2 * h) - exact) / abs(exact)
    ours = abs(dd.derivative(f)(x) - exact) / abs(exact)
    return {"h": h, "forward": forward, "central": central, "best forward": float(forward.min()),
            "best central": float(central.min()), "dualdiff": float(ours)}  # fmt: skip


def draw(figure, found):
    """The two Vs and the line."""
    ax = figure.subplots()
    ax.loglog(found["h"], found["forward"] + 1e-17, label="(f(x+h) - f(x)) / h")
    ax.loglog(found["h"], found["central"] + 1e-17, label="(f(x+h) - f(x-h)) / 2h")
    ax.axhline(max(found["dualdiff"], 1e-16), color="k", label="dualdiff")
    ax.set(xlabel="step h", ylabel="relative error", title="Too large a step, or too small a one")
    ax.legend()


if __name__ == "__main__":
    run(main, draw)
