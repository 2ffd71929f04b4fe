"""The documentation site: `sphinx-build -W docs site`, with the extra `docs`."""

import re

import dualdiff

project = "dualdiff"
author = "the dualdiff developers"
project_copyright = "the dualdiff developers, MIT licence"
version = release = dualdiff.__version__

extensions = ["myst_parser", "numpydoc", "sphinx.ext.autodoc", "sphinx.ext.autosummary", "sphinx.ext.viewcode"]
exclude_patterns = ["site", "_build"]
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}
templates_path: list[str] = []

myst_enable_extensions = ["colon_fence", "dollarmath"]
myst_heading_anchors = 4
suppress_warnings = ["myst.header", "myst.xref_missing"]   # links out of docs/, to the README's neighbours

autosummary_generate = True
autodoc_typehints = "none"      # the parameters' sections say it in words
numpydoc_show_class_members = False
numpydoc_validation_checks: set[str] = set()

html_theme = "pydata_sphinx_theme"
html_title = "dualdiff"
html_theme_options = {"show_toc_level": 2, "navigation_with_keys": False, "secondary_sidebar_items": ["page-toc"]}
html_show_sourcelink = False


def escape(app, what, name, obj, options, lines):
    """Docstrings are plain text: |x| is a size and (k, *shape) a tuple, not markup."""
    for i, line in enumerate(lines):
        if line.lstrip().startswith((">>>", "...")):
            continue
        parts = re.split(r"(``.*?``|`.*?`)", line)
        parts[::2] = [re.sub(r"(?<![*\\\w])\*(?=[A-Za-z])", r"\\*", part.replace("|", r"\|")) for part in parts[::2]]
        lines[i] = "".join(parts)


def setup(app):
    """Called by Sphinx; behind numpydoc, which comes at 500."""
    app.connect("autodoc-process-docstring", escape, priority=900)
