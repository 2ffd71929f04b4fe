"""A few programs of the fuzzer (tests/fuzz), and a check that it can find a fault."""

import numpy as np
import pytest
from fuzz.laws import check
from fuzz.programs import Program, make
from fuzz.shrink import shrunk

from dualdiff import custom_jvp


@pytest.mark.parametrize("seed", range(40))
def test_programs(seed):
    program = make(seed)
    found, _ = check(program)
    assert not found, f"\n{program.printed()}\n{found[0].law}: {found[0].text}"


@custom_jvp
def wrong(x):
    return np.sin(x)


@wrong.defjvp
def wrong_rule(primals, tangents):
    (x,), (t,) = primals, tangents
    return np.sin(x), 1.001 * np.cos(x) * t


def test_a_fault_is_found_and_made_small():
    lines = ["a = x*1.0", "b = a[1:]", "c = wrong(a)", "d = c + 1.0"]
    program = Program(0, np.array([0.3, 0.7, -0.2]), {"wrong": wrong}, lines, "d")
    found, _ = check(program)
    assert [d.law for d in found] == ["forward"]
    small = shrunk(program, "forward")
    assert len(small.lines) < len(lines) and any("wrong" in line for line in small.lines)
