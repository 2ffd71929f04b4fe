"""Polynomials: values, sums, products, quotients, derivatives, roots, fits."""

import numpy as np
from support import points

from .base import const, kinked, row

X = points(5)
X3 = points(3, low=0.5, high=2.0)
X7 = points(7, low=-1.0, high=2.0)
Y7 = points(7, seed=1)
W7 = points(7, seed=2)
S = np.array([[2.1, 0.3, -0.4], [0.2, 3.3, 0.5], [-0.1, 0.6, 4.7]])

row(np.polyder, lambda p: np.polyder(p * p), X)
row(np.polyder, lambda p: np.polyder(p, 2), X)
row(np.polyder, lambda p: np.polyder(p, 0), X)
row(np.polyint, lambda p: np.polyint(p * p), X)
row(np.polyint, lambda p: np.polyint(p, 2, k=[1.0, 2.0]), X)
row(np.polyint, lambda p, k: np.polyint(p, 3, k), X, X3)
row(np.polyint, lambda p, k: np.polyint(p, 2, k[0]), X, X3)
row(np.polyadd, lambda p, q: np.polyadd(p, q), X, X3)
row(np.polyadd, lambda p: np.polyadd([1.0, 2.0], p), X)
row(np.polysub, lambda p, q: np.polysub(q, p), X, X3)
row(np.polymul, lambda p, q: np.polymul(p, q), X, X3)
row(np.polymul, lambda p: np.polymul(p, [1.0, -2.0]), X)
row(np.polydiv, lambda p, q: list(np.polydiv(p, q)), X, X3)
row(np.polydiv, lambda q: list(np.polydiv([1.0, 2.0, 3.0, 4.0], q)), X3)
row(np.polydiv, lambda p, q: list(np.polydiv(q, p)), X, X3)
row(np.poly, lambda z: np.poly(z), X3)
kinked(np.poly, lambda z: np.poly(np.stack([z[0] + 1j * z[1], z[0] - 1j * z[1], z[2] + 0j])), X3)
kinked(np.poly, lambda a: np.poly(a), S)
kinked(np.roots, lambda p: np.roots(p), np.array([1.0, -6.1, 11.3, -6.2]))
kinked(np.roots, lambda p: np.roots(p), np.array([0.9, 0.4, 2.2, -1.3, 3.1]))
kinked(np.roots, lambda p: np.roots(np.stack([p[0], p[1], p[2]])), np.array([2.0, -1.0, 3.0]))
kinked(np.polyfit, lambda x, y: np.polyfit(x, y, 2), X7, Y7)
kinked(np.polyfit, lambda y: np.polyfit(np.arange(7), y, 3), Y7)
kinked(np.polyfit, lambda x, y, w: np.polyfit(x, y, 1, w=w), X7, Y7, W7)
kinked(np.polyfit, lambda y: np.polyfit(const(y, 7), np.stack([y, y * y], axis=1), 1), Y7)
kinked(np.polyfit, lambda x, y: list(np.polyfit(x, y, 1, full=True)[:2]), X7, Y7)
kinked(np.polyfit, lambda x, y: list(np.polyfit(x, y, 1, cov=True)), X7, Y7)
kinked(np.polyfit, lambda x, y, w: list(np.polyfit(x, y, 1, w=w, cov="unscaled")), X7, Y7, W7)
