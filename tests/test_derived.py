"""What transforms return, and the names of the package: repr, pickle, signatures, dir, names of other libraries."""

import copy
import functools
import inspect
import pickle
import subprocess
import sys

import numpy as np
import pytest

import dualdiff as dd
from dualdiff import elsewhere
from dualdiff.core._calls import is_known
from dualdiff.errors import InputError


def f(x):
    return x[0] ** 2 * x[1] + np.sin(x[1])


def one(x):
    return x**3


def field(x):
    return x * x[0]


@dd.grad
def decorated(x):
    return x**2


POINT = np.array([1.0, 2.0])
SPACE = np.array([1.0, 2.0, 3.0])

TRANSFORMS = [
    (dd.grad, f, (), {}, POINT, "<grad of f>"),
    (dd.grad, f, (0,), {"mode": "reverse"}, POINT, "<grad of f, 0, mode='reverse'>"),
    (dd.grad, f, (), {"argnames": "x"}, POINT, "<grad of f, argnames='x'>"),
    (dd.value_and_grad, f, (), {}, POINT, "<value_and_grad of f>"),
    (dd.jacobian, field, (), {"layout": "denominator"}, POINT, "<jacobian of field, layout='denominator'>"),
    (dd.value_and_jacobian, field, (0,), {}, POINT, "<value_and_jacobian of field, 0>"),
    (dd.derivative, one, (), {}, 2.0, "<derivative of one>"),
    (dd.derivative, one, (), {"holomorphic": True}, 2.0 + 1.0j, "<derivative of one, holomorphic=True>"),
    (dd.hessian, f, (), {}, POINT, "<hessian of f>"),
    (dd.value_grad_hessian, f, (), {}, POINT, "<value_grad_hessian of f>"),
    (dd.hessian_diagonal, f, (), {}, POINT, "<hessian_diagonal of f>"),
    (dd.laplacian, f, (), {}, POINT, "<laplacian of f>"),
    (dd.divergence, field, (), {}, POINT, "<divergence of field>"),
    (dd.curl, field, (), {}, SPACE, "<curl of field>"),
    (dd.jacobian_logdet, field, (), {}, POINT, "<jacobian_logdet of field>"),
    (dd.nth_derivative, one, (2,), {}, 2.0, "<nth_derivative of one, 2>"),
    (dd.checkpoint, one, (), {}, 2.0, "<checkpoint of one>"),
]


def same(a, b):
    if isinstance(a, tuple):
        return all(same(x, y) for x, y in zip(a, b, strict=True))
    return np.array_equal(a, b)


@pytest.mark.parametrize("transform, f, places, options, x, text", TRANSFORMS, ids=lambda x: getattr(x, "__name__", ""))
def test_says_what_it_is_and_can_be_pickled(transform, f, places, options, x, text):
    g = transform(f, *places, **options)
    assert repr(g) == text
    assert g.__name__ == f.__name__ and g.__wrapped__ is f
    assert inspect.signature(g) == inspect.signature(f)
    for again in (pickle.loads(pickle.dumps(g)), copy.deepcopy(g), copy.copy(g)):
        assert repr(again) == text
        assert same(again(x), g(x))


def test_pickled_in_another_process():
    """What a pool of processes does with it."""
    sent = pickle.dumps(dd.grad(np.linalg.norm))
    code = "import pickle, sys, numpy as np; print(pickle.loads(sys.stdin.buffer.read())(np.array([3.0, 4.0])))"
    done = subprocess.run([sys.executable, "-c", code], input=sent, capture_output=True, check=True)
    assert done.stdout.split() == [b"[0.6", b"0.8]"]


def test_transforms_of_transforms():
    g = dd.grad(dd.grad(one))
    assert repr(g) == "<grad of grad of one>"
    assert pickle.loads(pickle.dumps(g))(2.0) == g(2.0) == 12.0
    assert repr(dd.grad(functools.partial(one))) == "<grad of a partial one>"


def test_a_decorated_function_is_pickled_by_its_name():
    assert pickle.loads(pickle.dumps(decorated)) is decorated


def test_in_a_class_it_is_a_method():
    class Model:
        scale = 3.0

        @functools.partial(dd.grad, argnums=1)
        def slope(self, x):
            return self.scale * x**2

    assert Model().slope(2.0) == 12.0
    assert Model.slope(Model(), 2.0) == 12.0


@pytest.mark.parametrize("transform", [dd.grad, dd.jacobian, dd.hessian, dd.derivative, dd.value_and_grad,
                                       dd.value_and_jacobian, dd.value_grad_hessian, dd.laplacian, dd.hessian_diagonal])  # fmt: skip
def test_argnums_by_place(transform):
    """As in JAX and autograd: the second argument."""
    def g(a, b):
        return a * b**3

    assert same(transform(g, 1)(2.0, 3.0), transform(g, argnums=1)(2.0, 3.0))
    assert not same(transform(g, 1)(2.0, 3.0), transform(g)(2.0, 3.0))


@pytest.mark.parametrize("transform", [dd.grad, dd.jacobian, dd.hessian, dd.derivative, dd.checkpoint])
def test_a_value_in_place_of_a_function(transform):
    with pytest.raises(InputError, match=rf"{transform.__name__} takes a function, got a float; write .*\(f\)\(x\)"):
        transform(3.0)


def test_dir_is_the_public_names():
    assert dir(dd) == sorted(dd.__all__)
    code = "import dualdiff as dd; a = dir(dd); [getattr(dd, n) for n in a]; assert dir(dd) == a == sorted(dd.__all__)"
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("name", [n for n in dd.__all__ if callable(getattr(dd, n))])
def test_everything_public_has_a_signature(name):
    assert str(inspect.signature(getattr(dd, name)))


@pytest.mark.parametrize("name", elsewhere.WAYS)
def test_names_of_other_libraries_name_the_way_here(name):
    with pytest.raises(AttributeError, match="write|pass|leave|arguments|transforms|must be") as error:
        getattr(dd, name)
    assert error.value.name == name


def test_the_ways_exist():
    """Every `dualdiff.x.y` that a message names is there."""
    import re

    for name, text in elsewhere.WAYS.items():
        assert name not in dd.__all__
        for path in re.findall(r"dualdiff((?:\.\w+)+)", text):
            found = dd
            for part in path.strip(".").split("."):
                found = getattr(found, part)


def test_other_missing_names():
    with pytest.raises(AttributeError, match="did you mean 'jacobian'"):
        dd.jacobain  # noqa: B018
    with pytest.raises(AttributeError, match="has no attribute 'nothing_like_it'$"):
        dd.nothing_like_it  # noqa: B018
    assert not hasattr(dd, "__wrapped__")


@pytest.mark.lifts
@pytest.mark.parametrize("make", [dd.derivative, dd.grad, dd.jacobian, dd.hessian, lambda f: dd.grad(f, mode="reverse")])
def test_a_derivative_is_compared_with_plain_numbers_once(make):
    """Not in each call of what is made of it, as any function is: it is known by what it is made of."""
    for f in (lambda x: np.sum(np.sin(x) * x), functools.partial(lambda a, x: np.sum(a * x**3), 2.0)):
        inner = make(f)
        dd.jacobian(inner)(np.array([0.3, 0.7]) if make is not dd.derivative else 0.3)
        assert is_known(inner)
