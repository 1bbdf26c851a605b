"""A comparison as a picture: what one act is worth to each methodology, and by how much they differ. SVG, by hand.

Two histograms need no plotting library; places are whole pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree import ElementTree

from oracles.trying.comparing import BINS, Comparison

WIDTH, HEIGHT = 960, 460
_TOP, _BOTTOM = 130, 400
_COLOURS = ("#1b6ca8", "#d1495b")  # told apart also without colour sight, and by the side of the bar
_GREY = "#555555"
_NOTE_CHARS = 150


@dataclass(frozen=True, slots=True)
class _Panel:
    """A part of the picture, and the range of grams along it."""

    left: int
    right: int
    least: int
    width: int
    """Grams of one bin."""
    bins: int

    def x(self, number: int, part: int = 0, parts: int = 1) -> int:
        """Where the bar `part` of `parts` of a bin begins."""
        span = self.right - self.left
        return self.left + span * (number * parts + part) // (self.bins * parts)


def comparison_svg(found: Comparison) -> bytes:
    """The picture. Texts are escaped; nothing of it is loaded from elsewhere."""
    size = {"width": str(WIDTH), "height": str(HEIGHT), "viewBox": f"0 0 {WIDTH} {HEIGHT}"}
    root = ElementTree.Element("svg", {"xmlns": "http://www.w3.org/2000/svg", "font-family": "sans-serif", **size})
    ElementTree.SubElement(root, "title").text = f"{found.a.methodology} and {found.b.methodology} over the same acts"
    ElementTree.SubElement(root, "rect", {"width": str(WIDTH), "height": str(HEIGHT), "fill": "white"})
    names = [f"{side.methodology} v{side.version}" for side in (found.a, found.b)]
    ratio = "" if found.ratio_bps is None else f", {found.ratio_bps} for 10,000"
    _text(root, 20, 28, f"The same {found.both:,} acts of {found.period}: {names[0]} and {names[1]}", 17)
    for number, side in enumerate((found.a, found.b)):
        line = f"{names[number]}: {side.grams_of_both:,} g{ratio if number else ''}   ({side.rule})"
        _text(root, 20, 52 + 20 * number, line, 13, _COLOURS[number])
    values = [[pair.grams_a for pair in found.pairs], [pair.grams_b for pair in found.pairs]]
    _panel(root, 20, 460, "grams of an act", values, _COLOURS)
    differences = [pair.difference for pair in found.pairs]
    _panel(root, 500, 940, "the second less the first, grams of an act", [differences], (_GREY,))
    for number, note in enumerate(found.notes[:2]):
        shown = note if len(note) <= _NOTE_CHARS else note[: _NOTE_CHARS - 3] + "..."
        _text(root, 20, HEIGHT - 22 + 15 * number, shown, 11, _GREY)
    ElementTree.indent(root)
    content: bytes = ElementTree.tostring(root, "utf-8", xml_declaration=True)
    return content + b"\n"


def _panel(
    root: ElementTree.Element,
    left: int,
    right: int,
    title: str,
    series: Sequence[Sequence[int]],
    colours: Sequence[str],
) -> None:
    """Histograms of some series side by side, over one range."""
    _text(root, left, _TOP - 18, title, 13)
    every = [value for values in series for value in values]
    if not every:
        _text(root, left, (_TOP + _BOTTOM) // 2, "no act is counted by both", 13, _GREY)
        return
    width = max(1, -(-(max(every) - min(every) + 1) // BINS))
    panel = _Panel(left, right, min(every), width, (max(every) - min(every)) // width + 1)
    counts = [[0] * panel.bins for _ in series]
    for number, values in enumerate(series):
        for value in values:
            counts[number][(value - panel.least) // width] += 1
    most = max(max(each) for each in counts)
    for number, each in enumerate(counts):
        for place, acts in enumerate(each):
            if acts:
                begin, end = panel.x(place, number, len(series)), panel.x(place, number + 1, len(series))
                high = max(1, (_BOTTOM - _TOP) * acts // most)
                bar = {"x": begin, "y": _BOTTOM - high, "width": max(1, end - begin - 1), "height": high}
                attributes = {name: str(value) for name, value in bar.items()}
                element = ElementTree.SubElement(root, "rect", {**attributes, "fill": colours[number]})
                first = panel.least + place * width
                ElementTree.SubElement(element, "title").text = f"{acts:,} acts of {first} to {first + width - 1} g"
    line = {"x1": str(left), "x2": str(right), "y1": str(_BOTTOM), "y2": str(_BOTTOM), "stroke": _GREY}
    ElementTree.SubElement(root, "line", line)
    for place in sorted({0, panel.bins // 2, panel.bins}):
        anchor = "start" if not place else "end" if place == panel.bins else "middle"
        _text(root, panel.x(place), _BOTTOM + 16, f"{panel.least + place * width:,} g", 11, _GREY, anchor)
    _text(root, right, _TOP - 18, f"highest bar: {most:,} acts", 11, _GREY, "end")


def _text(
    root: ElementTree.Element, x: int, y: int, text: str, size: int, colour: str = "black", anchor: str = "start"
) -> None:
    place = {"x": str(x), "y": str(y), "font-size": str(size), "fill": colour, "text-anchor": anchor}
    ElementTree.SubElement(root, "text", place).text = text
