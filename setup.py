"""Builds the compiled core; everything else about the package is in pyproject.toml."""

import os
import runpy
import subprocess
import sys
import sysconfig
import tempfile

import numpy as np
from Cython.Build import cythonize
from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

WANTED = ["-g0", "-O3", "-fno-math-errno", "-fno-trapping-math", "-ffp-contract=off"]


class BuildCore(build_ext):
    """build_ext that passes each wanted flag only where the compiler knows it."""

    def build_extensions(self):
        flags = []
        if self.compiler.compiler_type == "msvc":
            flags = ["/O2", "/fp:precise"]
        else:
            flags = [flag for flag in WANTED if self.knows(flag)]
        for extension in self.extensions:
            extension.extra_compile_args = flags + extension.extra_compile_args
        super().build_extensions()

    def knows(self, flag):
        with tempfile.TemporaryDirectory() as folder:
            source = os.path.join(folder, "flag.c")
            with open(source, "w") as file:
                file.write("int main(void) { return 0; }\n")
            command = [*self.compiler.compiler_so, "-Werror", flag, "-c", source, "-o", source + ".o"]
            try:
                return subprocess.run(command, capture_output=True).returncode == 0
            except OSError:
                return False


core = "dualdiff/core/"
runpy.run_path(core + "symbolic.py")["write"](core)     # rules2.h: the second partials of rules.h
libraries = [] if sys.platform == "win32" or sysconfig.get_platform().startswith("win") else ["m"]


def extension(name, headers):
    """One compiled module of dualdiff.core; it is built anew when one of its headers changes."""
    return Extension(
        f"dualdiff.core.{name}",
        [core + name + ".pyx"],
        include_dirs=[np.get_include(), core],
        depends=[core + header for header in headers],
        define_macros=[("NPY_NO_DEPRECATED_API", "NPY_2_0_API_VERSION"),
                       ("NPY_TARGET_VERSION", "NPY_2_0_API_VERSION")],
        libraries=libraries,
    )  # fmt: skip


SPARSE = ["sets.h", "coloring.h"]
rest = [name for name in sorted(os.listdir(core)) if name.endswith((".h", ".pxi")) and name not in SPARSE]
setup(
    ext_modules=cythonize([extension("_core", rest), extension("_sparse", SPARSE)]),
    cmdclass={"build_ext": BuildCore},
)
