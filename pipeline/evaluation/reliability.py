"""Reliability of confidences: how sure the answers were against how often they were right, in ten bins, and a plot."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypedDict

from rich.table import Table

BINS = 10
_SIDE, _LEFT, _TOP = 360, 60, 30
_COLOURS = ("#1b6ca8", "#c8553d", "#4f8a4c", "#7a5ea8", "#b08900", "#4c4c4c")


class Bin(TypedDict):
    """`edge`: the lower one, inclusive; `confidence` and `right` are means."""

    edge: float
    count: int
    confidence: float
    right: float


def bins(answers: Iterable[tuple[float, bool]]) -> list[Bin]:
    """Answers as (confidence from 0 to 1, whether right); bins that hold none are left out."""
    held: dict[int, list[tuple[float, bool]]] = {}
    for confidence, right in answers:
        held.setdefault(min(int(confidence * BINS), BINS - 1), []).append((confidence, right))
    return [
        {
            "edge": at / BINS,
            "count": len(some),
            "confidence": sum(confidence for confidence, _ in some) / len(some),
            "right": sum(right for _, right in some) / len(some),
        }
        for at, some in sorted(held.items())
    ]


def error(curve: Sequence[Bin]) -> float:
    """Expected calibration error (Naeini et al., 2015): the mean distance of sure and right, weighted by count."""
    total = sum(b["count"] for b in curve)
    return sum(b["count"] * abs(b["confidence"] - b["right"]) for b in curve) / total if total else 0.0


def table(title: str, curve: Sequence[Bin]) -> Table:
    """The bins for people."""
    out = Table("confidence", "answers", "mean", "right", title=f"{title} (calibration error {error(curve):.3f})")
    for b in curve:
        edges = f"{b['edge']:.1f}-{b['edge'] + 1 / BINS:.1f}"
        out.add_row(edges, str(b["count"]), f"{b['confidence']:.3f}", f"{b['right']:.3f}")
    return out


def svg(title: str, curves: Mapping[str, Sequence[Bin]]) -> str:
    """A plot of one curve or more: mean confidence to the right, share right upwards; dots grow with their count."""
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_SIDE + 260}" height="{_SIDE + 90}" '
        'font-family="sans-serif" font-size="12">',
        '<rect width="100%" height="100%" fill="white"/>',
        f'<text x="{_LEFT}" y="18" font-size="14">{_escaped(title)}</text>',
        f'<rect x="{_LEFT}" y="{_TOP}" width="{_SIDE}" height="{_SIDE}" fill="none" stroke="#888"/>',
        f'<line x1="{_x(0)}" y1="{_y(0)}" x2="{_x(1)}" y2="{_y(1)}" stroke="#bbb" stroke-dasharray="4 4"/>',
    ]
    for step in range(0, 11, 2):
        at = step / 10
        parts.append(f'<text x="{_x(at)}" y="{_y(0) + 16}" text-anchor="middle">{at:.1f}</text>')
        parts.append(f'<text x="{_LEFT - 8}" y="{_y(at) + 4}" text-anchor="end">{at:.1f}</text>')
    parts.append(f'<text x="{_x(0.5)}" y="{_y(0) + 36}" text-anchor="middle">confidence</text>')
    parts.append(f'<text x="16" y="{_y(0.5)}" transform="rotate(-90 16 {_y(0.5)})" text-anchor="middle">right</text>')
    for number, (name, curve) in enumerate(curves.items()):
        colour = _COLOURS[number % len(_COLOURS)]
        points = " ".join(f"{_x(b['confidence']):.1f},{_y(b['right']):.1f}" for b in curve)
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}"/>')
        most = max((b["count"] for b in curve), default=1)
        parts += [
            f'<circle cx="{_x(b["confidence"]):.1f}" cy="{_y(b["right"]):.1f}" '
            f'r="{2 + 5 * (b["count"] / most) ** 0.5:.1f}" fill="{colour}" fill-opacity="0.7"/>'
            for b in curve
        ]
        count = sum(b["count"] for b in curve)
        label = f"{name}: {count:,}, error {error(curve):.3f}"
        parts.append(f'<text x="{_x(1) + 12}" y="{_TOP + 14 + 18 * number}" fill="{colour}">{_escaped(label)}</text>')
    return "\n".join([*parts, "</svg>", ""])


def _x(value: float) -> float:
    return _LEFT + value * _SIDE


def _y(value: float) -> float:
    return _TOP + (1.0 - value) * _SIDE


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
