"""Image registration: which rotation, stretch and shift takes one picture to the other, by Gauss-Newton.

The moved picture is `map_coordinates` of dualdiff.scipy.ndimage, which has a derivative by the coordinates.
"""

import numpy as np
from common import run
from scipy import ndimage as plain

from dualdiff import solve
from dualdiff.scipy import ndimage


def picture(n):
    """Blobs on a dark ground."""
    rng = np.random.default_rng(8)
    y, x = np.mgrid[:n, :n] / n
    image = np.zeros((n, n))
    for _ in range(12):
        cy, cx, width, height = *rng.uniform(0.2, 0.8, 2), rng.uniform(0.03, 0.1), rng.uniform(0.3, 1.0)
        image += height * np.exp(-((y - cy) ** 2 + (x - cx) ** 2) / (2 * width**2))
    return image


def coordinates(p, n):
    """Where each pixel comes from: an affine map about the middle of the picture."""
    grid = np.mgrid[:n, :n].reshape(2, -1) - n / 2
    matrix = np.exp(p["stretch"]) * np.array([[np.cos(p["angle"]), -np.sin(p["angle"])],
                                              [np.sin(p["angle"]), np.cos(p["angle"])]])  # fmt: skip
    return matrix @ grid + n / 2 + p["shift"][:, None]


def main(n=64, noise=0.02):
    """Moves a picture, adds noise, and finds the motion back from coarse (blurred) to fine."""
    rng = np.random.default_rng(2)
    fixed = picture(n)
    truth = {"angle": 0.35, "stretch": 0.1, "shift": np.array([4.0, -6.0])}
    moved = plain.map_coordinates(fixed, coordinates(truth, n), order=3).reshape(n, n)
    moved = moved + noise * rng.standard_normal((n, n))
    p, history = {"angle": 0.0, "stretch": 0.0, "shift": np.zeros(2)}, []
    for blur in (6.0, 2.0, 0.7):
        source, target = plain.gaussian_filter(fixed, blur), plain.gaussian_filter(moved, blur).ravel()

        def miss(p, source=source, target=target):
            return ndimage.map_coordinates(source, coordinates(p, n), order=3) - target

        found = solve.least_squares(miss, p)
        p = found.x
        history.append(int(found.njev))
    back = plain.map_coordinates(fixed, coordinates(p, n), order=3).reshape(n, n)
    return {"fixed": fixed, "moved": moved, "back": back, "angle": float(p["angle"]), "stretch": float(p["stretch"]),
            "shift": p["shift"], "steps of each scale": str(history),
            "error of the angle": float(abs(p["angle"] - truth["angle"])),
            "error of the shift": float(np.max(np.abs(p["shift"] - truth["shift"]))),
            "difference before": float(np.sqrt(np.mean((fixed - moved) ** 2))),
            "difference after": float(np.sqrt(np.mean((back - moved) ** 2)))}  # fmt: skip


def draw(figure, found):
    """The pictures, and their difference before and after."""
    axes = figure.subplots(2, 2)
    shown = [("fixed", found["fixed"], (0, 1)), ("moved", found["moved"], (0, 1)),
             ("difference before", found["fixed"] - found["moved"], (-0.5, 0.5)),
             ("difference after", found["back"] - found["moved"], (-0.5, 0.5))]  # fmt: skip
    for ax, (title, image, (low, high)) in zip(axes.flat, shown, strict=True):
        ax.imshow(image, cmap="gray" if low == 0 else "RdBu", vmin=low, vmax=high)
        ax.set(title=title, xticks=[], yticks=[])


if __name__ == "__main__":
    run(main, draw)
