"""What the pictures of results have in common.

Invariant: matplotlib is loaded only when a picture is drawn.
"""

import textwrap
from typing import Any

__all__ = ["axes", "finish", "whole_ticks"]

WIDTH = 64
"""Characters of a title's line."""


def axes(ax: Any) -> Any:
    """The axes given, or those of a new figure that keeps all its words inside."""
    if ax is not None:
        return ax
    from matplotlib import pyplot

    return pyplot.subplots(layout="constrained")[1]


def whole_ticks(axis: Any) -> None:
    """Ticks at whole numbers only."""
    from matplotlib.ticker import MaxNLocator

    axis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))


def finish(ax: Any, title: str) -> Any:
    """The axes, with a title that is broken into lines of readable length."""
    ax.set_title(textwrap.fill(str(title), WIDTH), fontsize="small", loc="left")
    return ax
