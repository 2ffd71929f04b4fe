"""Builds the compiled core; everything else about the package is in pyproject.toml.

Cython and NumPy are imported and sources are made when an extension is built, not before: a question about metadata
and a source distribution need neither.
"""

import importlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext
from setuptools.errors import CCompilerError, PlatformError
from setuptools.modified import newer_group

CORE = "dualdiff/core/"
RULES = "dualdiff/rules/"
WANTED = ["-g0", "-O3", "-fwrapv", "-fno-math-errno", "-fno-trapping-math", "-ffp-contract=off"]
# tables for exceptions of C++, which no C here raises or lets through: a thirtieth of a wheel
WANTED += ["-fno-asynchronous-unwind-tables", "-fno-unwind-tables"]
# modules that do little arithmetic of their own, and the loops of programs: they are a sixth smaller so, and no slower
LEAN = ["-O2", "-fvect-cost-model=dynamic", "-fpeel-loops", "-funswitch-loops"]
LEAN_PARTS = ("_tape", "_plan", "_calls", "_trace", "_sparse", "_dense", "_program")

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

    def run(self):
        self.in_checkout = self.inplace or self.editable_mode      # setuptools takes inplace away while it builds
        super().run()

    def build_extensions(self):
        self.check_compiler()
        flags, lean = ["/O2", "/fp:precise"], []
        if self.compiler.compiler_type != "msvc":
            flags = [flag for flag in WANTED if self.knows(flag)]
            lean = [flag for flag in LEAN if self.knows(flag)]
        self.make_sources()
        # symbols are a twelfth of a wheel that nobody debugs; a build in the checkout keeps them for profilers
        strip = ["-Wl,-s"] if sys.platform == "linux" and not self.in_checkout else []
        for extension in self.extensions:
            last = lean if extension.name.endswith(LEAN_PARTS) else []
            extension.extra_compile_args = flags + extension.extra_compile_args + last
            extension.extra_link_args = strip + extension.extra_link_args
        self.compile_what_changed(flags + lean)
        super().build_extensions()

    def compile_what_changed(self, flags):
        """Makes the compiler pass over sources whose objects are newer than all that they are made of."""
        import numpy as np

        command = [*(getattr(self.compiler, "compiler_so", None) or []), *flags, f"NumPy {np.__version__}"]
        noted = os.path.join(self.build_temp, "compiled_with.txt")
        if not self.is_noted(noted, " ".join(command)):
            shutil.rmtree(self.build_temp, ignore_errors=True)
            self.note(noted, " ".join(command))
        compile_all = self.compiler.compile

        def compile_some(sources, output_dir=None, depends=None, **options):
            objects = self.compiler.object_filenames(sources, output_dir=output_dir)
            for source, made in zip(sources, objects, strict=True):
                whole = source.removesuffix(".c") + ".pyx"
                if self.force or newer_group([source, *made_of(whole if os.path.exists(whole) else source)], made):
                    compile_all([source], output_dir=output_dir, depends=depends, **options)
            return objects

        self.compiler.compile = compile_some

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
        same = self.is_noted(made_with, versions)
        for extension, made in zip(self.extensions, cythonize(self.extensions, force=not same), strict=True):
            extension.sources = made.sources + ([CORE + "engine.c"] if extension.name.endswith("._core") else [])
        self.note(made_with, versions)

    def is_noted(self, path, text):
        """Whether a file of the build says this."""
        if not os.path.exists(path):
            return False
        with open(path) as file:
            return file.read() == text

    def note(self, path, text):
        """Writes such a file."""
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            file.write(text)

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


def made_of(source, known=None):
    """The files of the core that a source includes, with all that these include."""
    known = set() if known is None else known
    with open(source, encoding="utf-8") as file:
        names = re.findall(r'^ *(?:#include|include|cdef extern from) "([\w.]+)"', file.read(), re.MULTILINE)
    for path in (folder + name for name in names for folder in (CORE, RULES)):
        if path not in known and os.path.exists(path):
            known.add(path)
            made_of(path, known)
    return sorted(known)


def extension(name, others=()):
    """One compiled module of dualdiff.core; it is built anew when a file that it includes changes."""
    result = Extension(
        f"dualdiff.core.{name}",
        [],
        include_dirs=[CORE, RULES],
        depends=[path for source in (name + ".pyx", *others) for path in made_of(CORE + source)],
        define_macros=[("NPY_NO_DEPRECATED_API", "NPY_2_0_API_VERSION"),
                       ("NPY_TARGET_VERSION", "NPY_2_0_API_VERSION")],
        libraries=libraries,
    )  # fmt: skip
    result.sources = [CORE + name + ".pyx"]     # given above, setuptools would call it .c where Cython is not installed
    return result


# the generated kernels are compiled by themselves (engine.c), so that a changed rule compiles nothing else
PARTS = [extension("_core", ["engine.c"]),
         *map(extension, ("_tape", "_plan", "_calls", "_sparse", "_program", "_trace", "_dense"))]  # fmt: skip
setup(
    ext_modules=PARTS,
    cmdclass={"build_ext": BuildCore},
)
