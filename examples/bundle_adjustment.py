"""Bundle adjustment: cameras and points from where the points are seen, by sparse least squares."""

import numpy as np
from common import run

import dualdiff as dd
from dualdiff import solve


def rotated(r, X):
    """Points X turned by the rotation vectors r, after Rodrigues."""
    angle = np.sqrt(np.sum(r * r, axis=-1, keepdims=True) + 1e-30)
    axis = r / angle
    along = np.sum(axis * X, axis=-1, keepdims=True) * (1 - np.cos(angle))
    return X * np.cos(angle) + np.cross(axis, X) * np.sin(angle) + axis * along


def project(camera, X):
    """Where cameras (rotation, position, focal length) see points."""
    P = rotated(camera[:, :3], X) + camera[:, 3:6]
    return camera[:, 6:] * P[:, :2] / P[:, 2:]


def residual(unknowns, scene):
    """Seen minus expected; the first camera and the distance of the second one stay, as they fix the frame."""
    cameras = np.concatenate([scene["cameras"][:1], unknowns["cameras"]])
    miss = project(cameras[scene["who"]], unknowns["points"][scene["what"]]) - scene["seen"]
    scale = np.linalg.norm(cameras[1, 3:6] - cameras[0, 3:6]) - scene["distance"]
    return np.append(miss.ravel(), 100.0 * scale)


def main(cameras=12, points=150, noise=0.5):
    """Makes a scene, starts from a disturbed guess, and solves for all at once."""
    rng = np.random.default_rng(5)
    truth = np.zeros((cameras, 7))
    truth[:, 1] = np.linspace(-0.5, 0.5, cameras)
    truth[:, 3] = np.linspace(-2, 2, cameras)
    truth[:, 5], truth[:, 6] = 8.0, 800.0
    X = rng.uniform(-2, 2, (points, 3))
    who, what = np.nonzero(rng.random((cameras, points)) < 0.5)
    seen = project(truth[who], X[what]) + noise * rng.standard_normal((len(who), 2))
    scene = {"who": who, "what": what, "seen": seen, "cameras": truth,
             "distance": np.linalg.norm(truth[1, 3:6] - truth[0, 3:6])}  # fmt: skip
    spread = np.array([0.03, 0.03, 0.03, 0.1, 0.1, 0.1, 20.0])
    start = {"cameras": truth[1:] + spread * rng.standard_normal((cameras - 1, 7)),
             "points": X + 0.1 * rng.standard_normal(X.shape)}  # fmt: skip
    found = solve.least_squares(residual, start, (scene,))
    flat, back = dd.ravel(start)
    plan = dd.sparse_jacobian(lambda v: residual(back(v), scene), flat)
    before, after = (np.reshape(residual(u, scene)[:-1], (-1, 2)) for u in (start, found.x))
    freedom = 1 - flat.size / after.size
    return {"before": before, "after": after, "pattern": plan(flat), "unknowns": flat.size, "residuals": after.size,
            "method": found.method, "iterations": int(found.nit), "products for one J": plan.ncolors,
            "miss before, pixels": float(np.sqrt(np.mean(before**2))),
            "miss after, pixels": float(np.sqrt(np.mean(after**2))),
            "noise found": float(np.sqrt(np.mean(after**2) / freedom)),
            "error of the points": float(np.sqrt(np.mean((found.x["points"] - X) ** 2)))}  # fmt: skip


def draw(figure, found):
    """The pattern of J, and what the cameras miss before and after."""
    left, right = figure.subplots(1, 2)
    left.spy(found["pattern"][:400], markersize=0.5, aspect="auto")
    left.set(title="J, first rows", xlabel="unknown", ylabel="residual")
    right.hist(np.log10(np.hypot(*found["before"].T)), 40, alpha=0.7, label="before")
    right.hist(np.log10(np.hypot(*found["after"].T)), 40, alpha=0.7, label="after")
    right.set(xlabel="log10 of the miss in pixels", ylabel="sightings")
    right.legend()


if __name__ == "__main__":
    run(main, draw)
