"""Prints the coefficients of exp, erf, erfc and ndtr in core/program_near_forms.h: `python benchmarks/fit_near.py`.

Needs mpmath.

Polynomials through Chebyshev's nodes; the logarithm of erfc is fitted with erfc as weights, as that is what its error
costs in erf.
"""

import mpmath
from mpmath import mpf

mpmath.mp.dps = 60


def through_nodes(f, low, high, degree):
    """The coefficients of the polynomial that is f at Chebyshev's nodes."""
    n = degree + 1
    xs = [(low + high) / 2 + (high - low) / 2 * mpmath.cos(mpmath.pi * (2 * k + 1) / (2 * n)) for k in range(n)]
    c = [f(x) for x in xs]
    for j in range(1, n):
        for i in range(n - 1, j - 1, -1):
            c[i] = (c[i] - c[i - 1]) / (xs[i] - xs[i - j])
    found = [mpf(0)] * n
    for i in range(n - 1, -1, -1):
        found = [(found[j - 1] if j else c[i]) - xs[i] * found[j] for j in range(n)]
    return found


def exp_reduced(degree=9):
    """(exp(r) - 1 - r) / r**2 by r, up to half of log(2)."""
    most = mpmath.log(2) / 2 * mpf("1.0001")
    return through_nodes(lambda r: (mpmath.exp(r) - 1 - r) / r**2, -most, most, degree)


def erf_below_one(degree=12):
    """(erf(x) / x - 1) by x x."""
    return through_nodes(lambda t: mpmath.erf(mpmath.sqrt(t)) / mpmath.sqrt(t) - 1, mpf(0), mpf(1), degree)


def erf_above_one(degree=17, points=200):
    """log(erfc(x)) by x - 1 up to 6, weighted."""
    A, y = mpmath.matrix(points, degree + 1), mpmath.matrix(points, 1)
    for i in range(points):
        s = (1 - mpmath.cos(mpmath.pi * (i + mpf(1) / 2) / points)) / 2 * 5
        weight = mpmath.erfc(1 + s)
        for j in range(degree + 1):
            A[i, j] = weight * s**j
        y[i] = weight * mpmath.log(weight)
    return list(mpmath.lu_solve(A, y))


def tail(f, tail, shift, most, degree=22):
    """(1 + a) exp(f a a) tail(a) by u = (a - shift) / (a + shift); and what rounding takes from the first."""

    def g(u):
        a = shift * (1 + u) / (1 - u)
        return (1 + a) * mpmath.exp(f * a * a) * tail(a)

    c = through_nodes(g, mpf(-1), (most - shift) / (most + shift), degree)
    return [*c, c[0] - mpf(float(c[0]))]


def main():
    for name, c in (
        ("exp", exp_reduced()),
        ("erf, below 1", erf_below_one()),
        ("erf, above 1", erf_above_one()),
        ("erfc", tail(mpf(1), mpmath.erfc, mpf("3.375"), mpf(27))),
        ("ndtr", tail(mpf("0.5"), lambda a: mpmath.erfc(a / mpmath.sqrt(2)) / 2, mpf("4.75"), mpf(38))),
    ):
        print(name, *(repr(float(x)) for x in c), sep="\n    ")


if __name__ == "__main__":
    main()
