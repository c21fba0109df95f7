"""What many measured times come to: median, 95th percentile, and a ratio with its spread."""

from __future__ import annotations

import statistics
from collections.abc import Sequence


def median(values: Sequence[float]) -> float:
    """Return the middle of some values."""
    return float(statistics.median(values))


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which ``share`` of the values lie (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def quartiles(values: Sequence[float]) -> tuple[float, float]:
    """Return the values below which a quarter and three quarters lie."""
    return percentile(values, 0.25), percentile(values, 0.75)


def ratio(ours: Sequence[float], baseline: Sequence[float]) -> tuple[float, float, float]:
    """Return ours divided by the baseline: the median's, and the lowest and highest that the middle halves allow."""
    (low, high), (baseline_low, baseline_high) = quartiles(ours), quartiles(baseline)
    return median(ours) / median(baseline), low / baseline_high, high / baseline_low
