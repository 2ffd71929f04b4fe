"""Builds the compiled core; everything else about the package is in pyproject.toml.

Cython and NumPy are imported and sources are made when an extension is built, not before: a question about metadata
and a source distribution need neither.
"""

import importlib
import importlib.util
import os
import subprocess
import sys
import sysconfig
import tempfile

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext
from setuptools.errors import CCompilerError, PlatformError

CORE = "dualdiff/core/"
RULES = "dualdiff/rules/"
WANTED = ["-g0", "-O3", "-fno-math-errno", "-fno-trapping-math", "-ffp-contract=off"]

NO_COMPILER = """\
dualdiff needs a C compiler to build its core, and this one does not work: {command}
    ({reason})
To install one:
    Debian, Ubuntu:  apt install build-essential
    Fedora, RHEL:    dnf install gcc
    Alpine:          apk add build-base
    macOS:           xcode-select --install
    Windows:         "Build Tools for Visual Studio", workload "Desktop development with C++"
    conda:           conda install c-compiler
The environment variable CC names another compiler."""

NO_HEADERS = """\
dualdiff needs the header files of Python to build its core, and there is no Python.h in {folder}.
To install them for the Python of the system:
    Debian, Ubuntu:  apt install python3-dev        (python{version}-dev for this version)
    Fedora, RHEL:    dnf install python3-devel
    Alpine:          apk add python3-dev
Pythons from python.org, pyenv, conda and uv have them already."""


class BuildCore(build_ext):
    """build_ext that makes the C sources and passes each wanted flag only where the compiler knows it."""

    def build_extensions(self):
        self.check_compiler()
        flags = []
        if self.compiler.compiler_type == "msvc":
            flags = ["/O2", "/fp:precise"]
        else:
            flags = [flag for flag in WANTED if self.knows(flag)]
        self.make_sources()
        for extension in self.extensions:
            extension.extra_compile_args = flags + extension.extra_compile_args
        super().build_extensions()

    def check_compiler(self):
        """Says what to install where there is no C compiler, or no header files of Python."""
        headers = sysconfig.get_path("include")
        with tempfile.TemporaryDirectory() as folder:
            for text in ("int main(void) { return 0; }\n", "#include <Python.h>\n"):
                source = os.path.join(folder, "trial.c")
                with open(source, "w") as file:
                    file.write(text)
                try:
                    self.compiler.compile([source], output_dir=folder)
                except (CCompilerError, PlatformError, OSError) as error:
                    if "Python.h" in text:
                        version = f"{sys.version_info[0]}.{sys.version_info[1]}"
                        raise PlatformError(NO_HEADERS.format(folder=headers, version=version)) from None
                    command = " ".join(getattr(self.compiler, "compiler_so", None) or [self.compiler.compiler_type])
                    raise PlatformError(NO_COMPILER.format(command=command, reason=error)) from None

    def make_sources(self):
        """The table of elementwise functions as C (MADE), and C from Cython."""
        import Cython
        import numpy as np
        from Cython.Build import cythonize

        generator().write(RULES)
        for extension in self.extensions:
            extension.include_dirs = [np.get_include(), *extension.include_dirs]
        # the C follows NumPy's declarations: a checkout may be built for several Pythons, with a NumPy each
        made_with, versions = "build/made_with.txt", f"Cython {Cython.__version__}, NumPy {np.__version__}"
        same = False
        if os.path.exists(made_with):
            with open(made_with) as file:
                same = file.read() == versions
        for extension, made in zip(self.extensions, cythonize(self.extensions, force=not same), strict=True):
            extension.sources = made.sources
        os.makedirs("build", exist_ok=True)
        with open(made_with, "w") as file:
            file.write(versions)

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


def generator():
    """dualdiff.rules.generate; its folder as a package of its own, as dualdiff itself needs the core that is built."""
    spec = importlib.util.spec_from_file_location("rules", RULES + "__init__.py", submodule_search_locations=[RULES])
    sys.modules["rules"] = importlib.util.module_from_spec(spec)
    return importlib.import_module("rules.generate")


libraries = [] if sys.platform == "win32" or sysconfig.get_platform().startswith("win") else ["m"]


def extension(name, headers):
    """One compiled module of dualdiff.core; it is built anew when one of its headers changes."""
    result = Extension(
        f"dualdiff.core.{name}",
        [],
        include_dirs=[CORE, RULES],
        depends=headers,
        define_macros=[("NPY_NO_DEPRECATED_API", "NPY_2_0_API_VERSION"),
                       ("NPY_TARGET_VERSION", "NPY_2_0_API_VERSION")],
        libraries=libraries,
    )  # fmt: skip
    result.sources = [CORE + name + ".pyx"]     # given above, setuptools would call it .c where Cython is not installed
    return result


headers = {folder + name for folder in (CORE, RULES) for name in os.listdir(folder) if name.endswith((".h", ".pxi"))}
SPARSE = [CORE + "sets.h", CORE + "coloring.h"]
PROGRAM = [CORE + name for name in ("program.h", "program_kernels.h", "program_near.h", "loops.pxi", "running.pxi",
                                    "planning.pxi", "emitting.pxi", "regions.pxi")]
TRACE = [CORE + name for name in ("nodes.pxi", "recorded.pxi", "operators.pxi")]
MADE = [RULES + "rules_index.h", RULES + "rules_code.h"]
rest = sorted({*MADE, *headers} - {*SPARSE, *PROGRAM, *TRACE})
program = [*PROGRAM, CORE + "copying.h", CORE + "status.h", CORE + "pool.h"]
setup(
    ext_modules=[extension("_core", rest), extension("_sparse", SPARSE), extension("_program", program),
                 extension("_trace", TRACE), extension("_dense", [])],
    cmdclass={"build_ext": BuildCore},
)
