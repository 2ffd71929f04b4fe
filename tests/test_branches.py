"""Continuation: folds, bifurcation points, branches that leave there, units, sizes; and pictures of results."""

import numpy as np
import pytest

from dualdiff import solve


def bratu(n, c=1.0):
    """u'' + p exp(u) = 0 by differences, times c h^2."""
    h = 1 / (n + 1)

    def fun(u, p):
        U = np.concatenate([np.zeros(1), u, np.zeros(1)])
        return c * (U[2:] - 2 * u + U[:-2] + h * h * p * np.exp(u))

    return fun


def column(n):
    """Euler's column: u'' + p sin(u) = 0, u = 0 at the ends."""
    h = 1 / (n + 1)

    def fun(u, p):
        U = np.concatenate([np.zeros(1), u, np.zeros(1)])
        return (U[2:] - 2 * u + U[:-2]) / h**2 + p * np.sin(u)

    return fun


def buckling_loads(n, k):
    h = 1 / (n + 1)
    return [4 / h**2 * np.sin(j * np.pi * h / 2) ** 2 for j in range(1, k + 1)]


@pytest.mark.parametrize("n", [40, 300])        # dense, sparse
def test_units_do_not_move_a_fold(n):
    folds = []
    for c in (1.0, (n + 1.0) ** 2, 1e-9, 1e12):
        r = solve.continuation(bratu(n, c), np.zeros(n), 0.0, 4.0, maxsteps=40)
        assert len(r.folds) == 1, r.message
        folds.append(r.folds[0][0])
    np.testing.assert_allclose(folds, folds[0], rtol=1e-9)
    assert folds[0] == pytest.approx(3.513830719, rel=2e-3 if n == 40 else 1e-4)
    # of x and p
    r = solve.continuation(lambda u, p: bratu(n)(u * 1e6, p * 1e-3), np.zeros(n), 0.0, 4e3, maxsteps=60)
    np.testing.assert_allclose([p for p, _ in r.folds], 1e3 * folds[0], rtol=1e-6)


@pytest.mark.parametrize("fun, x0, ends, folds", [
    (lambda x, p: x**2 + p - 1, 1.0, (0.0, 2.0), [1.0]),
    (lambda x, p: x**3 - 3 * x - p, -2.5, (-8.0, 8.0), [2.0, -2.0]),
    (lambda x, p: np.array([x[0] ** 2 + x[1] ** 2 - 1, x[0] - p]), np.array([0.1, 1.0]), (0.1, 2.0), [1.0, -1.0]),
    (lambda x, p: p - x * np.exp(-x), 0.05, (0.05, 1.0), [np.exp(-1)]),
    (lambda x, p: x**2 + p + 1, 1.0, (-2.0, 0.0), [-1.0]),
])  # fmt: skip
def test_folds(fun, x0, ends, folds):
    r = solve.continuation(fun, x0, *ends)
    found = [p for p, _ in r.folds]
    np.testing.assert_allclose(found, folds[: len(found)], rtol=1e-6)
    assert found
    for x, p in zip(r.x, r.p, strict=True):
        assert np.max(np.abs(fun(x, p))) < 1e-7


def test_a_pitchfork_and_a_transcritical_point():
    r = solve.continuation(lambda x, p: p * x - x**3, 0.0, -1.0, 1.05, switch=True)
    assert r.success and r.folds == []
    (p, x), = r.bifurcations
    assert abs(p) < 1e-6 and abs(x) < 1e-6
    up, down = r.branches
    assert up.p[-1] == down.p[-1] == 1.05
    assert float(up.x[-1]) == pytest.approx(-float(down.x[-1])) and abs(float(up.x[-1])) == pytest.approx(1.05**0.5)
    r = solve.continuation(lambda x, p: p * x - x**2, 0.0, -1.0, 1.05, switch=True)
    assert sorted(float(b.x[-1]) for b in r.branches) == pytest.approx([-1.0, 1.05])
    # without being asked, no branch is followed; the point is told all the same
    r = solve.continuation(lambda x, p: p * x - x**3, 0.0, -1.0, 1.05)
    assert len(r.bifurcations) == 1 and r.branches == []


@pytest.mark.parametrize("n", [40, 300])
def test_eulers_column_buckles(n):
    r = solve.continuation(column(n), np.zeros(n), 5.0, 50.0, switch=True, maxsteps=60)
    assert r.success
    np.testing.assert_allclose([p for p, _ in r.bifurcations], buckling_loads(n, 2), rtol=1e-6)
    assert len(r.branches) == 4
    for b in r.branches:
        assert b.success and np.max(np.abs(b.x[-1])) > 0.5, b.message
        assert np.max(np.abs(column(n)(b.x[-1], b.p[-1]))) < 1e-6


def test_large_branches_are_sparse():
    n = 300
    r = solve.continuation(bratu(n), np.zeros(n), 0.5, 2.0)
    assert r.success and r.nlu > 0 and r.p[-1] == 2.0
    # a full J: products alone
    K = np.ones((300, 300)) / 300
    r = solve.continuation(lambda x, p: x + 0.1 * (K @ x) ** 2 - p, np.zeros(n), 0.0, 1.0)
    assert r.success and r.nlu == 0
    np.testing.assert_allclose(r.x[-1], r.x[-1][0])


def test_limits_of_a_branch():
    r = solve.continuation(bratu(40), np.zeros(40), 0.5, 4.0, options={"maxtime": 0.0})
    assert not r.success
    r = solve.continuation(bratu(40), np.zeros(40), 0.5, 4.0, maxsteps=3)
    assert r.status == 0 and len(r.p) == 4


# ---- pictures ------------------------------------------------------------------------------------


def drawn(axes):
    """The texts of a figure and whether each lies inside of it."""
    figure = axes.figure
    figure.canvas.draw()
    frame = figure.bbox
    for text in (axes.title, axes._left_title, axes.xaxis.label, axes.yaxis.label, *axes.get_xticklabels()):
        if text.get_text():
            box = text.get_window_extent()
            if frame.x0 <= box.x0 <= frame.x1 or text not in axes.get_xticklabels():
                yield frame.x0 - 1 <= box.x0 and box.x1 <= frame.x1 + 1 and frame.y0 - 1 <= box.y0 and box.y1 <= frame.y1 + 1


def pictures():
    n = 120

    def fun(x):
        y = (3 - 2 * x) * x + 1
        y[1:] -= x[:-1]
        y[:-1] -= 2 * x[1:]
        return y

    failed = solve.root(lambda x: x**2 + 1, np.array([0.7]))
    branch = solve.continuation(lambda x, p: x**3 - 3 * x - p, -2.5, -8.0, 8.0)
    return {
        "history": solve.root(np.sin, np.array([2.5, 3.5])).plot,
        "history of a failure": failed.plot,
        "pattern": solve.root(fun, -np.ones(n), method="sparse").spy,
        "branch": branch.plot,
        "branch of vectors": solve.continuation(bratu(5), np.zeros(5), 0.5, 4.0, maxsteps=20).plot,
    }


def test_pictures_are_not_clipped():
    matplotlib = pytest.importorskip("matplotlib")
    from matplotlib import pyplot

    before = matplotlib.get_backend()
    pyplot.switch_backend("agg")
    try:
        for name, plot in pictures().items():
            axes = plot()
            assert all(drawn(axes)), name
            assert axes.get_xlabel() and axes.get_ylabel()
            if name.startswith("history"):
                assert all(float(t).is_integer() for t in axes.get_xticks())
            pyplot.close(axes.figure)
    finally:
        pyplot.close("all")
        pyplot.switch_backend(before)


def test_pictures_go_where_they_are_told():
    pytest.importorskip("matplotlib")
    from matplotlib.figure import Figure

    branch = solve.continuation(lambda x, p: x**3 - 3 * x - p, -2.5, -8.0, 8.0)
    axes = Figure().subplots()
    assert branch.plot(axes, measure=lambda x: 2 * float(x)) is axes
    np.testing.assert_allclose(axes.lines[0].get_ydata(), 2 * branch.x.ravel())
    np.testing.assert_allclose(axes.lines[1].get_xdata(), [2, -2], atol=1e-6)
    with pytest.raises(ValueError, match="no sparse J"):
        solve.root(np.sin, 3.0).spy(axes)


@pytest.mark.parametrize("of_f", [1.0, 1e8, 1e-8])
@pytest.mark.parametrize("of_x", [1.0, 1e6, 1e-6, 1e-9])
@pytest.mark.parametrize("name, F, zero, ends", [
    ("pitchfork", lambda x, p: p * x - x**3, 0.0, [1.0, 1.0]),
    ("transcritical", lambda x, p: p * x - x**2, 0.0, [1.0, 1.0]),
    ("subcritical", lambda x, p: p * x + x**3 - x**5, 0.0, [1.618034, 1.618034]),
    ("buckling", lambda x, p: np.array([(3 + p) * np.sin(x) - 3 * x]).ravel(), 0.0, None),
])  # fmt: skip
def test_branches_are_switched_in_any_units(name, F, zero, ends, of_x, of_f):
    """From a branch that is 0, which gives x no unit."""
    b = solve.continuation(lambda x, p: of_f * F(x / of_x, p), np.zeros(1), -1.0, 1.0, switch=True)
    assert b.success and len(b.bifurcations) == 1 and abs(b.bifurcations[0][0] - zero) < 1e-6 and len(b.branches) == 2
    for end in b.branches:
        x = end.x[-1] / of_x
        assert end.success and abs(F(x, end.p[-1])[0]) < 1e-6 and abs(x[0]) > 0.1, (name, end)
    if ends is not None:
        np.testing.assert_allclose([(e.x[-1, 0] / of_x) ** 2 for e in b.branches], ends, rtol=1e-5)
    if name == "subcritical":
        assert all(len(e.folds) == 1 and abs(e.folds[0][0] + 0.25) < 1e-6 for e in b.branches)
