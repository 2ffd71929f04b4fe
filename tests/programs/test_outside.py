"""A name that a function finds outside and that is bound anew: the next call sees it, in values and in derivatives."""

import types

import numpy as np
import pytest

import dualdiff as dd

X = np.array([1.0, 2.0, 3.0])


class Settings:
    factor = 1.0

    def scaled(self, x):
        return self.factor * x


def program(body, **names):
    """A module with these names, whose function `f(x)` returns the body, and whose `g(x)` calls f."""
    module = types.ModuleType("a_users_module")
    vars(module).update(np=np, **names)
    exec(f"def f(x):\n    return {body}\ndef g(x):\n    return 2 * f(x)\n", vars(module))
    return module


def rebind(name, value):
    return lambda module: setattr(module, name, value)


def set_attribute(module):
    module.settings.factor = 7.0


def set_class_attribute(module):
    type(module.settings).factor = 7.0


def set_entry(module):
    module.table["factor"] = 7.0


def set_element(module):
    module.list[0] = 7.0


def own_settings():
    return type("Own", (Settings,), {"__module__": __name__, "factor": 1.0})()


CASES = [
    ("k * x", lambda: {"k": 1.0}, rebind("k", 7.0)),
    ("k * x", lambda: {"k": 1}, rebind("k", 7)),
    ("k * x", lambda: {"k": np.float64(1.0)}, rebind("k", np.float64(7.0))),
    ("A @ x", lambda: {"A": np.eye(3)}, rebind("A", 7 * np.eye(3))),
    ("A @ x", lambda: {"A": np.eye(3)}, lambda m: m.A.__imul__(7)),
    ("h(x)", lambda: {"h": lambda x: x}, rebind("h", lambda x: 7 * x)),
    ("settings.factor * x", lambda: {"settings": own_settings()}, set_attribute),
    ("settings.factor * x", lambda: {"settings": own_settings()}, set_class_attribute),
    ("settings.scaled(x)", lambda: {"settings": own_settings()}, set_attribute),
    ("settings.scaled(x)", lambda: {"settings": own_settings()}, set_class_attribute),
    ("table['factor'] * x", lambda: {"table": {"factor": 1.0}}, set_entry),
    ("list[0] * x", lambda: {"list": [1.0]}, set_element),
    ("np.sin(x) if mode == 'sin' else 7 * x", lambda: {"mode": "sin"}, rebind("mode", "linear")),
    ("inner.k * x", lambda: {"inner": program("x", k=1.0)}, lambda m: setattr(m.inner, "k", 7.0)),
    ("inner.f(x)", lambda: {"inner": program("k * x", k=1.0)}, lambda m: setattr(m.inner, "k", 7.0)),
]  # fmt: skip


@pytest.mark.parametrize("through", ["f", "g"])
@pytest.mark.parametrize(("body", "names", "change"), CASES, ids=[f"{k}: {body}" for k, (body, *_) in enumerate(CASES)])
def test_the_next_call_sees_what_was_bound_anew(body, names, change, through):
    module = program(body, **names())
    f = getattr(module, through)
    compiled = dd.compile(f, check="never")
    jacobian, product = dd.jacobian(compiled), lambda: dd.jvp(compiled, (X,), (X,))[1]
    before = compiled(X)
    for _ in range(3):
        compiled(X), jacobian(X), product()
    change(module)
    assert not np.array_equal(f(X), before)
    for _ in range(3):
        assert np.array_equal(compiled(X), f(X))
        np.testing.assert_allclose(jacobian(X), 7 * (2 if through == "g" else 1) * np.eye(3))
        np.testing.assert_allclose(product(), 7 * (2 if through == "g" else 1) * X)


def test_a_closure():
    def make():
        k = 1.0

        def f(x):
            return k * x

        def change(value):
            nonlocal k
            k = value

        return f, change

    f, change = make()
    compiled = dd.compile(f, check="never")
    compiled(X), compiled(X), change(7.0)
    assert np.array_equal(compiled(X), 7 * X)


def test_attributes_of_an_argument():
    compiled = dd.compile(Settings.scaled, check="never")
    one, other = Settings(), Settings()
    for factor in (1.0, 2.0, 3.0):
        one.factor, other.factor = factor, -factor
        for settings in (one, other, one, other):
            assert np.array_equal(compiled(settings, X), settings.scaled(X))


def test_the_same_number_is_no_change():
    module = program("k * x", k=2.0)
    compiled = dd.compile(module.f)
    for _ in range(20):
        module.k = float("2.0")
        compiled(X)
    assert "1 path" in str(compiled.explain())


def test_what_is_bound_anew_at_each_call_makes_f_run_as_it_is():
    module = program("k * x", k=0.0)
    compiled = dd.compile(module.f, check="never")
    with pytest.warns(dd.errors.CompileNotice, match="'k', which f finds outside"):
        for k in range(12):
            module.k = float(k)
            assert np.array_equal(compiled(X), k * X)


def test_a_counter_that_f_keeps_is_no_change():
    module = types.ModuleType("a_users_module")
    exec("calls = 0\ndef f(x):\n    global calls\n    calls += 1\n    return 2 * x", vars(module))
    compiled = dd.compile(module.f)
    for _ in range(20):
        assert np.array_equal(compiled(X), 2 * X)
    assert "1 path" in str(compiled.explain())


def test_looking_for_names_runs_no_code():
    class Trap:
        @property
        def factor(self):
            raise AssertionError("a property was read")

        def __getattr__(self, name):
            raise AssertionError("an attribute was asked for")

    module = program("(settings, x)[1] * 2 if True else settings.factor.other", settings=Trap())
    compiled = dd.compile(module.f)
    for _ in range(3):
        assert np.array_equal(compiled(X), 2 * X)
