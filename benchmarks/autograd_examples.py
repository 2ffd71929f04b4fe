"""autograd's example programs on dualdiff, with other imports.

    python benchmarks/autograd_examples.py FOLDER               all of the examples in autograd's source distribution
    python benchmarks/autograd_examples.py FOLDER gmm ode_net   some of them

FOLDER is what ``pip download --no-binary autograd autograd`` gives, unpacked; autograd itself must be installed.  Each
program runs twice in a temporary folder: as it is, and with its imports replaced.  The first gradients of both must be
the same.  What is not the point is cut short: optimizers take three steps, plots go nowhere, MNIST is random numbers.
"""

import argparse
import os
import pathlib
import pickle
import re
import shutil
import subprocess
import sys
import tempfile

import numpy as np

IMPORTS = (
    (r"import autograd\.numpy as np", "import numpy as np"),
    (r"import autograd\.numpy\.random as npr", "import numpy.random as npr"),
    (r"from autograd\.numpy\.linalg import", "from numpy.linalg import"),
    (r"import autograd\.scipy\.stats\.(\w+) as (\w+)", r"from dualdiff.scipy.stats import \1 as \2"),
    (r"import autograd\.scipy\.signal", "from dualdiff.scipy import signal"),
    (r"from autograd\.scipy", "from dualdiff.scipy"),
    (r"from autograd import elementwise_grad as egrad", "from elementwise import egrad"),
    (r"from autograd import", "from dualdiff import"),
    (r"hessian_vector_product", "hvp"),
    (r"from autograd\.misc(?:\.flatten)? import flatten$", "from dualdiff import ravel as flatten"),
    (r"from autograd\.misc\.flatten import flatten_func", "from dualdiff import ravel"),
    (r"from autograd\.builtins import tuple", ""),
    (r"from autograd\.test_util import check_grads", "from dualdiff.testing import check_derivative"),
)  # fmt: skip
"""Lines that import; what autograd.misc has of optimizers and fixed points is plain NumPy and stays."""

LINES = {
    "logistic_regression": [(r"check_grads\((\w+), modes=\[.rev.\]\)\((\w+)\)", r"check_derivative(\1, \2)")],
    "gmm": [(r"flattened_obj, unflatten, flattened_init_params = .*",
             "flattened_init_params, unflatten = ravel(init_params)\n"
             "    flattened_obj = lambda p: objective(unflatten(p))"),
            (r"hessp=hvp\((\w+)\)", r"hessp=lambda x, v: hvp(\1, (x,), (v,))")],
    "negative_binomial_maxlike": [("argnum=", "argnums=")],
    "generative_adversarial_net": [("argnum=", "argnums=")],
    "bayesian_optimization": [(r"value_and_grad\(lambda x: -acquisition_function\(x\)\)",
                               "value_and_grad(lambda x: -acquisition_function(x)[0])")],
}  # fmt: skip
"""What is more than an import."""

ELSEWHERE = {
    "convnet": "autograd's convolve has axes that SciPy's has not",
    "define_gradient": "its rule is @custom_vjp here", "rkhs": "its class is registered by register_container here",
    "dot_graph": "it draws autograd's graph", "print_trace": "it prints autograd's trace",
}  # fmt: skip
LOOSE = {"fixed_points": 0.05, "ode_net": 0.01}
"""Programs that ask for no more: one stops at a distance of 1e-4, one solves equations to rtol=0.01."""
NO_EXAMPLES = ("__init__", "data", "data_mnist")

MNIST = """
import numpy as np
def mnist():
    r = np.random.RandomState(1)
    return (r.randint(0, 256, (600, 28, 28)), r.randint(0, 10, 600),
            r.randint(0, 256, (100, 28, 28)), r.randint(0, 10, 100))
"""
ELEMENTWISE = """
import numpy as np
import dualdiff
def egrad(f):
    return lambda x: dualdiff.jvp(f, (x,), (np.ones_like(x),))[1]
"""

KEPT = 4
"""Gradients of a program that are compared."""


class Enough(Exception):
    """Raised where a program has shown its gradients."""


def flat(x):
    """All numbers of a result."""
    if isinstance(x, dict):
        return np.concatenate([flat(x[k]) for k in sorted(x)] or [np.zeros(0)])
    if isinstance(x, (tuple, list)):
        return np.concatenate([flat(part) for part in x] or [np.zeros(0)])
    return np.ravel(np.asarray(x, float))


def difference(a, b):
    """The greatest difference of two gradients, relative; the parts of a dict may stand in another order."""
    if a.shape != b.shape:
        return np.inf
    size = max(np.max(np.abs(a), initial=0), 1e-12)
    return float(min(np.max(np.abs(x - y), initial=0) for x, y in ((a, b), (np.sort(a), np.sort(b)))) / size)


def run_one(path, library, out):
    """Runs a program and writes its first gradients, and how it ended."""
    import importlib
    import runpy

    import matplotlib

    matplotlib.use("Agg")
    import autograd.misc.optimizers as optimizers
    import matplotlib.pyplot as plt
    import scipy.optimize

    plt.show = plt.pause = lambda *args, **kwargs: None
    found, inside = [], [0]
    module = importlib.import_module(library)

    def watched(make):
        def recorded(*args, **kwargs):
            derivative = make(*args, **kwargs)

            def run(*x, **more):
                inside[0] += 1
                try:
                    result = derivative(*x, **more)
                finally:
                    inside[0] -= 1
                if not inside[0]:
                    found.append(flat(result))
                    if len(found) == 60:
                        raise Enough
                return result

            return run

        return recorded

    for name in ("grad", "value_and_grad"):
        setattr(module, name, watched(getattr(module, name)))

    def few(optimize):
        return lambda *args, num_iters=3, **kwargs: optimize(*args, num_iters=min(num_iters, 3), **kwargs)

    for name in ("adam", "sgd"):
        setattr(optimizers, name, few(getattr(optimizers, name)))
    minimize = scipy.optimize.minimize
    scipy.optimize.minimize = lambda *args, options=None, **kwargs: minimize(
        *args, options={**(options or {}), "maxiter": 3}, **kwargs)  # fmt: skip
    np.random.seed(0)
    end = "ran"
    sys.path.insert(0, os.path.dirname(path))
    try:
        runpy.run_path(path, run_name="__main__")
    except Enough:
        pass
    except SystemExit:
        pass
    except BaseException as error:
        end = f"{type(error).__name__}: {error}"
    pathlib.Path(out).write_bytes(pickle.dumps((found[:KEPT], end)))


def prepared(source, folder, library):
    """A copy of the examples, with the imports of a library."""
    shutil.copytree(source, folder)
    (folder / "data_mnist.py").write_text(MNIST)
    (folder / "elementwise.py").write_text(ELEMENTWISE)
    for name in ("lstm.py", "rnn.py"):  # which are also what some programs learn to write
        shutil.copy(folder / name, folder / f"{name}.txt")
    for file in folder.rglob("*.py"):
        text = re.sub(
            r'dirname\(__file__\), "(lstm|rnn)\.py"',
            r'dirname(__file__), "\1.py.txt"',
            file.read_text(encoding="utf-8"),
        )
        if library == "dualdiff":
            for old, new in (*IMPORTS, *LINES.get(file.stem, ())):
                text = re.sub(old, new, text, flags=re.MULTILINE)
        file.write_text(text, encoding="utf-8")


def main():
    """Runs the programs, a line each; the exit status says whether all are as with autograd."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--seconds", type=float, default=300.0)
    options = parser.parse_args()
    source = options.folder / "examples" if (options.folder / "examples").exists() else options.folder
    names = [file.relative_to(source) for file in sorted(source.rglob("*.py"))]
    names = [name for name in names if name.stem not in NO_EXAMPLES]
    names = [name for name in names if not options.names or name.stem in options.names]
    good = 0
    with tempfile.TemporaryDirectory() as work:
        for library in ("autograd", "dualdiff"):
            prepared(source, pathlib.Path(work) / library, library)
        asked = 0
        for name in names:
            if name.stem in ELSEWHERE and not options.names:
                print(f"{name.stem:32} left out: {ELSEWHERE[name.stem]}")
                continue
            asked += 1
            results = {}
            for library in ("autograd", "dualdiff"):
                out = pathlib.Path(work) / "out"
                out.unlink(missing_ok=True)
                path = pathlib.Path(work) / library / name
                command = [sys.executable, __file__, "--child", str(path), library, str(out)]
                try:
                    subprocess.run(command, cwd=path.parent, capture_output=True, timeout=options.seconds, check=False)
                    results[library] = pickle.loads(out.read_bytes())
                except (subprocess.TimeoutExpired, FileNotFoundError) as error:
                    results[library] = [], type(error).__name__
            (theirs, their_end), (ours, our_end) = results["autograd"], results["dualdiff"]
            errors = [difference(a, b) for a, b in zip(theirs, ours, strict=False)]
            loose = LOOSE.get(name.stem, 1e-5)
            compared = len(ours) == len(theirs) or not theirs and their_end != "TimeoutExpired"
            same = our_end == "ran" and compared and max(errors, default=0) < loose
            good += same
            note = f"{len(ours)} gradients, as autograd's to {max(errors, default=0):.0e}" if same else (
                f"{our_end[:300]}; {len(ours)} gradients against {len(theirs)}, {errors}")  # fmt: skip
            if their_end != "ran":
                note += f" (autograd: {their_end[:120]})"
            print(f"{name.stem:32} {'right' if same else 'WRONG':8} {note}", flush=True)
    print(f"{good} of {asked} right")
    return int(good != asked)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        run_one(*sys.argv[2:])
    else:
        sys.exit(main())
