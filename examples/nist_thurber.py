"""Levenberg and Marquardt's method on NIST's Thurber data, written in ten lines, against the certified values."""

import numpy as np
from common import run

import dualdiff as dd

X = np.array([
    -3.067, -2.981, -2.921, -2.912, -2.840, -2.797, -2.702, -2.699, -2.633, -2.481, -2.363, -2.322, -1.501, -1.460,
    -1.274, -1.212, -1.100, -1.046, -0.915, -0.714, -0.566, -0.545, -0.400, -0.309, -0.109, -0.103, 0.010, 0.119,
    0.377, 0.790, 0.963, 1.006, 1.115, 1.572, 1.841, 2.047, 2.200])  # fmt: skip
Y = np.array([
    80.574, 84.248, 87.264, 87.195, 89.076, 89.608, 89.868, 90.101, 92.405, 95.854, 100.696, 101.060, 401.672,
    390.724, 567.534, 635.316, 733.054, 759.087, 894.206, 990.785, 1090.109, 1080.914, 1122.643, 1178.351,
    1260.531, 1273.514, 1288.339, 1327.543, 1353.863, 1414.509, 1425.208, 1421.384, 1442.962, 1464.350, 1468.705,
    1447.894, 1457.628])  # fmt: skip
CERTIFIED = np.array([1288.1396800, 1491.0792535, 583.23836877, 75.416644291, 0.96629502864, 0.39797285797,
                      0.049727297349])  # fmt: skip


def model(b, x=X):
    """A rational function."""
    return (b[0] + b[1] * x + b[2] * x**2 + b[3] * x**3) / (1 + b[4] * x + b[5] * x**2 + b[6] * x**3)


def main(steps=60):
    """Minimises the sum of squares from NIST's second start."""
    value_and_jacobian = dd.value_and_jacobian(lambda b: model(b) - Y)
    b, damping = np.array([1300.0, 1500, 500, 75, 1, 0.4, 0.05]), 1e-3
    history = []
    for _ in range(steps):
        r, J = value_and_jacobian(b)
        history.append(r @ r)
        scale = np.sum(J**2, axis=0)
        step = np.linalg.solve(J.T @ J + damping * np.diag(scale), -J.T @ r)
        after = model(b + step) - Y
        better = after @ after < r @ r
        b, damping = (b + step, damping / 10) if better else (b, damping * 10)
    return {"b": b, "history": np.array(history), "sum of squares": float(history[-1]),
            "error of b": float(np.max(np.abs(b / CERTIFIED - 1)))}  # fmt: skip


def draw(figure, found):
    """Data and model."""
    ax = figure.subplots()
    x = np.linspace(X.min(), X.max(), 200)
    ax.plot(X, Y, "o", ms=4, label="measured")
    ax.plot(x, model(found["b"], x), label="fitted")
    ax.set(xlabel="log of the density", ylabel="mobility", title="Thurber")
    ax.legend()


if __name__ == "__main__":
    run(main, draw)
