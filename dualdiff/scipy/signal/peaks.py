"""Peaks of a signal: which there are is decided on plain numbers; heights, prominences and widths are compositions.

A prominence is the peak less the higher one of its two bases, whose places SciPy gives.  The ends of a width are where
the lines between neighbouring samples have its height.
"""

from typing import Any

import numpy as np
import scipy.signal as _signal

from ...functions.base import as_operand, exact, value_of
from ..applied import plain_deep

__all__ = ["find_peaks", "peak_prominences", "peak_widths"]


def prominences_of(x: Any, peaks: Any, left: Any, right: Any) -> Any:
    """By how much peaks are above the higher one of their bases."""
    return x[peaks] - np.maximum(x[left], x[right])


def crossings(x: Any, peaks: Any, stops: Any, heights: Any) -> Any:
    """Where, on the way from each peak to a base, x comes down to a height: between samples on a line."""
    plain, levels = value_of(x), value_of(heights)
    inner, outer = np.array(peaks), np.array(peaks)
    for n, (peak, stop) in enumerate(zip(peaks, stops, strict=True)):
        way = np.arange(peak, stop + (1 if stop >= peak else -1), 1 if stop >= peak else -1)
        down = np.flatnonzero(plain[way[:-1]] <= levels[n])     # at the base the way ends, however high that is
        at = down[0] if len(down) else len(way) - 1
        outer[n], inner[n] = way[at], way[max(at - 1, 0)]
    between = plain[outer] < levels
    side = np.where(stops >= peaks, -1.0, 1.0)
    rise = np.where(between, x[inner] - x[outer], 1.0)
    return outer + side * np.where(between, (heights - x[outer]) / rise, 0.0)


def widths_of(x: Any, peaks: Any, rel_height: Any, prominences: Any, left: Any, right: Any) -> Any:
    """(widths, heights at which they are taken, their left ends, their right ends)."""
    heights = x[peaks] - prominences * rel_height
    low, high = crossings(x, peaks, left, heights), crossings(x, peaks, right, heights)
    return high - low, heights, low, high


def find_peaks(
    x: Any,
    height: Any = None,
    threshold: Any = None,
    distance: Any = None,
    prominence: Any = None,
    width: Any = None,
    wlen: Any = None,
    rel_height: Any = 0.5,
    plateau_size: Any = None,
) -> tuple[Any, dict[str, Any]]:
    """scipy.signal.find_peaks: the places of peaks, and their properties with derivatives by x."""
    conditions = map(plain_deep, (height, threshold, distance, prominence, width, wlen, rel_height, plateau_size))
    x = as_operand(x)
    peaks, found = _signal.find_peaks(value_of(x), *conditions)
    made: dict[str, Any] = {}
    if "peak_heights" in found:
        made["peak_heights"] = x[peaks]
    if "left_thresholds" in found:
        made |= {"left_thresholds": x[peaks] - x[peaks - 1], "right_thresholds": x[peaks] - x[peaks + 1]}
    if "prominences" in found:
        bases = found["left_bases"], found["right_bases"]
        made["prominences"] = prominences_of(x, peaks, *bases)
        if "widths" in found:
            names = "widths", "width_heights", "left_ips", "right_ips"
            made |= zip(names, widths_of(x, peaks, rel_height, made["prominences"], *bases), strict=True)
    return peaks, {name: exact(as_operand(made[name]), value) if name in made else value
                   for name, value in found.items()}  # fmt: skip


def peak_prominences(x: Any, peaks: Any, wlen: Any = None) -> tuple[Any, Any, Any]:
    """scipy.signal.peak_prominences: with derivatives by x, and the places of the bases."""
    x, peaks = as_operand(x), plain_deep(peaks)
    value, left, right = _signal.peak_prominences(value_of(x), peaks, wlen)
    return exact(prominences_of(x, np.asarray(peaks, int), left, right), value), left, right


def peak_widths(
    x: Any, peaks: Any, rel_height: Any = 0.5, prominence_data: Any = None, wlen: Any = None
) -> tuple[Any, ...]:
    """scipy.signal.peak_widths: widths, their heights and ends, by x and rel_height."""
    x, peaks, given = as_operand(x), plain_deep(peaks), prominence_data
    value = _signal.peak_widths(value_of(x), peaks, value_of(as_operand(rel_height)), plain_deep(given), wlen)
    found = widths_of(x, np.asarray(peaks, int), rel_height, *(given or peak_prominences(x, peaks, wlen)))
    return tuple(exact(as_operand(f), v) for f, v in zip(found, value, strict=True))
