"""The table of elementwise functions is one table: a row added is a row everywhere."""

import re
from pathlib import Path

import numpy as np
import pytest

import dualdiff as dd
from dualdiff.core import RULES as COMPILED, SECOND
from dualdiff.functions.elementwise import KINKS, SELECTING, kink_of
from dualdiff.programs.partials import KINKED
from dualdiff.rules import generate, of_numpy, of_scipy
from dualdiff.rules.expressions import parse, second_partials, text_of
from dualdiff.rules.row import Row, general, row
from dualdiff.rules.table import ALIASES, GENERAL, MATH, RULES, Rule

PACKAGE = Path(dd.__file__).parent

# rows of several kinds, and beside the table the files that have something to say about the function itself
ONE_PLACE = {
    "exp10": (), "erfcx": (), "exp2": ("rules/special.h",), "radians": (), "fmod": ("rules/special.h",), "fresnel": (),
    "logaddexp2": ("functions/ufuncmethods.py",),           # that it is associative
    "log_expit": (), "ndtri_exp": (), "struve": ("scipy/parameters.py",),     # its derivative by the order
}  # fmt: skip


@pytest.mark.parametrize("name", ONE_PLACE)
def test_a_function_stands_in_one_place(name):
    """In a checkout the files that name a function are its table and those named above."""
    said = {"rules/of_numpy.py", "rules/of_scipy.py", *ONE_PLACE[name]}
    made = {"rules/rules_index.h", "rules/rules_code.h"}
    found = set()
    for path in PACKAGE.rglob("*"):
        place = path.relative_to(PACKAGE).as_posix()
        if path.suffix in (".py", ".pyx", ".pxd", ".pxi", ".h") and place not in made and not place.startswith("demo/"):
            if re.search(rf"\b{name}\b", path.read_text(encoding="utf-8")):
                found.add(place)
    assert found & said and found <= said


ADDED = row("bump", "x / (1 + fabs(x))", "1 / ((1 + absolute(x)) * (1 + absolute(x)))", math="bump", alias="bumpy", kink="x == 0")


def test_an_added_row_reaches_the_core():
    rows = [*generate.rows_with_kernels(), ADDED]
    text, index = generate.code(rows), generate.index(rows)
    for wanted in (
        "static inline double dd_value_bump(double x, double y) { (void) x; (void) y; return x / (1 + fabs(x)); }",
        "return 1 / ((1 + dd_value_absolute(x, 0)) * (1 + dd_value_absolute(x, 0))); }",
        "DD_PART1(double, bump_dx_d, DD_FIRST(), 1 / ((1 + dd_value_absolute(x, 0)) ",
        "DD_PART1(float, bump_dx_f, DD_FIRST(), 1 / ((1 + fabsf(x)) * (1 + fabsf(x))))", '{"bump", 1, dd_value_bump,', "static inline void dd_second_bump(", "dd_code_bump_0[] = {",
        "case DD_RULE_bump: return x == 0;", "0, 0, 0, 0, DD_KINK}",
    ):  # fmt: skip
        assert wanted in text
    for wanted in ("DD_RULE_bump,", "DD_M1(bump)", '{"bumpy", DD_RULE_bump},'):
        assert wanted in index
    assert index.count("DD_RULE_bump,") == 1 and index.index("DD_RULE_bump,") < index.index("DD_RULE_COUNT")


def test_an_added_row_reaches_python():
    table = {name: [parse(t) for t in rule.texts] for name, rule in RULES.items()}
    table["bump"] = [parse(t) for t in ADDED.partials[0]]
    rule = Rule(ADDED, lambda x: x / (1 + np.abs(x)), tuple(map(text_of, second_partials("bump", table["bump"], table))))
    x = np.array([-2.0, -0.5, 0.25, 3.0])
    f = rule.ufunc(x)
    np.testing.assert_allclose(rule.partials[0](x, None, f), 1 / (1 + abs(x)) ** 2, rtol=1e-15)
    np.testing.assert_allclose(rule.second_partials[0](x, None, f), -2 * np.sign(x) / (1 + abs(x)) ** 3, rtol=1e-15)
    assert rule.kinds == ("nonlinear",) and rule.names == ({"x"},) and not rule.scipy and not rule.partly
    met = kink_of(ADDED)
    assert met(np.array([1.0, 0.0]), None, f) and not met(x, None, f)


def test_readers_hold_no_list_of_their_own():
    """What the readers know of a function is what its row says."""
    rows = {r.name: r for r in (*of_numpy.ROWS, *of_scipy.ROWS)}
    assert len(rows) == len(of_numpy.ROWS) + len(of_scipy.ROWS)
    assert list(COMPILED) == [n for n, r in rows.items() if r.kernels] == list(RULES) == list(SECOND)
    assert set(GENERAL) == rows.keys() - RULES.keys()
    assert KINKS.keys() == {n for n, r in rows.items() if r.kink or r.tie or r.edge}
    assert KINKED.keys() == {n for n, r in rows.items() if r.kink or r.tie}
    assert SELECTING == {n for n, r in rows.items() if r.selects}
    assert ALIASES == {r.alias: n for n, r in rows.items() if r.alias}
    assert MATH == {r.math: n for n, r in rows.items() if r.math}
    assert all(isinstance(getattr(np, alias), np.ufunc) for alias in ALIASES)
    for alias, name in ALIASES.items():
        assert hasattr(dd.Dual, alias) and hasattr(dd.Dual, name)


@pytest.mark.parametrize(
    ("bad", "error"),
    [
        (row("bump", "x", "nobody(x)"), "written in nobody, which the table does not have"),
        (Row("bump", "x", (("1", "1", "1"),)), "3 arguments"),
        (row("bump", "x", "x ** 2"), "not an expression"),
    ],
)
def test_a_row_without_kernels_says_why(bad, error):
    with pytest.raises((ValueError, KeyError), match=error):
        generate.code([*generate.rows_with_kernels(), bad])


def test_general_rows_have_no_kernels():
    wide = general("bump", ["1", "0", "y"], ["z", "f", "g"])
    assert not wide.kernels and wide.partials == (("1", "0", "y"), ("z", "f", "g"))
    one, two = Rule(wide, None).general_partials(False)
    assert one[1] is None and one[2](1.0, 2.0, 3.0, 4.0, 5.0) == 2.0
    assert two[0](1.0, 2.0, 3.0, 4.0, 5.0) == 3.0 and two[1](1.0, 2.0, 3.0, 4.0, 5.0) == 4.0
