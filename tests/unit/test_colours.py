"""The colours of the page's charts can be told from the ground and from one another, also by people who see fewer."""

import math
import re
from itertools import combinations

import pytest

from tools.build.page import SOURCES

type Colour = tuple[float, float, float]

LEAST_CONTRAST = 3
"""WCAG 2.2, 1.4.11, for graphics."""
LEAST_DIFFERENCE = 15
"""Of CIE 1976; from about 2.3 on people see that two colours differ when they are side by side."""
SIGHT: dict[str, tuple[Colour, Colour, Colour]] = {
    "everybody": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopes": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopes": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
}
"""How linear RGB is seen, by Machado, Oliveira and Fernandes (2009)."""


def palette(theme: str) -> tuple[str, list[str]]:
    """Returns the ground of a theme, and what is drawn on it."""
    light, dark = (SOURCES / "src/styles/colours.css").read_text().split(':root[data-theme="dark"]')
    styles = dict(re.findall(r"--([\w-]+): (#\w{6});", dark if theme == "dark" else light))
    return styles["surface"], [colour for name, colour in styles.items() if re.fullmatch(r"c\d|others", name)]


def linear(colour: str) -> Colour:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return red, green, blue


def luminance(colour: Colour) -> float:
    return math.sumprod((0.2126, 0.7152, 0.0722), colour)


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(linear(one)), luminance(linear(other))))
    return (lighter + 0.05) / (darker + 0.05)


def lab(colour: str, sight: str) -> Colour:
    seen = [min(1.0, max(0.0, math.sumprod(row, linear(colour)))) for row in SIGHT[sight]]
    x = math.sumprod((0.4124, 0.3576, 0.1805), seen) / 0.95047
    y = math.sumprod((0.2126, 0.7152, 0.0722), seen)
    z = math.sumprod((0.0193, 0.1192, 0.9505), seen) / 1.08883
    x, y, z = (part ** (1 / 3) if part > 0.008856 else 7.787 * part + 16 / 116 for part in (x, y, z))
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_colour_is_seen_on_its_ground(theme: str) -> None:
    ground, colours = palette(theme)
    assert len(colours) == 11
    assert {colour: contrast(ground, colour) for colour in colours if contrast(ground, colour) < LEAST_CONTRAST} == {}


@pytest.mark.parametrize("sight", SIGHT)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_two_colours_are_told_apart(theme: str, sight: str) -> None:
    _, colours = palette(theme)
    differences = {
        (one, other): math.dist(lab(one, sight), lab(other, sight)) for one, other in combinations(colours, 2)
    }
    assert {pair: difference for pair, difference in differences.items() if difference < LEAST_DIFFERENCE} == {}
