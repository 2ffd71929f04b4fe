"""What notebooks show: duals, operators, patterns with their colours, plans and results as HTML.

Invariant: of a large object a bounded part is shown, and no derivative is computed for it.
"""

import html
from typing import Any

import numpy as np

__all__ = ["PALETTE", "coloring", "dual", "operator", "pattern", "plan", "result"]

ROWS = 8
"""Rows and columns of a table that are shown."""
SIDE = 240
"""Pixels of a picture."""
CELLS = 60
"""Cells along a side of a picture of a pattern."""
PALETTE = ("#0072b2", "#e69f00", "#009e73", "#d55e00", "#cc79a7", "#56b4e9", "#f0e442", "#000000")
"""Okabe and Ito's, which the colour-blind can tell apart."""


def table(rows: list[list[str]], header: list[str]) -> str:
    """A table of texts."""
    head = "".join(f"<th>{html.escape(cell)}</th>" for cell in header)
    body = "".join("<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def title(text: str) -> str:
    """A heading."""
    return f"<div><b>{html.escape(text)}</b></div>"


def number(x: Any) -> str:
    """A number in six digits; what is no plain number by its repr."""
    return f"{x:.6g}" if isinstance(x, (float, complex, np.number)) else repr(x)


def dual(x: Any) -> str:
    """Value and tangents of a Dual or a DualArray, element by element."""
    value, tangents = x.value, x.tangents
    kind = type(x).__name__
    if not isinstance(value, (float, np.ndarray)) or not isinstance(tangents, (np.ndarray, tuple, list)):
        return title(f"{kind} of duals") + f"<pre>{html.escape(repr(x))}</pre>"
    values = np.ravel(np.asarray(value))
    columns = np.asarray(tangents)
    columns = columns.reshape(columns.shape[0], -1)
    k, n = columns.shape
    header = ["element", "value", *(f"tangent {j}" for j in range(min(k, ROWS))), *(["..."] if k > ROWS else [])]
    rows = []
    for i in range(min(n, ROWS)):
        place = ", ".join(map(str, np.unravel_index(i, np.shape(value)))) if np.ndim(value) else ""
        cells = [number(t) for t in columns[:ROWS, i]] + (["..."] if k > ROWS else [])
        rows.append([place, number(values[i]), *cells])
    if n > ROWS:
        rows.append(["...", f"{n - ROWS} more", *([""] * (len(header) - 2))])
    shape = "x".join(map(str, np.shape(value))) or "number"
    return title(f"{kind}, {shape}, {k} direction{'s' * (k != 1)}") + table(rows, header)


def operator(J: Any) -> str:
    """A Jacobian operator: what it takes and returns, and what to write."""
    m, n = J.shape
    rows = [
        ["shape", f"{m} x {n}"], ["dtype", str(J.dtype)],
        ["takes", str(getattr(J, "input_shape", (n,)))], ["returns", str(getattr(J, "output_shape", (m,)))],
        ["use", "J @ v, J.T @ w, J.dense(), J.sparse(); SciPy's solvers take it"],
    ]  # fmt: skip
    return title(type(J).__name__) + table(rows, ["", ""])


def color(index: int, count: int) -> str:
    """A colour out of `count`."""
    return PALETTE[index] if count <= len(PALETTE) else f"hsl({360.0 * index / count:.0f}, 70%, 45%)"


def picture(shape: tuple[int, int], rows: Any, columns: Any, colors: Any = None, count: int = 1) -> str:
    """The entries of a matrix as SVG; of a large one in blocks."""
    m, n = shape
    scale = max(1.0, max(m, n) / CELLS)
    r, c = (np.asarray(rows) / scale).astype(int), (np.asarray(columns) / scale).astype(int)
    shown = np.zeros(len(r), int) if colors is None or scale > 1 else np.asarray(colors)
    cells = sorted({(int(i), int(j), int(k)) for i, j, k in zip(r, c, shown, strict=True)})
    height, width = int(np.ceil(m / scale)), int(np.ceil(n / scale))
    plain = colors is None or scale > 1
    squares = "".join(
        f'<rect x="{j}" y="{i}" width="0.92" height="0.92" fill="{"#333333" if plain else color(k, count)}"/>'
        for i, j, k in cells
    )
    size = f'width="{SIDE * width / max(width, height):.0f}" height="{SIDE * height / max(width, height):.0f}"'
    frame = f'<rect width="{width}" height="{height}" fill="none" stroke="#999999" stroke-width="0.05"/>'
    return f'<svg {size} viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">{frame}{squares}</svg>'


def legend(count: int) -> str:
    """The colours by number, where there are few."""
    if count > 12:
        return ""
    boxes = (f'<span style="color:{color(i, count)}">&#9632;</span> {i}' for i in range(count))
    return f"<div>{' &nbsp; '.join(boxes)}</div>"


def pattern(p: Any, coloring: Any = None) -> str:
    """The entries of a pattern; with a colouring, in the colours that they are found by."""
    m, n = p.shape
    text, colors, count = f"Pattern, {m} x {n}, {p.nnz} entries", None, 1
    if coloring is not None:
        colors, count = coloring.entry_colors(p), coloring.ncolors
        text += f", {count} colour{'s' * (count != 1)}"
    rows, columns = p.coordinates()
    below = legend(count) if colors is not None and max(m, n) <= CELLS else ""
    return title(text) + picture((m, n), rows, columns, colors, count) + below


def plan(p: Any) -> str:
    """A plan for a sparse Jacobian or Hessian."""
    if p.made is None:
        return title(repr(p).strip("<>"))
    return title(repr(p).strip("<>")) + pattern(p.pattern, p.coloring)


def coloring(c: Any) -> str:
    """How many lines have each colour."""
    groups = c.groups
    if isinstance(groups, tuple):       # of rows and of columns
        groups = [g for side in groups for g in (side or [])]
    rows = [[str(i), str(len(g)), ", ".join(map(str, g[:ROWS])) + (", ..." if len(g) > ROWS else "")]
            for i, g in enumerate(groups[:ROWS])]  # fmt: skip
    if len(groups) > ROWS:
        rows.append(["...", f"{len(groups) - ROWS} more", ""])
    return title(repr(c).strip("<>")) + table(rows, ["colour", "members", "which"])


def curve(values: Any) -> str:
    """max|F| over the steps, on a logarithmic scale."""
    y = np.log10(np.maximum(np.asarray(values, float), 1e-300))
    if len(y) < 2 or not np.all(np.isfinite(y)):
        return ""
    x = np.linspace(5, SIDE - 5, len(y))
    low, high = float(y.min()), max(float(y.max()), float(y.min()) + 1e-9)
    points = " ".join(f"{a:.1f},{95 - 90 * (b - low) / (high - low):.1f}" for a, b in zip(x, y, strict=True))
    line = f'<polyline points="{points}" fill="none" stroke="{PALETTE[0]}" stroke-width="2"/>'
    return f'<svg width="{SIDE}" height="100" xmlns="http://www.w3.org/2000/svg">{line}</svg>'


def result(r: Any) -> str:
    """A result of the solver: how it ended, what it took, and the residual over the steps."""
    names = ("method", "message", "nit", "nfev", "njvp", "nlinearize", "njev", "tol", "time")
    rows = [[name, number(r[name]) if isinstance(r[name], float) else str(r[name])] for name in names if name in r]
    found = "solved" if r.get("success") else "not solved"
    history = r.get("history")
    drawn = curve(history["|F|max"]) if history is not None and len(history) else ""
    advice = r.get("diagnosis", {}).get("advice") if isinstance(r.get("diagnosis"), dict) else None
    more = f"<div>{html.escape(advice)}</div>" if advice else ""
    return title(f"{type(r).__name__}: {found}") + table(rows, ["", ""]) + more + drawn
