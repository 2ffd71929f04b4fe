"""What derivatives of functions of SciPy cost, in units of the plain call: `python benchmarks/scipy_costs.py`.

Best of many in one process, plain call and derivative in turns, in processor time.

    logpdf      the gradient of a log-likelihood of 1e5 points by loc and scale (or by shape and scale)
    ode         forward sensitivities of 3 unknowns by 4 parameters, and the gradient of a loss in reverse
    lfilter     by the coefficients of a filter, of 1e4 and 1e6 samples
"""

import argparse
import time

import numpy as np
import scipy.integrate
import scipy.signal
import scipy.stats
from shown import unit
from timing import interleaved

import dualdiff as dd
from dualdiff.scipy import integrate, signal, stats

N = 10**5
LIKELIHOODS = {
    "norm": (lambda d, x, p: d.logpdf(x, p[0], p[1]), (0.3, 1.2)),
    "t": (lambda d, x, p: d.logpdf(x, p[0], scale=p[1]), (4.0, 1.2)),
    "gamma": (lambda d, x, p: d.logpdf(x, p[0], scale=p[1]), (2.0, 1.3)),
    "beta": (lambda d, x, p: d.logpdf(x, p[0], p[1]), (2.0, 3.0)),
    "lognorm": (lambda d, x, p: d.logpdf(x, p[0], scale=p[1]), (0.5, 1.3)),
    "weibull_min": (lambda d, x, p: d.logpdf(x, p[0], scale=p[1]), (1.5, 1.3)),
    "poisson": (lambda d, x, p: d.logpmf(x, p[0] + p[1]), (2.0, 1.3)),
    "binom": (lambda d, x, p: d.logpmf(x, 12, p[0] * p[1]), (0.5, 0.8)),
}
"""Distribution: the log-density as a function of two parameters, and where."""


def logpdf():
    """Gradients of log-likelihoods, in both modes."""
    rng = np.random.default_rng(0)
    for name, (log, at) in LIKELIHOODS.items():
        p = np.array(at)
        theirs = getattr(scipy.stats, name)
        args = {"poisson": (p.sum(),), "binom": (12, p.prod()), "beta": p}.get(name, p)
        x = theirs.rvs(*args, size=N, random_state=rng)
        ours = getattr(stats, name)

        def f(p, x=x, log=log, d=ours):
            return np.sum(log(d, x, p))

        def plain(x=x, log=log, d=theirs, p=p):
            return np.sum(log(d, x, p))

        yield name, plain, {mode: (lambda f=f, p=p, mode=mode: dd.grad(f, mode=mode)(p)) for mode in MODES}


MODES = ("forward", "reverse")


def slope(t, y, a, b, c, d):
    """A chain of reactions: 3 unknowns, 4 parameters."""
    r = a * y[0] - b * y[1] * y[2]
    return [-r, r - c * y[1] ** 2, c * y[1] ** 2 - d * y[2]]


def ode():
    """The solution at 20 times by 4 parameters, and a loss of it in reverse."""
    y0, ts, p = np.array([1.0, 0.3, 0.1]), np.linspace(0, 8, 20), np.array([0.7, 1.1, 0.6, 0.2])
    for method in ("RK45", "DOP853", "LSODA", "BDF", "Radau"):
        options = {"method": method, "t_eval": ts, "rtol": 1e-6, "atol": 1e-8}

        def f(p, m=integrate, options=options):
            return m.solve_ivp(slope, (0, 8), y0, args=tuple(p), **options).y

        def loss(p, f=f):
            return np.sum(f(p) ** 2)

        forward, reverse = dd.jacobian(f, mode="forward"), dd.grad(loss, mode="reverse")
        modes = {"forward": lambda g=forward: g(p), "reverse": lambda g=reverse: g(p)}
        yield f"solve_ivp {method}", lambda f=f: f(p, scipy.integrate), modes


def lfilter():
    """The power of a filtered signal by the coefficients."""
    b, a = scipy.signal.butter(2, 0.2)
    for n in (10**4, 10**6):
        x = np.random.default_rng(0).normal(size=n)
        for name, p in (("b0", b[:1]), ("b and a", np.concatenate([b, a[1:]]))):

            def f(p, m=signal, x=x):
                if len(p) == 1:
                    return np.sum(m.lfilter(np.concatenate([p, b[1:]]), a, x) ** 2)
                return np.sum(m.lfilter(p[:3], np.concatenate([[1.0], p[3:]]), x) ** 2)

            yield (
                f"lfilter {n:.0e} by {name}",
                lambda f=f, p=p: f(p, scipy.signal),
                {mode: lambda f=f, p=p, mode=mode: dd.grad(f, mode=mode)(p) for mode in MODES},
            )


SECTIONS = {"logpdf": logpdf, "ode": ode, "lfilter": lfilter}


def main():
    """Prints a line for each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sections", nargs="*", default=list(SECTIONS))
    parser.add_argument("--seconds", type=float, default=1.0)
    options = parser.parse_args()
    for section in options.sections:
        for name, plain, derivatives in SECTIONS[section]():
            base, *own = interleaved(plain, *derivatives.values(), seconds=options.seconds, clock=time.thread_time)
            text = "   ".join(f"{mode} {t / base:6.2f}" for mode, t in zip(derivatives, own, strict=True))
            print(f"{name:28} plain {unit(base):>9}   {text}", flush=True)


if __name__ == "__main__":
    main()
