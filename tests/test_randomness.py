"""Functions that draw random numbers: the derivative is that of the numbers of one run, and later runs go on behind it."""

import math
import random
import warnings

import numpy as np
import pytest
from support import close

import dualdiff as dd
from dualdiff.errors import LiftedWarning

LIFTS = True
MAKES = {"RandomState": lambda: np.random.RandomState(3), "Generator": lambda: np.random.default_rng(3)}


class Model:
    """Its noise is drawn by a generator that it holds."""

    def __init__(self, rs):
        self.parts = {"noise": [rs]}

    def noise(self, n):
        return self.parts["noise"][0].normal(size=n)


@pytest.mark.parametrize("name", ["grad", "jacobian", "value_and_grad", "vjp", "hvp", "hessian"])
@pytest.mark.parametrize("n", [5, 100, 300])
@pytest.mark.parametrize("make", MAKES.values(), ids=MAKES)
def test_numbers_of_one_run(make, n, name):
    """Also where a first run counts operations, or is made on plain numbers."""
    model, twin, x = Model(make()), make(), np.ones(n)

    def f(x):
        return np.sum(np.sin(x) * model.noise(len(x)))

    calls = {"vjp": lambda: dd.vjp(f, x)[1](1.0), "hvp": lambda: dd.hvp(f, (x,), (x,))}
    for _ in range(3):
        found = calls[name]() if name in calls else getattr(dd, name)(f)(x)
        w = twin.normal(size=n)
        slope = {"hvp": -w * np.sin(1.0), "hessian": np.diag(-w * np.sin(1.0))}.get(name, w * np.cos(1.0))
        close(found[1] if name == "value_and_grad" else found, slope, 1e-12)


SEVERAL = {
    "colors": lambda f, x: dd.hessian(f, mode="colored")(x),
    "sparse": lambda f, x: dd.hessian(f, mode="sparse")(x).toarray(),
    "chunks": lambda f, x: dd.hessian(f, chunk=9)(x),
    "sparse_hessian": lambda f, x: dd.sparse_hessian(f)(x).toarray(),
    "chunks of a gradient": lambda f, x: np.diag(dd.grad(f, chunk=9)(x)),
}


@pytest.mark.parametrize("how", SEVERAL)
@pytest.mark.parametrize("make", MAKES.values(), ids=MAKES)
def test_what_runs_a_function_several_times_draws_once(make, how):
    """A matrix from runs with different numbers would be the derivative of nothing."""
    rs, twin, x = make(), make(), np.linspace(0.5, 1.0, 40)

    def f(x):
        return np.sum(np.sin(x) * rs.normal(size=len(x)) * np.random.random())

    for _ in range(3):
        np.random.seed(4)
        found = SEVERAL[how](f, x)
        after = np.random.random()
        np.random.seed(4)
        w = twin.normal(size=40) * np.random.random()
        assert after == np.random.random()
        close(found, np.diag(w * np.cos(x) if "gradient" in how else -w * np.sin(x)), 1e-12)


@pytest.mark.parametrize("mode", ["forward", "reverse"])
@pytest.mark.parametrize("how", ["itself", "lift"])
@pytest.mark.parametrize("make", MAKES.values(), ids=MAKES)
def test_lifted(make, how, mode):
    """The original draws what the copy has drawn, so that their values can be compared."""
    rs, twin = make(), make()

    def f(x):
        return math.sin(x) * rs.normal() + float(x)

    g = f if how == "itself" else dd.lift(f)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LiftedWarning)
        for k in range(4):
            x = 0.3 + k
            found = dd.derivative(g)(x) if mode == "forward" else dd.vjp(g, x)[1](1.0)
            close(found, math.cos(x) * twin.normal() + 1.0, 1e-12)


def test_lifted_with_the_generators_of_modules():
    def f(x):
        return math.sin(x) * np.random.random() + random.random() * float(x)

    def seeded(call):
        np.random.seed(0)
        random.seed(0)
        return [call() for _ in range(3)]

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LiftedWarning)
        found = seeded(lambda: dd.derivative(f)(0.3))
    close(np.array(found), np.array(seeded(lambda: math.cos(0.3) * np.random.random() + random.random())), 1e-12)
