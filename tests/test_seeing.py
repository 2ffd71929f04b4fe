"""What notebooks show: well-formed HTML, bounded, with the numbers in it; pictures with legends and integer ticks."""

import html.parser
import re

import numpy as np
import pytest

import dualdiff as dd
from dualdiff import seeing, solve


class Parser(html.parser.HTMLParser):
    """Checks that tags close in order."""

    def __init__(self):
        super().__init__()
        self.open, self.text = [], []

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        pass

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


def words(x):
    parser = Parser()
    parser.feed(x._repr_html_())
    assert not parser.open
    return " ".join(parser.text)


def tridiagonal(x):
    y = x**2
    y[1:] -= x[:-1]
    y[:-1] -= x[1:]
    return y


def test_duals():
    text = words(dd.DualArray([1.5, 2.5], [[0.25, 0.75]]))
    assert "DualArray, 2, 1 direction " in text + " " and "0.25" in text and "2.5" in text
    assert "Dual, number, 2 directions" in words(dd.Dual(1.5, [3.0, 4.0]))
    large = dd.DualArray(np.ones((1000, 1000)), np.ones((1, 1000, 1000)))
    assert len(large._repr_html_()) < 5000 and "999992 more" in words(large)
    many = dd.DualArray(np.ones(2), np.ones((100, 2)))
    assert "100 directions" in words(many) and len(many._repr_html_()) < 5000
    dd.grad(dd.grad(lambda x: words(x) and x**3))(2.0)      # duals of duals
    dd.linearize(lambda x: (words(x), x**2)[1], np.ones(3))


def test_operators():
    _, J = dd.linearize(tridiagonal, np.ones(5))
    assert "5 x 5" in words(J) and "J @ v" in words(J)
    assert "Sum" in words(J + J)


def test_patterns_plans_and_colourings():
    plan = dd.sparse_jacobian(tridiagonal, np.ones(12))
    assert "12 x 12, 34 entries" in words(plan.pattern)
    shown = plan._repr_html_()
    assert "3 colours" in words(plan) and len(set(re.findall(r'rect x[^>]*fill="(#\w+)"', shown))) == 3
    assert shown.count("<rect x") == 34
    assert "colour" in words(plan.coloring)
    words(dd.sparse_jacobian(tridiagonal))      # not planned yet
    large = dd.sparsity(tridiagonal, np.ones(20000))
    assert len(large._repr_html_()) < 50000


def test_results():
    good = solve.root(lambda x: x**2 - 2, np.array([1.0, 3.0]))
    assert "solved" in words(good) and "<polyline" in good._repr_html_()
    bad = solve.root(lambda x: x**2 + 1, np.array([1.0]))
    assert "not solved" in words(bad)


def test_text_is_escaped():
    assert "&lt;lambda&gt;" in dd.sparse_jacobian(lambda x: x, np.ones(3))._repr_html_()


def test_the_palette_can_be_told_apart():
    assert len({seeing.color(i, 8) for i in range(8)}) == 8
    assert len({seeing.color(i, 30) for i in range(30)}) == 30


def test_pictures():
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    plan = dd.sparse_jacobian(tridiagonal, np.ones(12))
    ax = plan.pattern.plot(plan.coloring)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["0", "1", "2"]
    ax.figure.canvas.draw()
    assert all(float(tick).is_integer() for tick in ax.get_xticks())
    bad = solve.root(lambda x: x**2 + 1, np.array([1.0]))
    ax = bad.plot()
    ax.figure.canvas.draw()
    box, whole = ax.title.get_window_extent(), ax.figure.bbox
    assert box.x0 >= 0 and box.x1 <= whole.width and box.y1 <= whole.height
    assert all(float(tick).is_integer() for tick in ax.get_xticks())
    plt.close("all")
