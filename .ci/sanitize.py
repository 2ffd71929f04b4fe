"""The tests on a core that is built with AddressSanitizer and UndefinedBehaviorSanitizer: ``python .ci/sanitize.py``.

    python .ci/sanitize.py                                  the whole suite (an hour on one core)
    python .ci/sanitize.py tests/test_writes.py -k flat     what follows goes to pytest

The checkout is copied, so that the core in it stays as it is.  The copy is kept between runs (--work names another
folder), so that only what has changed is compiled again.  The sanitizers report to files; the exit status is 1 where a
test fails, or where there is a report.  Needs Linux, gcc and the packages of the extra "test" with Cython and
setuptools; Python allocates by malloc, so that the sanitizer sees each object.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FLAGS = "-O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined"
SOURCES, MADE = {".py", ".pyx", ".pxd", ".pxi", ".h"}, {"rules_index.h", "rules_code.h"}
"""Files that are deleted in the copy when they are gone in the checkout, but for those that the build makes."""
SHOWN = 200
"""Lines shown of a report."""


def copied(work):
    """The files of the checkout in a folder, those that have changed since the last time; and none that are gone."""
    command = ["git", "-C", ROOT, "ls-files", "-co", "--exclude-standard", "-z"]
    names = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split("\0")
    for name in filter(None, names):
        source, target = ROOT / name, work / name
        if source.is_file() and (not target.exists() or target.read_bytes() != source.read_bytes()):
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
    for path in work.rglob("*"):
        if path.suffix in SOURCES and "build" not in path.parts and path.name not in MADE:
            if str(path.relative_to(work)) not in names:
                path.unlink()


def built(work):
    """Compiles the core there; the sanitizers' flags stand behind those of setup.py."""
    compiler = work / "sanitizing-cc"
    compiler.write_text(f'#!/bin/sh\nexec gcc "$@" {FLAGS}\n')
    compiler.chmod(0o755)
    env = dict(os.environ, CC=str(compiler))
    subprocess.run([sys.executable, "setup.py", "--quiet", "build_ext", "--inplace"], cwd=work, env=env, check=True)


def library(name):
    """Where gcc has a library."""
    command = ["gcc", f"-print-file-name={name}"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def main():
    """Copies, builds, runs; prints the reports."""
    parser = argparse.ArgumentParser(prog=".ci/sanitize.py", description=__doc__.splitlines()[0])
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / f"dualdiff-sanitized-{os.getuid()}")
    options, rest = parser.parse_known_args()
    work = options.work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    copied(work)
    built(work)
    reports = work / "reports"
    shutil.rmtree(reports, ignore_errors=True)
    reports.mkdir()
    log = f"log_path={reports / 'report'}"
    env = dict(
        os.environ,
        LD_PRELOAD=f"{library('libasan.so')} {library('libstdc++.so')}",    # SciPy's C++ throws exceptions
        PYTHONMALLOC="malloc", OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1",
        ASAN_OPTIONS=f"detect_leaks=0:allocator_may_return_null=1:{log}",   # Python keeps much until its end
        UBSAN_OPTIONS=f"print_stacktrace=1:{log}",
    )  # fmt: skip
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q", *(rest or ["tests"])]
    status = subprocess.run(command, cwd=work, env=env, check=False).returncode
    found = sorted(reports.iterdir())
    for report in found:
        lines = report.read_text(errors="replace").splitlines()
        print(f"== {report.name}, {len(lines)} lines", *lines[:SHOWN], sep="\n")
    print(f"pytest ended with {status}; {len(found)} reports of the sanitizers")
    return int(status != 0 or bool(found))


if __name__ == "__main__":
    sys.exit(main())
