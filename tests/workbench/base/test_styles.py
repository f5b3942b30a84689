# SPDX-License-Identifier: Apache-2.0
"""The style sheet: contrast by computation of its tokens, and directions that can be switched."""

from __future__ import annotations

import re

import pytest

from cocket.workbench.base.rendering import HOME, STATIC

CSS = (STATIC / "workbench.css").read_text()
TOKEN = re.compile(r"--([\w-]+): light-dark\((#[0-9a-f]{6,8}), (#[0-9a-f]{6,8})\)")
TOKENS = {name: {"light": light, "dark": dark} for name, light, dark in TOKEN.findall(CSS)}

#: What stands on what. 4.5 for text, 3 for the edges of fields and for marks.
TEXT = [
    (ink, ground)
    for ground in ("ground", "paper", "hover")
    for ink in ("ink", "ink-2", "ink-3", "accent", "red", "yellow", "blue", "green", "alarm")
]
TEXT += [("on-accent", "accent"), ("alarm", "alarm-soft"), ("paper", "ink")]
EDGES = [("edge", "paper"), ("edge", "ground"), ("accent", "ground"), ("accent", "paper")]


def luminance(colour: str) -> float:
    """Relative luminance, 0–1. Source: WCAG 2.2, relative luminance."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio, 1–21. Source: WCAG 2.2, contrast ratio."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_the_measure_itself_tells_black_on_white_from_grey_on_white() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#999999", "#ffffff") < 4.5 < contrast("#767676", "#ffffff")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("ink", "ground"), TEXT)
def test_text_can_be_read_on_its_ground(theme: str, ink: str, ground: str) -> None:
    assert contrast(TOKENS[ink][theme], TOKENS[ground][theme]) >= 4.5


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("edge", "ground"), EDGES)
def test_edges_and_marks_can_be_seen_on_their_ground(theme: str, edge: str, ground: str) -> None:
    assert contrast(TOKENS[edge][theme], TOKENS[ground][theme]) >= 3


def test_every_colour_is_a_token() -> None:
    rules = CSS[CSS.index("/* Ground */") :]
    loose = re.compile(r":[^;{}]*(#[0-9a-f]{3,8}\b|rgb|hsl)[^;{}]*[;}]")
    assert loose.search("a { color: #fff; }")
    assert loose.findall(rules) == []


def test_every_token_that_is_used_is_defined() -> None:
    defined = set(re.findall(r"--([\w-]+):", CSS))
    assert set(re.findall(r"var\(--([\w-]+)\)", CSS)) <= defined


def test_nothing_is_placed_by_left_or_right() -> None:
    physical = r"(?<![\w-])(?:margin|padding|border|inset)-(?:left|right)|(?<![\w-])(?:left|right)\s*:|text-align:\s*(?:left|right)"
    assert re.findall(physical, CSS) == []


def test_no_template_has_an_inline_style_or_script() -> None:
    templates = [file for folder in ("templates", "templates/parts") for file in HOME.glob(f"*/{folder}/*.html")]
    assert len(templates) > 20
    for file in templates:
        text = file.read_text()
        assert not re.search(r"\sstyle=|\son\w+=|<style|javascript:", text), file.name
        assert not re.search(r"<script(?![^>]*\ssrc=)", text), file.name


def test_every_list_of_names_and_values_is_styled_as_one() -> None:
    """An unstyled one shows names and values alike, in one column."""
    plain = [file.name for file in HOME.glob("*/templates/**/*.html") if re.search(r"<dl(?! class=)", file.read_text())]
    assert plain == []


def test_no_template_switches_escaping_off() -> None:
    for folder in ("templates", "templates/parts"):
        for file in HOME.glob(f"*/{folder}/*.html"):
            assert "| safe" not in file.read_text(), file.name
            assert "autoescape" not in file.read_text(), file.name


def test_the_style_sheet_and_script_leave_room_for_the_page() -> None:
    sizes = [(STATIC / name).stat().st_size for name in ("workbench.css", "workbench.js")]
    assert sum(sizes) < 60 * 1024
